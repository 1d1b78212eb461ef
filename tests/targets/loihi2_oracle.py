"""A graph of Lava processes in plain integers, one neuron and one synapse after the other."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from spikec.targets.loihi2.content import Content, Lif

LIMITS = {1: (-256, 255), 2: (0, 255), 3: (-255, 0)}
TOP = 1 << 23
Pending = dict[tuple[int, str], list[int]]


def run(content: Content, events: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """events: (T, inputs) whole numbers. Spikes and membranes of each process, (T, n)."""
    steps, ports, at = len(events), dict[str, slice](), 0
    for port in content.ports:
        ports[port.name] = slice(at, at + port.size)
        at += port.size
    size = {lif.name: lif.size for lif in content.neurons}
    u, v = ({name: [0] * n for name, n in size.items()} for _ in range(2))
    spikes = {name: np.zeros((steps, n), dtype=np.uint8) for name, n in size.items()}
    seen = {name: np.zeros((steps, n), dtype=np.int64) for name, n in size.items()}
    pending: Pending = defaultdict(lambda: [0] * max(size.values()))
    for t in range(steps):
        for name, own in ports.items():
            _send(content, name, events[t, own], t, pending)
        for lif in content.neurons:
            for k, arrived in enumerate(pending.pop((t, lif.name), [0] * lif.size)[: lif.size]):
                u[lif.name][k], now, fires = _step(lif, k, u[lif.name][k], v[lif.name][k], arrived)
                spikes[lif.name][t, k] = fires
                v[lif.name][k] = seen[lif.name][t, k] = 0 if fires else now
        for lif in content.neurons:
            _send(content, lif.name, spikes[lif.name][t], t + 1, pending)
    return spikes, seen


def _send(content: Content, name: str, fired: np.ndarray, step: int, pending: Pending) -> None:
    for c in content.connections:
        if c.pre != name:
            continue
        rows, sums = c.synapses.flat(), dict[tuple[int, int], int]()
        for source, post, weight, delay in np.stack(rows[:4], axis=1).tolist():
            if fired[source]:
                weight = _held(weight, c.num_weight_bits, c.sign_mode) * int(fired[source])
                sums[post, delay] = sums.get((post, delay), 0) + weight
        for (post, delay), total in sums.items():
            exponent = c.weight_exp
            pending[step + delay, c.post][post] += total << exponent if exponent > 0 else total >> -exponent


def _step(lif: Lif, k: int, u: int, v: int, arrived: int) -> tuple[int, int, bool]:
    total = _decayed(u, 4095 - lif.du) + arrived * 64
    if total > TOP:
        u = total - 2 * TOP
    elif total <= -TOP:
        u = total + 2 * TOP
    else:
        u = total
    mantissa, exponent = int(lif.bias_mant[k]), int(lif.bias_exp[k])
    bias = mantissa << exponent if exponent >= 0 else mantissa >> -exponent
    v = min(max(_decayed(v, 4096 - lif.dv) + u + bias, 1 - TOP), TOP - 1)
    return u, v, v > lif.vth * 64


def _decayed(value: int, factor: int) -> int:
    size = abs(value) * factor // 4096
    return size if value >= 0 else -size


def _held(weight: int, bits: int, sign: int) -> int:
    low, high = LIMITS[sign]
    step = 1 << (8 - bits + (sign == 1))
    weight = min(max(weight, low), high)
    return -(-weight // step * step) if sign == 3 else weight // step * step
