"""Makes the machine of a graph of Lava processes: what its connections add up, and what its neurons do with that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..machines.exports import one_each
from ..machines.shifted_sums import ShiftedSums
from ..machines.synapse_list import Machine
from ..machines.synapse_rows import SynapseRows, as_rows, joined, narrowest
from .content import Connection, Content, Lif
from .weights import held

REGISTERS = ("du", "dv", "vth", "bias_mant", "bias_exp")


def machine(content: Content) -> Machine:
    """Make the machine; core k is process k."""
    sizes = [lif.size for lif in content.neurons]
    n = sum(sizes)
    ends = np.cumsum([0, *sizes])
    first = {lif.name: int(at) for lif, at in zip(content.neurons, ends, strict=False)}
    for port, at in zip(content.ports, np.cumsum([n, *(port.size for port in content.ports)]), strict=False):
        first[port.name] = int(at)
    parts: list[tuple[SynapseRows, int, int]] = []
    neuron, shift = _none(), _none()
    for connection in content.connections:
        rows, to, by = _added(connection, n + neuron.size, first[connection.post])
        parts.append((rows, first[connection.pre], first[connection.post] if not to.size else 0))
        neuron, shift = np.append(neuron, to), np.append(shift, by)
    reads = [(first[read.process] + read.element, read.membrane) for read in content.reads]
    return Machine(
        n_inputs=sum(port.size for port in content.ports),
        core=np.repeat(np.arange(len(sizes)), sizes),
        slot=_end_to_end([np.arange(size) for size in sizes]),
        params={name: _end_to_end([_register(lif, name) for lif in content.neurons]) for name in REGISTERS},
        synapses=joined(parts),
        exports=one_each(
            _end_to_end([neurons for neurons, _ in reads]),
            np.concatenate([_none(), *(np.full(neurons.size, shown) for neurons, shown in reads)]),
        ),
        shifted=ShiftedSums(neuron=neuron, shift=shift),
    )


def _added(connection: Connection, next_sum: int, first: int) -> tuple[SynapseRows, np.ndarray, np.ndarray]:
    """The synapses by what a spike adds; of an exponent below 0 also the neurons, and shifts, of sums of their own,
    numbered from `next_sum` on, one for each delay: what was sent in one step is shifted together."""
    rows, exponent = connection.synapses, connection.weight_exp
    mantissa = held(rows.weight.astype(np.int64), connection.num_weight_bits, connection.sign_mode)
    if exponent >= 0:
        weighed = replace(rows, weight=narrowest(mantissa << exponent))
        return weighed.kept(mantissa != 0), _none(), _none()
    flat = replace(rows, weight=narrowest(mantissa)).kept(mantissa != 0).flat()
    post, delay = flat.post.astype(np.int64), flat.delay.astype(np.int64)
    pairs, number = np.unique(np.stack([post, delay], axis=1), axis=0, return_inverse=True)
    added = as_rows(flat.source, next_sum + number.reshape(-1), flat.weight, flat.delay)
    return added, first + pairs[:, 0], np.full(len(pairs), -exponent, dtype=np.int64)


def _register(lif: Lif, name: str) -> np.ndarray:
    value: int | np.ndarray = getattr(lif, name)
    return np.full(lif.size, value, dtype=np.int64) if isinstance(value, int) else value


def _none() -> np.ndarray:
    return np.zeros(0, dtype=np.int64)


def _end_to_end(parts: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate([_none(), *parts]).astype(np.int64)
