"""Writes what a core is sent and what it answers as text, with a Verilog bench that plays one and expects the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..verilog_bench import BENCH, filled_bench
from . import spi
from .configuration import ReckonConfiguration
from .files import LOAD
from .model import ReckonChip
from .output_bus import sent_bytes
from .timing import closing_clocks, step_clocks

STIMULUS, EXPECTED, MEMBRANES = "stimulus.txt", "expected.txt", "membranes.txt"
EVENT, TICK, LAST_TICK = range(3)
"""What a line of the stimulus tells the host to do."""


def vectors(
    c: ReckonConfiguration,
    chip: ReckonChip,
    events: np.ndarray,
    spikes: np.ndarray,
    u: np.ndarray,
    o: np.ndarray,
    samples: Sequence[int],
) -> dict[str, bytes]:
    """The files of a bench. events: (T, B, rows) of 0 and 1. spikes, u: (T, B, neurons) of neurons with words, u
    before threshold and leak. o: (T, B, outputs) at the end of each step. samples: the number of each in its
    stimulus."""
    stimulus = [f"// core {c.reached} {int(bool(c.v.any() or c.o.any()))}\n"]
    expected: list[str] = []
    membranes: list[str] = []
    before = np.concatenate([np.zeros_like(spikes[:1]), spikes[:-1]])
    clocks = step_clocks(c, chip.cycles, events, before)
    for b, sample in enumerate(samples):
        for lines in (stimulus, expected, membranes):
            lines.append(f"// sample {sample}\n")
        told = sent_bytes(c, o[:, b], np.zeros(len(o), dtype=np.bool_))
        for t in range(len(events)):
            stimulus.append(f"// step {t}\n")
            stimulus += [f"{EVENT:08x} {row:08x}\n" for row in np.flatnonzero(events[t, b]).tolist()]
            stimulus.append(f"{TICK:08x} {int(clocks[t, b]):08x}\n")
            expected += [f"{t:08x} {byte:08x}\n" for byte in told[t]]
            membranes += [f"{t:08x} {value & 0xFFFF:08x}\n" for value in u[t, b, : c.reached].tolist()]
        stimulus.append(f"{LAST_TICK:08x} {closing_clocks(c, chip.cycles):08x}\n")
    return {
        LOAD: spi.text(*spi.load_list(c)),
        STIMULUS: "".join(stimulus).encode(),
        EXPECTED: "".join(expected).encode(),
        MEMBRANES: "".join(membranes).encode(),
        BENCH: bench(),
    }


def bench() -> bytes:
    """The bench, the same for every core: how many neurons it has, and whether samples start from membranes that are
    loaded, stands in the first line of the stimulus."""
    values = {"load": LOAD, "stimulus": STIMULUS, "expected": EXPECTED, "membranes": MEMBRANES}
    return filled_bench(__package__ or "", values)
