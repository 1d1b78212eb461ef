"""Names that are not known, and what they were meant to be."""

from __future__ import annotations

from pathlib import Path

import pytest
from spikec.sim.near_names import did_you_mean, hint_of, near_files, nearest, sentence

TARGETS = ("dynapcnn", "loihi1", "odin", "ranc", "speck2e", "speck2f", "tinyodin", "xylo_audio2", "xylo_imu")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("xylo", ["xylo_audio2", "xylo_imu"]),
        ("Speck", ["speck2e", "speck2f"]),
        ("speck-2f", ["speck2f", "speck2e"]),
        ("loihi2", ["loihi1"]),
        ("XYLO-IMU", ["xylo_imu"]),
        ("akida", []),
        ("", []),
    ],
)
def test_nearest(name: str, near: list[str]) -> None:
    assert nearest(name, TARGETS) == near


def test_the_question() -> None:
    assert did_you_mean("loihi2", TARGETS) == "did you mean `loihi1`?"
    assert did_you_mean("speck", TARGETS) == "did you mean `speck2e` or `speck2f`?"
    assert did_you_mean("akida", TARGETS) == ""
    assert hint_of("lofi", ["loihi"], "targets") == "did you mean `loihi`? targets: loihi"
    assert hint_of("x", [], "targets") == ""
    assert hint_of("x", [f"n{k}" for k in range(99)], "nodes").endswith("n39 ...")
    assert sentence("did you?") == "Did you?"
    assert did_you_mean("a\x1bb", ["a\x1bc"]) == "did you mean `a\\x1bc`?"


def test_huge_names_take_no_time() -> None:
    assert nearest("a" * 10_000_000, ["b" * 10_000_000] * 3) == []


def test_files_of_the_same_kind_are_named(tmp_path: Path) -> None:
    for name in ("digits.nir", "digits.npz", "other.nir"):
        (tmp_path / name).touch()
    assert near_files(tmp_path / "digit.nir") == "did you mean `digits.nir`?"
    assert near_files(tmp_path / "digits") == "did you mean `digits.nir` or `digits.npz`?"
    assert near_files(tmp_path / "zzz.nir") == ""
    assert near_files(tmp_path / "absent" / "digits.nir") == ""
    assert near_files(Path("a\0b") / "digits.nir") == ""
