"""Says the fidelity chain link by link, in words and numbers: where what is lost is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..ir.verdicts import ChainLink, FidelityVerdict
from ..text.render import number
from .svg import Svg
from .svg_bar import bar

EXPLAINED = {
    "source -> chip rules": (
        "the chip's rules",
        "The float network, once as your framework runs it and once by the rules of the chip and its constructs: "
        "reset, spikes a step, floors. What differs here no finer number can mend.",
    ),
    "chip rules -> chip decays and thresholds": (
        "decays and thresholds",
        "Still in float, with the time constants and thresholds that the chip's registers can hold.",
    ),
    "chip decays and thresholds -> chip": (
        "the chip's integers",
        "The chip itself: rounded weights, sums that saturate or wrap, and the order of events, which no float run "
        "follows.",
    ),
    "source -> chip": (
        "all of it",
        "The float network of your framework against the chip, end to end.",
    ),
}
NEARLY = 0.99
"""A link that keeps so much loses nothing worth a word."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A link. name: of what changes; words: an explanation. whole: the last one, from end to end."""

    name: str
    words: str
    value: str
    bar: Svg
    whole: bool


def chain_rows(fidelity: FidelityVerdict) -> tuple[list[Row], str]:
    """The links, and what their values are."""
    spiking = fidelity.output_rms is None
    rows: list[Row] = []
    for k, link in enumerate(fidelity.chain):
        value = _value(link, spiking=spiking)
        name, words = EXPLAINED.get(link.link, (link.link.replace("->", "→"), ""))
        whole = k == len(fidelity.chain) - 1
        told = "no spikes" if value is None else number(value)
        drawn = bar(value or 0.0, class_="whole" if whole else "")
        rows.append(Row(name=name, words=words, value=told, bar=drawn, whole=whole))
    return rows, "output F1" if spiking else "share of samples with the same decision"


def chain_summary(fidelity: FidelityVerdict) -> str:
    """Which link loses most, in a sentence."""
    spiking = fidelity.output_rms is None
    *links, whole = fidelity.chain
    values = [_value(link, spiking=spiking) for link in links]
    known = [(value, link.link) for value, link in zip(values, links, strict=True) if value is not None]
    end = _value(whole, spiking=spiking)
    if not known or end is None:
        return "Nothing spikes at the outputs, so that there is nothing to follow."
    if min(known)[0] >= NEARLY:
        return "No link loses much."
    least, name = min(known)
    return f"Most changes with {EXPLAINED.get(name, (name, ''))[0]}: {number(least)} of 1 is left there."


def arrow(link: str) -> str:
    """The name of a link for a table."""
    return EXPLAINED[link][0] if link in EXPLAINED else link.replace("->", "→")


def layer_rows(links: Sequence[ChainLink], most: int) -> list[dict[str, object]]:
    """A row a layer, a cell a link. heat: per cent of red."""
    return [_layer_row(name, links) for name in list(links[-1].layers)[:most]]


def _value(link: ChainLink, *, spiking: bool) -> float | None:
    return link.output_f1 if spiking else link.output_agreement


def _layer_row(name: str, links: Sequence[ChainLink]) -> dict[str, object]:
    cells: list[dict[str, object]] = []
    for link in links:
        layer = link.layers[name]
        heat = 0 if layer.f1 is None else round(60 * (1 - layer.f1))
        words = number(layer.f1) if layer.rms is None else f"rms {layer.rms:.3g}"
        cells.append({"words": words, "heat": heat, "link": arrow(link.link)})
    last = links[-1].layers[name]
    return {
        "name": name,
        "cells": cells,
        "rates": "–" if last.rate_distance is None else f"{last.rate_distance:.2g}",
        "first": ", ".join(map(str, last.first_divergence)) if last.first_divergence else "–",
    }
