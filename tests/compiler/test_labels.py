"""Labels that no decision can equal are refused, wherever a stimulus is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from spikec.compiler.text.labels import demand_classes
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.stimulus import Stimulus

from .commandline import DIGITS, spikec


def labelled(*labels: int) -> Stimulus:
    inputs = {"in": np.zeros((2, len(labels), 3), np.uint8)}
    return Stimulus(inputs=inputs, labels=np.array(labels, dtype=np.int64))


@pytest.mark.parametrize("labels", [(0, 9), (9, 9), (), (3,)])
def test_classes_of_the_output(labels: tuple[int, ...]) -> None:
    demand_classes(labelled(*labels), {"out": (2, 5)})
    demand_classes(None, {"out": (2, 5)})
    demand_classes(Stimulus(inputs={}, labels=None), {"out": (1,)})


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ((1, 10), "they go from 1 to 10, and `a` has 10 elements, the classes 0 to 9"),
        ((0, 4_000_000_000, 7), "1 of 3 labels are no class"),
    ],
)
def test_labels_past_the_output(labels: tuple[int, ...], words: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        demand_classes(labelled(*labels), {"b": (3,), "a": (10,)})
    (found,) = caught.value.diagnostics
    assert found.code == "SPK0409"
    assert words in found.message
    assert ("begin with 1" in found.hint) == (labels == (1, 10))


@pytest.mark.parametrize("verb", ["check", "simulate", "export"])
def test_every_verb_that_reads_labels(verb: str, digits_out: Path, tmp_path: Path) -> None:
    with np.load(DIGITS / "digits.npz") as arrays:
        np.savez(tmp_path / "s.npz", input=arrays["input"][:2, :3], labels=arrays["labels"][:3] + 10)
    words = [] if verb == "check" else ["-o", tmp_path / "made"]
    done = spikec(verb, digits_out, "--stimulus", tmp_path / "s.npz", *words)
    assert done.returncode == 1
    assert "SPK0409" in done.stderr
