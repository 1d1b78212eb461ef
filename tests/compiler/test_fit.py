"""What does not fit says what would, and by how much; and what it names does fit."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from spikec.compiler.options import Options
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.prepare import read_front, resolve_target
from spikec.compiler.verdicts.fit import Trial, trial, trials
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.targets import names

from .graphs import affine, graph, leaky, port

OPTIONS = Options(dialect="nir.euler", dt_seconds=1.0)


def two_layers(n_in: int = 16, hidden: int = 20, n_out: int = 8) -> RawGraph:
    random = np.random.default_rng(0)
    nodes = {
        "input": port("Input", n_in),
        "w1": affine(random.normal(0.0, 0.1, (hidden, n_in))),
        "first": leaky(hidden, 0.9, 10.0, r=10.0),
        "w2": affine(random.normal(0.0, 0.1, (n_out, hidden))),
        "second": leaky(n_out, 0.9, 10.0, r=10.0),
        "output": port("Output", n_out),
    }
    return graph(
        nodes, [("input", "w1"), ("w1", "first"), ("first", "w2"), ("w2", "second"), ("second", "output")]
    )


@pytest.fixture
def small_chip(tmp_path: Path) -> str:
    """A Loihi 1 with few cores and little memory, in a file of its own."""
    text = (resources.files("spikec.targets") / "loihi1" / "chip.toml").read_text(encoding="utf-8")
    for old, new in (
        ('name = "loihi1"', 'name = "small"'),
        ("cores_per_chip = 128", "cores_per_chip = 2"),
        ("rows = 8", "rows = 1"),
        ("synapse_memory_bits = 1048576", "synapse_memory_bits = 1600"),
    ):
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "small.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_network_that_fits_is_tried_once() -> None:
    tried = trials(two_layers(), OPTIONS, None)
    (found,) = (trial for trial in tried if trial.target == "loihi1")
    assert list(dict.fromkeys(trial.target for trial in tried)) == list(names())
    assert all(trial.fits == (not trial.reason) for trial in tried)
    assert found.fits
    assert (found.target, found.change, found.cores, found.reason) == ("loihi1", "as it is", 1, "")
    assert 0 < found.share <= 1


def test_what_is_named_does_fit(small_chip: str) -> None:
    raw, options = two_layers(), replace(OPTIONS, target=small_chip)
    with pytest.raises(DiagnosticError) as refused:
        compile_graph(raw, options)
    (found,) = refused.value.diagnostics
    assert found.code == "SPK2003"
    facts = [text for label, text in found.facts if label == "nearest"]
    assert facts
    front = read_front(raw, options, resolve_target(options))
    plain = trial(front, options, None, "as it is")
    assert plain.cores is not None
    assert not plain.fits
    chips = next(text for text in facts if "chips" in text)
    number = int(chips.split()[0])
    assert trial(front, replace(options, chips=number), None, "").fits
    assert not trial(front, replace(options, chips=number - 1), None, "").fits
    assert compile_graph(raw, replace(options, chips=number)).placement_identical
    bits = [text for text in facts if "weight bits" in text]
    for text in bits:
        fewer = int(text.split()[0])
        assert trial(front, replace(options, weight_bits=fewer), None, "").fits


def test_a_neuron_that_exceeds_a_core(small_chip: str) -> None:
    """No number of chips helps; the host takes the layer before it."""
    raw = two_layers(n_in=600, hidden=12, n_out=4)
    with pytest.raises(DiagnosticError) as refused:
        compile_graph(raw, replace(OPTIONS, target=small_chip))
    found = refused.value.diagnostics[0]
    assert found.code == "SPK2001"
    assert "synapse memory bits" in found.message
    assert any(label == "nearest" for label, _ in found.facts)
    assert not any("chips" in text.split(":")[0] for label, text in found.facts if label == "nearest")


def test_a_trial_is_plain_data() -> None:
    one = Trial(
        target="t",
        change="c",
        fits=True,
        cores=1,
        available_cores=2,
        binding="compartments",
        share=0.5,
        reason="",
    )
    assert dict(one)["cores"] == one.cores == 1


@pytest.mark.parametrize("delayed", [False, True])
def test_a_recurrent_network_has_a_row_for_every_target(delayed: bool) -> None:
    """Chips that cannot hold a spike back, or cannot loop, say so in their rows; the others are tried."""
    random = np.random.default_rng(1)
    nodes = {
        "input": port("Input", 6),
        "w": affine(random.normal(0.0, 0.5, (7, 6))),
        "cells": leaky(7, 0.9, 10.0, r=10.0),
        "back": affine(random.normal(0.0, 0.3, (7, 7))),
        "output": port("Output", 7),
    }
    edges = [("input", "w"), ("w", "cells"), ("cells", "back"), ("back", "cells"), ("cells", "output")]
    if delayed:
        nodes["late"] = RawNode(kind="Delay", params={"delay": np.full(7, 100.0)})
        edges = [("back", "late") if edge == ("back", "cells") else edge for edge in edges] + [
            ("late", "cells")
        ]
    rows = trials(graph(nodes, edges), OPTIONS, None)
    assert [*dict.fromkeys(row.target for row in rows)] == [*names()]
    assert all(row.fits == (not row.reason) for row in rows)
    assert any(not row.fits for row in rows)
