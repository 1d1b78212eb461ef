"""Writes the step of an ordered machine's arithmetic as a loop that machine code does for several neurons at once."""

from __future__ import annotations

from functools import lru_cache
from types import ModuleType

from .summed.neuron_source import NeuronSource
from .summed.traced import Steps, Tracing, number


@lru_cache(maxsize=16)
def source_of(module: ModuleType, variant: tuple[tuple[str, bool], ...]) -> NeuronSource:
    """Follow `module.arithmetic(..., **variant)` through a step of neurons without aliases, on names in place of
    numbers of 32 bits.

    Its text is a module with `step(p, states, fired, counts, notes)`: (P, N) int32 parameters, (S, N) int32 states,
    (N,) uint8 spikes, (1 + counters, N) int64 of which those behind the first are counted on, and (N,) int32 to work
    with."""
    steps = Steps()
    p = [steps.named(f"p{k}") for k in range(len(module.PARAMETERS))]
    s = [steps.named(f"s{k}") for k in range(len(module.STATES))]
    after, fired, noted = module.arithmetic(Tracing(steps), **dict(variant)).step(p, s, 0)
    loaded = [f"p{k} = of_p{k}[n]" for k in range(len(p))] + [f"s{k} = of_s{k}[n]" for k in range(len(s))]
    notes = [f"(i32({number(value)} != i32(0)) << i32({k}))" for k, value in enumerate(noted)]
    body = [*loaded, *steps.lines, f"note = i32({' | '.join(notes) or 'i32(0)'})", "notes[n] = note"]
    body += ["seen = i32(seen | note)", *(f"of_s{k}[n] = {number(value)}" for k, value in enumerate(after))]
    rows = [f"of_p{k} = p[{k}]" for k in range(len(p))] + [f"of_s{k} = states[{k}]" for k in range(len(s))]
    text = _TEXT.format(
        rows="\n    ".join(rows),
        body="\n        ".join([*body, f"fired[n] = {number(fired)}"]),
        counters=len(module.COUNTERS),
    )
    return NeuronSource(
        text=text,
        states=tuple(module.STATES),
        parameters=tuple(module.PARAMETERS),
        counters=tuple(module.COUNTERS),
    )


_TEXT = '''"""One step of neurons, written by spikec."""

import numpy as np

i32, u64 = np.int32, np.uint64


def step(p, states, fired, counts, notes):
    seen = i32(0)
    {rows}
    for n in range(u64(states.shape[1])):
        {body}
    if seen:
        for k in range(states.shape[1]):
            for c in range({counters}):
                counts[1 + c, k] += notes[k] >> c & 1
'''
