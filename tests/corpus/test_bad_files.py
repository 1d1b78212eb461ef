"""Each faulty file of the corpus is refused with its code and place, or accepted with what must be said."""

from __future__ import annotations

from pathlib import Path

import pytest
from spikec.compiler.front.flatten import flatten
from spikec.compiler.front.infer_shapes import infer_shapes
from spikec.compiler.front.validate import validate
from spikec.sim.diagnostic import Diagnostic, DiagnosticError, raise_errors
from spikec.sim.nir.file import read

BAD = Path(__file__).parent / "bad"

EXPECTED: dict[str, tuple[str, str, str]] = {
    # file: (code, severity, place); why it is refused or not
    "bias_shape_mismatch": ("SPK0213", "error", "/node/nodes/fc1/bias"),  # 5 values cannot belong to 8 rows
    "cycle_without_state": ("SPK0209", "error", "/node/nodes/fb"),  # the value asks for itself
    "duplicate_edges": (
        "SPK0202",
        "note",
        "/node/edges",
    ),  # NIR allows it: fan-in is a sum, so it counts twice
    "edge_to_missing_node": (
        "SPK0201",
        "error",
        "/node/edges",
    ),  # all nodes have edges: nothing fits the name
    "empty_graph": ("SPK0203", "error", "/node"),  # nothing to compile
    "extra_parameter": ("SPK0113", "error", "/node/nodes/lif1/refractory"),  # dropping it changes the network
    "huge_declared_shape": ("SPK0105", "error", "/node/nodes/fc1/weight"),  # 4 TiB from 57 kB
    "missing_parameter": ("SPK0112", "error", "/node/nodes/lif1"),  # v_threshold has no default
    "nan_weight": ("SPK0115", "error", "/node/nodes/fc1/weight"),  # no chip holds a NaN
    "negative_tau": ("SPK0215", "error", "/node/nodes/lif1/tau"),  # the membrane would explode
    "negative_threshold": ("SPK0216", "error", "/node/nodes/lif1/v_threshold"),  # fires for ever
    "no_output": ("SPK0206", "warning", "/node"),  # nir adds it too; one reading only, but say so
    "no_version": ("SPK0118", "note", "/version"),  # the layout has not changed between versions
    "not_hdf5": ("SPK0103", "error", ""),
    "scalar_vs_array_params": ("", "", ""),  # a scalar means the same value everywhere
    "shape_mismatch": ("SPK0210", "error", "/node/nodes/fc2/weight"),  # 8 values into 9 columns
    "truncated": ("SPK0106", "error", ""),
    "unknown_type": ("SPK0111", "error", "/node/nodes/lif1/type"),  # its dynamics are unknown
    "wrong_dtype_string": ("SPK0114", "error", "/node/nodes/fc1/weight"),  # text is not a weight
    "zero_tau": ("SPK0215", "error", "/node/nodes/lif1/tau"),  # dt / tau is infinite
}


def findings(path: Path) -> list[Diagnostic]:
    """What all stages up to validation say, as far as they come."""
    found: list[Diagnostic] = []
    try:
        raw, notes = read(path)
        found += notes
        flat, more = flatten(raw)
        found += more
        raise_errors(more)
        flat, more = infer_shapes(flat)
        found += more
        raise_errors(more)
    except DiagnosticError as fault:
        return [*found, *(d for d in fault.diagnostics if d not in found)]
    return found + validate(flat)


def test_every_file_is_in_the_table() -> None:
    assert sorted(path.stem for path in BAD.glob("*.nir")) == sorted(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_bad_file(name: str) -> None:
    code, severity, where = EXPECTED[name]
    found = [(d.code, d.severity, d.where) for d in findings(BAD / f"{name}.nir")]
    assert found == ([(code, severity, where)] if code else [])
