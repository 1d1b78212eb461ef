"""The two trained networks for Xylo: the reference fires what their training script fired, and is as often right."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from spikec.sim.dialect.dialect import preset
from spikec.sim.nir.file import read
from spikec.sim.reference.reference import reference
from spikec.sim.stimulus import load

FOLDER = Path(__file__).parents[2] / "examples" / "xylo"


@pytest.mark.parametrize("options", [{}, {"max_spikes": 1}], ids=["any number", "one spike a step"])
@pytest.mark.parametrize("name", ["cuba_ff", "cuba_rec"])
def test_the_reference_repeats_the_training_script(name: str, options: dict[str, object]) -> None:
    graph, _ = read(FOLDER / f"{name}.nir")
    stimulus = load(FOLDER / f"{name}.npz", {"input": (16,)})
    dialect = preset("rockpool", dt_seconds=1e-3, options=options, graph=graph)
    trace = reference(graph, dialect, stimulus=stimulus.inputs)
    recorded = np.load(FOLDER / f"{name}.npz")
    layers = [key.removeprefix("layer/") for key in recorded if key.startswith("layer/")]
    assert len(layers) == 2
    for layer in layers:
        np.testing.assert_array_equal(trace.layers[layer], recorded[f"layer/{layer}"])
    assert recorded["output"].any()
    output = trace.outputs["output"]
    np.testing.assert_array_equal(output, recorded["output"])

    said = re.search(
        rf"^\| `{name}.nir`.*\| (\d+)/(\d+) \|$", (FOLDER / "README.md").read_text("utf-8"), re.M
    )
    assert said
    assert stimulus.labels is not None
    right = int((output.sum(axis=0, dtype=int).argmax(axis=1) == stimulus.labels).sum())
    assert (right, len(stimulus.labels)) == (int(said[1]), int(said[2]))
    assert right >= 160
