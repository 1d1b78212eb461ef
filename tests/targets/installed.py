"""Packages with families of chips, as an installer leaves them in a folder."""

from __future__ import annotations

from pathlib import Path

import msgspec
from spikec.targets import load
from spikec.targets.toml_text import toml_of_record


def package(site: Path, name: str, source: str, toml: bytes = b"") -> None:
    """Module `name` with the entry point `name:FAMILY`, and the toml of its chip beside it."""
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    text = f"[spikec.targets]\n{name} = {name}:FAMILY\n"
    (info / "entry_points.txt").write_text(text, encoding="utf-8")
    (site / f"{name}.py").write_text(source, encoding="utf-8")
    (site / f"{name}.toml").write_bytes(toml)


def family(name: str, chip: str, backend: str = "nothing:Backend") -> str:
    """The source of a module with a family of one chip that has no numbers of its own."""
    return f"""
from pathlib import Path
from spikec.targets.chip import ChipRecord
from spikec.targets.family import Family

class Chip(ChipRecord, frozen=True, tag_field="family", tag="{name}"):
    pass

FAMILY = Family(
    record=Chip,
    chips={{"{chip}": Path(__file__).with_suffix(".toml")}},
    rules=lambda chip: (),
    backend="{backend}",
    register_map=lambda chip: None,
)
"""


def toml(family: str, chip: str, **changed: object) -> bytes:
    """Of a chip that says the same of readings as an installed one."""
    like = load("ranc")
    return toml_of_record(
        {
            "family": family,
            "name": chip,
            "title": chip,
            "schema_version": 1,
            "dialect": msgspec.to_builtins(like.dialect),
            "latency": msgspec.to_builtins(like.latency),
            **changed,
        }
    )
