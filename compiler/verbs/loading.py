"""What verbs start from: a graph, and the stimulus that the options name."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import click

if TYPE_CHECKING:
    from ...sim.diagnostic import Diagnostic
    from ...sim.nir.raw_graph import RawGraph
    from ...sim.stimulus import Stimulus
    from ...sim.stimulus_stream import StimulusStream
    from ...targets.chip import Chip
    from ..ir.stages import Ports
    from ..ir.sweep import SweepStimulus
    from ..options import Options


class SpikeWords(TypedDict):
    """What the command line says of spikes; see `arguments.SPIKES`."""

    stimulus: Path | None
    poisson: float | None
    steps: int
    batch: int


class StimulusWords(SpikeWords):
    """What it says of a stimulus; see `arguments.STIMULUS`."""

    seed: int


def graph(path: Path) -> tuple[RawGraph, tuple[Diagnostic, ...]]:
    """Read a `.nir` file behind the guard. Raises DiagnosticError (SPK01xx)."""
    from ...sim.nir.file import read

    return read(path)


def chosen_stimulus(ports: Ports, given: StimulusWords, chip: Chip | None) -> Stimulus | None:
    """The stimulus that the options name, if they name one, for these Inputs, with labels of these Outputs.

    chip: on which it runs, None where it runs in float alone. Raises DiagnosticError (SPK04xx)."""
    from ...sim.run_memory import bytes_a_step
    from ...sim.stimulus import load, poisson
    from ..text.labels import demand_classes

    shapes, each = ports.inputs, bytes_a_step(ports.values, chip)
    _demand_one(given)
    if given["stimulus"] is not None:
        stimulus = load(given["stimulus"], shapes, each)
        demand_classes(stimulus, ports.outputs)
        return stimulus
    if given["poisson"] is not None:
        steps, batch, seed = given["steps"], given["batch"], given["seed"]
        return poisson(shapes, given["poisson"], steps, batch=batch, seed=seed, bytes_a_step=each)
    return None


def as_recorded(raw: RawGraph, options: Options, given: SpikeWords) -> tuple[Options, tuple[Diagnostic, ...]]:
    """Options with the reading that repeats what the stimulus file holds besides, where nobody named one; and what is
    to be said of it, or of the one that was named. Raises DiagnosticError as `read_by_run`."""
    from ...sim.stimulus import read_bytes
    from ..read_by_run import read_by_run

    if given["stimulus"] is None:
        return options, ()
    return read_by_run(raw, options, read_bytes(given["stimulus"]))


@contextmanager
def stimulus_stream(ports: Ports, given: StimulusWords, recorded: bytes) -> Generator[StimulusStream]:
    """The same some steps at a time, of any length; what was recorded at the compile where the options name none."""
    from ...sim.stimulus_stream import drawn, in_bytes, opened
    from ..text.labels import demand_classes

    _demand_one(given)
    if given["stimulus"] is not None:
        with opened(given["stimulus"], ports.inputs) as stream:
            demand_classes(stream, ports.outputs)
            yield stream
    elif given["poisson"] is not None:
        yield drawn(ports.inputs, given["poisson"], given["steps"], given["batch"], given["seed"])
    else:
        yield in_bytes(recorded, ports.inputs)


def stimulus_source(given: SpikeWords) -> tuple[SweepStimulus, bytes]:
    """Where spikes come from, for processes that read or draw them, and the bytes of the file if it is one.

    Raises DiagnosticError: SPK0401, SPK0402 for the file, SPK0410 for spikes that cannot be drawn."""
    from ...sim.stimulus import poisson, read_bytes
    from ..sweep.stimulus import drawn, file_stimulus, stand_in

    _demand_one(given)
    if given["stimulus"] is not None:
        data = read_bytes(given["stimulus"])
        return file_stimulus(data), data
    rate = given["poisson"]
    if rate is not None:
        poisson({}, rate, given["steps"], batch=given["batch"])
        return drawn(rate, given["steps"], given["batch"]), b""
    return stand_in(), b""


def _demand_one(given: SpikeWords) -> None:
    """Raise UsageError for two stimuli, and for options of random spikes where none are drawn."""
    if given["stimulus"] is not None and given["poisson"] is not None:
        raise click.UsageError("--stimulus and --poisson exclude each other")
    for name in ("steps", "batch"):
        if given["poisson"] is None and _is_typed(name):
            raise click.UsageError(f"--{name} is of --poisson, which is not given")
    if given["stimulus"] is not None and _is_typed("seed"):
        raise click.UsageError("--seed draws random spikes, and --stimulus gives others")


def _is_typed(name: str) -> bool:
    context = click.get_current_context(silent=True)
    return (
        context is not None and context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    )
