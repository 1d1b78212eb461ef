"""What is said of a stimulus with other axes: done as it says, it has the axes of the Input."""

from __future__ import annotations

import re

import numpy as np
import pytest
from spikec.sim.axes_hint import axes_hint


@pytest.mark.parametrize(
    ("found", "sample"),
    [
        ((20, 4), (4,)),
        ((20, 2, 8, 8), (2, 8, 8)),
        ((4,), (4,)),
        ((2, 4, 20), (4,)),
        ((3, 2, 8, 9, 20), (2, 8, 9)),
        ((20, 3, 8, 9, 2), (2, 8, 9)),
        ((20, 3, 9, 8, 2), (2, 8, 9)),
        ((20, 3, 144), (2, 8, 9)),
        ((20, 3, 2, 72), (2, 8, 9)),
    ],
)
def test_it_can_be_followed(found: tuple[int, ...], sample: tuple[int, ...]) -> None:
    hint = axes_hint(found, sample)
    words = re.search(r"(a\[.*?\]|numpy\.\w+\(a, .*?\)(?= makes)|a\.reshape\(.*?\))", hint)
    assert words is not None, hint
    made = eval(words[1], {"a": np.zeros(found), "numpy": np})
    assert made.shape[2:] == sample
    assert str(made.shape) in hint or "reshape" in hint


def test_axes_of_the_input_in_front() -> None:
    assert "come first" in axes_hint((4, 20, 7), (4,)) or "time" in axes_hint((4, 20, 7), (4,))


@pytest.mark.parametrize(("found", "sample"), [((), (4,)), ((20, 3, 5), (4,)), ((20, 3), (4, 4))])
def test_nothing_is_said_where_nothing_simple_would_do(
    found: tuple[int, ...], sample: tuple[int, ...]
) -> None:
    assert axes_hint(found, sample) == ""
