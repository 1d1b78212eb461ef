"""Options that say nothing, or two things at once, are refused as they are typed; none is dropped."""

from __future__ import annotations

from pathlib import Path

import pytest

from .commandline import spikec

COMPILE = ("compile", "net.nir", "-o", "out")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((*COMPILE, "--pin", "a=0", "--pin", "a=1"), "'a' is given twice"),
        ((*COMPILE, "--construct", "a=taps", "--construct", "a=mirrors"), "'a' is given twice"),
        ((*COMPILE, "--dialect-option", "k=1", "--dialect-option", "k=2"), "'k' is given twice"),
        (("compare", "net.nir", "--bogus"), "No such option"),
    ],
)
def test_what_is_typed(
    words: tuple[str, ...], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = spikec(*words)
    assert done.returncode == 2
    assert text in done.stderr
    assert "mean" not in done.stderr


def test_options_of_random_spikes_without_them(digits_out: Path, tmp_path: Path) -> None:
    for words, text in (
        (("--stimulus", digits_out / "stimulus.npz", "--steps", "9"), "--steps is of --poisson"),
        (("--stimulus", digits_out / "stimulus.npz", "--seed", "3"), "--seed draws random spikes"),
        (("--batch", "2"), "--batch is of --poisson"),
    ):
        done = spikec("simulate", digits_out, *words, "-q", "-o", tmp_path / "t.npz")
        assert done.returncode == 2
        assert text in done.stderr


def test_only_near_options_are_named() -> None:
    far, near = spikec("compile", "net.nir", "--bogus"), spikec("compile", "net.nir", "--targt", "x")
    assert (far.returncode, near.returncode) == (2, 2)
    assert "mean" not in far.stderr
    assert "--target" in near.stderr


def test_a_file_that_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / "s.npz").write_bytes(b"PK")
    done = spikec("compile", tmp_path / "net.nir", "--lock", tmp_path / "s.npz", "-o", tmp_path / "out")
    assert done.returncode == 2
    assert f"{tmp_path / 's.npz'} is no placement lock" in done.stderr
