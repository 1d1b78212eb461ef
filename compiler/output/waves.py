"""Which signals of a trace go into a wave file: chosen neurons, or what lies around a divergence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from ...sim.diagnostic import Diagnostic, error, raise_errors
from ...sim.near_names import hint_of
from ...sim.nir.path import shown
from ...sim.vcd import Signal, scope_names
from ..verdicts.compare_trace import Divergence

WINDOW = 32
"""Chip steps before and after a divergence that a wave file holds."""
_STATES = {"i": "u", "v": "v"}


def chosen_neurons(texts: Sequence[str], sizes: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """`POP` or `POP:i,j-k` -> population -> row-major indices of its neurons, sorted.

    sizes: population -> neurons. Raises DiagnosticError (SPK0510) for what is not there."""
    found: list[Diagnostic] = []
    chosen: dict[str, set[int]] = {}
    for text in texts:
        name, indices = (text, ()) if text in sizes else _split(text)
        if name not in sizes:
            message = f"there is no population `{shown(name)}`"
            found.append(error("SPK0510", message, hint=hint_of(name, sorted(sizes), "populations")))
            continue
        ranges = indices or ((0, sizes[name] - 1),)
        for low, high in ranges:
            if low > high or high >= sizes[name]:
                message = f"`{shown(text)}`: {shown(name)} has neurons 0 to {sizes[name] - 1}"
                found.append(error("SPK0510", message, hint="POP, or POP:i,j-k"))
                break
            chosen.setdefault(name, set()).update(range(low, high + 1))
    raise_errors(found)
    return {name: tuple(sorted(chosen[name])) for name in sorted(chosen)}


def _split(text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    match = re.fullmatch(r"(.*):(\d{1,9}(?:-\d{1,9})?(?:,\d{1,9}(?:-\d{1,9})?)*)", text, re.ASCII | re.DOTALL)
    if match is None:
        return text, ()
    parts = [part.partition("-") for part in match[2].split(",")]
    return match[1], tuple((int(low), int(high or low)) for low, _, high in parts)


def signals(
    who: str,
    arrays: Mapping[str, np.ndarray],
    leads: Mapping[str, int],
    chosen: Mapping[str, Sequence[int]],
    sample: int,
) -> list[Signal]:
    """`spike`, `u` and `v` of the chosen neurons as far as `arrays` (a trace's) has them, in chip steps.

    who: the outermost scope. A read-out's layer is its membrane and is called `value`."""
    scopes = scope_names(sorted(chosen))
    found: list[Signal] = []
    for name in sorted(chosen):
        sources = [(f"layer/{name}", "spike")]
        sources += [(f"state/{name}/{state}", _STATES[state]) for state in sorted(_STATES)]
        for key, label in sources:
            if key not in arrays:
                continue
            flat = arrays[key].reshape(*arrays[key].shape[:2], -1)
            label = "value" if label == "spike" and flat.dtype.kind == "f" else label
            found += [
                Signal(
                    scope=(who, scopes[name], f"n{k}"),
                    name=label,
                    values=flat[:, sample, k],
                    first_step=leads.get(key, 0),
                )
                for k in chosen[name]
            ]
    return found


def around(
    divergence: Divergence,
    recorded: Mapping[str, np.ndarray],
    simulated: Mapping[str, np.ndarray],
    leads: Mapping[str, int],
) -> list[Signal]:
    """Both sides of the neuron that diverges, WINDOW chip steps before and after; an output's own values where
    the divergence is in an output."""
    pair = (("chip", recorded), ("simulator", simulated))
    if divergence.chip_step is None:
        shape = simulated[divergence.array].shape[2:]
        flat = int(np.ravel_multi_index(divergence.neuron, shape)) if shape else 0
        scope = scope_names([divergence.array])[divergence.array]
        every = [
            Signal(
                scope=(who, scope, f"n{flat}"),
                name="value",
                values=arrays[divergence.array].reshape(*arrays[divergence.array].shape[:2], -1)[
                    :, divergence.sample, flat
                ],
            )
            for who, arrays in pair
        ]
        return [_cut(signal, divergence.step) for signal in every]
    population = divergence.array.split("/", 1)[1]
    if divergence.array.startswith("state/"):
        population = population.rsplit("/", 1)[0]
    shape = simulated[divergence.array].shape[2:]
    flat = int(np.ravel_multi_index(divergence.neuron, shape)) if shape else 0
    every = [
        s
        for who, arrays in pair
        for s in signals(who, arrays, leads, {population: (flat,)}, divergence.sample)
    ]
    return [_cut(signal, divergence.chip_step) for signal in every]


def _cut(signal: Signal, step: int) -> Signal:
    low = max(0, step - WINDOW - signal.first_step)
    high = max(low, step + WINDOW + 1 - signal.first_step)
    return Signal(
        scope=signal.scope,
        name=signal.name,
        values=signal.values[low:high],
        first_step=signal.first_step + low,
    )
