"""Writes the step of an arithmetic as a loop over neurons of one record, which machine code does several at a time."""

from __future__ import annotations

from functools import lru_cache
from types import ModuleType

from ..summed.neuron_source import NeuronSource
from ..summed.traced import Steps, Tracing, number


@lru_cache(maxsize=16)
def source_of(module: ModuleType) -> NeuronSource:
    """Follow the arithmetic of `module` through a step, on names in place of numbers of 32 bits.

    Its text is a module with `step(p, first, arrived, fired, v, shown, out)`: (R, P) int32 parameters of each record,
    (R + 1,) int64 its first neuron, (B, N) int32 what arrived, (B,) int64 whether a neuron fired, (B, N) int32 v and
    shown, (B, N) int16 out; the last four are written."""
    steps = Steps()
    integrate, compare, taken_off, settle = module.arithmetic(Tracing(steps))
    p = [steps.named(f"p{k}") for k in range(len(module.PARAMETERS))]
    u = integrate(p, steps.named("before"), steps.named("fires"), steps.named("came"))
    out = compare(p, u)
    after = settle(p, u, out, taken_off(p, out))
    body = [*steps.lines, f"given = {number(out)}", "some |= given > i32(0)"]
    body += [f"shows[n] = {number(u)}", "gave[n] = given", f"has[n] = {number(after)}"]
    loaded = [f"p{k} = p[r, {k}]" for k in range(len(module.PARAMETERS))]
    text = _TEXT.format(loaded="\n            ".join(loaded), body="\n                ".join(body))
    return NeuronSource(
        text=text, states=tuple(module.STATES), parameters=tuple(module.PARAMETERS), counters=()
    )


_TEXT = '''"""One step of neurons, written by spikec."""

import numpy as np

i32 = np.int32


def step(p, first, arrived, fired, v, shown, out):
    for b in range(v.shape[0]):
        fires, some = i32(fired[b]), False
        comes, has, shows, gave = arrived[b], v[b], shown[b], out[b]
        for r in range(p.shape[0]):
            {loaded}
            for n in range(np.uint64(first[r]), np.uint64(first[r + 1])):
                before, came = has[n], comes[n]
                {body}
        fired[b] = some
'''
