"""The shapes inferred for every network of the corpus are those of what its framework recorded."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spikec.compiler.front.flatten import flatten
from spikec.compiler.front.infer_shapes import infer_shapes
from spikec.compiler.front.validate import validate
from spikec.sim.diagnostic import raise_errors
from spikec.sim.nir.file import read

CORPUS = Path(os.environ.get("SPIKEC_CORPUS_DIR", Path(__file__).parent))
NETWORKS = json.loads((CORPUS / "manifest.json").read_text())["networks"]
RECORDED = [n for n in NETWORKS if n.get("output_shape") and n.get("axes") == "(T,B,...)"]


@pytest.mark.parametrize("network", RECORDED, ids=lambda n: n["name"])
def test_shapes_are_those_recorded(network: dict[str, Any]) -> None:
    raw, _ = read(CORPUS / f"{network['name']}.nir")
    flat, found = flatten(raw)
    raise_errors(found)
    flat, found = infer_shapes(flat)
    raise_errors(found)
    assert [d for d in validate(flat) if d.severity != "note"] == []
    assert flat.node(flat.inputs[0]).output_shape == _without_batch(network["input_shape"])
    assert flat.node(flat.outputs[0]).output_shape == _without_batch(network["output_shape"])
    trace = np.load(CORPUS / f"{network['name']}.npz")
    layers = [name for name in trace.files if name.startswith("layer/")]
    assert layers
    for name in layers:
        node = flat.node(name.removeprefix("layer/"))
        assert node.output_shape == _without_batch(trace[name].shape)


def _without_batch(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(shape[2:])
