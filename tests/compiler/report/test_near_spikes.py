"""Which mismatches have a partner a step or two away, by hand; and that a page shows the classes that its style
names."""

from __future__ import annotations

import pytest
from spikec.compiler.ir.report import Panel
from spikec.compiler.report.html import source
from spikec.compiler.report.near_spikes import near_spikes
from spikec.compiler.report.svg_raster import raster


@pytest.mark.parametrize(
    ("marks", "missed", "extra"),
    [
        ("024000", {1: 1}, {2: 1}),
        ("400200", {3: 0}, {0: 0}),  # three steps apart
        ("402000", {2: 2}, {0: 2}),
        ("204020", {0: 2, 4: 0}, {2: 2}),  # the earliest first
        ("200420", {0: 0, 4: 1}, {3: 1}),  # who is nearer is taken first
        ("111100", {}, {}),
        ("13", {1: 0}, {}),
    ],
)
def test_partners(marks: str, missed: dict[int, int], extra: dict[int, int]) -> None:
    assert near_spikes(marks) == (missed, extra)


def test_pairs_are_as_many_on_both_sides() -> None:
    missed, extra = near_spikes("2404024420024200444222")
    for apart in (1, 2):
        assert list(missed.values()).count(apart) == list(extra.values()).count(apart)


def test_the_drawing_has_a_path_for_each_distance() -> None:
    panel = Panel(kind="layer", name="a", steps=10, neurons=1, shown=(0,))
    drawing = raster(panel, ["2400020040"]).text
    for kind in ("miss near1", "extra near1", "miss", "extra"):
        assert drawing.count(f'class="{kind}"') == 1
    style = source("report.css.j2")
    assert "#within1:checked ~ .samples .near1" in style
    assert "#within2:checked ~ .samples .near2" in style
