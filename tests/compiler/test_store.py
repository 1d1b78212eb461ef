"""OUT is wholly old or wholly new, and what changed on disk is seen."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from spikec.compiler.output import store
from spikec.compiler.output.manifest import MANIFEST, Manifest
from spikec.compiler.output.store import read, write
from spikec.sim.diagnostic import DiagnosticError

from ..effort import EXAMPLES, THOROUGH

KILLS = 12 if THOROUGH else 6


def test_round_trip_and_replacement(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, {"a": b"1", "b": b"2"})
    assert read(out) == {"a": b"1", "b": b"2"}
    write(out, {"a": b"3"})
    assert read(out) == {"a": b"3"}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out"]
    assert sorted(p.name for p in out.iterdir()) == ["a", MANIFEST]


def test_same_files_make_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / name, {"a": b"1"})
    assert (tmp_path / "one" / MANIFEST).read_bytes() == (tmp_path / "two" / MANIFEST).read_bytes()


def test_what_shows_times_is_checked_and_listed_apart(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, {"a": b"1", "seconds.json": b"2 s"})
    listed = json.loads((out / MANIFEST).read_text())
    assert sorted(listed["files"]) == ["a"]
    assert sorted(listed["timed"]) == ["seconds.json"]
    (out / "seconds.json").write_bytes(b"0 s")
    with pytest.raises(DiagnosticError, match=r"seconds\.json"):
        read(out)


def test_changed_and_missing_files_are_named(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, {"a": b"1", "b": b"2"})
    (out / "a").write_bytes(b"x")
    (out / "b").unlink()
    with pytest.raises(DiagnosticError) as caught:
        read(out)
    assert [d.code for d in caught.value.diagnostics] == ["SPK4102", "SPK4102"]


def test_what_is_not_a_regular_file_is_not_read(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, {"a": b"1", "b": b"2", "c": b"3"})
    for name in "abc":
        (out / name).unlink()
    os.mkfifo(out / "a")
    (out / "b").symlink_to("/dev/zero")
    (out / "c").mkdir()
    with pytest.raises(DiagnosticError) as caught:
        read(out)
    wanted = [f"{name} cannot be read: not a regular file" for name in "abc"]
    assert [d.message for d in caught.value.diagnostics] == wanted
    (out / MANIFEST).unlink()
    os.mkfifo(out / MANIFEST)
    with pytest.raises(DiagnosticError, match="SPK4101"):
        read(out)
    for no_folder in (out / MANIFEST, tmp_path / "absent", Path("a\0b")):
        with pytest.raises(DiagnosticError, match="SPK0511"):
            read(no_folder)


def test_all_files_together_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "out", {"a": b"123", "b": b"456"})
    monkeypatch.setattr(store, "LARGEST_OUTPUT", 5)
    with pytest.raises(DiagnosticError, match=r"SPK4102.*b cannot be read: it has 3 bytes; at most 2"):
        read(tmp_path / "out")


def test_a_reader_that_a_writer_overtakes_reads_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, waiting = tmp_path / "out", [b"new", b"newer"]
    write(out, {"a": b"old", "gone": b"old"})
    honest = store.read_manifest

    def overtaken(data: bytes) -> Manifest | str:
        """The folder is exchanged when its manifest has been read."""
        if waiting and data == (out / MANIFEST).read_bytes():
            write(out, {"a": waiting.pop(0)})
        return honest(data)

    monkeypatch.setattr(store, "read_manifest", overtaken)
    assert read(out) == {"a": b"newer"}


def test_a_reader_gives_up_at_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "out", {"a": b"1"})
    (tmp_path / "out" / "a").unlink()
    monkeypatch.setattr("os.path.samestat", lambda *_: False)
    with pytest.raises(DiagnosticError, match=r"SPK4101.*exchanged 100 times"):
        read(tmp_path / "out")


def test_two_writers_and_a_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each write is whole, none fails, and the reader sees no mixture. Two rounds an example."""
    out, rounds = tmp_path / "out", 2 * EXAMPLES
    monkeypatch.setattr("os.fsync", lambda _: None)
    monkeypatch.setattr("spikec.compiler.output.writer_lock.PATIENCE_SECONDS", 60)
    made = [{"a": b"%d" % k * 999, f"of_{k}": b"", "b": b"%d" % k * 999} for k in range(2)]
    write(out, made[0])

    def writes(files: dict[str, bytes]) -> None:
        for _ in range(rounds):
            write(out, files)

    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(writes, files) for files in made]
        while not all(writer.done() for writer in writers):
            assert read(out) in made
    assert [writer.result() for writer in writers] == [None, None]
    assert os.listdir(tmp_path) == ["out"]
    assert sorted(os.listdir(out)) == sorted([*read(out), MANIFEST])


WRITER = """
import sys
from pathlib import Path
from spikec.compiler.output.store import write
out, k = Path(sys.argv[1]), 0
print("ready", flush=True)
while True:
    k += 1
    write(out, {"a": b"%d" % k * 2000, "b": b"%d" % k * 2000})
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="signals of POSIX")
def test_killed_at_any_moment(tmp_path: Path) -> None:
    """Both files are of one generation, or the next write restores the last one; what else is there stays."""
    out = tmp_path / "out"
    write(out, {"a": b"", "b": b""})
    (out / "mine").mkdir()
    (out / "mine" / "notes").write_text("kept")
    for k in range(KILLS):
        child = subprocess.Popen([sys.executable, "-c", WRITER, str(out)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.01 + 0.084 * k / KILLS)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        if out.exists():
            files = read(out)
            assert files["a"] == files["b"]
    write(out, {"a": b"end"})
    assert read(out) == {"a": b"end"}
    assert (out / "mine" / "notes").read_text() == "kept"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out"]
