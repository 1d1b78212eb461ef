"""The process that waits for files: one for all that are read one after the other, and a fork of it for each."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nir
import numpy as np
import pytest
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.nir import reader
from spikec.sim.nir.file import read
from spikec.sim.nir.limits import Limits


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.nir"
    nodes = {"input": nir.Input(np.array([2])), "output": nir.Output(np.array([2]))}
    nir.write(path, nir.NIRGraph(nodes=nodes, edges=[("input", "output")]))
    return path


@pytest.fixture(autouse=True)
def none_is_waiting() -> Iterator[None]:
    reader._end_all()
    yield
    reader._end_all()


def waiting() -> list[int]:
    return [each.process.pid for each in reader._WAITING]


def in_place_of_python(folder: Path, script: str) -> str:
    path = folder / "python"
    path.write_text(script, encoding="utf-8")
    path.chmod(0o755)
    return str(path)


SERVED = """\
#!{python}
import os, signal, sys, time
sys.path[:] = {path}
from spikec.sim.nir import child
def main():
    {main}
child.main = main
child.IDLE_SECONDS = {idle}
child.serve()
"""


def served(folder: Path, main: str, idle: float = 60.0) -> str:
    """A Python whose process for files does `main` for each."""
    return in_place_of_python(
        folder, SERVED.format(python=sys.executable, path=sys.path, main=main, idle=idle)
    )


def test_one_process_for_many_files(net: Path) -> None:
    read(net)
    (first,) = waiting()
    with pytest.raises(DiagnosticError, match="SPK0105"):
        read(net, limits=Limits(objects=1))
    read(net)
    assert waiting() == [first]


def test_each_file_has_a_fork(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which has nothing of the one before, and neither its limits."""
    script = (
        "sys.stdin.read(); print(os.getpid(), os.getppid(), flush=True); child.confine(child.Limits(), 0)"
    )
    monkeypatch.setattr("sys.executable", served(tmp_path, script))
    answers = [reader.answer(b"", 30) for _ in range(3)]
    assert [each.code for each in answers] == [0, 0, 0], answers[0].errors
    forks, parents = zip(*(each.data.split() for each in answers), strict=True)
    assert len(set(forks)) == 3
    assert {*map(int, parents)} == {*waiting()}


def test_a_fork_has_three_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input and output are the answer's; nothing leads to the process that waits."""
    script = "print(sorted(os.listdir('/proc/self/fd')), os.readlink('/proc/self/fd/0'), flush=True)"
    monkeypatch.setattr("sys.executable", served(tmp_path, script))
    if not Path("/proc/self/fd").exists():
        pytest.skip("this system does not list them")
    found = reader.answer(b"", 30)
    assert found.data.startswith(b"['0', '1', '2', '3'] socket:"), found  # 3 is the folder that is listed


@pytest.mark.parametrize("name", ["SEGV", "XCPU"])
def test_a_fork_that_is_ended_is_no_end_of_the_others(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = f"sys.stdin.read() and os.kill(os.getpid(), signal.SIG{name})"
    monkeypatch.setattr("sys.executable", served(tmp_path, script))
    assert reader.answer(b"x", 30).code == -getattr(signal, f"SIG{name}")
    (first,) = waiting()
    assert reader.answer(b"", 30).code == 0
    assert waiting() == [first]


def test_a_fault_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", served(tmp_path, "1 / 0"))
    found = reader.answer(b"x" * 10_000_000, 30)
    assert found.code == 1
    assert found.errors.endswith("ZeroDivisionError: division by zero\n")


def test_a_python_that_does_not_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", in_place_of_python(tmp_path, "#!/bin/sh\necho no >&2\nexit 3\n"))
    assert reader.answer(b"x" * 10_000_000, 30) == reader.Answer(3, errors="no\n")
    assert not waiting()


def test_one_that_does_not_answer_is_killed_with_its_fork(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "pid"
    script = f"open({str(told)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    monkeypatch.setattr("sys.executable", served(tmp_path, script))
    with pytest.raises(reader.NoAnswerError):
        reader.answer(b"", 3)
    assert not waiting()
    pid = int(told.read_text())
    end = time.monotonic() + 30
    while _runs(pid):
        assert time.monotonic() < end
        time.sleep(0.01)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(state.stdout.strip()) and not state.stdout.startswith("Z")


def test_one_that_somebody_has_ended_is_replaced(net: Path) -> None:
    read(net)
    (first,) = waiting()
    os.kill(first, signal.SIGKILL)
    reader._WAITING[0].process.wait()
    read(net)
    assert waiting() != [first]


def test_one_that_has_waited_for_too_long_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it goes in the moment in which it is asked."""
    monkeypatch.setattr("sys.executable", served(tmp_path, "sys.stdin.read()", idle=0.05))
    assert reader.answer(b"", 30).code == 0
    (kept,) = reader._WAITING
    kept.process.wait()
    with monkeypatch.context() as patch:
        patch.setattr(kept.process, "poll", lambda: None)
        patch.setattr(os, "killpg", lambda *_: None)
        found = reader.answer(b"", 30)
    assert found.code == 0
    assert waiting() != [kept.process.pid]


def test_several_at_the_same_time(net: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        graphs = [graph for graph, _ in pool.map(read, [net] * 8)]
    assert {graph.sha256 for graph in graphs} == {graphs[0].sha256}
    assert 1 <= len(waiting()) <= 4


def test_a_fork_of_this_process_has_its_own(net: Path) -> None:
    """What waits for the parent would answer both."""
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from spikec.sim.nir import reader\n"
        "from spikec.sim.nir.file import read\n"
        "read(Path(sys.argv[1]))\n"
        "first = reader._WAITING[0].process.pid\n"
        "pid = os.fork()\n"
        "read(Path(sys.argv[1]))\n"
        "same = reader._WAITING[0].process.pid == first\n"
        "if not pid:\n"
        "    sys.exit(5 if same else 6)\n"
        "code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])\n"
        "read(Path(sys.argv[1]))\n"
        "sys.exit(code if same and reader._WAITING[0].process.pid == first else 7)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(net)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (6, "")


def test_none_is_left_behind(net: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from spikec.sim.nir import reader\n"
        "from spikec.sim.nir.file import read; read(Path(sys.argv[1])); print(reader._WAITING[0].process.pid)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(net)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not _runs(int(done.stdout))


def test_where_nothing_can_be_forked(net: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph, _ = read(net)
    reader._end_all()
    monkeypatch.delattr("os.fork")
    assert read(net)[0].sha256 == graph.sha256
    assert [*read(net)[0].nodes] == [*graph.nodes]
    assert not waiting()
    with pytest.raises(DiagnosticError, match="SPK0105"):
        read(net, limits=Limits(objects=1))
    monkeypatch.setattr("sys.executable", in_place_of_python(net.parent, "#!/bin/sh\nexec sleep 30\n"))
    with pytest.raises(DiagnosticError, match="no answer after 1 s"):
        read(net, limits=Limits(wall_seconds=1))
