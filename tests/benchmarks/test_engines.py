"""The loops in C that engines are measured against fire the same spikes: an oracle for machines of the chips' size."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest

from ..effort import thinned
from . import engines

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")


@pytest.mark.parametrize("number", thinned(range(len(engines.cases())), 2))
def test_rows_fire_the_same_spikes(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "REPEATS", 1)
    case = engines.cases()[number]()
    compared = {label: make for label, make in case.rows.items() if label.startswith(("spikec", engines.C))}
    steps = 6 if "128x128" in case.name else 40
    found = engines.measured(replace(case, rows=compared), steps)
    assert found.keys() == compared.keys()
    assert case.rows["spikec"]()(case.events[:steps]).any()


def test_rows_that_differ_are_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "REPEATS", 1)
    case = engines.ordered(1.0, 40)
    right = case.rows[engines.C]()

    def wrong(events: np.ndarray) -> np.ndarray:
        found = right(events).copy()
        found[-1, 0, 3] += 1
        return found

    rows = {"spikec": case.rows["spikec"], engines.C: lambda: wrong}
    with pytest.raises(ValueError, match="different spikes"):
        engines.measured(replace(case, rows=rows), 10)
