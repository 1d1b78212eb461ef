"""Quantises so that lava-dl's netx can hold the network: one synapse a weight, no exponents."""

from __future__ import annotations

import msgspec

from ....targets.loihi2.chain import BIAS_EXPONENT, chain
from ....targets.loihi2.model import Loihi2Chip
from ...ir.timed_network import TimedNetwork
from ...options import Options
from ..shared.cuba.precision import Precision
from ..shared.cuba.quantize import Quantized, quantize
from .processes import processes_of


def quantized_for_netx(timed: TimedNetwork, target: Loihi2Chip, options: Options) -> Quantized | None:
    """The network in integers that netx can hold; None where it is no chain of layers of one kind of neuron each."""
    if not may_be_chain(timed):
        return None
    low, high = target.neuron.bias_exponent
    if not low <= BIAS_EXPONENT <= high:
        return None
    neuron = msgspec.structs.replace(target.neuron, bias_exponent=(BIAS_EXPONENT, BIAS_EXPONENT))
    synapse = msgspec.structs.replace(target.synapse, exponent=(0, 0))
    narrow = msgspec.structs.replace(target, neuron=neuron, synapse=synapse)
    reach = {} if options.tuning is None else options.tuning.reach
    found = quantize(timed, narrow, Precision(weight_bits=options.weight_bits), reach, early_bias=True)
    return None if isinstance(chain(processes_of(found.network, target).content), str) else found


def may_be_chain(timed: TimedNetwork) -> bool:
    """Whether there is one input, and every population hears itself and one other thing at most."""
    if len(timed.network.inputs) != 1 or any(p.ties for p in timed.populations.values()):
        return False
    return all(len({link.source for link in p.links} - {name}) == 1 for name, p in timed.populations.items())
