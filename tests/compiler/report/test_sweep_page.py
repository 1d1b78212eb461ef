"""The page of a sweep and its plots: the front is what nothing beats, and nothing of a name becomes markup."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from spikec.compiler.ir.sweep import Sweep, SweepRow, SweepStimulus
from spikec.compiler.report.svg_scatter import Mark, axis, scatter
from spikec.compiler.report.sweep_page import render_sweep, sweep_view
from spikec.compiler.sweep.pareto import OBJECTIVES, front


def row(cores: int, f1: float | None, **changed: object) -> SweepRow:
    values: dict[str, object] = {
        "network": "n.nir", "target": "t", "weight_bits": 8, "seed": 0, "front": False, "job": "0" * 64,
        "status": "done", "identical": True, "cores": cores, "output_f1": f1, "packets": 0.0, "latency_steps": 1,
        **changed,
    }  # fmt: skip
    return SweepRow(**values)  # pyright: ignore[reportArgumentType]


def sweep(rows: Sequence[SweepRow], left: int = 0) -> Sweep:
    return Sweep(
        spikec="0.1.0",
        networks={name: "a" * 64 for name in sorted({r.network for r in rows})},
        targets={name: "b" * 64 for name in sorted({r.target for r in rows})},
        stimulus=SweepStimulus(kind="stand-in", rate=0.2, steps=64, batch=4),
        options={"chips": "2"},
        rows=tuple(rows),
        left=left,
    )


@pytest.mark.parametrize(
    ("rows", "on"),
    [
        ([], []),
        ([row(1, 0.5)], [True]),
        ([row(1, 0.5), row(2, 0.9), row(2, 0.4)], [True, True, False]),
        ([row(1, 0.5), row(1, 0.5)], [True, True]),  # neither is better in anything
        ([row(1, None), row(1, 0.1)], [False, True]),
        ([row(1, 0.9, identical=False), row(2, 0.4)], [False, True]),
        ([row(1, 0.9, status="failed", identical=None), row(2, 0.4)], [False, True]),
        ([row(1, 0.5, accuracy="9/10"), row(1, 0.5, accuracy="19/20")], [False, True]),
        ([row(1, 0.5, packets=3.0), row(2, 0.5, packets=2.0)], [True, True]),
        ([row(1, 0.5, latency_steps=2), row(1, 0.5)], [False, True]),
    ],
)
def test_the_front(rows: list[SweepRow], on: list[bool]) -> None:
    assert front(rows, OBJECTIVES) == on


def test_a_plot_for_each_figure_against_each_cost_that_differs() -> None:
    made = sweep([row(1, 0.5, accuracy="1/2"), row(3, 0.7, accuracy="1/2", packets=2.5)])
    view = sweep_view(made)
    plots = view["plots"]
    assert isinstance(plots, list)
    titles = [re.findall(r'aria-label="([^"]+)"', plot.text)[0] for line in plots for plot in line]
    assert titles == [
        "output F1 against cores",
        "output F1 against packets a step",
        "accuracy, share of right decisions against cores",
        "accuracy, share of right decisions against packets a step",
    ]
    assert view["same"] == ["latency in steps: 1 everywhere"]


@pytest.mark.parametrize("rows", [[], [row(1, None)], [row(1, 0.2, status="refused", identical=None)]])
def test_a_page_without_a_plot(rows: list[SweepRow]) -> None:
    page = render_sweep(sweep(rows, left=3))
    assert "Nothing differs that could be drawn." in page
    assert "3 points not run yet" in page


def test_values_instead_of_spikes() -> None:
    rows = [row(1, None, output_agreement=0.5), row(2, None, output_agreement=0.75)]
    assert "share of equal outputs against cores" in render_sweep(sweep(rows))


def test_names_are_texts() -> None:
    bad = '<script>alert("x")</script>'
    rows = [row(1, 0.5, network=bad), row(2, 0.75, target=bad, status="done")]
    rows.append(row(1, None, status="refused", identical=None, code="SPK1001", reason=bad))
    page = render_sweep(sweep(rows))
    assert bad not in page
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert not re.findall(r"(?:src|href)=\"(?!#)", page)
    assert page == render_sweep(sweep(rows))


def mark(x: float, y: float, *, front: bool) -> Mark:
    return Mark(x=x, y=y, colour="#000", shape=0, front=front, label="l", words="w")


def test_the_line_goes_up_from_the_cheapest_to_the_best() -> None:
    marks = [mark(4, 0.9, front=True), mark(1, 0.2, front=True), mark(3, 0.1, front=False)]
    (path,) = re.findall(r'class="front" d="([^"]+)"', scatter(marks, "x", "y").text)
    across, up = (list(map(float, re.findall(rf"{letter}([\d.]+)", path))) for letter in "HV")
    assert across == sorted(across)
    assert up == sorted(up, reverse=True)
    assert len(up) == 2


@pytest.mark.parametrize(
    "values", [[1.0], [0.0], [0.0, 1.0], [1.0, 500.0], [0.25, 0.75], [-3.0, 2.0], [1e-9, 1e9]]
)
def test_an_axis_holds_its_values(values: list[float]) -> None:
    for from_zero in (True, False):
        made = axis(values, from_zero=from_zero)
        places = [made.at(value) for value in sorted(values)]
        assert all(0 <= place <= 1 for place in places)
        assert places == sorted(set(places))
        assert 1 <= len(made.ticks) < 25
        assert all(-1e-9 <= made.at(tick) <= 1 + 1e-9 for tick in made.ticks)
