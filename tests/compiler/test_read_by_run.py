"""How a file is read follows from what its framework recorded beside the stimulus, where nobody says how."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spikec.compiler.front.evidence import Recording, weigh
from spikec.compiler.options import Options
from spikec.compiler.prepare import read_graph
from spikec.compiler.read_by_run import read_by_run
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.dialect.dialect import preset
from spikec.sim.nir.file import read
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.reference.reference import reference

from ..effort import THOROUGH, thinned
from .graphs import affine, graph, leaky, port

CORPUS = Path(__file__).parents[1] / "corpus"
NETWORKS = [
    entry
    for entry in json.loads((CORPUS / "manifest.json").read_text())["networks"]
    if (CORPUS / f"{entry['name']}.npz").exists()
]


def packed(arrays: Mapping[str, np.ndarray]) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)  # pyright: ignore[reportArgumentType]
    return file.getvalue()


def two_layers() -> RawGraph:
    """Parameters that no exporter writes."""
    random = np.random.default_rng(3)
    nodes = {
        "input": port("Input", 12),
        "w1": affine(random.normal(0.0, 0.6, (20, 12))),
        "first": leaky(20, 0.3, 0.02, r=40.0),
        "w2": affine(random.normal(0.0, 0.6, (8, 20))),
        "second": leaky(8, 0.3, 0.02, r=40.0),
        "output": port("Output", 8),
    }
    return graph(
        nodes, [("input", "w1"), ("w1", "first"), ("first", "w2"), ("w2", "second"), ("second", "output")]
    )


def run_of(raw: RawGraph, name: str, dt: float, options: Mapping[str, Any]) -> dict[str, np.ndarray]:
    stimulus = (np.random.default_rng(5).random((40, 3, 12)) < 0.4).astype(np.float32)
    dialect = preset(name, dt_seconds=dt, options=options, graph=raw)
    return {"input": stimulus, **reference(raw, dialect, stimulus={"input": stimulus}).arrays()}


@pytest.mark.parametrize(
    ("name", "dt", "options"),
    [
        ("snntorch", 1e-4, {"reset": "zero"}),
        ("snntorch", 1e-3, {"reset_delay": False}),
        ("sinabs", 1e-2, {"spike_fn": "SingleSpike", "norm_input": False, "min_v_mem": "-theta"}),
        ("rockpool", 1e-3, {"max_spikes": [1, 65536]}),
    ],
)
def test_a_reading_is_found_without_traces(name: str, dt: float, options: Mapping[str, Any]) -> None:
    """Framework, options, options of single layers and, where it is no framework's own, the time step."""
    raw = two_layers()
    arrays = run_of(raw, name, dt, options)
    assert all(arrays[key].mean() > 0.02 for key in ("layer/first", "layer/second"))
    usual = {"snntorch": 1e-4, "sinabs": 1.0}.get(name)
    given = None if usual in (None, dt) else dt
    recording = Recording(
        inputs={"input": arrays["input"]}, recorded={k: v for k, v in arrays.items() if k != "input"}
    )
    found = weigh(raw, recording, (), given)
    assert found is not None
    assert found.best.repeats
    wanted = preset(name, dt_seconds=dt, options=options, graph=raw)
    readings = [found.best.reading, *found.also]
    assert any(_same(reading.dialect(raw), wanted) for reading in readings)


def _same(a: object, b: object) -> bool:
    return replace(a, name="") == replace(b, name="")  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("entry", thinned(NETWORKS, 4), ids=lambda entry: entry["name"])
def test_real_files_are_read_as_they_ran(entry: dict[str, Any]) -> None:
    """But for a file that lacks what its network had."""
    raw, _ = read(CORPUS / f"{entry['name']}.nir")
    stimulus = (CORPUS / f"{entry['name']}.npz").read_bytes()
    if entry["reference_check"]["dialect"]["all_layers_wrong"]:
        if not THOROUGH:
            pytest.skip("every reading of every framework is tried; SPIKEC_EXAMPLES is not set")
        with pytest.raises(DiagnosticError, match="SPK0306"):
            read_by_run(raw, Options(), stimulus)
        return
    options, (told,) = read_by_run(raw, Options(), stimulus)
    assert told.code == "SPK0311"
    assert str(options.dialect).partition(".")[0] == entry["dialect"].partition(".")[0]
    dialect = read_graph(raw, options).dialect
    with np.load(io.BytesIO(stimulus), allow_pickle=False) as arrays:
        (name,) = (node for node in raw.nodes if raw.nodes[node].kind == "Input")
        trace = reference(raw, dialect, stimulus={name: arrays["input"]}).arrays()
        for key in arrays.files:
            if key.startswith(("output", "layer/")):
                np.testing.assert_array_equal(trace[key], arrays[key], key)


def test_who_names_a_dialect_gets_it_and_hears_what_the_recording_says() -> None:
    raw = two_layers()
    recorded = run_of(raw, "snntorch", 1e-4, {})
    right = Options(dialect="snntorch", dt_seconds=1e-4)
    assert read_by_run(raw, right, packed(recorded)) == (right, ())
    other = Options(dialect="nir.euler", dt_seconds=1.0)
    options, found = read_by_run(raw, other, packed(recorded))
    assert options == other
    assert [d.code for d in found] == ["SPK0315"]


@pytest.mark.parametrize(
    "output",
    [np.zeros((30, 2, 99)), np.ones((1, 1))],
)
def test_a_recorded_output_of_another_shape_is_told(output: np.ndarray) -> None:
    raw = two_layers()
    recorded = run_of(raw, "snntorch", 1e-4, {}) | {"output": output}
    _, found = read_by_run(raw, Options(dialect="snntorch", dt_seconds=1e-4), packed(recorded))
    assert [d.code for d in found] == ["SPK0315"]
    assert found[0].message.startswith("output in the stimulus file has another shape")


def test_a_silent_recording_of_neurons_that_fire_is_told() -> None:
    raw = two_layers()
    recorded = run_of(raw, "snntorch", 1e-4, {})
    assert recorded["output"].any()
    silent = recorded | {"output": np.zeros_like(recorded["output"])}
    _, found = read_by_run(raw, Options(dialect="snntorch", dt_seconds=1e-4), packed(silent))
    assert [d.code for d in found] == ["SPK0315"]


def test_nothing_recorded_says_nothing() -> None:
    raw = two_layers()
    arrays = run_of(raw, "snntorch", 1e-4, {})
    assert read_by_run(raw, Options(), packed({"input": arrays["input"]})) == (Options(), ())
    other = {"input": arrays["input"], "output": np.zeros((1, 1, 1))}
    assert read_by_run(raw, Options(), packed(other)) == (Options(), ())


def test_what_is_recorded_of_another_network() -> None:
    """Refused with the nearest reading where the file does not say itself how to read it."""
    raw = two_layers()
    arrays = run_of(raw, "snntorch", 1e-4, {})
    wrong = {**arrays, "output": 1 - arrays["output"]}
    with pytest.raises(DiagnosticError) as refused:
        read_by_run(raw, Options(), packed(wrong))
    (found,) = refused.value.diagnostics
    assert found.code in ("SPK0306", "SPK0307")
    facts = dict(found.facts)
    assert facts["recording"].startswith("none of ")
    assert " repeats " in facts["nearest"]


def test_readings_of_several_frameworks_that_repeat_it_are_listed() -> None:
    """Nothing fired: then all of them do."""
    raw = two_layers()
    arrays = {name: np.zeros_like(values) for name, values in run_of(raw, "snntorch", 1e-4, {}).items()}
    with pytest.raises(DiagnosticError) as refused:
        read_by_run(raw, Options(), packed(arrays))
    (found,) = refused.value.diagnostics
    names = [text for label, text in found.facts if label == "repeats it"]
    assert len(names) > 5
