"""The trained networks for Xylo: the reference fires what their training script fired, and is as often right."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import spikec
from spikec.sim.dialect.dialect import preset
from spikec.sim.nir.file import read
from spikec.sim.reference.reference import reference
from spikec.sim.stimulus import load

FOLDER = Path(__file__).parents[2] / "examples" / "xylo"


@pytest.mark.parametrize(
    ("name", "read_as", "options"),
    [
        ("cuba_ff", "rockpool", {}),
        ("cuba_ff", "rockpool", {"max_spikes": 1}),
        ("cuba_rec", "rockpool", {}),
        ("cuba_rec", "rockpool", {"max_spikes": 1}),
        ("lif_zero", "snntorch.Leaky", {"reset": "zero"}),
        ("lif_subtract", "snntorch.Leaky", {}),
    ],
)
def test_the_reference_repeats_the_training_script(
    name: str, read_as: str, options: dict[str, object]
) -> None:
    graph, _ = read(FOLDER / f"{name}.nir")
    stimulus = load(FOLDER / f"{name}.npz", {"input": (16,)})
    dialect = preset(read_as, dt_seconds=1e-3, options=options, graph=graph)
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


@pytest.mark.parametrize(
    ("name", "options", "least", "native"),
    [("lif_zero", {"reset": "zero"}, 0.70, 0.43), ("lif_subtract", {}, 0.85, 0.65)],
)
def test_neurons_made_of_the_chips_own_keep_the_spikes(
    name: str, options: dict[str, object], least: float, native: float
) -> None:
    """Without consent, by default options; native: the most that the chip's own reset reaches."""
    files = [FOLDER / f"{name}{ending}" for ending in (".nir", ".npz")]

    def compiled(**more: bool) -> spikec.Compiled:
        return spikec.compile(
            files[0], "xylo_audio3", dialect="snntorch.Leaky", dt=1e-3, dialect_options=options,
            stimulus=files[1], **more,
        )  # fmt: skip

    made, own = compiled(), compiled(native_reset=True, allow_approximation=True)
    assert made.placement_identical
    found, other = made.verdicts.fidelity, own.verdicts.fidelity
    assert found is not None
    assert other is not None
    assert found.output_f1 is not None
    assert other.output_f1 is not None
    assert found.output_f1 >= least
    assert other.output_f1 <= native
    assert not any(found.overflows.values())
    with pytest.raises(spikec.DiagnosticError, match="SPK1020"):
        compiled(native_reset=True)
