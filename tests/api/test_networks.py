"""A network of every kind is the same network; what can be done with it before it is compiled."""

from __future__ import annotations

import io
from pathlib import Path

import nir
import numpy as np
import pytest
import spikec

from .nets import BATCH, N_IN, N_OUT, READING, STEPS, N, network, spikes


def digest(compiled: spikec.Compiled) -> str:
    return compiled.report["configuration_sha256"]


def test_a_network_of_every_kind(net: Path, compiled: spikec.Compiled) -> None:
    kinds = {"text": str(net), "bytes": net.read_bytes(), "nir": nir.read(net), "raw": compiled.raw}
    for kind, given in kinds.items():
        made = spikec.compile(given, **READING, stimulus=spikes())
        assert digest(made) == digest(compiled), kind
        assert made.placement_identical


def test_a_graph_in_memory_is_kept_as_its_own_file(tmp_path: Path) -> None:
    made = [spikec.compile(network(), **READING, stimulus=spikes()) for _ in range(2)]
    assert made[0].files == made[1].files
    again = nir.read(io.BytesIO(made[0].files["source.nir"]))  # pyright: ignore[reportArgumentType]
    assert set(again.nodes) == set(network().nodes)
    np.testing.assert_array_equal(again.nodes["w"].weight, network().nodes["w"].weight)
    assert not made[0].diagnostics
    assert spikec.check(made[0].write(tmp_path / "out")).identical


def test_subgraphs_and_geometry_come_back(tmp_path: Path) -> None:
    """A graph in memory reads like the file that nir writes of it."""
    inner = nir.NIRGraph(
        nodes={
            "input": nir.Input(np.array([2, 6, 6])),
            "conv": nir.Conv2d((6, 6), np.ones((3, 2, 3, 3)) / 16, 1, "same", 1, 1, np.zeros(3)),
            "output": nir.Output(np.array([3, 6, 6])),
        },
        edges=[("input", "conv"), ("conv", "output")],
    )
    ones = np.ones((3, 6, 6))
    graph = nir.NIRGraph(
        nodes={
            "input": nir.Input(np.array([2, 6, 6])),
            "inner": inner,
            "if": nir.IF(r=ones, v_threshold=ones, v_reset=0 * ones),
            "output": nir.Output(np.array([3, 6, 6])),
        },
        edges=[("input", "inner"), ("inner", "if"), ("if", "output")],
    )
    nir.write(tmp_path / "net.nir", graph)
    found = [spikec.inspect(each, **READING) for each in (graph, tmp_path / "net.nir")]
    assert found[0].nodes == found[1].nodes
    assert found[0].version == found[1].version
    assert found[0].sound


def test_inspect(net: Path) -> None:
    named = spikec.inspect(net, **READING)
    assert (named.confidence, named.sound) == ("given", True)
    assert [row[0] for row in named.nodes] == ["hidden", "input", "last", "output", "w", "w_input"]
    assert "hidden  LIF  5" in repr(named)
    assert "hidden" in named._repr_html_()
    unknown = spikec.inspect(net)
    assert unknown.dialect is None or unknown.confidence in ("certain", "likely")


def test_reference(net: Path) -> None:
    trace = spikec.reference(net, spikes(), **READING, states=True)
    assert trace.outputs["output"].shape == (STEPS, BATCH, N_OUT)
    assert trace.layers["hidden"].shape == trace.states["hidden"]["v"].shape == (STEPS, BATCH, N)
    assert repr(trace) == "<Trace of 12 steps x 4 samples: outputs output; layers hidden, last; with states>"
    once = spikec.reference(net, spikes(), **READING, dialect_options={"reset": "subtract"})
    assert (once.layers["hidden"] != trace.layers["hidden"]).any()


def test_reference_asks_no_chip(net: Path) -> None:
    """A dialect that no chip has still runs in float."""
    values = np.random.default_rng(1).normal(size=(STEPS, BATCH, N_IN))
    spikec.reference(net, values, **READING, dialect_options={"reset": "none", "multi": None})


def test_fit(net: Path) -> None:
    """In processes; a target that there is not is refused before any is begun."""
    said: list[str] = []
    found = spikec.fit(net, ["loihi1", "odin"], **READING, stimulus=spikes(), workers=1, progress=said.append)
    assert isinstance(found, spikec.Fit)
    loihi = next(row for row in found.rows if row.target == "loihi1")
    assert loihi.fits
    assert loihi.cores == 1
    assert loihi.seconds > 0
    assert found["stimulus"] == "file"
    assert found.notes == ()
    assert [line.split()[:3] for line in said] == [["1", "of", "2"], ["2", "of", "2"]]
    with pytest.raises(spikec.DiagnosticError, match="SPK0501"):
        spikec.fit(net, "no_such_chip", **READING)
    with pytest.raises(spikec.DiagnosticError, match="SPK0530"):
        spikec.fit(net, lock="x", **READING)


def test_fit_says_how_the_file_was_read() -> None:
    digits = Path(__file__).parents[2] / "examples" / "digits"
    found = spikec.fit(digits / "digits.nir", "loihi1", stimulus=digits / "digits.npz", workers=1)
    (note,) = found.notes
    assert note.startswith("SPK0311: the file is read as --dialect snntorch ")
    assert found.rows[0].fits


def test_what_a_recording_says_of_the_reading_is_told() -> None:
    digits = Path(__file__).parents[2] / "examples" / "digits"
    net, stimulus = digits / "digits.nir", digits / "digits.npz"
    assert [note.code for note in spikec.reference(net, stimulus).notes] == ["SPK0311"]
    assert spikec.reference(net, stimulus, dialect="snntorch", dt=1e-4).notes == ()
    assert "SPK0311" in [note.code for note in spikec.lint(net, stimulus=stimulus)]


def test_dialects() -> None:
    assert {"nir.euler", "snntorch.Leaky"} <= set(spikec.dialects())


@pytest.mark.parametrize("net", [5, None, nir.LIF, np.zeros(3), ["net.nir"]], ids=repr)
def test_what_is_no_network(net: object) -> None:
    with pytest.raises(spikec.DiagnosticError, match=r"SPK0532.*`net`"):
        spikec.inspect(net)  # pyright: ignore[reportArgumentType]


def test_what_is_no_nir_file(tmp_path: Path) -> None:
    with pytest.raises(spikec.DiagnosticError, match="SPK0101"):
        spikec.inspect(tmp_path / "absent.nir")
    with pytest.raises(spikec.DiagnosticError, match="SPK0103"):
        spikec.inspect(b"no network")
