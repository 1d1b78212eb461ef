"""Shortens a list of features to a few words."""

from __future__ import annotations

from collections.abc import Sequence

MOST_WORDS = 5


def few_words(features: Sequence[str]) -> str:
    """Name as many as fit into MOST_WORDS words, without what they are `of`, and count the others; "nothing" of
    none."""
    left, shown = MOST_WORDS, list[str]()
    for feature in features:
        short = feature.split(" of ")[0]
        if short in shown:
            continue
        words = len(short.split())
        if words > left:
            break
        shown.append(short)
        left -= words
    more = len({feature.split(" of ")[0] for feature in features}) - len(shown)
    if not shown:
        return f"{more} things" if more else "nothing"
    return ", ".join(shown) + (f" +{more}" if more else "")
