"""Families of chips in packages of their own, which an entry point of the group `spikec.targets` names.

    [project.entry-points."spikec.targets"]
    mine = "my_package:FAMILY"

What is wrong with a package is kept as a sentence: the others are used as if it were not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import TYPE_CHECKING, NamedTuple

from .chip import ChipRecord
from .family import Family
from .reading import read_record

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "spikec.targets"


class PackageProblem(NamedTuple):
    """A package whose family cannot be used, and why."""

    package: str
    reason: str


class Installed(NamedTuple):
    """families: by name, in the order of their entry points. problems: of the packages that are left out."""

    families: Mapping[str, Family]
    problems: tuple[PackageProblem, ...]


def installed_packages(families: Set[str], chips: Set[str]) -> Installed:
    """Read the families of all installed packages. families, chips: names that are taken."""
    from importlib.metadata import entry_points

    found: dict[str, Family] = {}
    problems: list[PackageProblem] = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        try:
            family = _family(point)
            _require_free(
                family, {*families, *found}, {*chips, *(c for f in found.values() for c in f.chips)}
            )
            for name, file in family.chips.items():
                _require_chip(family, name, file.read_bytes())
        except Exception as problem:  # any package may be installed, and do anything when it is imported
            package = point.name if point.dist is None else point.dist.name
            problems.append(PackageProblem(package, f"{type(problem).__name__}: {problem}"))
        else:
            found[family.name] = family
    return Installed(found, tuple(problems))


def _family(point: EntryPoint) -> Family:
    found: object = point.load()
    if not isinstance(found, Family):
        raise TypeError(f"{point.value} is no spikec.targets.family.Family, but {type(found).__name__}")
    _require_record(found.record, point.value)
    return found


def _require_record(record: object, place: str) -> None:
    if not (isinstance(record, type) and issubclass(record, ChipRecord)):
        raise TypeError(f"the record of {place} is no spikec.targets.chip.ChipRecord")
    if record.__struct_config__.tag_field != "family":
        raise TypeError(f'{record.__name__} has no tag: it needs tag_field="family", tag="..."')


def _require_free(family: Family, families: Set[str], chips: Set[str]) -> None:
    if family.name in families:
        raise ValueError(f"there is a family {family.name} already")
    if taken := sorted(chips & family.chips.keys()):
        raise ValueError(f"there is a target {taken[0]} already")


def _require_chip(family: Family, name: str, toml: bytes) -> None:
    chip = read_record(toml, family)
    if chip.name != name:
        raise ValueError(f"the toml of {name} calls its chip {chip.name}")
