"""Names from a file reach the terminal as text, whatever verb prints them."""

from __future__ import annotations

from pathlib import Path

import nir
import numpy as np
import pytest

from .commandline import spikec

NAME = "x\x1b[31m\x1b]0;own\x07\u202e"
READING = ("--dialect", "nir.euler", "--dt", "1")
RANDOM = ("--poisson", "0.5", "--steps", "4", "--batch", "1")


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    one = np.ones(2)
    nodes = {
        "input": nir.Input(np.array([2])),
        "w": nir.Linear(np.eye(2)),
        NAME: nir.LIF(tau=2 * one, r=2 * one, v_leak=0 * one, v_threshold=one, v_reset=0 * one),
        "output": nir.Output(np.array([2])),
    }
    file = tmp_path_factory.mktemp("names") / "net.nir"
    nir.write(file, nir.NIRGraph(nodes=nodes, edges=[("input", "w"), ("w", NAME), (NAME, "output")]))
    return file


def test_no_verb_prints_what_a_terminal_obeys(net: Path) -> None:
    out = net.parent / "out"
    verbs = [
        ("compile", net, *READING, *RANDOM, "-q", "-o", out),
        ("reference", net, *READING, *RANDOM, "-q", "-o", net.parent / "r.npz"),
        ("simulate", out, "-q", "-o", net.parent / "s.npz"),
        ("export", out, "-q", "-o", net.parent / "e.nir"),
        ("check", out, "-q"),
        ("inspect", net, *READING),
    ]
    for words in verbs:
        said = spikec(*words)
        text = said.stdout + said.stderr
        assert said.returncode == 0, text
        assert not set(text) & {"\x1b", "\x07", "\u202e"}, words[0]
        if words[0] in {"reference", "simulate", "export"}:
            assert "x\\x1b[31m" in text


def test_leaks_that_a_chip_lacks_are_rows_with_their_effect(tmp_path: Path) -> None:
    """A time constant below the time step keeps -1 of a membrane; Loihi keeps nothing, Speck loses a constant."""
    one = np.ones(3)
    nodes = {
        "input": nir.Input(np.array([3])),
        "w": nir.Linear(0.7 * np.eye(3)),
        "n": nir.LIF(tau=0.5 * one, r=0.5 * one, v_leak=0 * one, v_threshold=one, v_reset=0 * one),
        "output": nir.Output(np.array([3])),
    }
    graph = nir.NIRGraph(nodes=nodes, edges=[("input", "w"), ("w", "n"), ("n", "output")])
    nir.write(tmp_path / "net.nir", graph)
    words = (
        "compile",
        tmp_path / "net.nir",
        *READING,
        "--poisson",
        "0.6",
        "--steps",
        "30",
        "--batch",
        "2",
        "-q",
    )
    loihi = spikec(*words, "-o", tmp_path / "loihi").stdout
    (row,) = [line for line in loihi.splitlines() if "decay of the membrane" in line]
    assert "-1 a step" in row
    assert "differs by at most 1" in row
    speck = spikec(*words, "--target", "speck2f", "--allow-approximation", "-o", tmp_path / "speck").stdout
    (row,) = [line for line in speck.splitlines() if "leak of the membrane" in line]
    assert "all decays and thresholds: output F1" in row
