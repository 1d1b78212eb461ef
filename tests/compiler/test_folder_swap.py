"""Whatever fails, and wherever a writer dies, the folder is wholly old or wholly new and nothing is lost."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

import pytest
from spikec.compiler.output import folder_swap
from spikec.compiler.output.store import claimed, read, write
from spikec.sim.diagnostic import DiagnosticError

OLD, NEW = {"a": b"old", "c": b"old"}, {"a": b"new", "b": b"new"}


class Killed(BaseException):
    """What is not caught anywhere: the clearing up afterwards is left out as well."""


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An output with a file and a folder of the user's in it."""
    out = tmp_path / "out"
    write(out, OLD)
    (out / "notes").write_text("mine")
    (out / "runs").mkdir()
    (out / "runs" / "1").write_text("mine")
    return out


def kept(out: Path) -> bool:
    return (out / "notes").read_text() == (out / "runs" / "1").read_text() == "mine"


def test_a_full_disk_at_every_moment(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest, calls = os.fsync, 0

    def full(handle: int) -> None:
        nonlocal calls
        calls -= 1
        if calls < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        honest(handle)

    monkeypatch.setattr("os.fsync", full)
    for moment in range(4):  # manifest, two files, folder
        calls = moment
        with pytest.raises(DiagnosticError, match=r"SPK0601.*No space left on device"):
            write(out, NEW)
        assert read(out) == OLD
        assert kept(out)
        assert os.listdir(out.parent) == ["out"]
    calls = 9
    write(out, NEW)
    assert read(out) == NEW


def test_a_disk_that_is_full_from_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DiagnosticError, match="SPK0601"):
        write(tmp_path / "new" / "out", NEW)
    monkeypatch.undo()
    monkeypatch.setattr("os.pwrite", full)
    with pytest.raises(DiagnosticError, match="SPK0601"):
        write(tmp_path / "new" / "out", NEW)
    assert os.listdir(tmp_path) == []
    monkeypatch.undo()
    write(tmp_path / "new" / "out", NEW)
    assert os.listdir(tmp_path / "new") == ["out"]


def test_what_cannot_be_moved_is_named_and_all_is_as_it_was(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Path.rename

    def busy(self: Path, target: Path) -> Path:
        if self == out / "runs":
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        return honest(self, target)

    monkeypatch.setattr(Path, "rename", busy)
    with pytest.raises(
        DiagnosticError, match=r"SPK0601.*runs in it cannot be moved: Device or resource busy"
    ):
        write(out, NEW)
    assert read(out) == OLD
    assert kept(out)
    assert os.listdir(out.parent) == ["out"]


@pytest.mark.parametrize("exchange", [True, False])
def test_killed_between_any_two_renames(out: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool) -> None:
    """Every step from the first rename to the last file that is put away; then the next claim puts all right."""
    if not exchange:
        monkeypatch.setattr(folder_swap, "_exchange", lambda *_: False)
    monkeypatch.setattr("os.fsync", lambda _: None)
    seen: set[str] = set()
    for moment in range(16):
        with monkeypatch.context() as patch, suppress(Killed):
            _dies_after(moment, patch)
            write(out, NEW)
        with claimed(out):
            assert read(out) in (OLD, NEW)
            assert kept(out)
            assert sorted(os.listdir(out.parent)) == [".out.lock", "out"]
        seen.add("old" if read(out) == OLD else "new")
        write(out, OLD)
    assert seen == {"old", "new"}


def _dies_after(moment: int, patch: pytest.MonkeyPatch) -> None:
    """After so many changes of the folder no other is made, as of a process that is no more."""
    left = [moment]

    def counted(call: str, owner: object) -> None:
        honest = getattr(owner, call)

        def wrapped(*arguments: object) -> object:
            if left[0] <= 0:
                raise Killed
            left[0] -= 1
            return honest(*arguments)

        patch.setattr(owner, call, wrapped)

    for call in ("rename", "unlink", "rmdir"):
        counted(call, Path)
    counted("_exchange", folder_swap)


def test_a_living_writer_keeps_what_lies_beside(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spikec.compiler.output.writer_lock.PATIENCE_SECONDS", 0.02)
    half = out.with_name(".out.new-abcdefgh")
    with claimed(out):
        write(half, NEW)
        with pytest.raises(DiagnosticError, match="SPK0507"):
            write(out, NEW)
        assert read(half) == NEW
    write(out, NEW)
    assert os.listdir(out.parent) == ["out"]


def test_only_leftovers_of_this_output_are_put_away(tmp_path: Path) -> None:
    out = tmp_path / "a*"
    others = {".ab.new-abcdefgh", ".a*.new-abc", ".a*.new-b.new-abcdefgh", "linked"}
    for name in sorted(others):
        write(tmp_path / name, NEW)
    (tmp_path / ".a*.new-linklink").symlink_to("linked")
    strange = tmp_path / ".a*.new-00000000"
    strange.mkdir()
    (strange / "thesis.tex").write_text("precious")
    half = tmp_path / ".a*.new-11111111"
    half.mkdir()
    (half / "manifest.json").write_text('{\n "files": {')
    (tmp_path / ".a*.old-22222222").mkdir()
    write(out, NEW)
    left = {".a*.new-linklink", ".a*.new-00000000", "a*"}
    assert set(os.listdir(tmp_path)) == others | left
    assert read(tmp_path / "linked") == NEW
    assert (strange / "thesis.tex").read_text() == "precious"
