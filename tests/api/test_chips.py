"""A target of every kind, and targets that are none."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import pytest
import spikec

from .nets import READING, spikes

TEXT = (resources.files("spikec") / "targets" / "loihi1" / "chip.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", spikec.targets())
def test_every_target_can_be_loaded_and_given_again(name: str) -> None:
    chip = spikec.load_target(name)
    assert chip.name == name
    assert spikec.load_target(chip) == chip
    assert spikec.load_target(msgspec.to_builtins(chip)) == chip


def test_a_target_of_every_kind(net: Path, compiled: spikec.Compiled, tmp_path: Path) -> None:
    path = tmp_path / "chip.toml"
    path.write_text(TEXT.replace('name = "loihi1"', 'name = "mine"'), encoding="utf-8")
    parsed = tomllib.loads(path.read_text(encoding="utf-8"))
    for target in (path, str(path), parsed, spikec.load_target(path)):
        made = spikec.compile(net, target, **READING, stimulus=spikes())
        assert made.report["target"] == made.options.target == "mine"
        assert made.report["resources"]["cores"] == compiled.report["resources"]["cores"]
        assert made.report["verdicts"]["placement"]["identical"]


def test_a_changed_record_is_another_chip(net: Path, tmp_path: Path) -> None:
    chip: Any = spikec.load_target("loihi1")
    made = spikec.compile(net, msgspec.structs.replace(chip, name="mine"), **READING, stimulus=spikes())
    out = made.write(tmp_path / "out")
    assert spikec.check(out).identical
    assert b'"mine"' in (out / "target.toml").read_bytes()


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("loihi9", "SPK0501"),
        ("absent.toml", "SPK0501"),
        (Path("absent.toml"), "SPK0501"),
        (5, "SPK0532"),
        (None, "SPK0532"),
        ({}, "SPK0502"),
        ({"family": "loihi"}, "SPK0502"),
        ({"family": {1, 2}}, "SPK0502"),
        ({5: 6}, "SPK0502"),
    ],
    ids=repr,
)
def test_what_is_no_target(target: Any, code: str, net: Path) -> None:
    for wrong in (lambda: spikec.load_target(target), lambda: spikec.compile(net, target, **READING)):
        with pytest.raises(spikec.DiagnosticError, match=code):
            wrong()


@pytest.mark.parametrize("text", ["[", "\xff", "", 'family = "loihi"\nextra = 1'], ids=repr)
def test_a_toml_that_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "chip.toml").write_text(text, encoding="latin-1")
    with pytest.raises(spikec.DiagnosticError, match="SPK0502"):
        spikec.load_target(tmp_path / "chip.toml")


def test_an_unknown_name_is_told_the_known_ones() -> None:
    with pytest.raises(spikec.DiagnosticError) as refused:
        spikec.load_target("loihi9")
    assert all(name in str(refused.value) for name in spikec.targets())
