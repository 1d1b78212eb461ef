"""Compares a recorded chip trace with the simulator: where they differ first, array by array."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...sim.compare import first_place
from ...sim.diagnostic import Diagnostic, error, raise_errors
from ...sim.nir.path import shown
from ..ir.record import Count, OneOrMore, Record
from ..output.reopen import Reopened

AROUND = 4
"""Steps before and after a divergence that are shown."""


class Divergence(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first difference in one array. step: of the array; chip_step: of the chip, null for outputs, which the
    host makes. different: values of the array that differ. recorded, simulated: from step first_shown on."""

    array: str
    step: Count
    chip_step: int | None
    sample: Count
    neuron: tuple[Count, ...]
    different: OneOrMore
    first_shown: Count
    recorded: tuple[float, ...]
    simulated: tuple[float, ...]


class Comparison(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A recorded trace beside the simulator's. compared: array -> values in it. steps, samples: of the recording.
    divergences: in order of chip steps, outputs last."""

    identical: bool
    compared: dict[str, Count]
    steps: OneOrMore
    samples: OneOrMore
    divergences: tuple[Divergence, ...]


def compare_traces(
    recorded: Mapping[str, np.ndarray], simulated: Mapping[str, np.ndarray], leads: Mapping[str, int]
) -> Comparison:
    """Arrays by their names in a trace file, (T, B, ...). A recording may hold fewer arrays and fewer steps.

    leads: array -> chip step less its own step. Raises DiagnosticError: SPK0411 where a recorded array is none of
    the simulator's, has another shape, or none is there."""
    raise_errors(_misfits(recorded, simulated))
    names = sorted(recorded)
    found = [_first(name, recorded[name], simulated[name], leads.get(name)) for name in names]
    ordered = sorted(
        (d for d in found if d is not None),
        key=lambda d: (d.chip_step is None, d.chip_step or 0, d.step, d.array),
    )
    return Comparison(
        identical=not ordered,
        compared={name: int(recorded[name].size) for name in names},
        steps=max(len(recorded[name]) for name in names),
        samples=recorded[names[0]].shape[1],
        divergences=tuple(ordered),
    )


def leads_of(opened: Reopened) -> dict[str, int]:
    """Array of a trace -> chip step less step: states are recorded in chip steps, spikes in the network's.

    Populations that the compiler added have states, and are no layer."""
    found: dict[str, int] = {}
    layers = opened.prepared.network.populations
    for p in opened.symbols.populations:
        if p.name in layers:
            found[f"layer/{p.name}"] = p.lag_steps - layers[p.name].neuron.emission_delay
        found |= {f"state/{p.name}/{state}": 0 for state in ("i", "v")}
    return found


def _misfits(recorded: Mapping[str, np.ndarray], simulated: Mapping[str, np.ndarray]) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    if not recorded:
        hint = "`output`, `layer/<path>` and `state/<path>/v` are compared; spikec simulate writes them"
        found.append(error("SPK0411", "the recording holds no array of a trace", hint=hint))
    for name in sorted(recorded):
        mine = recorded[name]
        wanted = simulated.get(name)
        if wanted is None:
            message = f"the recording holds `{shown(name)}`, which the simulator does not have"
            some = ", ".join(shown(n) for n in sorted(simulated)[:10])
            found.append(error("SPK0411", message, hint=f"it has {some}"))
        elif (
            mine.ndim != wanted.ndim or mine.shape[1:] != wanted.shape[1:] or not 0 < len(mine) <= len(wanted)
        ):
            message = f"`{shown(name)}` has shape {mine.shape}, the simulator's {wanted.shape}"
            hint = "fewer steps are possible; samples and neurons must be all there"
            found.append(error("SPK0411", message, hint=hint))
    return found


def _first(name: str, mine: np.ndarray, wanted: np.ndarray, lead: int | None) -> Divergence | None:
    wanted = wanted[: len(mine)]
    different = (mine != wanted).reshape(*mine.shape[:2], -1)
    place = first_place(different)
    if place is None:
        return None
    step, sample, flat = place
    around = slice(max(0, step - AROUND), step + AROUND + 1)
    values = [a.reshape(*a.shape[:2], -1)[around, sample, flat].astype(np.float64) for a in (mine, wanted)]
    neuron = np.unravel_index(flat, mine.shape[2:]) if mine.ndim > 2 else ()
    return Divergence(
        array=name,
        step=step,
        chip_step=None if lead is None else step + lead,
        sample=sample,
        neuron=tuple(int(k) for k in neuron),
        different=int(different.sum()),
        first_shown=around.start,
        recorded=tuple(float(v) for v in values[0]),
        simulated=tuple(float(v) for v in values[1]),
    )
