"""When a run has decided, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.sim.decided import steps_to_decision


def spikes(*neurons: str) -> np.ndarray:
    """(T, 1, n) of one sample: a digit a step and neuron."""
    return np.array([[int(d) for d in row] for row in neurons]).T[:, None, :]


@pytest.mark.parametrize(
    ("neurons", "steps"),
    [
        (("1000", "0000"), 1.0),  # decided by the first spike, and nobody objects
        (("0000", "0010"), 3.0),  # nothing is decided before the first spike, also where class 0 wins at last
        (("0010", "0000"), 3.0),
        (("1000", "0110"), 3.0),  # at 1 : 1 the lower index still wins
        (("0100", "1001"), 4.0),  # 0 : 1, then 1 : 1 for the lower one, and back
        (("0000", "0000"), None),
    ],
)
def test_the_step_from_which_on_a_decision_stays(neurons: tuple[str, str], steps: float | None) -> None:
    assert steps_to_decision(spikes(*neurons)) == steps


def test_samples_are_averaged_and_those_without_a_decision_left_out() -> None:
    three = np.concatenate([spikes("1000", "0000"), spikes("0000", "0010"), spikes("0000", "0000")], axis=1)
    assert steps_to_decision(three) == 2.0


def test_one_neuron_decides_nothing() -> None:
    assert steps_to_decision(spikes("0101")) is None


@pytest.mark.parametrize("seed", range(5))
def test_against_a_loop(seed: int) -> None:
    random = np.random.default_rng(seed)
    output = (random.random((12, 7, 4)) < 0.15).astype(np.uint8)
    found: list[int] = []
    for b in range(7):
        totals, decided = [0] * 4, list[int | None]()
        for t in range(12):
            totals = [a + int(c) for a, c in zip(totals, output[t, b], strict=True)]
            decided.append(totals.index(max(totals)) if any(totals) else None)
        if decided[-1] is not None:
            found.append(max((t + 2 for t in range(12) if decided[t] != decided[-1]), default=1))
    assert steps_to_decision(output) == pytest.approx(sum(found) / len(found))
