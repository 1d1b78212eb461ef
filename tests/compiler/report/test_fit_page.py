"""The page of a fit, and the few words for what is approximated."""

from __future__ import annotations

import re

import pytest
from spikec.compiler.ir.cost import EnergyEstimate, InferenceCost
from spikec.compiler.ir.fit import Fit, FitRow
from spikec.compiler.report.few_words import MOST_WORDS, few_words
from spikec.compiler.report.fit_page import render_fit
from spikec.compiler.text.render_fit import fit_text

from .test_html import Page


def row(target: str, energy: EnergyEstimate | None) -> FitRow:
    cost = InferenceCost(
        chip_steps=21, seconds=0.021, steps_to_decision=5.25, spikes=10.0, synaptic_operations=1234.0,
        neuron_updates=99.0, packets=7.0, cycles=None, energy=energy,
    )  # fmt: skip
    return FitRow(
        status="done", target=target, accuracy="9/10", accuracy_float="10/10", output_f1=0.5, cores=2,
        available_cores=9, binding="neurons", share=0.25, latency_steps=1, identical=True, cost=cost,
        approximated=("leak of the membrane", "<b>"), chip_95=(0.6, 0.98), judgement="9 of 10 right.",
    )  # fmt: skip


FOUND = Fit(
    network="<net>.nir",
    stimulus="file",
    rows=(
        row("a", EnergyEstimate(picojoules=2_500_000.0, of="synaptic operations", source="Somebody, 2020")),
        row("b", None),
        FitRow(status="refused", target="c", code="SPK2020", reason="too many inputs: 64 > 16"),
    ),
)


def test_the_page_says_all_and_runs_nothing() -> None:
    html = render_fit(FOUND)
    page = Page(html)
    assert page.open == []
    assert page.tags["script"] == 0
    assert "<net>.nir on every chip" in page.text
    assert "<b>" in page.text
    assert "<b>" not in re.sub(r"</?b>[0-9]", "", html)
    for words in (
        "about 2.5 µJ", "no public figures", "Somebody, 2020", "9 of 10 right.", "1,234", "5.2 steps",
        "21 steps, 21 ms", "60.0% to 98.0%", "too many inputs: 64 > 16", "fits 2 of 3 targets",
    ):  # fmt: skip
        assert words in page.text
    assert render_fit(FOUND) == html


def test_the_terminal_says_where_energy_is_from() -> None:
    text = fit_text(FOUND)
    assert "about 2.5 µJ" in text
    assert "no public figures" in text
    assert "a: synaptic operations: Somebody, 2020" in text
    assert "cycles" not in text.split("what it costs")[1].splitlines()[1]


@pytest.mark.parametrize(
    ("features", "words"),
    [
        ((), "nothing"),
        (("floor of the membrane", "leak of the membrane", "time steps"), "floor, leak, time steps"),
        (("membranes below rest", "spikes a step", "leak"), "membranes below rest +2"),
        (("a feature that takes far too many words", "leak"), "2 things"),
        (("leak of the membrane", "leak of the synapse"), "leak"),
    ],
)
def test_few_words(features: tuple[str, ...], words: str) -> None:
    assert few_words(features) == words
    assert len([word for word in words.split() if word[0] != "+"]) <= MOST_WORDS
