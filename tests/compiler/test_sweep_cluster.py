"""A sweep on a cluster of dask.distributed, whose scheduler and workers are commands that were started by themselves:
the same bytes, each job in a process of its own there."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from .commandline import ROOT, spikec
from .sweeping import here, swept

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")  # of dask and tornado, which are not ours


def started(*words: str | Path) -> subprocess.Popen[bytes]:
    """A command of dask, as it is typed on a machine of the cluster."""
    command = [sys.executable, "-m", "dask", *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address. A scheduler and two workers, each a process that was started by itself."""
    folder = tmp_path_factory.mktemp("cluster")
    file = folder / "scheduler.json"
    host = ("--host", "127.0.0.1", "--no-dashboard")
    worker = ("worker", "--scheduler-file", file, "--nthreads", "1", "--no-nanny", "--death-timeout", "60")
    running = [started("scheduler", "--port", "0", "--scheduler-file", file, *host)]
    try:
        running += [started(*worker, "--local-directory", folder / name, *host) for name in ("a", "b")]
        until = time.monotonic() + 60
        while not file.exists() or not file.read_text().strip().endswith("}"):
            assert time.monotonic() < until, "no scheduler came"
            assert all(process.poll() is None for process in running)
            time.sleep(0.05)
        yield json.loads(file.read_text())["address"]
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            process.wait(timeout=30)


def test_the_same_bytes_as_without(scheduler: str, tmp_path: Path) -> None:
    (tmp_path / "noise.nir").write_bytes(b"noise")
    verb, *words = swept(tmp_path, "--weight-bits", "4,6", "-q")
    words = [verb, tmp_path / "noise.nir", *words]
    with distributed.Client(scheduler, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
        done = spikec(*words, "--scheduler", scheduler)
        assert done.returncode == 0, done.stderr
    found = (tmp_path / "space" / "sweep.json").read_bytes()
    with mock.patch("spikec.compiler.sweep.processes.in_processes", here()):
        assert spikec(*words[:-1], tmp_path / "anew").returncode == 0
    assert (tmp_path / "anew" / "sweep.json").read_bytes() == found


def test_nobody_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spikec.compiler.sweep.cluster.CONNECT_SECONDS", 0.2)
    done = spikec(*swept(tmp_path, "--scheduler", "tcp://127.0.0.1:1", "-q"))
    assert done.returncode == 1
    assert "error[SPK0607]: there is no scheduler at tcp://127.0.0.1:1" in done.stderr
    done = spikec(*swept(tmp_path, "--scheduler", "gopher://x", "-q"))
    assert done.returncode == 1
    assert "error[SPK0607]" in done.stderr
