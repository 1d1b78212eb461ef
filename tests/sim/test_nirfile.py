"""The reader against `nir.read`, bit for bit, and what it says about what nir.read does not check."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import nir
import numpy as np
import pytest
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.nir.file import from_nir, read
from spikec.sim.nir.path import shown, stored_at
from spikec.sim.nir.raw_graph import READING, RawGraph

from ..effort import thinned

CORPUS = Path(os.environ.get("SPIKEC_CORPUS_DIR", Path(__file__).parents[1] / "corpus"))
FILES = sorted(CORPUS.glob("*.nir"))
STORED_AS = {"Input": ("shape", "input_type"), "Output": ("shape", "output_type")}


def oracle(path: Path) -> nir.NIRGraph | None:
    """What nir.read makes of a file, without its type check; None where it refuses the file even so."""
    try:
        return nir.read(path, type_check=False)
    except (ValueError, AssertionError, TypeError):
        return None


def stored_of(node: nir.NIRNode, name: str) -> object:
    if name == "shape":
        return node.input_type["input"]
    return node.input_type["input"] if name == "input_type" else getattr(node, name)


def check_equal(raw: RawGraph, graph: nir.NIRGraph) -> None:
    assert sorted(raw.nodes) == sorted(graph.nodes)
    assert [tuple(edge) for edge in graph.edges] == list(raw.edges)
    for name, node in raw.nodes.items():
        other = graph.nodes[name]
        assert node.kind == type(other).__name__
        if node.graph is not None:
            check_equal(node.graph, other)
            continue
        for parameter, value in node.params.items():
            expected = stored_of(other, parameter)
            if isinstance(value, str):
                assert value == expected
            else:
                expected = np.asarray(expected)
                assert (value.dtype, value.shape) == (expected.dtype, expected.shape)
                assert value.tobytes() == expected.tobytes()
                assert not value.flags.writeable


def test_corpus_is_there() -> None:
    assert len(FILES) >= 20


@pytest.mark.parametrize("path", thinned(FILES, 2), ids=lambda p: p.stem)
def test_read_equals_nir_read(path: Path) -> None:
    raw, found = read(path)
    assert {d.severity for d in found} <= {"note"}
    assert len(raw.sha256) == 64
    graph = oracle(path)
    if graph is None:
        assert path.stem.endswith("_subgraph")  # files that nir.read refuses with any flag
        return
    assert raw.version
    check_equal(raw, graph)
    in_memory, _ = from_nir(graph)
    assert list(in_memory.nodes) == list(raw.nodes)
    check_equal(in_memory, graph)


def lif(n: int = 3, **changed: object) -> nir.LIF:
    values = {name: np.ones(n, np.float32) for name in ("tau", "r", "v_threshold")}
    zeros = {name: np.zeros(n, np.float32) for name in ("v_leak", "v_reset")}
    return nir.LIF(**{**values, **zeros, **changed})  # pyright: ignore[reportArgumentType]


def small_file(path: Path) -> Path:
    nodes = {
        "in": nir.Input({"input": np.array([2])}),
        "fc": nir.Affine(np.ones((3, 2), np.float32), np.zeros(3, np.float32)),
        "lif": lif(),
        "out": nir.Output({"output": np.array([3])}),
    }
    nir.write(path, nir.NIRGraph(nodes, [("in", "fc"), ("fc", "lif"), ("lif", "out")]))
    return path


def edit(path: Path, name: str, value: object, **options: object) -> None:
    with h5py.File(path, "r+") as file:
        if name in file:
            del file[name]
        if value is not None:
            file.create_dataset(name, data=value, **options)  # pyright: ignore[reportArgumentType]


def codes(path: Path) -> dict[str, str]:
    """where -> code of what the reader says about a file."""
    try:
        _, found = read(path)
    except DiagnosticError as fault:
        found = fault.diagnostics
    return {d.where: d.code for d in found}


@pytest.mark.parametrize(
    ("name", "value", "where", "code"),
    [
        ("version", None, "/version", "SPK0118"),
        ("node/nodes/lif/v_reset", None, "/node/nodes/lif", "SPK0117"),
        ("node/nodes/lif/tau", None, "/node/nodes/lif", "SPK0112"),
        ("node/nodes/lif/refractory", np.float64(1), "/node/nodes/lif/refractory", "SPK0113"),
        ("node/nodes/lif/type", "LIIF", "/node/nodes/lif/type", "SPK0111"),
        ("node/nodes/lif/tau", np.array([1, np.inf, np.nan]), "/node/nodes/lif/tau", "SPK0115"),
        ("node/nodes/lif/tau", "0.01", "/node/nodes/lif/tau", "SPK0114"),
        ("node/nodes/in/shape", np.array([2.0]), "/node/nodes/in/shape", "SPK0114"),
        ("node/nodes/a/b/type", "LIF", "/node/nodes/a", "SPK0116"),
        ("node/edges", np.zeros((2, 3)), "/node/edges", "SPK0116"),
        ("node/type", "LIF", "/node/type", "SPK0110"),
        ("node", None, "/node", "SPK0110"),
        ("node/metadata/note", 1 + 2j, "", ""),
    ],
)
def test_schema(tmp_path: Path, name: str, value: object, where: str, code: str) -> None:
    path = small_file(tmp_path / "net.nir")
    edit(path, name, value)
    assert codes(path).get(where, "") == code


def test_all_findings_come_together(tmp_path: Path) -> None:
    path = small_file(tmp_path / "net.nir")
    edit(path, "node/nodes/lif/tau", None)
    edit(path, "node/nodes/fc/bias", np.array([np.nan]))
    edit(path, "node/nodes/in/extra", 1)
    assert sorted(codes(path).values()) == ["SPK0112", "SPK0113", "SPK0115"]


def test_non_finite_values_are_counted(tmp_path: Path) -> None:
    path = small_file(tmp_path / "net.nir")
    weight = np.ones((3, 2))
    weight[1, 0] = weight[2, 1] = np.nan
    edit(path, "node/nodes/fc/weight", weight)
    with pytest.raises(DiagnosticError, match=r"2 of 6 values are not finite; the first is nan at \[1, 0\]"):
        read(path)


@pytest.mark.parametrize("dtype", ["i1", "u2", ">i4", "<i8", ">f4", "<f2", "f8"])
def test_numbers_of_any_width_and_order(tmp_path: Path, dtype: str) -> None:
    path = small_file(tmp_path / "net.nir")
    edit(path, "node/nodes/lif/v_threshold", np.array([1, 2, 3], dtype))
    raw, _ = read(path)
    value = raw.nodes["lif"].params["v_threshold"]
    assert isinstance(value, np.ndarray)
    assert value.dtype == np.dtype(dtype).newbyteorder("=")
    assert value.tolist() == [1, 2, 3]


@pytest.mark.parametrize("stored", ["same", b"valid", np.bytes_(b"same")])
def test_padding_as_text(tmp_path: Path, stored: str | bytes) -> None:
    path = small_file(tmp_path / "net.nir")
    for name, value in {"weight": np.ones((1, 1, 3)), "bias": np.zeros(1), "padding": stored}.items():
        edit(path, f"node/nodes/conv/{name}", value)
    for name in ("stride", "dilation", "groups"):
        edit(path, f"node/nodes/conv/{name}", 1)
    edit(path, "node/nodes/conv/type", "Conv1d")
    raw, _ = read(path)
    assert raw.nodes["conv"].params["padding"] == (stored if isinstance(stored, str) else stored.decode())


def test_names_are_escaped_where_they_are_shown(tmp_path: Path) -> None:
    path = small_file(tmp_path / "net.nir")
    edit(path, "node/nodes/\x1b[2J\u202e/type", "Nonsense")
    assert codes(path) == {"/node/nodes/\\x1b[2J\\u202e/type": "SPK0111"}
    assert shown("a\nb") == "a\\nb"
    assert stored_at("sub/lif", "tau") == "/node/nodes/sub/nodes/lif/tau"


def test_a_graph_in_memory_is_checked_too() -> None:
    bad = nir.NIRGraph({"a/b": lif(tau=np.full(3, np.nan, np.float32))}, [], type_check=False)
    with pytest.raises(DiagnosticError) as caught:
        from_nir(bad)
    assert {d.code for d in caught.value.diagnostics} == {"SPK0115", "SPK0116"}


def test_what_a_graph_says_of_its_reading_is_kept_in_memory_and_in_a_file(tmp_path: Path) -> None:
    graph = nir.NIRGraph(
        nodes={"input": nir.Input(np.array([2])), "output": nir.Output(np.array([2]))},
        edges=[("input", "output")],
        metadata={READING: '{"dialect": "spyx"}', "made_by": "somebody", "number": 3},
    )
    nir.write(tmp_path / "told.nir", graph)
    readings = [from_nir(graph)[0].reading, read(tmp_path / "told.nir")[0].reading]
    assert readings == ['{"dialect": "spyx"}'] * 2
    assert from_nir(nir.read(tmp_path / "told.nir"))[0].reading == readings[0]


def test_reading_does_not_import_hdf5_into_this_process(tmp_path: Path) -> None:
    import subprocess
    import sys

    path = small_file(tmp_path / "net.nir")
    script = (
        "import sys; from pathlib import Path; from spikec.sim.nir.file import read; read(Path(sys.argv[1]));"
    )
    script += "sys.exit(any(m in sys.modules for m in ('h5py', 'nir', 'jax', 'networkx')))"
    assert subprocess.run([sys.executable, "-c", script, str(path)], check=False).returncode == 0
