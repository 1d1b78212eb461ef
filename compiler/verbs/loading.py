"""What verbs start from: a graph, and the stimulus that the options name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import click

if TYPE_CHECKING:
    from ...sim.diagnostic import Diagnostic
    from ...sim.nir.raw_graph import RawGraph
    from ...sim.stimulus import Stimulus
    from ..ir.stages import Ports


class StimulusWords(TypedDict):
    """What the command line says of a stimulus; see `arguments.STIMULUS`."""

    stimulus: Path | None
    poisson: float | None
    steps: int
    batch: int
    seed: int


def graph(path: Path) -> tuple[RawGraph, tuple[Diagnostic, ...]]:
    """Read a `.nir` file behind the guard. Raises DiagnosticError (SPK01xx)."""
    from ...sim.nir.file import read

    return read(path)


def chosen_stimulus(ports: Ports, given: StimulusWords) -> Stimulus | None:
    """The stimulus that the options name, if they name one, for these Inputs, with labels of these Outputs.

    Raises DiagnosticError (SPK04xx)."""
    from ...sim.stimulus import load, poisson
    from ..labels import demand_classes

    shapes = ports.inputs
    if given["stimulus"] is not None and given["poisson"] is not None:
        raise click.UsageError("--stimulus and --poisson exclude each other")
    if given["stimulus"] is not None:
        stimulus = load(given["stimulus"], shapes)
        demand_classes(stimulus, ports.outputs)
        return stimulus
    if given["poisson"] is not None:
        return poisson(shapes, given["poisson"], given["steps"], batch=given["batch"], seed=given["seed"])
    return None
