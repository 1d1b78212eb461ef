"""Writes the step of an arithmetic as a loop over blocks of neurons that machine code does several at a time.

One row of a block holds one number of each of its neurons: its states, and likewise the parameters, where blocks that
are alike share one. All numbers have 32 bits, and wrap as they do in numpy and JAX.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ....targets.arrays import SummedArithmetic
from .traced import Steps, Traced, Tracing, number, plain

BLOCK = 32
"""Neurons of a block: two of the widest vectors of today's processors, or more."""


@dataclass(frozen=True, kw_only=True)
class NeuronSource:
    """text: a module with `step(state, parameters, which, arrived, spikes, counted, notes)`: blocks of states, blocks
    of parameters and which of them each block has (int64), (sums * n,) int32 what arrived, set to 0 again, (n,) uint8
    spikes, (counters, n) int64, and BLOCK int32 to work with. states, parameters, counters: names of the rows."""

    text: str
    states: tuple[str, ...]
    parameters: tuple[str, ...]
    counters: tuple[str, ...]


def source_of(
    arithmetic: SummedArithmetic, state: NamedTuple, parameters: NamedTuple, sums: int = 1
) -> NeuronSource:
    """Follow `arithmetic` through a step. state, parameters: of it, of any neurons; arrays differ by neuron, plain
    numbers do not. sums: that arrive at a neuron."""
    steps = Steps()
    states, rows = (
        state._fields,
        tuple(
            name
            for name, value in zip(parameters._fields, parameters, strict=True)
            if hasattr(value, "shape")
        ),
    )
    truths = {name for name in rows if getattr(parameters, name).dtype == bool}
    before = state._make([steps.named(name) for name in states])
    told = {name: steps.named(f"p_{name}", truth=name in truths) for name in rows}
    given = parameters._make([told.get(name, getattr(parameters, name)) for name in parameters._fields])
    arrived = tuple(steps.named(f"a{k}") for k in range(sums))
    after, fired, counted = arithmetic.step(
        Tracing(steps), given, before, arrived if sums > 1 else arrived[0]
    )
    counts = {
        name: value for name, value in zip(counted._fields, counted, strict=True) if isinstance(value, Traced)
    }
    body = [f"{name} = state[s + u64({k * BLOCK})]" for k, name in enumerate(states)]
    body += [
        f"p_{name} = parameters[p + u64({k * BLOCK})]" + (" != 0" if name in truths else "")
        for k, name in enumerate(rows)
    ]
    body += [f"a{k} = arrived[n + u64({k}) * all]" for k in range(sums)]
    body += steps.lines
    noted = [f"({number(value)} << i32({k}))" for k, value in enumerate(counts.values())]
    body += [f"note = i32({' | '.join(noted) or 'i32(0)'})", "notes[k] = note", "seen |= note"]
    body += [f"state[s + u64({k * BLOCK})] = {number(value)}" for k, value in enumerate(after)]
    body += [f"arrived[n + u64({k}) * all] = i32(0)" for k in range(sums)]
    body += [f"spikes[n] = {plain(fired)}"]
    text = _TEXT.format(
        block=BLOCK,
        width=len(states) * BLOCK,
        height=len(rows) * BLOCK,
        counters=len(counts),
        body="\n            ".join(body),
    )
    return NeuronSource(text=text, states=states, parameters=rows, counters=tuple(counts))


_TEXT = '''"""One step of neurons, written by spikec."""

import numpy as np

i32, u64 = np.int32, np.uint64


def step(state, parameters, which, arrived, spikes, counted, notes):
    all = u64(which.shape[0] * {block})
    for b in range(which.shape[0]):
        seen = i32(0)
        own = which[b] * {height}
        for k in range({block}):
            n = u64(b * {block} + k)
            s = u64(b * {width} + k)
            p = u64(own + k)
            {body}
        if seen:
            for k in range({block}):
                for c in range({counters}):
                    counted[c, b * {block} + k] += notes[k] >> c & 1
'''
