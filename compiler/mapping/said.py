"""How a search says what it is doing: a function of words, which may do nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

Say = Callable[[str], None]
SECONDS = 4.0
"""Between two words on how far work is."""


def silent(text: str) -> None:
    """Say nothing."""


def seldom(say: Say) -> Say:
    """Says of many words one now and then: what is done sooner than the first time has come is not heard of."""
    last = time.monotonic()

    def said(text: str) -> None:
        nonlocal last
        if time.monotonic() - last >= SECONDS:
            last = time.monotonic()
            say(text)

    return said
