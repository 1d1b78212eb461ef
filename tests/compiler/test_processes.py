"""`spikec simulate` in several processes: they meet, share the samples out, and one writes what one alone would."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import spikec
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.engines import processes
from spikec.sim.engines.processes import Party, meet

from ..errors.outputs import compile_small
from .commandline import spikec as command

HOST = {**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": ""}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        return free.getsockname()[1]


def parties(count: int) -> list[Party]:
    port = free_port()
    return [Party(host="localhost", port=port, count=count, number=k) for k in range(count)]


def test_two_processes_write_one_trace(tmp_path: Path) -> None:
    """One says who it is with options, the other with the variables that JAX reads."""
    out, port = compile_small(tmp_path), free_port()
    words = ("--poisson", "0.5", "--steps", "9", "--batch", "5", "--states", "--json")
    start = [sys.executable, "-m", "spikec", "simulate", str(out), *words]
    told = {
        "JAX_COORDINATOR_ADDRESS": f"localhost:{port}",
        "JAX_NUM_PROCESSES": "2",
        "JAX_PROCESS_ID": "1",
    }
    who = ("--coordinator", f"localhost:{port}", "--processes", "2", "--process", "0")
    running = [
        subprocess.Popen(
            [*start, *more, "-o", str(tmp_path / f"{name}.npz")],
            env={**HOST, **environment}, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for name, more, environment in (("first", who, {}), ("second", (), told))
    ]  # fmt: skip
    said = [(*process.communicate(timeout=200), process.returncode) for process in running]
    assert [code for _, _, code in said] == [0, 0], said
    assert json.loads(said[0][0])["provenance"]["devices"] == 2
    assert said[1][0] == ""
    assert not (tmp_path / "second.npz").exists()
    stimulus = spikec.poisson({"in_": (4,)}, 0.5, 9, batch=5, seed=0)
    wanted = spikec.simulate(out, stimulus, True, engine="numpy").arrays()
    with np.load(tmp_path / "first.npz") as trace:
        assert set(trace.files) == {*wanted, "provenance"}
        for name, values in wanted.items():
            np.testing.assert_array_equal(trace[name], values, name)
        assert '"devices": 2' in trace["provenance"].item()
    assert wanted["output"].any()


def sent_away(host: Party, words: bytes) -> bool:
    """Whether somebody who says `words` is told to leave, or finds that the host has left him already."""
    with socket.create_connection(("localhost", host.port)) as stranger:
        try:
            stranger.sendall(words)
            stranger.shutdown(socket.SHUT_WR)
            return stranger.recv(9) in (b"no\n", b"")
        except OSError:
            return True


def test_all_meet_and_strangers_are_sent_away() -> None:
    """In any order; somebody who says something else, or nothing, changes nothing."""
    first, *others = parties(3)
    problems: list[BaseException] = []

    def come(party: Party) -> None:
        try:
            meet(party)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=come, args=(each,)) for each in (others[1], first, others[0])]
    threads[0].start()
    threads[1].start()
    for words in (
        b"GET / HTTP/1.1\r\n\r\n",
        b"spikec 3 0\n",
        b"spikec 3 9\n",
        b"spikec 2 1\n",
        b"x" * 200,
        b"",
    ):
        for _ in range(100):
            try:
                assert sent_away(first, words)
                break
            except ConnectionRefusedError:
                threading.Event().wait(0.02)
    threads[2].start()
    for thread in threads:
        thread.join(timeout=20)
        assert not thread.is_alive()
    assert problems == []


def test_one_of_a_number_is_enough() -> None:
    first, second, _ = parties(3)
    said: list[str] = []

    def come(party: Party) -> None:
        try:
            meet(party)
        except DiagnosticError as problem:
            said.append(str(problem))

    host, one = (threading.Thread(target=come, args=(each,)) for each in (first, second))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processes, "MEET_SECONDS", 2.0)
        host.start()
        one.start()
        threading.Event().wait(0.5)
        with pytest.raises(DiagnosticError, match=r"SPK0610.*takes no process 1 of 3"):
            meet(second)
        host.join(timeout=20)
        one.join(timeout=20)
    assert len(said) == 2
    assert any("2 of 3 processes are there after 2 s; missing: 2" in each for each in said), said


@pytest.mark.parametrize("number", [0, 1])
def test_who_waits_in_vain_says_so(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "MEET_SECONDS", 0.3)
    with pytest.raises(DiagnosticError, match=r"SPK0610.*0\.3 s"):
        meet(parties(2)[number])


def test_words_that_do_not_go_together(tmp_path: Path) -> None:
    whole = ("--coordinator", "localhost:9", "--processes", "2", "--process", "1")
    cases = {
        whole[:4]: "need each other",
        (*whole[:5], "2"): "there are processes 0 to 1",
        ("--coordinator", "localhost", *whole[2:]): "takes HOST:PORT",
        ("--coordinator", "localhost:0", *whole[2:]): "takes HOST:PORT",
        ("--coordinator", "localhost:99999", *whole[2:]): "takes HOST:PORT",
    }
    for words, wanted in cases.items():
        done = command("simulate", tmp_path, *words, "-o", tmp_path / "t.npz")
        assert done.returncode == 2
        assert wanted in done.stderr
    out = compile_small(tmp_path)
    done = command("simulate", out, *whole, "--engine", "numpy", "-q", "-o", tmp_path / "t.npz")
    assert done.returncode == 2
    assert "--processes needs the engine jax" in done.stderr
