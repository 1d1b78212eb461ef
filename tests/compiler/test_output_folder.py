"""A folder is replaced only where spikec wrote it, and only what spikec wrote in it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from spikec.compiler.output.manifest import MANIFEST
from spikec.compiler.output.store import claimed, read, write, write_claimed
from spikec.sim.diagnostic import DiagnosticError


def tree(folder: Path) -> dict[str, bytes | None]:
    """All below a folder: path -> content, None for what is no regular file."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() and not path.is_symlink() else None
        for path in sorted(folder.rglob("*"))
    }


def refused(out: Path, code: str) -> str:
    """What is said; nothing may have changed beside or in the folder."""
    before = tree(out.parent)
    with pytest.raises(DiagnosticError, match=code) as caught:
        write(out, {"a": b"new"})
    assert tree(out.parent) == before
    return caught.value.diagnostics[0].message


def test_folders_of_somebody_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "src").mkdir()
    (out / "src" / "app.js").write_text("work")
    for manifest in ('{"manifest_version": 3}', '{"files": {}, "timed": {}}', "", "[" * 100_000):
        (out / MANIFEST).write_text(manifest)
        assert "is no output of spikec" in refused(out, "SPK0503")
    (out / MANIFEST).unlink()
    assert "is no output of spikec" in refused(out, "SPK0503")
    os.mkfifo(out / MANIFEST)
    assert "is no output of spikec" in refused(out, "SPK0503")


def test_a_link_to_a_manifest_is_none(tmp_path: Path) -> None:
    write(tmp_path / "other", {"a": b"1"})
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / MANIFEST).symlink_to(tmp_path / "other" / MANIFEST)
    refused(tmp_path / "out", "SPK0503")


def test_an_empty_folder_and_an_output_from_before_there_was_a_mark(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir(mode=0o750)
    write(out, {"a": b"1"})
    manifest = json.loads((out / MANIFEST).read_text())
    del manifest["format"]
    (out / MANIFEST).write_text(json.dumps(manifest))
    write(out, {"b": b"2"})
    assert read(out) == {"b": b"2"}
    assert out.stat().st_mode & 0o777 == 0o750


def test_what_is_no_folder_or_cannot_be_exchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("precious")
    assert "is no folder" in refused(tmp_path / "file", "SPK0503")
    refused(tmp_path / "file" / "out", "SPK0504")
    write(tmp_path / "out", {"a": b"1"})
    (tmp_path / "out" / "below").mkdir()
    monkeypatch.chdir(tmp_path / "out" / "below")
    for here in ("", ".", "..", "../../out", "/"):
        with pytest.raises(DiagnosticError, match=r"SPK0503.*the folder that you are in, or one above it"):
            write(Path(here), {"a": b"2"})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.path.ismount", lambda path: Path(path).name == "out")
    assert "where a disk is mounted" in refused(tmp_path / "out", "SPK0503")
    monkeypatch.undo()
    monkeypatch.setattr("os.access", lambda *_: False)
    assert "out cannot be written: Permission denied" in refused(tmp_path / "out", "SPK0602")


def test_a_link_is_written_through(tmp_path: Path) -> None:
    write(tmp_path / "real", {"a": b"1"})
    (tmp_path / "elsewhere").mkdir()
    link, dangling = tmp_path / "elsewhere" / "link", tmp_path / "dangling"
    link.symlink_to("../real")
    dangling.symlink_to("new/real")
    write(link, {"b": b"2"})
    write(dangling, {"c": b"3"})
    assert os.readlink(link) == "../real"
    assert read(tmp_path / "real") == {"b": b"2"}
    assert read(tmp_path / "new" / "real") == {"c": b"3"}
    assert sorted(os.listdir(tmp_path)) == ["dangling", "elsewhere", "new", "real"]
    assert os.listdir(tmp_path / "elsewhere") == ["link"]


def test_what_spikec_did_not_write_stays(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, {"a": b"1", "gone": b"1"})
    (out / "runs" / "1").mkdir(parents=True)
    (out / "runs" / "1" / "chip.npz").write_bytes(b"recorded")
    (out / ".notes").write_bytes(b"mine")
    (out / "link").symlink_to("nowhere")
    inode = (out / ".notes").stat().st_ino
    for data in (b"2", b"3"):
        write(out, {"a": data, "b": data})
        assert read(out) == {"a": data, "b": data}
        kept = {".notes": b"mine", "link": None, "runs": None, "runs/1": None, "runs/1/chip.npz": b"recorded"}
        assert tree(out) == {**kept, "a": data, "b": data, MANIFEST: (out / MANIFEST).read_bytes()}
        assert (out / ".notes").stat().st_ino == inode
    assert os.listdir(tmp_path) == ["out"]


@pytest.mark.parametrize("kind", ["file", "folder", "link", "folder in place of a file of ours"])
def test_a_file_in_the_way(tmp_path: Path, kind: str) -> None:
    out = tmp_path / "out"
    write(out, {"a": b"1"} if kind.endswith("ours") else {"other": b"1"})
    if kind == "file":
        (out / "a").write_bytes(b"mine")
    elif kind == "link":
        (out / "a").symlink_to("nowhere")
    else:
        (out / "a").unlink(missing_ok=True)
        (out / "a").mkdir()
    assert refused(out, "SPK0506").startswith(f"a in {out}: ")


def test_a_claim_that_is_not_used_leaves_nothing(tmp_path: Path) -> None:
    with claimed(tmp_path / "x" / "y" / "out"):
        assert os.listdir(tmp_path / "x" / "y") == [".out.lock"]
    assert os.listdir(tmp_path) == []
    with claimed(tmp_path / "x" / "y" / "out") as claim:
        write_claimed(claim, {"a": b"1"})
    assert read(tmp_path / "x" / "y" / "out") == {"a": b"1"}


def test_a_file_in_the_way_is_seen_at_once_where_its_name_is_known(tmp_path: Path) -> None:
    write(tmp_path / "out", {"a": b"1"})
    (tmp_path / "out" / "b").mkdir()
    with pytest.raises(DiagnosticError, match="SPK0506"), claimed(tmp_path / "out", frozenset({"a", "b"})):
        raise FileExistsError


def test_a_fault_of_the_compile_is_not_taken_for_one_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError), claimed(tmp_path / "out"):
        raise FileExistsError
