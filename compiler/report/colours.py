"""Chooses a colour for each population, the same in every chart, told apart on light and on dark ground."""

from __future__ import annotations

from collections.abc import Sequence

_FIRST = (
    "#4c78a8", "#f28e2b", "#59a14f", "#b07aa1", "#e15759",
    "#4fb3ac", "#d4a90f", "#9c755f", "#ff8fa3", "#8a8f98",
)  # fmt: skip
GOLDEN_ANGLE_DEGREES = 137.508


def colours(names: Sequence[str]) -> dict[str, str]:
    """Name -> CSS colour, in the order given; hues a golden angle apart where the list runs out."""
    return {name: _colour(k) for k, name in enumerate(names)}


def _colour(k: int) -> str:
    if k < len(_FIRST):
        return _FIRST[k]
    return f"hsl({round(k * GOLDEN_ANGLE_DEGREES) % 360} 45% 55%)"
