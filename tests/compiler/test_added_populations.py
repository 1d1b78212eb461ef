"""Copies and relays, which the compiler adds, are no layers: traces, waves and comparisons work beside them."""

from __future__ import annotations

from pathlib import Path

import nir
import numpy as np
import pytest
from spikec.compiler.options import Options
from spikec.compiler.output.artifacts import read_symbols
from spikec.compiler.output.store import write
from spikec.compiler.pipeline import compile_graph
from spikec.sim.nir.file import from_nir, graph_in
from spikec.sim.nir.write import image_of
from spikec.sim.stimulus import poisson

from .commandline import spikec


def of_two_signs() -> nir.NIRGraph:
    """The hidden layer excites and inhibits, and the input reaches the last layer through neurons of its own."""
    random = np.random.default_rng(2)

    def fire(n: int) -> nir.IF:
        return nir.IF(r=np.ones(n), v_threshold=np.ones(n), v_reset=np.zeros(n))

    nodes = {
        "input": nir.Input(np.array([5])), "w1": nir.Linear(random.normal(0.3, 0.6, (6, 5))), "a": fire(6),
        "w2": nir.Linear(random.normal(0.1, 0.7, (3, 6))), "w3": nir.Linear(random.normal(0.1, 0.7, (3, 5))),
        "b": fire(3), "output": nir.Output(np.array([3])),
    }  # fmt: skip
    edges = [
        ("input", "w1"),
        ("w1", "a"),
        ("a", "w2"),
        ("w2", "b"),
        ("input", "w3"),
        ("w3", "b"),
        ("b", "output"),
    ]
    return nir.NIRGraph(nodes=nodes, edges=edges)


@pytest.mark.parametrize("target", ["odin", "xylo_audio3", "ranc"])
def test_an_output_with_them_is_compared_and_drawn(target: str, tmp_path: Path) -> None:
    image = image_of(from_nir(of_two_signs())[0])
    options = Options(target=target, dialect="nir.euler", dt_seconds=1.0, allow_approximation=True)
    made = compile_graph(
        graph_in(image)[0], options, stimulus=poisson({"input": (5,)}, 0.4, 10, batch=2), source=image
    )
    write(tmp_path / "out", made.files)
    symbols = read_symbols(made.files["symbols.npz"])
    added = [p.name for p in symbols.populations if p.name not in ("a", "b")]
    assert added or symbols.copies

    trace, out = tmp_path / "trace.npz", tmp_path / "out"
    shown = [word for name in ("a", *added) for word in ("--neurons", name)]
    done = spikec("simulate", out, "-q", "--states", "-o", trace, "--vcd", tmp_path / "waves.vcd", *shown)
    assert done.returncode == 0, done.stderr
    assert all(name.split(":")[-1] in (tmp_path / "waves.vcd").read_text() for name in added)
    done = spikec("compare", out, "-q", "--trace", trace)
    assert (done.returncode, done.stdout.startswith("identical")) == (0, True), done.stderr

    arrays = {name: array.copy() for name, array in np.load(trace).items()}
    name = f"state/{added[0]}/v" if added else "state/a/v"
    arrays[name].flat[-1] += 1
    np.savez_compressed(trace, **arrays)  # pyright: ignore[reportArgumentType]
    done = spikec("compare", out, "-q", "--trace", trace, "--vcd", tmp_path / "around.vcd")
    assert (done.returncode, f"first {name}" in done.stdout) == (4, True), done.stderr
    assert (tmp_path / "around.vcd").stat().st_size
