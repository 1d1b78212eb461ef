"""Checks a graph of processes against the limits of its chip, with numbers."""

from __future__ import annotations

from collections.abc import Iterator

from ..chip import MOST
from ..violation import Violation, worst
from .content import Content
from .convolution import LARGEST_SUM, largest_sum
from .model import Loihi2Chip


def violations(content: Content, chip: Loihi2Chip) -> Iterator[Violation]:
    """List the limits that a graph breaks, each at its worst place in each process and connection."""
    neuron, synapse, ports = chip.neuron, chip.synapse, {port.name for port in content.ports}
    for lif in content.neurons:
        for name, value, allowed in (
            ("du", lif.du, neuron.current_decay),
            ("dv", lif.dv, neuron.voltage_decay),
            ("vth", lif.vth, neuron.threshold_mantissa),
        ):
            yield Violation(name, lif.name, value, *allowed)
        yield from worst("bias_mant", lif.name, lif.bias_mant, neuron.bias_mantissa)
        yield from worst("bias_exp", lif.name, lif.bias_exp, neuron.bias_exponent)
    for k, connection in enumerate(content.connections):
        place = f"connection {k}"
        yield Violation("weight_exp", place, connection.weight_exp, *synapse.exponent)
        bits = synapse.weight_bits
        yield Violation("num_weight_bits", place, connection.num_weight_bits, min(bits), max(bits), bits)
        yield from worst("weight", f"{place} synapse", connection.synapses.weight, (-256, 255))
        yield from worst("delay", f"{place} synapse", connection.synapses.delay, (0, synapse.max_delay))
        if connection.kernel is not None:
            sent = synapse.max_payload if connection.pre in ports else 1
            found = min(largest_sum(connection.kernel) * sent, MOST)
            yield Violation("largest sum of weights", place, found, 0, LARGEST_SUM)
