"""Resets by subtraction of neurons with a synaptic current: taps, and copies that measure an overshoot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import spikec
from spikec.compiler.timed.constructs.taps import LEFT, taps_of
from spikec.sim.diagnostic import DiagnosticError

from ...effort import EXAMPLES
from .nets import drawn

SEEDS = range(max(1, EXAMPLES // 10))


@pytest.mark.parametrize("phase", ["same", "next_after_decay"])
@pytest.mark.parametrize("seed", SEEDS)
def test_taps_are_the_synapse(seed: int, phase: str) -> None:
    """A synapse that keeps a half is nine taps on the grid of the weights."""
    compiled = drawn(seed, "CubaLIF", reset_phase=phase).compiled()
    fidelity = compiled.report.verdicts.fidelity
    assert compiled.placement_identical
    assert fidelity is not None
    assert fidelity.output_f1 is not None
    assert fidelity.output_f1 > 0.98
    assert not any(fidelity.overflows.values())


@pytest.mark.parametrize(("kept", "taps"), [(0.0, 1), (0.5, 9), (0.9, 59), (0.99, 63), (1.0, 63)])
def test_taps_end_where_little_is_left(kept: float, taps: int) -> None:
    assert taps_of(np.array([0.1, kept]) if kept > 0.1 else np.array([kept]), 62) == taps
    assert kept in (0.99, 1.0) or kept**taps < LEFT or taps == 1


def test_each_tap_is_the_decay_of_the_one_before() -> None:
    prepared = drawn(2, "CubaLIF").prepared()
    before = {
        link.source: link
        for link in drawn(2, "CubaLIF").prepared(native_reset=True).timed.populations["n1"].links
    }
    for link in prepared.timed.populations["n1"].links:
        first = before[link.source]
        k = link.held_steps - first.held_steps
        np.testing.assert_allclose(link.weights.toarray(), first.weights.toarray() * 0.5**k)
    assert len(prepared.timed.populations["n1"].links) == 9 * len(before)


@pytest.mark.parametrize("seed", SEEDS)
def test_copies_tell_the_overshoot(seed: int) -> None:
    """The membrane after a spike is known to an eighth of a threshold: better than none of it, worse than taps."""
    case = drawn(seed, "CubaLIF", reset_phase="next_after_decay")
    named = (("n1", "overshoot-copies"), ("n2", "overshoot-copies"))
    compiled = case.compiled(constructs=named)
    fidelity = compiled.report.verdicts.fidelity
    assert compiled.placement_identical
    assert fidelity is not None
    assert fidelity.output_f1 is not None
    native = case.compiled(native_reset=True).report.verdicts.fidelity
    assert native is not None
    assert native.output_f1 is not None
    assert fidelity.output_f1 > max(0.7, native.output_f1)
    assert "stand for a reset" in compiled.report.ranges.weights_left_out
    with pytest.raises(DiagnosticError, match="SPK3011"):
        spikec.export(compiled)


def test_linear_parts_of_copies_cancel() -> None:
    """Of a spike of the first copy: c off a state that keeps beta alone, and the voltage that was lost, whose response
    is that of the faster state alone. So much is left of the impulses behind the other state's filter."""
    prepared = drawn(4, "CubaLIF", reset_phase="next_after_decay").prepared(
        constructs=(("n1", "overshoot-copies"),)
    )
    population = prepared.timed.populations["n1"]
    neuron, wanted = population.neuron, prepared.network.populations["n1"].neuron
    assert neuron.alpha is not None
    assert wanted.alpha is not None
    first, second = (tie for tie in population.ties if tie.source == "n1")
    assert (first.held_steps, second.held_steps) == (0, 1)
    restored = neuron.beta * (1 + 0.125)
    np.testing.assert_allclose(first.share, -1 + restored)
    np.testing.assert_allclose(second.share, wanted.alpha - neuron.alpha * restored)


def test_a_construct_that_cannot_make_a_neuron_is_refused_by_name() -> None:
    with pytest.raises(DiagnosticError) as refused:
        drawn(1, "LIF").prepared(constructs=(("n1", "taps"),))
    assert [d.code for d in refused.value.diagnostics] == ["SPK1023"]
    with pytest.raises(DiagnosticError) as unknown:
        drawn(1, "LIF").prepared(constructs=(("n1", "tap"), ("n9", "taps")))
    assert sorted(d.code for d in unknown.value.diagnostics) == ["SPK1009", "SPK1023"]


def test_the_choice_may_be_the_chips_own_neuron() -> None:
    prepared = drawn(1, "LIF").prepared(constructs=(("n1", "native"),))
    assert not prepared.timed.populations["n1"].ties
    assert prepared.timed.populations["n2"].ties


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_stimulus_may_be_shorter_than_a_delay(steps: int) -> None:
    """What arrives is measured for the scale: of taps of nine steps, most see nothing at all."""
    case = drawn(2, "CubaLIF", reset_phase="next_after_decay", fire_on="old")
    short = {"in": case.stimulus.inputs["in"][:steps]}
    compiled = replace(case, stimulus=replace(case.stimulus, inputs=short)).compiled()
    assert compiled.placement_identical
