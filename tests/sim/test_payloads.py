"""Numbers that inputs are sent bring their spikes so many times, on every engine, and however many steps are handed
over at a time."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.sim.engines.choice import Span, SumEngine
from spikec.sim.engines.synapse_list import start
from spikec.targets.chip import Latency
from spikec.targets.loihi2 import neuron
from spikec.targets.machines.synapse_list import Machine
from spikec.targets.machines.synapse_rows import as_rows

LATENCY = Latency(input_to_neuron=0, neuron_to_neuron=1, neuron_to_output=0)
MOST = 255


def machine(rng: np.random.Generator) -> tuple[Machine, np.ndarray]:
    """Neurons that forget at once, so that u is what arrived; and the weights (inputs, neurons)."""
    n, inputs = 5, 7
    weights = rng.integers(-200, 200, (inputs, n)) * (rng.random((inputs, n)) < 0.7)
    source, post = np.nonzero(weights)
    own = np.arange(n)
    params = {"du": 4095, "dv": 4095, "vth": 131071, "bias_mant": 0, "bias_exp": 0}
    rows = as_rows(
        np.concatenate([own, n + source]),
        np.concatenate([own, post]),
        np.concatenate([np.full(n, -3), weights[source, post]]),
    )
    return (
        Machine(
            n_inputs=inputs,
            core=np.zeros(n, dtype=np.int64),
            slot=own,
            params={name: np.full(n, value) for name, value in params.items()},
            synapses=rows,
        ),
        weights,
    )


@pytest.mark.parametrize("engine", ["numpy", "events", "jax"])
def test_a_number_is_so_many_spikes(engine: SumEngine) -> None:
    rng = np.random.default_rng(3)
    made, weights = machine(rng)
    events = rng.integers(0, MOST + 1, (6, 2, 7)).astype(np.uint8)
    run = start(
        made, neuron, LATENCY, Span(steps=6, batch=2, at_once=4, most=MOST), states=True, engine=engine
    )
    states = [run(events[at]).states["u"] for at in (slice(0, 4), slice(4, 6))]
    assert np.array_equal(np.concatenate(states), (events.astype(np.int64) @ weights) << 6)


@pytest.mark.parametrize("wrong", [np.full((1, 1, 7), 256), np.full((1, 1, 7), -1), np.full((1, 1, 7), 0.5)])
def test_other_numbers_are_refused(wrong: np.ndarray) -> None:
    made, _ = machine(np.random.default_rng(1))
    run = start(made, neuron, LATENCY, Span(steps=1, batch=1, at_once=1, most=MOST))
    with pytest.raises(ValueError, match="whole numbers from 0 to 255"):
        run(wrong)
