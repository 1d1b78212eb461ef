"""The reading of a file is found from what its framework fired, whatever options the network had.

`readings.zip` holds small networks that `tests/frameworks/readings` exported and ran in their frameworks; none of their
files names its framework's options.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from spikec.compiler.options import Options
from spikec.compiler.prepare import read_graph
from spikec.compiler.read_by_run import read_by_run
from spikec.sim.diagnostic import Diagnostic, DiagnosticError
from spikec.sim.nir.file import read
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.reference.reference import reference

from ..effort import thinned

PACKED = Path(__file__).parent / "framework_runs" / "readings.zip"
LACKING = {
    "norse_reset_value": "v_reset is 0 in every file",
    "rockpool_bias": "biases",
    "sinabs_tau_syn": "tau_syn",
    "snntorch_graded": "graded_spikes_factor",
}
"""Networks with a number that their exporter leaves out -> the words that say so."""
OPTIONS: Mapping[str, Mapping[str, object]] = {
    "norse_10_ms": {"dt": 1e-2},
    "norse_10_ms_usual_export": {"dt": 1e-2, "tau_scale": 1e3},
    "norse_2_ms_cuba": {"dt": 2e-3},
    "rockpool_at_most_3": {"max_spikes": 3},
    "sinabs_floor_of_a_half": {"min_v_mem": -0.5},
    "sinabs_to_zero": {"reset_fn": "MembraneReset"},
    "snntorch_synaptic_without_delay": {"reset_delay": False},
    "snntorch_without_delay": {"reset_delay": False},
    "snntorch_zero": {"reset": "zero"},
    "spikingjelly_cuba": {"dt": 5e-4},
    "spyx_lif": {"dt": 1e-2},
    "lava_three": {"dt": 1e-3},
}
"""Of some networks, what has to be found."""


def names() -> list[str]:
    with zipfile.ZipFile(PACKED) as packed:
        return sorted(name.removesuffix(".nir") for name in packed.namelist() if name.endswith(".nir"))


def unpacked(name: str, folder: Path) -> tuple[RawGraph, bytes]:
    """The network, and the recording as a stimulus file."""
    with zipfile.ZipFile(PACKED) as packed:
        (folder / "net.nir").write_bytes(packed.read(f"{name}.nir"))
        recording = packed.read(f"{name}.npz")
    return read(folder / "net.nir")[0], recording


@pytest.mark.parametrize("name", thinned([name for name in names() if name not in LACKING], 2))
def test_the_reading_repeats_the_framework(name: str, tmp_path: Path) -> None:
    raw, recording = unpacked(name, tmp_path)
    options, said = read_by_run(raw, Options(), recording)
    assert [one.code for one in said] == ["SPK0311"]
    assert options.dialect == name.partition("_")[0]
    found = {"dt": options.dt_seconds, **dict(options.dialect_options)}
    for key, value in OPTIONS.get(name, {}).items():
        assert found[key] == value
    assert np.array_equal(*ran(raw, options, recording))


@pytest.mark.parametrize("name", thinned(sorted(LACKING), 2))
def test_what_no_reading_repeats_is_told_with_what_the_file_lacks(name: str, tmp_path: Path) -> None:
    raw, recording = unpacked(name, tmp_path)
    said = told(raw, recording)
    assert said.code in ("SPK0306", "SPK0314")
    lacking = " ".join(text for label, text in said.facts if label == "not in the file")
    assert LACKING[name] in lacking


def test_readings_that_are_near_do_not_repeat(tmp_path: Path) -> None:
    """A membrane that is still above its threshold tells the resets of snnTorch without delay from a plain one."""
    raw, recording = unpacked("snntorch_without_delay", tmp_path)
    plain = (("reset_delay", False), ("reset_phase", "same"))
    assert not np.array_equal(*ran(raw, Options(dialect="snntorch", dialect_options=plain), recording))


def told(raw: RawGraph, recording: bytes) -> Diagnostic:
    try:
        (said,) = read_by_run(raw, Options(), recording)[1]
    except DiagnosticError as refused:
        (said,) = refused.diagnostics
    return said


def ran(raw: RawGraph, options: Options, recording: bytes) -> tuple[np.ndarray, np.ndarray]:
    """(what the reference gives, what the framework gave)."""
    with np.load(io.BytesIO(recording), allow_pickle=False) as arrays:
        (port,) = (node for node in raw.nodes if raw.nodes[node].kind == "Input")
        made = reference(raw, read_graph(raw, options).dialect, stimulus={port: arrays["input"]})
        assert arrays["output"].any()
        return made.outputs["output"], arrays["output"]
