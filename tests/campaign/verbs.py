"""Types every verb of the command line on a drawn network and on what was compiled of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from spikec.compiler.pipeline import compile_graph
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.nir.file import graph_in
from spikec.sim.nir.write import image_of

from ..compiler.commandline import Said, spikec
from .networks import DT_SECONDS, Drawn

FINE, ENDINGS = frozenset({0}), frozenset({0, 1, 2, 3, 4})
"""Exit codes that a verb may have where nothing can be wrong, and where a network may be refused."""


def said(drawn: Drawn, target: str, folder: Path) -> Iterator[tuple[str, Said, frozenset[int]]]:
    """The words of each verb, what it said, and the exit codes that it may have."""
    net, stimulus, out = folder / "net.nir", folder / "stimulus.npz", folder / "out"
    image = image_of(drawn.raw)
    net.write_bytes(image)
    inputs = drawn.stimulus.inputs
    keys = {name: "input" if len(inputs) == 1 else f"input/{name}" for name in inputs}
    np.savez(stimulus, **{keys[name]: values for name, values in inputs.items()})
    reading = ("--dialect", _preset(drawn), "--dt", str(DT_SECONDS))
    yield from _each(
        ENDINGS,
        ("inspect", net),
        ("inspect", net, *reading, "--target", target, "--after", "place"),
        ("inspect", net, *reading, "--target", target, "--after", "quantize", "--json"),
        ("reference", net, *reading, "--stimulus", stimulus, "-o", folder / "float.npz"),
        ("compile", net, "--target", target, *reading, "--stimulus", stimulus, "--allow-approximation", "--json", "-q",
         "-o", folder / "typed"),
    )  # fmt: skip
    options = replace(drawn.options, target=target, reading=drawn.dialect)
    try:
        compiled = compile_graph(graph_in(image)[0], options, stimulus=drawn.stimulus, source=image)
    except DiagnosticError:
        return
    compiled.write(out)
    trace, waves = folder / "trace.npz", folder / "waves.vcd"
    neurons = [word for p in compiled.report.network.populations for word in ("--neurons", p.name)]
    yield from _each(
        FINE,
        ("check", out, "-q"),
        ("simulate", out, "-q", "--states", "-o", trace),
        ("compare", out, "-q", "--trace", trace),
        ("diff", out, out),
    )
    yield from _each(
        ENDINGS,
        ("simulate", out, "-q", "--poisson", "0.4", "--steps", "9", "-o", trace, "--vcd", waves, *neurons),
        ("simulate", out, "-q", "--stimulus", stimulus, "--json", "-o", trace),
        ("compare", out, "-q", "--trace", folder / "float.npz", "--vcd", waves),
        ("export", out, "-q", "-o", folder / "effective.nir"),
        ("check", out, "-q", "--json", "--poisson", "0.5", "--steps", "5"),
    )


def _preset(drawn: Drawn) -> str:
    return "nir.euler" if drawn.dialect.name == "drawn" else drawn.dialect.name


def _each(
    allowed: frozenset[int], *commands: tuple[str | Path, ...]
) -> Iterator[tuple[str, Said, frozenset[int]]]:
    for words in commands:
        yield " ".join(str(w) if not isinstance(w, Path) else w.name for w in words), spikec(*words), allowed


def fitted(drawn: Drawn, folder: Path) -> Said:
    """What `fit` says of all chips."""
    net = folder / "net.nir"
    net.write_bytes(image_of(drawn.raw))
    return spikec(
        "fit", net, "--dialect", _preset(drawn), "--dt", str(DT_SECONDS), "--allow-approximation", "-q"
    )
