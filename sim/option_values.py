"""What an option's value may be, and how a wrong one is shown: it may come from JSON, and be of any size."""

from __future__ import annotations

import sys
from typing import TypeGuard

MOST = 2**31 - 1
"""Of counts: of steps, and of spikes in a step, which are kept in 32 bits."""


def is_count(value: object, least: int) -> TypeGuard[int]:
    """Whether a value is an integer from `least` to MOST."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= MOST


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value is a number that a float holds, and finite."""
    largest = sys.float_info.max
    return isinstance(value, int | float) and not isinstance(value, bool) and -largest <= value <= largest


def briefly(value: object, longest: int) -> str:
    """A value as it was typed; of a long one its beginning, of a large integer its size."""
    try:
        text = repr(value)
    except ValueError:  # an integer past Python's limit of digits, or something that holds one
        size = value.bit_length() if isinstance(value, int) else 0
        return f"an integer of {size:,} bits" if size else "something with an integer too long to show"
    return text if len(text) <= longest else f"{text[: longest - 3]}..."
