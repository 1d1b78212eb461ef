"""Floors of membranes, held by mirrored neurons."""

from __future__ import annotations

from typing import Any

import numpy as np
from spikec.compiler.ir.calibration import Tuning
from spikec.compiler.ir.quantized import QuantizedNetwork

from ...effort import EXAMPLES
from .nets import drawn
from .test_self_synapse import ran

FLOORED = Tuning(floors=["n1", "n2"], levels={"n1": 2, "n2": 2})


def test_floors_are_nearer_with_mirrors() -> None:
    """Much inhibition, so that membranes are at the floor in many steps."""
    levels = {"n1": 3, "n2": 3}
    with_mirrors, without = Tuning(floors=["n1", "n2"], levels=levels), Tuning(floors=["-"], levels=levels)
    found: list[tuple[float, float]] = []
    for seed in range(max(2, EXAMPLES // 5)):
        case = drawn(seed, "LIF", inhibition=3, v_min=-0.25, multi=None)
        pair: list[float] = []
        for tuning in (with_mirrors, without):
            compiled = case.compiled(tuning=tuning)
            fidelity = compiled.report.verdicts.fidelity
            assert compiled.placement_identical
            assert fidelity is not None
            pair.append(1.0 if fidelity.output_f1 is None else fidelity.output_f1)
        found.append((pair[0], pair[1]))
    means = np.mean(found, axis=0)
    assert means[0] > max(0.85, means[1])


def test_mirrors_have_the_negative_membrane() -> None:
    case = drawn(1, "LIF", inhibition=2, v_min=-0.5, multi=None)
    prepared = case.prepared(tuning=FLOORED)
    network: QuantizedNetwork[Any] = prepared.quantized.network
    run, symbols = ran(case, network)
    places = {p.name: p.machine_index for p in symbols.populations}
    upright, mirrored = (run.states["u"][:, :, places[name]] for name in ("n1", "floor@1:n1"))
    np.testing.assert_array_equal(upright, -mirrored)
    spikes = [int(run.spikes[:, :, places[f"floor@{j}:n1"]].sum()) for j in (1, 2, 3, 4)]
    assert spikes == sorted(spikes, reverse=True)
    assert spikes[1] > 0


def test_floors_are_made_where_the_outputs_feel_them() -> None:
    """And not where a float network without them does nearly the same."""
    felt = drawn(1, "LIF", inhibition=2, v_min=-0.25, multi=None).compiled()
    assert felt.options.tuning is not None
    assert felt.options.tuning.floors == ["n1", "n2"]
    not_felt = drawn(1, "LIF", v_min=-50.0, multi=None).compiled()
    assert not_felt.options.tuning is not None
    assert not_felt.options.tuning.floors == []
