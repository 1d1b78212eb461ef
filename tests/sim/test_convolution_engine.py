"""The convolution engine against the scalar oracle, on random networks; its bounds, and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.engines import convolution as convolution_engine
from spikec.sim.engines.convolution import ConvolutionRun, simulate_layers
from spikec.targets.machines.convolution import ConvolutionCore, Destination, evaluation_order
from spikec.targets.speck import neuron
from spikec.targets.speck.configuration import SpeckConfiguration, machine

from . import speck_networks as networks
from .convolution_oracle import Recorded, run

SEEDS = st.integers(0, 2**63 - 1)


def check(found: ConvolutionRun, expected: dict[str, Recorded], sample: int = 0) -> None:
    for name, recorded in expected.items():
        np.testing.assert_array_equal(
            found.spikes[int(name)][:, sample], recorded.spikes, f"spikes of {name}"
        )
        np.testing.assert_array_equal(found.states[int(name)][:, sample], recorded.v, f"v of {name}")


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.booleans())
def test_random_networks_equal_the_oracle(seed: int, saturate: bool) -> None:
    random = np.random.default_rng(seed)
    chip = networks.configuration(random, largest=7)
    layers = machine(chip, saturate=saturate)
    events = networks.events(random, layers.input_shape, 6)
    found = simulate_layers(layers, neuron, events[:, None], states=True)
    expected = run(networks.oracle_layers(chip), events.tolist(), single=chip.single_spike, saturate=saturate)
    check(found, expected)
    for name, recorded in expected.items():
        assert int(found.beyond_16_bits[int(name)].sum()) == recorded.beyond


@pytest.mark.parametrize("pairs", [1, 3, 10], ids=["step by step", "3 steps", "2 samples"])
def test_samples_of_a_batch_are_independent_however_they_are_divided(
    pairs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pairs: how many (step, sample) are worked on at once, of 5 and 5."""
    random = np.random.default_rng(11)
    chip = networks.configuration(random, largest=7)
    layers = machine(chip)
    events = np.stack([networks.events(random, layers.input_shape, 5) for _ in range(5)], axis=1)
    whole = simulate_layers(layers, neuron, events, states=True)
    neurons = max(int(np.prod(core.neuron_shape)) for core in layers.cores)
    monkeypatch.setattr(convolution_engine, "CHUNK_BYTES", 4 * neurons * pairs)
    divided = simulate_layers(layers, neuron, events, states=True)
    for number in whole.spikes:
        np.testing.assert_array_equal(whole.spikes[number], divided.spikes[number])
        np.testing.assert_array_equal(whole.beyond_16_bits[number], divided.beyond_16_bits[number])
    for sample in range(5):
        oracle = run(networks.oracle_layers(chip), events[:, sample].tolist(), single=chip.single_spike)
        check(whole, oracle, sample)
        check(divided, oracle, sample)


def single(**changes: object) -> ConvolutionCore:
    """One channel of 3 x 3 neurons, each with an input of its own of weight 1."""
    core = ConvolutionCore(
        core=0,
        input_shape=(1, 3, 3),
        kernel=np.ones((1, 1, 1, 1), dtype=np.int8),
        bias=np.zeros(1, dtype=np.int64),
        initial_v=np.zeros((1, 3, 3), dtype=np.int64),
        threshold=10,
        low_threshold=-32768,
        reset_to_zero=False,
        stride=(1, 1),
        padding=(0, 0),
    )
    return replace(core, **changes)


def chip(*cores: ConvolutionCore, single_spike: bool = False) -> SpeckConfiguration:
    return SpeckConfiguration(cores=cores, input_cores=(0,), monitored=(), single_spike=single_spike)


@pytest.mark.parametrize(
    ("to_zero", "single_spike", "spikes", "v"),
    [
        (False, False, [2, 0, 3], [5, 9, 4]),
        (False, True, [1, 1, 1], [15, 9, 24]),
        (True, False, [2, 0, 2], [0, 4, 0]),
        (True, True, [1, 0, 1], [0, 4, 0]),
    ],
)
def test_resets_and_spikes_of_a_step(
    to_zero: bool, single_spike: bool, spikes: list[int], v: list[int]
) -> None:
    layers = machine(chip(single(reset_to_zero=to_zero), single_spike=single_spike))
    events = np.zeros((3, 1, 1, 3, 3), dtype=np.uint8)
    events[:, 0, 0, 1, 2] = [25, 4, 25]
    found = simulate_layers(layers, neuron, events, states=True)
    assert found.spikes[0][:, 0, 0, 1, 2].tolist() == spikes
    assert found.states[0][:, 0, 0, 1, 2].tolist() == v


def test_narrow_spikes_and_beyond_16_bits() -> None:
    layers = machine(chip(single(initial_v=np.full((1, 3, 3), 30_000))))
    events = np.full((2, 1, 1, 3, 3), 2767, dtype=np.int64)
    events[0, 0, 0, 0, 0] = 2768
    found = simulate_layers(layers, neuron, events)
    assert found.spikes[0].dtype == np.uint16
    assert found.spikes[0][0, 0, 0, 0].tolist() == [3276, 3276, 3276]
    assert found.states == {}
    assert found.beyond_16_bits[0].tolist() == [[[1, 0, 0], [0, 0, 0], [0, 0, 0]]]


def test_no_steps_and_no_samples() -> None:
    layers = machine(chip(single()))
    for steps, batch in ((0, 2), (3, 0)):
        events = np.zeros((steps, batch, 1, 3, 3), dtype=np.uint8)
        found = simulate_layers(layers, neuron, events, states=True)
        assert found.spikes[0].shape == found.states[0].shape == (steps, batch, 1, 3, 3)


def test_order_follows_the_destinations_and_not_the_numbers() -> None:
    def send(number: int, *to: int) -> ConvolutionCore:
        return single(core=number, destinations=tuple(Destination(core=n) for n in to))

    assert evaluation_order((send(0), send(2, 0), send(5, 2, 0), send(7))) == (5, 2, 0, 7)
    assert evaluation_order((send(0, 2), send(2, 0), send(5))) == (5,)


def test_what_is_no_machine_is_refused() -> None:
    around = single(destinations=(Destination(core=0),))
    outside = single(destinations=(Destination(core=1, pooling=2),))
    good = np.zeros((1, 1, 1, 3, 3), dtype=np.uint8)
    for cores, events, reason in (
        ((around,), good, "circle"),
        ((outside, single(core=1)), good, "do not fit"),
        ((single(destinations=(Destination(core=1, channel_shift=1),)), single(core=1)), good, "do not fit"),
        ((single(),), good[:, :, :, :2], "takes"),
        ((single(),), good.astype(np.float32), "integers"),
        ((single(),), good[0], "integers"),
        ((single(),), good.astype(np.int8) - 1, "31 bits"),
    ):
        with pytest.raises(ValueError, match=reason):
            simulate_layers(machine(chip(*cores)), neuron, events)


def test_states_and_counts_past_32_bits_are_refused() -> None:
    events = np.full((2, 1, 1, 3, 3), (1 << 31) - 1, dtype=np.int64)
    found = simulate_layers(machine(chip(single(threshold=1))), neuron, events)
    assert int(found.spikes[0].max()) == (1 << 31) - 1
    slow = machine(chip(single(threshold=32767), single_spike=True))
    with pytest.raises(DiagnosticError, match="SPK4010"):
        simulate_layers(slow, neuron, events, states=True)
