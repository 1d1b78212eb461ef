"""Random float networks of every kind: what fits is emitted, read back, and runs as the machine without limits."""

from __future__ import annotations

from collections import Counter

import numpy as np
from spikec.compiler.backends.xylo.assemble import Quantized
from spikec.compiler.backends.xylo.assign import assign
from spikec.compiler.backends.xylo.capacity import findings
from spikec.compiler.backends.xylo.configuration import configuration
from spikec.compiler.backends.xylo.neuron_rows import neuron_rows
from spikec.compiler.backends.xylo.quantize import quantize
from spikec.compiler.backends.xylo.relays import relay_name
from spikec.compiler.backends.xylo.unplaced import expand
from spikec.compiler.backends.xylo.verify_words import static_verdict
from spikec.compiler.ir.network import Network, Neuron
from spikec.sim.engines.ordered import simulate_ordered
from spikec.targets.xylo import neuron
from spikec.targets.xylo.attributes import encode
from spikec.targets.xylo.configuration import machine
from spikec.targets.xylo.files import decode
from spikec.targets.xylo.limits import violations
from spikec.targets.xylo.model import XyloChip

from ...effort import EXAMPLES
from ...shipped import XYLOS as NAMES, revision
from ..proven import assert_proven, drawn, pairs
from .nets import cuba, network, timed, with_biases


def any_neuron(random: np.random.Generator, n: int, *, last: bool) -> Neuron:
    alpha = None if random.random() < 0.4 else float(random.random())
    beta = float(random.choice([0.0, 1.0, random.random()], p=[0.1, 0.1, 0.8]))
    bias = float(random.choice([0.0, 0.05]))
    if last and random.random() < 0.3:
        return cuba(n, alpha, min(beta, 0.99), None, bias=bias)
    if alpha is None and random.random() < 0.2:
        return cuba(n, None, beta, 1.0, reset="none", at_threshold=False)
    return cuba(n, alpha, beta, 1.0, bias=bias)


def any_network(seed: int) -> Network:
    """1 to 3 populations in a row, with delays, loops, skips, constants that start at any step, read anywhere."""
    random = np.random.default_rng(seed)
    sizes = [int(n) for n in random.integers(1, 9, random.integers(1, 4))]
    names = [f"p{k}" for k in range(len(sizes))]
    n_in = int(random.integers(1, 6))
    read = int(random.integers(len(sizes)))
    neurons = {
        n: any_neuron(random, s, last=k == len(sizes) - 1)
        for k, (n, s) in enumerate(zip(names, sizes, strict=True))
    }
    spiking = [n for n in names if neurons[n].theta is not None]

    def weights(post: int, pre: int) -> np.ndarray:
        return random.normal(0.1, 0.5, (post, pre)) * (random.random((post, pre)) < 0.8)

    links: list = [("in", names[0], weights(sizes[0], n_in), int(random.integers(0, 3)))]
    links += [(names[k - 1], names[k], weights(sizes[k], sizes[k - 1])) for k in range(1, len(sizes))]
    for pre in spiking:
        if random.random() < 0.3:
            k, j = names.index(pre), int(random.integers(len(sizes)))
            links.append((pre, names[j], weights(sizes[j], sizes[k]), int(random.integers(1, 4))))
    net = network(n_in, neurons, links, names[read])
    starts = {
        n: {int(random.integers(0, 4)): random.normal(0, 0.1, s)} for n, s in zip(names, sizes, strict=True)
    }
    return with_biases(net, {n: v for n, v in starts.items() if random.random() < 0.4})


def assert_placed(quantized: Quantized, chip: XyloChip, seed: int) -> None:
    """Emitted and read back: spikes and states of every neuron; relays repeat."""
    made, symbols = configuration(quantized.network, assign(quantized.network, chip), chip)
    loaded = decode(encode(made, chip), chip)
    verdict = static_verdict(quantized.network, loaded, symbols)
    free, names = expand(quantized.network, chip)
    events = drawn(seed, free.n_inputs)
    placed = simulate_ordered(machine(loaded), neuron, events, states=True)
    wanted = simulate_ordered(free, neuron, events, states=True)
    assert_proven(violations(made, chip), verdict, placed, wanted, pairs(symbols, names))
    _relays_repeat(quantized.network, quantized.lowered.relayed, wanted.spikes, names, events)


def _relays_repeat(
    network: object, relayed: dict, spikes: np.ndarray, symbols: object, events: np.ndarray
) -> None:
    """Every relay, of whatever source, is its source some steps later."""
    place = {p.name: p.machine_index for p in symbols.populations}
    for (source, k), elements in relayed.items():
        found = spikes[:, :, place[relay_name(source, k)]]
        raster = events if source == "in" else spikes[:, :, place[source]]
        wait = k - 1 if source == "in" else k
        np.testing.assert_array_equal(found[wait:], raster[: len(found) - wait, :, elements])


def test_placed_and_unlimited_are_the_same_with_relays() -> None:
    """Four times as many as elsewhere, since they are quick: nearly all fit, and many show what they are drawn for."""
    seen: Counter[str] = Counter()
    for seed in range(4 * EXAMPLES):
        chip, net = revision(NAMES[seed % len(NAMES)]), any_network(seed)
        plan = timed(net, chip)
        quantized = quantize(plan, chip)
        assert neuron_rows(plan, quantized)
        seen.update({p.role for p in quantized.network.populations})
        if not findings(quantized.network, chip):
            seen["fits"] += 1
            assert_placed(quantized, chip, seed)
    assert seen["fits"] > 2.5 * EXAMPLES, seen
    assert seen["relay"] > EXAMPLES, seen
    assert seen["copy"] >= EXAMPLES // 4, seen
    assert seen["bias"] >= EXAMPLES // 4, seen
