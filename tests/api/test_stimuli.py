"""A stimulus of every kind is the same stimulus."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spikec

from .nets import BATCH, LABELS, N_IN, READING, STEPS, network, spikes


def saved(folder: Path, **arrays: np.ndarray) -> Path:
    np.savez(folder / "s.npz", **arrays)  # pyright: ignore[reportArgumentType]
    return folder / "s.npz"


KINDS: Mapping[str, Callable[[Path], Any]] = {
    "path": lambda folder: saved(folder, input=spikes(), labels=LABELS),
    "text": lambda folder: str(saved(folder, input=spikes(), labels=LABELS)),
    "opened": lambda folder: np.load(saved(folder, input=spikes(), labels=LABELS, output=np.ones((1, 1)))),
    "dict": lambda _: {"input": spikes(), "labels": LABELS},
    "dict of file names": lambda _: {"input/input": spikes(), "labels": LABELS.tolist()},
    "record": lambda _: spikec.Stimulus(inputs={"input": spikes()}, labels=LABELS),
    "bool": lambda _: {"input": spikes().astype(bool), "labels": LABELS},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_stimulus_of_every_kind(kind: str, net: Path, compiled: spikec.Compiled, tmp_path: Path) -> None:
    made = spikec.compile(net, **READING, stimulus=KINDS[kind](tmp_path))
    np.testing.assert_array_equal(made.stimulus.inputs["input"], compiled.stimulus.inputs["input"])
    np.testing.assert_array_equal(made.stimulus.labels, LABELS)
    assert made.report["verdicts"] == compiled.report["verdicts"]


def test_an_array_and_labels_beside_it(compiled: spikec.Compiled) -> None:
    """As the fixture is compiled."""
    assert compiled.report["verdicts"]["fidelity"]["accuracy"] is not None
    assert compiled.report["stimulus"]["kind"] == "arrays"
    assert repr(compiled.stimulus) == "<Stimulus of 12 steps x 4 samples: input (6,); with labels>"


def test_labels_beat_those_of_the_stimulus(net: Path) -> None:
    made = spikec.compile(net, **READING, stimulus={"input": spikes(), "labels": LABELS}, labels=LABELS[::-1])
    np.testing.assert_array_equal(made.stimulus.labels, LABELS[::-1])


def test_no_stimulus_is_a_recorded_random_one(net: Path) -> None:
    made = spikec.compile(net, **READING, seed=5)
    assert made.report["stimulus"]["kind"] == "poisson"
    assert made.report["stimulus"]["seed"] == 5
    assert not made.report["stimulus"]["given"]


def test_the_array_is_copied(net: Path) -> None:
    values = spikes()
    made = spikec.compile(net, **READING, stimulus=values)
    values[:] = 0
    assert made.stimulus.inputs["input"].any()
    with pytest.raises(ValueError, match="read-only"):
        made.stimulus.inputs["input"][:] = 0


def test_several_inputs() -> None:
    graph = network(inputs=("left", "right"))
    given = {"left": spikes(1), "right": spikes(2)}
    trace = spikec.reference(graph, given, **READING)
    by_file = spikec.reference(graph, {f"input/{name}": given[name] for name in given}, **READING)
    np.testing.assert_array_equal(trace.outputs["output"], by_file.outputs["output"])
    with pytest.raises(spikec.DiagnosticError, match=r"SPK0406.*\n.*left, right"):
        spikec.reference(graph, spikes(1), **READING)


def test_poisson() -> None:
    drawn = spikec.poisson({"input": (N_IN,)}, rate=0.2, steps=STEPS, batch=BATCH, seed=1)
    assert drawn.inputs["input"].shape == (STEPS, BATCH, N_IN)


WRONG: Mapping[str, tuple[str, Any]] = {
    "no stimulus": ("SPK0532", 5),
    "a list": ("SPK0532", [[1]]),
    "no file": ("SPK0401", "absent.npz"),
    "another shape": ("SPK0407", np.zeros((STEPS, BATCH, N_IN + 1))),
    "no batch": ("SPK0407", np.zeros(STEPS)),
    "objects": ("SPK0404", np.array([[[None] * N_IN]])),
    "ragged": ("SPK0404", {"input": [[1], [1, 2]]}),
    "not finite": ("SPK0408", np.full((STEPS, BATCH, N_IN), np.nan)),
    "another name": ("SPK0406", {"inptu": spikes()}),
    "nothing": ("SPK0406", {}),
    "labels too few": ("SPK0409", {"input": spikes(), "labels": LABELS[:2]}),
    "labels of fractions": ("SPK0409", {"input": spikes(), "labels": LABELS / 2}),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_stimulus(name: str, net: Path) -> None:
    code, given = WRONG[name]
    with pytest.raises(spikec.DiagnosticError, match=code):
        spikec.reference(net, given, **READING)


def test_wrong_labels(net: Path) -> None:
    for stimulus, labels in ((spikes(), [1]), (spikes(), "cat"), (None, LABELS)):
        with pytest.raises(spikec.DiagnosticError, match="SPK0409"):
            spikec.compile(net, **READING, stimulus=stimulus, labels=labels)
