"""Jobs in processes of their own: one that dies is a row, the others go on, and all of them end with the sweep."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from subprocess import PIPE, Popen
from unittest import mock

import msgspec
import pytest
from spikec.compiler.sweep import processes
from spikec.compiler.sweep.processes import WorkerProcess, in_processes
from spikec.compiler.sweep.space import points
from spikec.compiler.sweep.worker import Reply

from ..effort import THOROUGH
from ..errors.netfiles import small
from .commandline import command, interruptible, spikec
from .sweeping import here, space_of, swept

DIES = """
import importlib, os, sys, types
if "spikec.compiler.sweep.worker" in sys.orig_argv:
    name = "spikec.compiler.sweep.run_job"

    def dies(job):
        bits = job.options["weight_bits"]
        if bits == 3:
            print("what it printed is no reply", flush=True)
            os.kill(os.getpid(), 9)
        if bits == 5:
            print("terminate called after throwing an instance of 'std::bad_alloc'", file=sys.stderr, flush=True)
            os.abort()
        sys.modules.pop(name, None)
        return importlib.import_module(name).run_job(job)

    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].run_job = dies
"""


def rows(folder: Path) -> list[tuple[int, str, str]]:
    made = json.loads((folder / "space" / "sweep.json").read_text(encoding="utf-8"))
    return [(row["weight_bits"], row["status"], row["code"]) for row in made["rows"]]


def test_processes_that_die(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed, and out of memory in a library; the same command tries those two again, and only those."""
    (tmp_path / "sitecustomize.py").write_text(DIES, encoding="utf-8")
    words = swept(tmp_path, "--weight-bits", "3,4,5")
    with monkeypatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
        done = spikec(*words, "--workers", "2")
    assert done.returncode == 1, done.stderr
    assert rows(tmp_path) == [(3, "failed", "SPK0606"), (4, "done", ""), (5, "failed", "SPK0604")]
    assert "ended by signal 9 (SIGKILL), as the system does where memory runs out" in done.stdout
    with mock.patch("spikec.compiler.sweep.processes.in_processes", here(again := [])):
        assert spikec(*words, "-q").returncode == 0
        assert [job.options["weight_bits"] for job in again] == [3, 5]
        assert spikec(*words[:-1], tmp_path / "anew", "-q").returncode == 0
    # What ran in a process is, to the byte, what runs here.
    assert (tmp_path / "space" / "sweep.json").read_bytes() == (tmp_path / "anew" / "sweep.json").read_bytes()


def test_a_sweep_that_is_left_leaves_no_process(tmp_path: Path) -> None:
    started: list[WorkerProcess] = []

    class Seen(WorkerProcess):
        def __init__(self) -> None:
            super().__init__()
            started.append(self)

    net = small(tmp_path / "net.nir").read_bytes()
    jobs = [point.job for point in points(space_of(net, networks={"a": b"noise", "b": net}))]
    with mock.patch.object(processes, "WorkerProcess", Seen):
        results = in_processes(1)(jobs)
        next(iter(results))
        results.close()  # pyright: ignore[reportAttributeAccessIssue]
    (worker,) = started
    assert worker._process.wait(timeout=20) == -signal.SIGKILL


def test_a_process_of_another_version(tmp_path: Path) -> None:
    (point,) = points(space_of(small(tmp_path / "net.nir").read_bytes()))

    class Other(WorkerProcess):
        def __init__(self) -> None:
            pass

        def _reply(self, job: object) -> Reply:
            return Reply(spikec="0.0.1", outcome=msgspec.Raw(b""))

    outcome = Other().run(point.job)
    assert (outcome.status, outcome.code) == ("failed", "SPK0608")
    assert "run by spikec 0.0.1" in outcome.reason


def test_jobs_are_packed_whole(tmp_path: Path) -> None:
    (point,) = points(space_of(small(tmp_path / "net.nir").read_bytes(), seeds=(3,)))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(point.job), type=type(point.job)) == point.job


@pytest.mark.skipif(not THOROUGH, reason="starts a whole sweep; SPIKEC_EXAMPLES is not set")
def test_ctrl_c_ends_the_processes_too(tmp_path: Path) -> None:
    words = swept(tmp_path, "--weight-bits", "2,3,4,5,6,8", "--seeds", "1,2,3,4,5", "--workers", "2")
    with interruptible(), Popen(command(*words), stdout=PIPE, stderr=PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("1 of 30")
        process.send_signal(signal.SIGINT)
        start = time.monotonic()
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert said.endswith("interrupted\n")
    assert time.monotonic() - start < 10
    assert 1 <= len(rows(tmp_path)) < 30
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.nir", "space"]
