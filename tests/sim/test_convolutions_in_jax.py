"""Machines of convolutions, their neurons anywhere: JAX gives numpy's bits, as on a processor and as on a GPU."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from spikec.sim.engines.choice import FeatureMap
from spikec.sim.engines.delivery import sum as sums
from spikec.sim.engines.devices import Devices
from spikec.sim.engines.summed import deliveries, in_jax, kept_machines, places
from spikec.sim.engines.summed.manner import OTHER, PROCESSOR, Manner
from spikec.sim.engines.summed.neuron_loop import Neurons, can_launch, launch
from spikec.sim.engines.summed.plan import plan_of
from spikec.sim.engines.synapse_list import simulate
from spikec.targets import load
from spikec.targets.arrays import SummedArithmetic
from spikec.targets.loihi1 import neuron
from spikec.targets.machines.synapse_list import Machine
from spikec.targets.machines.synapse_rows import as_rows
from spikec.targets.ranc.neuron import Arithmetic

from ..effort import EXAMPLES
from .test_engine_choice import assert_equal, drive, machine, registers, run
from .test_kernel import Drawn

LATENCY = load("loihi1").latency
GPU = OTHER._replace(launch="interpreted", unroll=2)


def of_layers(seed: int, *, top: int = 5) -> tuple[Machine, tuple[FeatureMap, ...]]:
    """Inputs, a drawn convolution of them, a pool of that, and a convolution of the pool onto itself; besides synapses
    from inputs to the pool that are none. Neurons are numbered anyhow."""
    random, channels = np.random.default_rng(seed), 4
    stride, dilation = random.integers(1, 3, 2).tolist()
    first = Drawn(
        weights=random.integers(-top, top + 1, (channels, 2 - seed % 2, 3, 2)),
        before=(2, 7 * stride + 2, 8 * stride),
        stride=(stride, stride),
        padding=(1, 1),
        dilation=(1, dilation),
        groups=1 + seed % 2,
    )
    pool = Drawn(
        weights=np.full((channels, 1, 2, 2), top), before=first.after, stride=(2, 2), padding=(0, 0), dilation=(1, 1),
        groups=channels,
    )  # fmt: skip
    among = random.integers(-top, top + 1, (channels, channels, 3, 3))
    loop = Drawn(weights=among, before=pool.after, stride=(1, 1), padding=(1, 1), dilation=(1, 1), groups=1)
    sizes = [int(np.prod(layer.after)) for layer in (first, pool)]
    n, inputs = sum(sizes), int(np.prod(first.before))
    place = random.permutation(n)
    layers = place[: sizes[0]], place[sizes[0] :]
    given = n + np.arange(inputs)
    few = random.integers(0, inputs, 3), random.integers(0, sizes[1], 3), random.integers(1, top + 1, 3)
    synapses = [
        (before[source], after[post], weight, np.full(weight.size, delay))
        for before, after, (source, post, weight), delay in (
            (given, layers[0], first.synapses(), 2),
            (layers[0], layers[1], pool.synapses(), 0),
            (layers[1], layers[1], loop.synapses(), 1),
            (given, layers[1], few, 0),
        )
    ]
    source, post, weight, delay = (np.concatenate(values) for values in zip(*synapses, strict=True))
    made = Machine(
        n_inputs=inputs,
        core=np.zeros(n, dtype=np.int64),
        slot=np.arange(n),
        params=registers(random, "loihi1", n) | {"vth": np.full(n, 3), "decayV": np.full(n, 1000)},
        synapses=as_rows(source, post, weight, delay),
    )
    shapes = ((first.before, given), (first.after, layers[0]), (pool.after, layers[1]))
    return made, tuple(FeatureMap(shape=shape, sources=sources) for shape, sources in shapes)


def forms(made: Machine, maps: tuple[FeatureMap, ...]) -> list[type]:
    laid_out = in_jax.laid_out_in(
        plan_of(made, LATENCY, 32), made.n_neurons, made.n_inputs, maps, PROCESSOR, Devices(1)
    )
    return [type(one.form) for stage in laid_out for _, one in stage.deliveries]


@pytest.mark.parametrize("how", [PROCESSOR, GPU], ids=["processor", "gpu"])
@pytest.mark.parametrize("seed", range(max(2, EXAMPLES // 5)))
def test_convolutions_are_the_same(seed: int, how: Manner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "DENSE_BYTES", 0)
    monkeypatch.setattr(kept_machines, "manner", lambda: how)
    made, maps = of_layers(seed, top=300)
    assert forms(made, maps).count(deliveries.Window) == 3
    events = (np.random.default_rng(seed).random((12, 3, made.n_inputs)) < 0.4).astype(np.uint8)
    plain = simulate(made, neuron, LATENCY, events, states=True, engine="numpy")
    found = simulate(made, neuron, LATENCY, events, states=True, engine="jax", maps=maps)
    assert_equal(plain, found)
    assert plain.spikes.sum() > 50


def test_one_synapse_that_is_altered_is_no_convolution(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor are maps that are none: synapses are used as they are, and the bits are the same."""
    monkeypatch.setattr(sums, "DENSE_BYTES", 0)
    made, maps = of_layers(1)
    events = (np.random.default_rng(1).random((8, 2, made.n_inputs)) < 0.4).astype(np.uint8)
    source, post, weight, delay, _ = made.synapses.flat()
    weight[np.flatnonzero((source >= made.n_neurons) & (delay == 2))[0]] += 1
    altered = replace(made, synapses=as_rows(source, post, weight, delay))
    assert forms(altered, maps).count(deliveries.Window) == 2
    wrong = (
        replace(maps[0], sources=maps[0].sources + 1),
        replace(maps[1], sources=maps[1].sources * 0),
        replace(maps[2], shape=(*maps[2].shape, 1, 1)),
    )
    for one, hints in ((altered, maps), (made, wrong), (made, ())):
        assert deliveries.Window not in forms(one, hints) or one is altered
        plain = simulate(one, neuron, LATENCY, events, states=True, engine="numpy")
        assert_equal(plain, simulate(one, neuron, LATENCY, events, states=True, engine="jax", maps=hints))


def test_sums_that_float32_does_not_hold_are_no_convolution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "DENSE_BYTES", 0)
    made, maps = of_layers(2)
    assert deliveries.Window in forms(made, maps)
    monkeypatch.setattr(places, "FLOAT32_EXACT", 0)
    assert deliveries.Window not in forms(made, maps)


@pytest.mark.parametrize(("synapses", "top"), [(2000, 1 << 17), (2000, 1 << 9)], ids=["lists", "matrices"])
def test_a_gpu_does_the_same(synapses: int, top: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the processor, in the manner of a GPU: weights of one and of two bytes, loops and no loops."""
    made = machine(3, synapses=synapses, top=top)
    source, post, weight, delay, _ = made.synapses.flat()
    half, inner = made.n_neurons // 2, source < made.n_neurons
    source = np.where(inner, source % half, source)
    ahead = replace(made, synapses=as_rows(source, post % half + np.where(inner, half, 0), weight, delay))
    events = drive(3, made.n_inputs)
    for one in (made, ahead):
        plain = run(one, "loihi1", events, "numpy")
        monkeypatch.setattr(kept_machines, "manner", lambda: GPU)
        assert_equal(plain, run(one, "loihi1", events, "jax"))
        monkeypatch.setattr(in_jax, "CHUNK_BYTES", 3000)
        assert_equal(plain, run(one, "loihi1", events, "jax"))
        monkeypatch.undo()
        assert plain.spikes.any()


def test_weights_are_put_together_again() -> None:
    weights = np.array([[0, 1, -128, 127, 128, -1, -129], [255, -256, 1 << 20, -(1 << 20), 32767, 32768, 9]])
    spikes = np.array([[1, 1], [0, 1], [1, 0]], dtype=np.uint8)
    for as_bytes in (False, True):
        kept = jnp.asarray(deliveries.weights_of(weights, as_bytes=as_bytes))
        found = deliveries.multiplied(jnp.asarray(spikes), kept)
        np.testing.assert_array_equal(found, spikes.astype(np.int64) @ weights)
    assert deliveries.weights_of(weights[:1, :4], as_bytes=True).shape == (1, deliveries.ALIGNED, 4)


@pytest.mark.parametrize("inputs", range(1, 23))
def test_any_number_of_inputs_and_neurons(inputs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the device that JAX has, and in the manner of a GPU: it multiplies whole words, and sends whole bytes."""
    random = np.random.default_rng(inputs)
    neurons = 23 - inputs
    source, post = np.divmod(np.arange(inputs * neurons), neurons)
    weight = random.integers(-127, 128, source.size) << 6
    made = machine(1, synapses=10)
    made = replace(
        made,
        n_inputs=inputs,
        core=made.core[:neurons],
        slot=made.slot[:neurons],
        params={name: values[:neurons] for name, values in made.params.items()},
        synapses=as_rows(source + neurons, post, weight, np.zeros(source.size, dtype=np.int64)),
    )
    events = (random.random((9, 3, inputs)) < 0.4).astype(np.uint8)
    plain = run(made, "loihi1", events, "numpy")
    assert plain.spikes.any()
    assert_equal(plain, run(made, "loihi1", events, "jax"))
    monkeypatch.setattr(kept_machines, "manner", lambda: GPU)
    assert_equal(plain, run(made, "loihi1", events, "jax"))


@pytest.mark.parametrize(("chip", "arithmetic"), [("loihi1", neuron), ("ranc", Arithmetic(24))])
def test_a_launch_can_be_written_for_a_gpu(chip: str, arithmetic: SummedArithmetic) -> None:
    """Compiled no further than that, without one."""
    own = {k: jnp.asarray(v, jnp.int32) for k, v in registers(np.random.default_rng(0), chip, 256).items()}
    kind = Neurons(
        arithmetic=arithmetic, names=tuple(arithmetic.STATES), manner=OTHER._replace(launch="compiled")
    )
    state = arithmetic.initial(jnp, own, (3, 256))
    traced = jax.jit(lambda drive, steps: launch(kind, own, state, [drive], steps)).trace(
        jnp.zeros((16, 3, 256), jnp.int32), jnp.int32(11)
    )
    assert "triton" in traced.lower(lowering_platforms=("cuda",)).as_text()
    assert can_launch(kind, tuple(own))


def test_what_cannot_be_launched_is_a_loop() -> None:
    """An arithmetic of one's own may do what a GPU's kernel cannot: here, it sorts."""

    class Sorting:
        STATES, Counters = neuron.STATES, neuron.Counters
        initial, parameters = staticmethod(neuron.initial), staticmethod(neuron.parameters)

        @staticmethod
        def step(xp: Any, p: Any, state: Any, arrived: Any) -> Any:
            return neuron.step(xp, p, state, xp.sort(arrived))

    kind = Neurons(arithmetic=Sorting(), names=(), manner=OTHER._replace(launch="compiled"))  # pyright: ignore
    assert not can_launch(kind, tuple(registers(np.random.default_rng(0), "loihi1", 1)))
