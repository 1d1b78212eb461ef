"""What an inference takes of a chip: the record in a report."""

from __future__ import annotations

from .record import Amount, OneOrMore, Record


class EnergyEstimate(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Picojoules of an inference: published figures of operations times their number. What else a chip takes, as to
    send spikes and to stay on, is not in it. of: the operations that are counted, in words. source: of the figures."""

    picojoules: Amount
    of: str
    source: str


class InferenceCost(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one sample takes, on the average of the stimulus.

    chip_steps: of a sample, the pipeline's lag included. seconds: these, each as long as a step of the network is
    meant. steps_to_decision: steps of the network after which the decision no longer changes; null where no output
    decides. spikes: of all neurons on the chip. synaptic_operations: weights that spikes of neurons, inputs and
    constants bring to neurons. neuron_updates: neurons times steps. packets: that cores send; null where nothing
    travels. cycles: of the clock; null where no formula is public. energy: null where no figures are public."""

    chip_steps: OneOrMore
    seconds: Amount
    steps_to_decision: Amount | None
    spikes: Amount
    synaptic_operations: Amount
    neuron_updates: Amount
    packets: Amount | None
    cycles: Amount | None
    energy: EnergyEstimate | None
