"""The configuration of every network of the corpus on every target is the one of the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from spikec.targets import names

from ..effort import THOROUGH, thinned
from .configurations import digest, entries, table

MOST_PARAMETERS = 4000
"""Of the networks that are compiled by day; all are where SPIKEC_EXAMPLES is set."""
MOST_NEURONS = 1000
ENTRIES = entries()
TABLE = table()


def is_small(entry: Mapping[str, Any]) -> bool:
    return entry["params"] <= MOST_PARAMETERS and entry["neurons"] <= MOST_NEURONS


SMALL = [name for name, entry in ENTRIES.items() if THOROUGH or is_small(entry)]
CHOSEN = list(thinned(SMALL, 2))


@pytest.mark.parametrize("name", CHOSEN)
def test_the_configuration_is_that_of_the_table(name: str) -> None:
    """`python -m tests.corpus.configurations` writes another one, for a commit that says why."""
    assert {target: digest(ENTRIES[name], target) for target in names()} == TABLE[name]


def test_the_table_has_every_network_and_target() -> None:
    assert set(TABLE) == set(ENTRIES)
    assert all(set(by_target) == set(names()) for by_target in TABLE.values())
