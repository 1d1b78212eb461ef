"""What is done with a finished output, in memory or in its folder: check, simulate, export, compare it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np

from ...sim.engines.choice import SumEngine
from ...sim.stimulus import Stimulus
from ...sim.trace import Trace, read_arrays_of_trace
from ..compiled import Compiled
from ..export.effective import EffectiveNetwork, effective_network
from ..ir.report import Report
from ..output.again import check_files, chip_trace
from ..output.checked import Checked
from ..output.diff import Difference, difference
from ..output.execution import chosen_execution
from ..output.finished import Finished, finished, finished_files, recorded_stimulus, report_in
from ..output.kept_outputs import decoded_output
from ..output.rebuild import rebuilt
from ..output.reopen import Reopened, on_stimulus
from ..output.store import read
from ..verdicts.compare_trace import Comparison, compare_traces, leads_of
from .stimulus import AnyStimulus, read_stimulus
from .wrong_kind import wrong_kind

Out: TypeAlias = "str | os.PathLike[str] | Compiled"
"""The folder that a compile was written to, or the compile itself."""


def check(out: Out, stimulus: AnyStimulus | None = None) -> Checked:
    """Decode an output again and repeat both verdicts, and derive every file of it anew.

    out: the folder that a compile was written to, or a `Compiled`. stimulus: as `spikec.compile` takes it; None is the
    one of the compile.

        assert spikec.check("digits.out").identical

    Raises DiagnosticError: SPK41xx where `out` is no output or was changed, SPK3001 where it cannot be decoded,
    SPK04xx for the stimulus."""
    made = _finished(out, with_page=True)
    recorded = recorded_stimulus(made)
    used = recorded if stimulus is None else read_stimulus(stimulus, None, made.ports, made.chip)
    verdicts = check_files(made.raw, made.files, made.options, used)
    return Checked(verdicts=verdicts, files=rebuilt(made.raw, made.files, recorded))


def simulate(
    out: Out,
    stimulus: AnyStimulus | None = None,
    states: bool = False,
    *,
    engine: SumEngine = "auto",
    devices: int | None = None,
) -> Trace:
    """Run the words that a compile emitted, bit for bit as the chip would.

    out, stimulus: as `spikec.check`. states: record the states of all neurons as well. Layers and outputs are
    (T, B, ...) at the steps of the network, states at those of the chip.

        trace = spikec.simulate("digits.out", "other.npz")

    engine: the code that computes it, "numpy", "events" or "jax"; the result is the same bit for bit, and "auto" takes
    the fastest. devices: of JAX, among which samples or neurons are shared out. Where they belong to several processes
    (`jax.distributed`), each calls this with the same arguments and all devices, and gets the whole trace.

    Raises DiagnosticError as `spikec.check`; SPK0513 where the chip's simulator has no such engine, SPK0514 where JAX
    has fewer devices."""
    made = _finished(out)
    execution = chosen_execution(made.chip, engine, devices)
    return chip_trace(_reopen(made, stimulus)[0], states=states, execution=execution)


def compare(
    out: Out,
    trace: str | os.PathLike[str] | Trace | Mapping[str, object],
    stimulus: AnyStimulus | None = None,
) -> Comparison:
    """Hold a trace recorded on hardware against the simulator, and find the first difference in each array.

    out, stimulus: as `spikec.check`; the stimulus is the one that the hardware ran on. trace: the path of an `.npz`, a
    `Trace`, or arrays by their names in a trace file (`output`, `layer/<population>`, ...). It may hold fewer arrays
    and fewer steps than the simulator gives.

        spikec.compare("digits.out", "chip.npz").divergences[:1]

    Raises DiagnosticError as `spikec.check`; SPK0411 where an array fits none of the simulator's."""
    recorded = _arrays(trace)
    opened, _ = _reopened(out, stimulus)
    states = any(name.startswith("state/") for name in recorded)
    return compare_traces(recorded, chip_trace(opened, states=states).arrays(), leads_of(opened))


def export(out: Out, stimulus: AnyStimulus | None = None) -> EffectiveNetwork:
    """Give the network as the chip realises it, as a `.nir` file, and measure how it agrees with the chip's integers.

    out, stimulus: as `spikec.check`; the agreement is measured on the stimulus.

        spikec.export("digits.out").write("effective.nir")

    The file carries its reading, so that `spikec.reference` needs none. What the chip does and no float network says is
    in `diagnostics` (SPK0540).

    Raises DiagnosticError as `spikec.check`; SPK3010, SPK3011 where no NIR file says what the chip does."""
    return effective_network(*_reopened(out, stimulus))


def diff(a: Out, b: Out) -> Difference:
    """Compare two outputs: cores, resources, fidelity, digests. a, b: as `spikec.check`.

        [change for change in spikec.diff("before.out", "after.out").figures if change.differs]

    Raises DiagnosticError: SPK41xx where one is no output or was changed."""
    return difference(_report(a), _report(b))


def _report(out: Out) -> Report:
    return out.report if isinstance(out, Compiled) else report_in(read(_folder(out)), _folder(out).name)


def _finished(out: Out, *, with_page: bool = False) -> Finished:
    """Open an output. with_page: what a compile in memory would write for people as well, which takes longest."""
    if isinstance(out, Compiled):
        return finished_files(out.raw, out.all_files() if with_page else out.files, "the compile")
    return finished(_folder(out))


def _folder(out: object) -> Path:
    if not isinstance(out, str | os.PathLike):
        raise wrong_kind(
            "out", out, "the folder that a compile was written to, or what `spikec.compile` gives"
        )
    return Path(out)


def _reopened(out: Out, given: AnyStimulus | None) -> tuple[Reopened, Stimulus]:
    return _reopen(_finished(out), given)


def _reopen(made: Finished, given: AnyStimulus | None) -> tuple[Reopened, Stimulus]:
    used: Stimulus = (
        recorded_stimulus(made) if given is None else read_stimulus(given, None, made.ports, made.chip)
    )
    return on_stimulus(decoded_output(made), used), used


def _arrays(trace: object) -> Mapping[str, np.ndarray]:
    if isinstance(trace, str | os.PathLike):
        return read_arrays_of_trace(Path(trace))
    if isinstance(trace, Trace):
        return trace.arrays()
    if isinstance(trace, Mapping):
        return {str(name): np.asarray(trace[name]) for name in trace}
    raise wrong_kind("trace", trace, "the path of an .npz, a spikec.Trace, or a dict of arrays")
