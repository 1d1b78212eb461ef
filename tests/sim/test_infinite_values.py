"""Finite numbers that are infinite in 32 bits, or make infinite ones: said, and never run on with."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.dialect.dialect import Dialect, NodeDialect
from spikec.sim.nir.file import graph_in
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.sim.nir.write import image_of
from spikec.sim.reference.reference import reference
from spikec.sim.stimulus_arrays import from_arrays

EULER = Dialect(name="test", dt_seconds=1.0, default=NodeDialect())
ONES = np.ones(3)


def network(weight: np.ndarray, neuron: RawNode, *back: tuple[str, str]) -> RawGraph:
    nodes = {
        "i": RawNode(kind="Input", params={"shape": np.array([3])}),
        "w": RawNode(kind="Linear", params={"weight": weight}),
        "n": neuron,
        "o": RawNode(kind="Output", params={"shape": np.array([3])}),
    }
    return RawGraph(nodes=nodes, edges=(*pairwise(nodes), *back))


FIRE = RawNode(kind="IF", params={"r": ONES, "v_threshold": ONES})
SUM = RawNode(kind="I", params={"r": ONES})


@pytest.mark.parametrize(
    ("raw", "where", "step"),
    [
        (network(np.full((3, 3), 3e38), FIRE), "/node/nodes/w", 0),
        (network(np.eye(3) * 1e300, FIRE), "/node/nodes/w", 0),
        (network(np.eye(3) * 1.5e38, SUM), "/node/nodes/n", 2),
        (network(np.eye(3) * 1e30, SUM, ("n", "w")), "/node/nodes/n", 1),
    ],
)
def test_values_that_become_infinite(raw: RawGraph, where: str, step: int) -> None:
    with pytest.raises(DiagnosticError) as caught:
        reference(raw, EULER, stimulus={"i": np.ones((6, 1, 3), np.uint8)})
    (found,) = caught.value.diagnostics
    assert (found.code, found.where) == ("SPK0288", where)
    assert f"step {step} of sample 0" in found.message


def test_large_values_that_stay_finite_are_run() -> None:
    raw = network(np.eye(3) * 1e37, SUM)
    trace = reference(raw, EULER, stimulus={"i": np.ones((6, 1, 3), np.uint8)})
    np.testing.assert_allclose(trace.outputs["o"][-1, 0], 6e37, rtol=1e-5)


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("Linear", {"weight": np.full((3, 3), -1e300)}),
        ("Affine", {"weight": np.eye(3), "bias": np.array([0, 0, 1e39])}),
        ("Scale", {"scale": np.full(3, 3.5e38)}),
        ("IF", {"r": ONES, "v_threshold": np.full(3, 1e39)}),
    ],
)
def test_a_parameter_past_32_bits_is_refused(kind: str, params: dict[str, np.ndarray]) -> None:
    image = image_of(network(np.eye(3), RawNode(kind=kind, params=params)))
    with pytest.raises(DiagnosticError, match="SPK0115"):
        graph_in(image)


def test_factors_may_be_large_where_what_they_make_is_not() -> None:
    params = {"tau": np.full(3, 1e200), "r": np.full(3, 1e200), "v_leak": 0 * ONES, "v_threshold": ONES}
    raw, _ = graph_in(image_of(network(np.eye(3), RawNode(kind="LIF", params=params))))
    trace = reference(raw, EULER, stimulus={"i": np.ones((6, 1, 3), np.uint8)})
    assert trace.outputs["o"].sum() == 9


@pytest.mark.parametrize("value", [1e39, -1e300, np.inf, np.nan])
def test_a_stimulus_past_32_bits_is_refused(value: float) -> None:
    with pytest.raises(DiagnosticError, match="SPK0408"):
        from_arrays({"i": np.full((2, 1, 3), value)}, {"i": (3,)})


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_16_bits_are_looked_at_without_a_warning(value: float) -> None:
    fits = np.full((2, 1, 3), 60000, np.float16)
    assert from_arrays({"i": fits}, {"i": (3,)}).steps == 2
    with pytest.raises(DiagnosticError, match="SPK0408"):
        from_arrays({"i": np.where(fits > 0, np.float16(value), fits)}, {"i": (3,)})


@pytest.mark.parametrize("back", [(), (("n", "w"),)])
@pytest.mark.parametrize("multi", [None, 2**31 - 1])
def test_more_spikes_than_are_counted(back: tuple[tuple[str, str], ...], multi: int | None) -> None:
    """A threshold of 1e-10 is passed 1e10 times by an input of 1."""
    dialect = Dialect(name="test", dt_seconds=1.0, default=NodeDialect(multi=multi, reset="subtract"))
    small = RawNode(kind="IF", params={"r": ONES, "v_threshold": 1e-10 * ONES})
    with pytest.raises(DiagnosticError) as caught:
        reference(network(np.eye(3), small, *back), dialect, stimulus={"i": np.ones((2, 1, 3), np.uint8)})
    (found,) = caught.value.diagnostics
    assert (found.code, found.where) == ("SPK0288", "/node/nodes/n")
    assert "2,147,483,647 spikes" in found.message
