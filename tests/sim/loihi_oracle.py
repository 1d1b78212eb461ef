"""One Loihi 1 compartment after the other in plain Python integers, written from the published rules alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Compartment(NamedTuple):
    du: int
    dv: int
    vth_mant: int
    bias_mant: int
    bias_exp: int
    refract: int
    vmin_exp: int
    vmax_exp: int


class Synapse(NamedTuple):
    """source: neuron number, or -1 - e for input element e. Weight before the shift by 6 (exponent applied)."""

    source: int
    post: int
    weight: int
    delay: int


def wrapped(value: int, bits: int) -> int:
    value %= 2**bits
    return value - 2**bits if value >= 2 ** (bits - 1) else value


def decayed(value: int, factor: int) -> int:
    size = abs(value) * factor // 4096
    return -size if value < 0 else size


def run(
    cells: Sequence[Compartment], synapses: Sequence[Synapse], events: Sequence[Sequence[int]]
) -> tuple[list[list[int]], list[list[int]], list[list[int]]]:
    """events[t][element] 0 or 1 -> spikes, u, v, each [t][neuron]."""
    steps = len(events)
    mailbox = [[0] * len(cells) for _ in range(steps + 80)]
    u, v, ref = [0] * len(cells), [0] * len(cells), [0] * len(cells)
    all_s: list[list[int]] = []
    all_u: list[list[int]] = []
    all_v: list[list[int]] = []
    for t in range(steps):
        for synapse in synapses:
            if synapse.source < 0 and events[t][-1 - synapse.source]:
                mailbox[t + synapse.delay][synapse.post] += synapse.weight << 6
        fired: list[int] = []
        for n, cell in enumerate(cells):
            u[n] = wrapped(decayed(u[n], 4096 - 1 - cell.du) + wrapped(mailbox[t][n], 22), 24)
            driven = wrapped(u[n] + (cell.bias_mant << cell.bias_exp), 24)
            v[n] = decayed(v[n], 4096 - cell.dv) + driven
            v[n] = max(-(2**cell.vmin_exp) + 1, min(2 ** (9 + 2 * cell.vmax_exp) - 1, v[n]))
            if ref[n] > 0:
                v[n] = 0
            spike = v[n] > cell.vth_mant << 6
            if spike:
                v[n], ref[n] = 0, cell.refract
            ref[n] = max(ref[n] - 1, 0)
            fired.append(int(spike))
        for synapse in synapses:
            if synapse.source >= 0 and fired[synapse.source]:
                mailbox[t + 1 + synapse.delay][synapse.post] += synapse.weight << 6
        all_s.append(fired)
        all_u.append(list(u))
        all_v.append(list(v))
    return all_s, all_u, all_v
