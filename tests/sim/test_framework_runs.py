"""Presets repeat what frameworks without a place in the corpus fired; `tests/frameworks/record_*.py` recorded it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spikec.compiler.front.detect_dialect import detect
from spikec.sim.dialect.dialect import preset
from spikec.sim.nir.file import read
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.sim.reference.reference import reference

FOLDER = Path(__file__).parent / "framework_runs"
TOLERANCE = 1e-6
"""Of values that are no spikes: the last places of float32 at the values that they take."""
RUNS: list[tuple[str, str, float, dict[str, Any]]] = [
    ("jaxpike", "jaxpike", 1e-3, {}),
    ("mlx_snn", "mlx-snn", 1e-4, {"reset_mechanism": ["subtract", "zero", "subtract"]}),
    ("nengo", "nengo", 1e-3, {}),
    ("lava", "lava", 1e-4, {}),
]
WRONG: list[tuple[str, str, float, dict[str, Any]]] = [
    ("jaxpike", "nir.euler", 1e-3, {}),
    ("jaxpike", "jaxpike", 1e-3, {"reset": "subtract"}),
    ("mlx_snn", "mlx-snn", 1e-4, {}),
    ("mlx_snn", "snntorch", 1e-4, {}),
    ("nengo", "jaxpike", 1e-3, {}),
    ("nengo", "nengo", 1e-3, {"v_min": None}),
    ("nengo", "nengo", 1e-3, {"syn_view": "new"}),
    ("nengo", "nengo", 1e-3, {"layer_delay": 0}),
    ("lava", "lava", 1e-4, {"fire": ">="}),
    ("lava", "nir.euler", 1e-4, {}),
]
"""Readings that are near: the recordings tell them apart, so that the test above can fail."""


def differences(file: str, name: str, dt: float, options: dict[str, Any]) -> dict[str, float]:
    """Array of the recording -> spikes that differ, or the largest difference of values."""
    graph, _ = read(FOLDER / f"{file}.nir")
    dialect = preset(name, dt_seconds=dt, options=options, graph=graph)
    with np.load(FOLDER / f"{file}.npz", allow_pickle=False) as arrays:
        wanted = {key: arrays[key] for key in arrays.files}
    made = reference(graph, dialect, stimulus={"input": wanted.pop("input")}).arrays()
    found: dict[str, float] = {}
    for key, values in wanted.items():
        assert made[key].shape == values.shape
        assert values.any()
        if values.dtype.kind == "f":
            error = float(np.abs(made[key] - values).max())
            found[key] = error if error > TOLERANCE else 0.0
        else:
            found[key] = float(np.count_nonzero(made[key] != values))
    return found


@pytest.mark.parametrize(("file", "name", "dt", "options"), RUNS, ids=[run[0] for run in RUNS])
def test_a_preset_repeats_its_framework(file: str, name: str, dt: float, options: dict[str, Any]) -> None:
    assert not any(differences(file, name, dt, options).values())


@pytest.mark.parametrize(("file", "name", "dt", "options"), WRONG)
def test_a_reading_that_is_near_does_not(file: str, name: str, dt: float, options: dict[str, Any]) -> None:
    assert any(differences(file, name, dt, options).values())


def test_files_that_look_alike_are_asked_about() -> None:
    found = detect(read(FOLDER / "jaxpike.nir")[0])
    assert found.candidates == ("--dialect jaxpike --dt 0.001", "--dialect nir.euler --dt 0.001")
    found = detect(read(FOLDER / "mlx_snn.nir")[0])
    assert found.dialect is None
    assert [one.options for one in found.readings] == [
        {"reset_mechanism": reset} for reset in ("subtract", "zero", "none")
    ]
    assert {one.dt_seconds for one in found.readings} == {1e-4}


def test_hxtorch_as_its_source_has_it() -> None:
    """One step of `CuBaStepCode` in hxtorch, in numpy: v by the old current, then i, then the spike and the reset."""
    size, steps, dt, tau_mem, tau_syn, capacity = 6, 60, 1e-6, 10e-6, 5e-6, 8e-6
    leak, threshold, reset = 0.25, 1.0, -0.5
    random = np.random.default_rng(4)
    spikes = (random.random((steps, 2, 5)) < 0.3).astype(np.float32)
    weight = random.normal(0.1, 0.6, (size, 5)).astype(np.float32)
    of = {"tau_mem": tau_mem * 1e3, "tau_syn": tau_syn * 1e3, "r": tau_mem / capacity, "v_leak": leak,
          "v_threshold": threshold, "v_reset": reset}  # fmt: skip
    nodes = {
        "0": RawNode(kind="Input", params={"shape": np.array([5])}),
        "1": RawNode(kind="Linear", params={"weight": weight}),
        "2": RawNode(kind="CubaLIF", params={key: np.full(size, value) for key, value in of.items()}),
        "3": RawNode(kind="Output", params={"shape": np.array([size])}),
    }
    graph = RawGraph(nodes=nodes, edges=(("0", "1"), ("1", "2"), ("2", "3")))
    made = reference(graph, preset("hxtorch", dt_seconds=dt), stimulus={"0": spikes}).outputs["3"]

    current, v = np.zeros((2, size)), np.full((2, size), leak)
    wanted = np.zeros((steps, 2, size))
    for step in range(steps):
        v = v + dt / capacity * (current + capacity / tau_mem * (leak - v))
        current = current * (1 - dt / tau_syn) + spikes[step] @ weight.T
        wanted[step] = v > threshold
        v = np.where(wanted[step] > 0, reset, v)
    assert 0 < wanted.mean() < 0.5
    assert np.array_equal(made, wanted)
