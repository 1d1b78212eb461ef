"""A sweep on a cluster of dask.distributed: the same bytes, each job in a process of its own there."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from .commandline import spikec
from .sweeping import here, swept

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")  # of dask and tornado, which are not ours


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cluster = distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        )
        with cluster:
            yield cluster.scheduler_address


def test_the_same_bytes_as_without(scheduler: str, tmp_path: Path) -> None:
    (tmp_path / "noise.nir").write_bytes(b"noise")
    verb, *words = swept(tmp_path, "-q")
    words = [verb, tmp_path / "noise.nir", *words]
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
