"""Wherever the detection of a dialect answers, its answer repeats the framework's own run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spikec.compiler.front.detect_dialect import detect
from spikec.sim.nir.file import read
from spikec.sim.reference.reference import reference

from ..effort import thinned

CORPUS = Path(os.environ.get("SPIKEC_CORPUS_DIR", Path(__file__).parent))


def recorded() -> list[dict[str, Any]]:
    manifest = json.loads((CORPUS / "manifest.json").read_text())
    return [entry for entry in manifest["networks"] if "output_shape" in entry]


@pytest.mark.parametrize("entry", thinned(recorded(), 2), ids=lambda entry: entry["name"])
def test_answers_are_right(entry: dict[str, Any]) -> None:
    name = entry["name"]
    graph, _ = read(CORPUS / f"{name}.nir")
    found = detect(graph)
    if "detected" in entry:  # ambiguous: the file lacks a reset mode, a spike limit, or the time step
        family = entry["dialect"].partition(".")[0]
        assert found.confidence == entry["detected"]
        assert any(f"--dialect {family} " in candidate for candidate in found.candidates)
    if found.dialect is None:
        assert [d.code for d in found.diagnostics if d.severity == "error"] in (["SPK0306"], ["SPK0307"])
        return
    with np.load(CORPUS / f"{name}.npz", allow_pickle=False) as arrays:
        inputs = [node for node in sorted(graph.nodes) if graph.nodes[node].kind == "Input"]
        trace = reference(graph, found.dialect, stimulus={inputs[0]: arrays["input"]}).arrays()
        for key in arrays.files:
            if key.startswith(("output", "layer/")):
                assert np.count_nonzero(trace[key] != arrays[key]) == 0, key


@pytest.mark.parametrize("entry", recorded(), ids=lambda entry: entry["name"])
def test_a_recovered_time_step_is_the_exporters(entry: dict[str, Any]) -> None:
    if entry["dialect"].startswith("sinabs"):
        pytest.skip("Sinabs counts in steps; its files have no seconds")
    graph, _ = read(CORPUS / f"{entry['name']}.nir")
    candidates = [c for c in detect(graph).candidates if "--dt SECONDS" not in c]
    assert all(f"--dt {entry['dt']:g}" in candidate for candidate in candidates)
