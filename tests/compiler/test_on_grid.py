"""Networks whose numbers lie on a chip's grid lose nothing: every spike of the chip is the float network's, F1 is 1.

What is drawn: one and two layers; thresholds, biases, leaks, gains `r`, `v_reset` and initial states of each neuron's
own; both comparisons, both resets, floors, refractory steps, several spikes a step, as far as the chip has them.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from spikec.compiler.options import Options
from spikec.compiler.pipeline import compile_graph
from spikec.sim.reference.reference import reference
from spikec.sim.stimulus import Stimulus
from spikec.targets import names

from ..effort import EXAMPLES
from .on_grid import Case, Layer, any_case, register, run


@pytest.mark.parametrize("target", names())
@settings(
    max_examples=max(EXAMPLES // 5, 1),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**31))
def test_not_one_spike_differs(target: str, seed: int) -> None:
    """Float reference, plain integers and chip are the same, bit for bit.

    Where sums leave a register that wraps or has an end, the chip's own counters have to say so."""
    case = any_case(target, seed)
    integers = run(case.layers, case.events)
    stimulus = Stimulus(inputs={"input": case.events}, labels=None, source={"kind": "drawn"})
    floats = reference(case.raw, case.dialect, stimulus=stimulus.inputs)
    compiled = compile_graph(case.raw, Options(target=target, reading=case.dialect), stimulus=stimulus)
    assert compiled.placement_identical, compiled.verdicts.placement.findings
    fidelity = compiled.verdicts.fidelity
    assert fidelity is not None
    for k, spikes in enumerate(integers.spikes):
        np.testing.assert_array_equal(floats.layers[f"n{k}"], spikes)
    low, high = register(target)
    past_half = integers.lowest < low // 2 or integers.highest > high // 2
    if past_half and any(fidelity.overflows.values()):
        return
    for k, spikes in enumerate(integers.spikes):
        np.testing.assert_array_equal(compiled.trace.layers[f"n{k}"], spikes)
    np.testing.assert_array_equal(compiled.trace.outputs["output"], integers.spikes[-1])
    assert fidelity.output_f1 == (1.0 if integers.spikes[-1].any() else None)


@pytest.mark.parametrize("at_threshold", [True, False])
def test_a_threshold_that_is_met_exactly(at_threshold: bool) -> None:
    """A chip that compares by `>` has to hold a lower threshold for `>=`, with a bias on the grid and without one."""
    layer = Layer(
        weights=np.array([[2], [3], [3]]),
        bias=np.array([1, 0, -1]),
        threshold=np.array([9, 6, 8]),
        start=np.zeros(3, dtype=np.int64),
        at_threshold=at_threshold,
        subtracts=False,
    )
    events = np.ones((20, 1, 1), dtype=np.uint8)
    case = Case(layers=(layer,), events=events, unit=0.25, gain=(np.ones(3),), origin=(np.zeros(3),))
    stimulus = Stimulus(inputs={"input": events}, labels=None, source={"kind": "drawn"})
    compiled = compile_graph(case.raw, Options(target="loihi1", reading=case.dialect), stimulus=stimulus)
    (spikes,) = run(case.layers, events).spikes
    assert np.argmax(spikes[:, 0], axis=0).tolist() == ([2, 1, 3] if at_threshold else [3, 2, 4])
    np.testing.assert_array_equal(compiled.trace.layers["n0"], spikes)


@pytest.mark.parametrize("target", names())
def test_most_of_what_is_drawn_spikes(target: str) -> None:
    """Else the comparison would say little."""
    runs = [run(case.layers, case.events) for case in (any_case(target, seed) for seed in range(20))]
    assert sum(bool(ran.spikes[-1].any()) for ran in runs) >= 8
