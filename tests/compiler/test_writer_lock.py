"""One writer at a time; a dead one's lock is free, and a file of somebody else is no lock."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from spikec.compiler.output import writer_lock as module
from spikec.compiler.output.writer_lock import writer_lock
from spikec.sim.diagnostic import DiagnosticError


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.02)


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_nothing_is_left(tmp_path: Path) -> None:
    with writer_lock(tmp_path / "out") as locks:
        assert locks
        assert names(tmp_path) == [".out.lock"]
        assert (tmp_path / ".out.lock").read_text() == f"spikec {os.getpid()}\n"
    assert names(tmp_path) == []


@pytest.mark.usefixtures("impatient")
def test_a_second_writer_is_told_whose_turn_it_is(tmp_path: Path) -> None:
    with writer_lock(tmp_path / "out"):
        with (
            pytest.raises(DiagnosticError, match=rf"SPK0507.*process {os.getpid()}, is writing out"),
            writer_lock(tmp_path / "out"),
        ):
            pass
        with writer_lock(tmp_path / "other"):
            assert names(tmp_path) == [".other.lock", ".out.lock"]
        assert names(tmp_path) == [".out.lock"]


def test_a_second_writer_waits_a_moment(tmp_path: Path) -> None:
    first, entered = writer_lock(tmp_path / "out"), threading.Event()
    first.__enter__()

    def second() -> None:
        with writer_lock(tmp_path / "out"):
            entered.set()

    waiting = threading.Thread(target=second)
    waiting.start()
    assert not entered.wait(0.05)
    first.__exit__(None, None, None)
    waiting.join()
    assert entered.is_set()
    assert names(tmp_path) == []


def test_the_lock_of_a_killed_writer_is_free(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from spikec.compiler.output.writer_lock import writer_lock\n"
        "with writer_lock(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)\n"
    )
    out = tmp_path / "out"
    child = subprocess.Popen([sys.executable, "-c", script, str(out)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert (tmp_path / ".out.lock").read_text() == f"spikec {child.pid}\n"
    with writer_lock(out):
        pass
    assert names(tmp_path) == []


def test_a_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    lock, secret = tmp_path / ".out.lock", tmp_path / "secret"
    secret.write_text("spikec 1\n")
    for make in (
        lambda: lock.write_text("notes"),
        lambda: lock.symlink_to(secret),
        lambda: os.mkfifo(lock),
        lambda: lock.mkdir(),
    ):
        make()
        before = os.lstat(lock)
        with (
            pytest.raises(DiagnosticError, match=r"SPK0507.*\.out\.lock.*is no lock"),
            writer_lock(tmp_path / "out"),
        ):
            pass
        assert os.path.samestat(before, os.lstat(lock))
        lock.rmdir() if lock.is_dir() and not lock.is_symlink() else lock.unlink()
    assert secret.read_text() == "spikec 1\n"


def test_where_the_system_has_no_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refused)
    with writer_lock(tmp_path / "out") as locks:
        assert not locks
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with writer_lock(tmp_path / "out") as locks:
        assert not locks
    assert names(tmp_path) == []
