"""An output holds its chip: what becomes of the toml that it was compiled with changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from spikec.targets import toml_of

from ..errors.netfiles import small
from ..errors.outputs import chip_file, replaced
from .commandline import spikec

READING = ("--dialect", "nir.euler", "--dt", "1", "--poisson", "0.5", "--steps", "4", "--batch", "1", "-q")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """OUT, for a chip of half as many neurons a core under another name."""
    folder = tmp_path_factory.mktemp("own")
    chip = chip_file(folder, ('name = "loihi1"', 'name = "half"'), ("= 1024", "= 512 "))
    net = small(folder / "net.nir")
    done = spikec("compile", net, "--target", chip.name, *READING, "-o", "out", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "out"


def test_out_holds_the_bytes_and_no_path(compiled: Path) -> None:
    kept = (compiled / "target.toml").read_bytes()
    assert kept == (compiled.parent / "chip.toml").read_bytes()
    report = json.loads((compiled / "report.json").read_text(encoding="utf-8"))
    assert report["options"]["target"] == report["target"] == "half"
    assert "chip.toml" not in (compiled / "report.json").read_text(encoding="utf-8")
    assert "target.toml" in json.loads((compiled / "manifest.json").read_text(encoding="utf-8"))["files"]


def test_an_installed_target_is_kept_as_well(digits_out: Path) -> None:
    assert (digits_out / "target.toml").read_bytes() == toml_of("loihi1")


VERBS: dict[str, Callable[[Path, Path], tuple[str | Path, ...]]] = {
    "check": lambda out, _: ("check", out, "-q"),
    "simulate": lambda out, folder: ("simulate", out, "-q", "-o", folder / "trace.npz"),
    "compare": lambda out, folder: ("compare", out, "--trace", folder / "trace.npz", "-q"),
    "export": lambda out, folder: ("export", out, "-q", "-o", folder / "effective.nir"),
    "diff": lambda out, _: ("diff", out, out),
}


@pytest.mark.parametrize("change", ["moved", "edited", "broken"])
def test_the_original_does_not_count(change: str, compiled: Path, tmp_path: Path) -> None:
    original = compiled.parent / "chip.toml"
    text = original.read_bytes()
    if change == "moved":
        original.unlink()
    else:
        original.write_bytes(text.replace(b"= 512 ", b"= 2   ") if change == "edited" else b"[")
    try:
        for name in VERBS if change == "moved" else ("check",):
            done = spikec(*VERBS[name](compiled, tmp_path), cwd=compiled.parent)
            assert done.returncode == 0, (name, done.stderr)
    finally:
        original.write_bytes(text)


@pytest.mark.parametrize("verb", ["check", "simulate", "export"])
def test_an_edited_target_in_out_is_found(verb: str, compiled: Path, tmp_path: Path) -> None:
    kept = (compiled / "target.toml").read_bytes()
    manifest = (compiled / "manifest.json").read_bytes()
    try:
        replaced(compiled, "target.toml", kept.replace(b"= 512 ", b"= 1024"))
        done = spikec(*VERBS[verb](compiled, tmp_path))
    finally:
        (compiled / "target.toml").write_bytes(kept)
        (compiled / "manifest.json").write_bytes(manifest)
    assert done.returncode == 4
    assert "SPK4103" in done.stderr
