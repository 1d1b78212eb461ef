"""The families of chips: those that are built in, then those of installed packages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

from .family import Family
from .packages import Installed, installed_packages


class BuiltIn(NamedTuple):
    """chips: names of those that come with the family, which is imported when one of them is asked for."""

    chips: tuple[str, ...]
    family: Callable[[], Family]


def _loihi() -> Family:
    from .loihi1.family import FAMILY

    return FAMILY


def _loihi2() -> Family:
    from .loihi2.family import FAMILY

    return FAMILY


def _odin() -> Family:
    from .odin.family import FAMILY

    return FAMILY


def _paicore() -> Family:
    from .paicore25.family import FAMILY

    return FAMILY


def _ranc() -> Family:
    from .ranc.family import FAMILY

    return FAMILY


def _reckon() -> Family:
    from .reckon.family import FAMILY

    return FAMILY


def _speck() -> Family:
    from .speck.family import FAMILY

    return FAMILY


def _spinnaker() -> Family:
    from .spinnaker1.family import FAMILY

    return FAMILY


def _xylo() -> Family:
    from .xylo.family import FAMILY

    return FAMILY


BUILT_IN: Mapping[str, BuiltIn] = {
    "loihi": BuiltIn(("loihi1",), _loihi),
    "loihi2": BuiltIn(("loihi2",), _loihi2),
    "odin": BuiltIn(("odin", "tinyodin"), _odin),
    "paicore": BuiltIn(("paicore25",), _paicore),
    "ranc": BuiltIn(("ranc", "truenorth"), _ranc),
    "reckon": BuiltIn(("reckon",), _reckon),
    "speck": BuiltIn(("dynapcnn", "speck2e", "speck2f"), _speck),
    "spinnaker": BuiltIn(("spinnaker1",), _spinnaker),
    "xylo": BuiltIn(("xylo_audio2", "xylo_audio3", "xylo_imu"), _xylo),
}


@cache
def installed() -> Installed:
    """What installed packages offer, read once; names that are built in are taken."""
    return installed_packages(
        {*BUILT_IN}, {name for built_in in BUILT_IN.values() for name in built_in.chips}
    )


def family_names() -> tuple[str, ...]:
    """Names of all families."""
    return (*BUILT_IN, *installed().families)


def family_named(name: str) -> Family | None:
    """A family by name. Packages are looked at only for names that are not built in."""
    built_in = BUILT_IN.get(name)
    return installed().families.get(name) if built_in is None else built_in.family()


def family_with(chip: str) -> Family | None:
    """The family with which a chip of this name comes."""
    for built_in in BUILT_IN.values():
        if chip in built_in.chips:
            return built_in.family()
    return next((family for family in installed().families.values() if chip in family.chips), None)


def chips() -> tuple[str, ...]:
    """Names of all chips that come with a family, sorted."""
    found = [name for built_in in BUILT_IN.values() for name in built_in.chips]
    return tuple(
        sorted([*found, *(name for family in installed().families.values() for name in family.chips)])
    )
