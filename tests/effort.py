"""How much is tried. SPIKEC_EXAMPLES is the number of random networks a test draws, 10 where it is not set; where it is
set, nothing is thinned out either."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
EXAMPLES = int(os.environ.get("SPIKEC_EXAMPLES", "10"))
THOROUGH = "SPIKEC_EXAMPLES" in os.environ


def thinned(items: Iterable[T], step: int) -> tuple[T, ...]:
    """Every `step`-th of `items`, from the first on; all of them where SPIKEC_EXAMPLES is set."""
    return tuple(islice(items, 0, None, 1 if THOROUGH else step))
