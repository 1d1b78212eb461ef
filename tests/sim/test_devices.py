"""The samples or neurons of a run shared out over devices and processes: the same bits as in numpy on one."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import spikec
from spikec.sim.engines.devices import Devices
from spikec.sim.engines.synapse_list import simulate
from spikec.targets import load
from spikec.targets.loihi1 import neuron

from ..errors.outputs import compile_small
from .test_engine_choice import drive, machine

ROOT = Path(__file__).parents[2]
HOST = {**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": ""}
TWO = {**HOST, "XLA_FLAGS": "--xla_force_host_platform_device_count=2"}


def started(environment: dict[str, str], *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.sim.on_devices", *words]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def printed(process: subprocess.Popen[str]) -> dict[str, tuple[str, str, int, int]]:
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    return json.loads(next(line for line in out.splitlines() if line.startswith("{")))


def assert_same(found: dict[str, tuple[str, str, int, int]]) -> None:
    assert len(found) == 8
    for name, (plain, shared, parts, spikes) in found.items():
        assert shared == plain, name
        assert parts == 2, f"{name}: in {parts} parts"
        assert spikes > 50, name


def test_two_devices_and_the_command_line(tmp_path: Path) -> None:
    """Five samples and one of layers, of a loop, of convolutions, of a grid of crossbars; then an output."""
    out, random = compile_small(tmp_path), ("--poisson", "0.5", "--steps", "9", "--batch", "5")
    words = ("simulate", str(out), *random, "--devices", "2", "--states", "-q", "-o", str(tmp_path / "t.npz"))
    assert_same(printed(started(TWO, *words)))
    stimulus = spikec.poisson({"in_": (4,)}, 0.5, 9, batch=5, seed=0)
    wanted = spikec.simulate(out, stimulus, True, engine="numpy").arrays()
    with np.load(tmp_path / "t.npz") as trace:
        assert set(trace.files) >= set(wanted)
        for name, values in wanted.items():
            np.testing.assert_array_equal(trace[name], values, name)
    assert wanted["output"].any()


@pytest.mark.skipif("SPIKEC_EXAMPLES" not in os.environ, reason="two processes take their time")
def test_two_processes(tmp_path: Path) -> None:
    """Each gets the whole result."""
    out = compile_small(tmp_path)
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    for process in [started(HOST, str(port), str(rank), str(out)) for rank in (0, 1)]:
        found = printed(process)
        plain, shared, _, spikes = found.pop("output")
        assert shared == plain
        assert spikes > 10
        assert_same(found)


def test_devices_that_there_are_not() -> None:
    made = machine(1)
    for engine, said in (
        ("numpy", "2 devices need the engine jax"),
        ("jax", r"JAX has \d+ devices?, not 99"),
    ):
        with pytest.raises(ValueError, match=said):
            simulate(
                made, neuron, load("loihi1").latency, drive(1, made.n_inputs), engine=engine,
                devices=2 if engine == "numpy" else 99,
            )  # fmt: skip


def test_shares_hold_all_samples() -> None:
    for batch in (0, 1, 5, 64, 1000):
        for count in (1, 2, 3, 8):
            shared = Devices.of(count, batch)
            assert batch <= shared.samples(batch) * shared.sides <= 1.25 * batch + 2 * count
            assert shared.sides == (count if batch >= count else 1)
            assert shared.neurons(batch, 4) >= batch
            assert shared.sides == count or shared.neurons(batch, 4) % (4 * count) == 0
