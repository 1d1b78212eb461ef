"""A toml to start from says of every section and number what it is, and is the chip that it was made from."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest
from spikec.targets import load, names, read_target, toml_of
from spikec.targets.reading import key_of, section_of
from spikec.targets.template import template

FREE = {"attributes.always", "attributes.with_bias", "attributes.with_synapse2"}
"""Sections whose keys are the vendor's."""


@pytest.mark.parametrize("name", names())
def test_the_same_chip_under_another_name(name: str) -> None:
    made = msgspec.to_builtins(read_target(template(toml_of(name), "my_chip")))
    wanted = msgspec.to_builtins(load(name)) | {"name": "my_chip", "title": "my_chip", "energy": None}
    if "verified" in wanted:
        wanted["verified"] = False
    assert made == wanted


@pytest.mark.parametrize("name", names())
def test_a_comment_above_everything(name: str) -> None:
    lines, section = template(toml_of(name), "my_chip").decode().split("\n"), ""
    for before, line in pairwise(lines):
        opened = section_of(line)
        section = section if opened is None else opened
        if opened is not None or (key_of(line) is not None and section not in FREE):
            assert before.startswith("# "), line


@pytest.mark.parametrize("name", names())
def test_sources_are_kept(name: str) -> None:
    """But for what was measured on that chip alone."""
    made = template(toml_of(name), "my_chip").decode().split("\n")
    assert "[energy]" not in made
    assert not made[-1]
    assert not made[-2].startswith("#")
    for line in toml_of(name).decode().partition("[energy]")[0].split("\n"):
        key = key_of(line)
        assert line in made or key in {"name", "title", "verified"}, line
