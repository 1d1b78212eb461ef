"""ReckOn in plain integers, index by index: written from the description of the chip, not from the engine."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from spikec.targets.reckon.configuration import ReckonConfiguration


def wrapped(value: int) -> int:
    return (value + 32768) % 65536 - 32768


def kept(value: int) -> int:
    return min(max(value, -32768), 32767)


@dataclass
class Core:
    """A core between the ticks of a sample; `tick` ends one and begins the next."""

    c: ReckonConfiguration
    v: list[int] = field(default_factory=list)
    o: list[int] = field(default_factory=list)
    fired: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.v, self.o = self.c.v.tolist(), self.c.o.tolist()
        self.fired = [False] * self.c.neurons

    def propagate(self, rows: set[int]) -> None:
        """Add the events of some rows and the spikes of the step before."""
        c = self.c
        for p in range(max(c.inputs, c.recurrent)):
            event, spike = p in rows, p < c.neurons and self.fired[p]
            for n in range(2 * ((c.recurrent - 1) // 2 + 1)):
                added = 0
                if event:
                    added += int(c.weights_in[p, n]) * 2**c.shift_in
                if spike:
                    added += int(c.weights_rec[p, n]) * 2**c.shift_rec
                self.v[n] = kept(self.v[n] + added)
            for k in range(c.outputs if spike else 0):
                self.o[k] = kept(self.o[k] + int(c.weights_out[p, k]) * 2**c.shift_out)

    def step(self) -> None:
        """Compare, leak, reset; the last pair of an odd sweep is left out."""
        c, last = self.c, max(self.c.inputs, self.c.recurrent, self.c.outputs) - 1
        for n in range(c.neurons):
            pair, self.fired[n] = n // 2, False
            if 2 * pair + 1 > last:
                continue
            threshold = int(c.threshold[pair])
            self.fired[n] = self.v[n] >= threshold
            leaked = self.v[n] * int(c.alpha[pair]) // 2**15
            if self.fired[n]:
                leaked = 0 if c.to_zero else leaked - threshold
            self.v[n] = wrapped(leaked)
        self.o = [wrapped(value * c.kappa // 2**7) for value in self.o]


def run(c: ReckonConfiguration, events: np.ndarray) -> dict[str, np.ndarray]:
    """spikes, u, v of one sample, (T, N + outputs). events: (T, rows) of 0 and 1."""
    core = Core(c)
    found: dict[str, list[list[int]]] = {"spikes": [], "u": [], "v": []}
    for step in events:
        core.propagate({int(row) for row in np.flatnonzero(step)})
        found["u"].append([*core.v, *core.o])
        core.step()
        found["v"].append([*core.v, *core.o])
        found["spikes"].append([*(int(z) for z in core.fired), *(0 for _ in core.o)])
    return {name: np.array(values) for name, values in found.items()}
