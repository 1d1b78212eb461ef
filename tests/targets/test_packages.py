"""Families of chips in installed packages: found, or left out with what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from spikec.compiler.backends import interface
from spikec.compiler.options import Options
from spikec.compiler.packages import package_at_work, package_warnings
from spikec.compiler.prepare import read_chip, resolve_target
from spikec.sim.diagnostic import DiagnosticError
from spikec.targets import families, load, names

from .installed import family, package, toml

BUILT_IN = tuple(sorted(chip for built_in in families.BUILT_IN.values() for chip in built_in.chips))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which packages are installed, and seen by spikec."""
    monkeypatch.syspath_prepend(tmp_path)
    families.installed.cache_clear()
    interface._backend.cache_clear()
    yield tmp_path
    families.installed.cache_clear()
    interface._backend.cache_clear()


def test_a_package_is_found(site: Path) -> None:
    package(site, "one_chip", family("one", "one_a"), toml("one", "one_a"))
    assert "one_a" in names()
    assert load("one_a").family == "one"
    assert package_warnings() == ()


WRONG = {
    "wrong_import": ("import a_module_that_is_not_there", b"", "ModuleNotFoundError"),
    "wrong_syntax": ("FAMILY = (", b"", "SyntaxError"),
    "wrong_kind": ("FAMILY = 3", b"", "is no spikec.targets.family.Family, but int"),
    "wrong_name": ("", b"", "AttributeError"),
    "wrong_family": (family("odin", "odin_b"), toml("odin", "odin_b"), "there is a family odin already"),
    "wrong_target": (family("two", "odin"), toml("two", "odin"), "there is a target odin already"),
    "wrong_toml": (family("two", "two_a"), b"family = ", "TargetError"),
    "wrong_number": (family("two", "two_a"), toml("two", "two_a", schema_version=2), "schema_version"),
    "wrong_chip": (family("two", "two_a"), toml("two", "two_b"), "the toml of two_a calls its chip two_b"),
    "wrong_tag": (family("two", "two_a").replace(', tag_field="family"', ""), b"", "has no tag"),
    "wrong_record": (
        family("two", "two_a").replace("record=Chip", "record=dict"),
        b"",
        "no spikec.targets.chip",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_package_is_named_and_left_out(name: str, site: Path) -> None:
    source, text, reason = WRONG[name]
    package(site, name, source, text)
    package(site, f"zz_{name}", family("good", f"after_{name}"), toml("good", f"after_{name}"))
    assert names() == tuple(sorted((*BUILT_IN, f"after_{name}")))
    (found,) = package_warnings()
    assert (found.code, found.severity) == ("SPK0508", "warning")
    assert f"package {name} " in found.message
    assert reason in found.message


def test_who_asks_for_a_chip_of_a_wrong_package_hears_of_it(site: Path) -> None:
    package(site, "lost_chip", "import a_module_that_is_not_there")
    for ask in (lambda: resolve_target(Options(target="lost")), lambda: read_chip(toml("lost", "lost"))):
        with pytest.raises(DiagnosticError) as raised:
            ask()
        assert [d.code for d in raised.value.diagnostics][1:] == ["SPK0508"]


@pytest.mark.parametrize(
    ("backend", "reason"),
    [
        ("nothing:Backend", "ModuleNotFoundError"),
        ("builtins:dict", "lacks honours, membrane, synapse, weight_widths, pin_sites"),
    ],
)
def test_a_backend_that_cannot_be_used(backend: str, reason: str, site: Path) -> None:
    name = f"with_{reason[:5].lower()}"
    package(site, name, family(name, name, backend), toml(name, name))
    with pytest.raises(DiagnosticError) as raised:
        resolve_target(Options(target=name))
    (found,) = raised.value.diagnostics
    assert found.code == "SPK0509"
    assert reason in found.message


def test_a_package_that_fails_at_work_is_named(site: Path) -> None:
    failing = family("fails", "fails").replace(
        "register_map=lambda chip: None", "register_map=lambda chip: 1 // 0"
    )
    package(site, "fails", failing, toml("fails", "fails"))
    with pytest.raises(ZeroDivisionError) as raised:
        families.family_named("fails").register_map(None)
    assert package_at_work(raised.value) == "fails"
    assert package_at_work(ZeroDivisionError("of nobody")) is None
