"""Small float networks, a plain float simulation of them, and the chip's run of their integers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy import sparse
from spikec.compiler.backends.xylo.assemble import Quantized
from spikec.compiler.backends.xylo.unplaced import expand
from spikec.compiler.ir.network import Network, Neuron, Population, Projection
from spikec.compiler.ir.timed_network import TimedNetwork
from spikec.compiler.timed.on_chip_clock import on_chip_clock
from spikec.sim.engines.ordered import simulate_ordered
from spikec.sim.engines.ordered_run import OrderedRun
from spikec.targets.xylo import neuron as xylo_neuron
from spikec.targets.xylo.model import XyloChip

from ...shipped import revision

AUDIO3 = revision("xylo_audio3")


def cuba(n: int, alpha: float | None, beta: float, theta: float | None, **more: Any) -> Neuron:
    """Reset by subtraction, fires at the threshold, unless told otherwise."""
    return Neuron(
        alpha=None if alpha is None else np.full(n, alpha),
        beta=np.full(n, beta),
        bias=np.full(n, more.pop("bias", 0.0)),
        theta=None if theta is None else np.full(n, theta),
        at_threshold=more.pop("at_threshold", True),
        reset=more.pop("reset", "subtract" if theta is not None else "none"),
        **more,
    )


def network(
    n_in: int,
    neurons: Mapping[str, Neuron],
    links: Sequence[tuple[str, str, np.ndarray] | tuple[str, str, np.ndarray, int]],
    output: str,
) -> Network:
    """Input `in`, Output `out` that reads `output`; links: pre, post, (post, pre) weights, delay in steps."""
    taps: dict[tuple[str, str], dict[int, np.ndarray]] = {}
    for pre, post, matrix, *delay in links:
        taps.setdefault((pre, post), {})[delay[0] if delay else 0] = matrix
    size = neurons[output].beta.size
    found = [
        Projection(pre=pre, post=post, taps={d: sparse.csr_array(m) for d, m in by_delay.items()})
        for (pre, post), by_delay in taps.items()
    ]
    found.append(Projection(pre=output, post="out", taps={0: sparse.csr_array(np.eye(size))}))
    return Network(
        inputs={"in": (n_in,)},
        outputs={"out": (size,)},
        populations={
            name: Population(name=name, shape=(value.beta.size,), neuron=value, paths=(name,))
            for name, value in sorted(neurons.items())
        },
        projections=tuple(sorted(found, key=lambda p: (p.pre, p.post))),
        dt_seconds=1e-3,
    )


def with_biases(net: Network, biases: Mapping[str, Mapping[int, np.ndarray]]) -> Network:
    """Constants through the synapse: population -> step from which on -> (n,)."""
    found: list[Projection] = []
    for p in net.projections:
        first = not any(q.post == p.post for q in found)
        found.append(replace(p, bias=biases.get(p.post, {})) if first else p)
    return replace(net, projections=tuple(found))


def timed(net: Network, chip: XyloChip = AUDIO3) -> TimedNetwork:
    """Relays hold any slack."""
    largest = 1 << 20
    like = SimpleNamespace(
        name=chip.name, latency=chip.latency, max_delay=largest, synapse=SimpleNamespace(max_delay=largest)
    )
    return on_chip_clock(net, like)


def float_run(
    net: Network, events: np.ndarray, most: Mapping[str, int], sweep: Sequence[str]
) -> dict[str, np.ndarray]:
    """(T, B, n) spikes, or membranes of what does not spike, of each population, evaluated in the order `sweep`;
    `most`: spikes in a step."""
    steps, batch, _ = events.shape
    emitted: dict[str, np.ndarray] = {"in": events.astype(np.float64)}
    i, v = {}, {}
    for name, p in net.populations.items():
        emitted[name] = np.zeros((steps, batch, p.size))
        i[name], v[name] = np.zeros((batch, p.size)), np.zeros((batch, p.size))
    for t in range(steps):
        for name in sweep:
            neuron = net.populations[name].neuron
            x = np.zeros((batch, neuron.beta.size))
            for p in net.into(name):
                for d, matrix in p.taps.items():
                    if t >= d:
                        x += emitted[p.pre][t - d] @ matrix.toarray().T
                for d, constant in p.bias.items():
                    x += constant * (t >= d)
            i[name] = x if neuron.alpha is None else neuron.alpha * i[name] + x
            v[name] = neuron.beta * v[name] + i[name] + neuron.bias
            if neuron.theta is None:
                emitted[name][t] = v[name]
                continue
            fires = v[name] >= neuron.theta if neuron.at_threshold else v[name] > neuron.theta
            if neuron.reset == "none":
                emitted[name][t] = fires
                continue
            spikes = np.where(fires, np.clip(v[name] // neuron.theta, 0, most[name]), 0)
            v[name] = v[name] - spikes * neuron.theta
            emitted[name][t] = spikes
    return emitted


def chip_run(
    quantized: Quantized, events: np.ndarray, chip: XyloChip = AUDIO3
) -> tuple[OrderedRun, dict[str, np.ndarray]]:
    """The unlimited machine, and the spikes of each population at float steps."""
    machine, symbols = expand(quantized.network, chip)
    steps, lag = events.shape[0], quantized.network.max_lag_steps
    fed = np.zeros((steps + lag, *events.shape[1:]), dtype=np.uint8)
    fed[:steps] = events
    run = simulate_ordered(machine, xylo_neuron, fed, states=True)
    return run, {
        p.name: run.spikes[p.lag_steps : p.lag_steps + steps][:, :, p.machine_index]
        for p in symbols.populations
    }


def poisson(steps: int, batch: int, n: int, rate: float, seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).random((steps, batch, n)) < rate).astype(np.uint8)
