"""What the output bus says at the end of steps: potentials of the read-outs, or the winner."""

from __future__ import annotations

import numpy as np

from .configuration import ReckonConfiguration

WINS = 1 << 16
"""At which a count of wins starts again from 0."""


def sent_bytes(c: ReckonConfiguration, o: np.ndarray, counts: np.ndarray) -> list[list[int]]:
    """Of each step of a sample the bytes that are sent at its end. o: (T, outputs) read-outs at the end of each step.
    counts: (T,) whether the winner of the step counts (pin INFER_ACC).

    The winner is the largest read-out, the first of several; a label is the read-out that won most often so far."""
    steps = len(o)
    wins = np.zeros(c.outputs, dtype=np.int64)
    told: list[list[int]] = []
    for t in range(steps):
        if counts[t]:
            winner = int(o[t].argmax())
            wins[winner] = (wins[winner] + 1) % WINS
        if not c.send_every_step and t < steps - 1:
            told.append([])
        elif c.send_label:
            told.append([0 if c.label_is_zero else int(wins.argmax())])
        else:
            told.append([int(b) for b in o[t].astype("<i2").tobytes()])
    return told
