"""Declares `CubaChip`: a chip of neurons with a current and a membrane, both leaky, and of weights that are mantissas
times a power of two. What it calls its registers is its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from .chip import Chip, Natural, Positive, Range


@dataclass(frozen=True, kw_only=True)
class RegisterNames:
    """What a chip calls the registers of a neuron, and those of a format of synapses."""

    current_decay: str
    voltage_decay: str
    threshold: str
    bias: str
    bias_exponent: str
    exponent: str
    weight_bits: str
    sign_mode: str
    delay_bits: str

    def form(self, exponent: int, weight_bits: int, sign_mode: int, delay_bits: int) -> Mapping[str, int]:
        """A format of synapses. sign_mode: 1 mixed, 2 excitatory, 3 inhibitory."""
        return {
            self.exponent: exponent,
            self.weight_bits: weight_bits,
            self.sign_mode: sign_mode,
            self.delay_bits: delay_bits,
        }


class NeuronRanges(Protocol):
    """What the registers of a neuron hold. Ranges are inclusive; bits count the sign."""

    @property
    def q_bits(self) -> Positive:
        """Of the sum that arrives in a step."""
        ...

    @property
    def u_bits(self) -> Positive:
        """Of the current."""
        ...

    @property
    def v_bits(self) -> Positive:
        """Of the membrane."""
        ...

    @property
    def decay_one(self) -> Positive:
        """The decay that stands for 1."""
        ...

    @property
    def current_decay(self) -> Range:
        """Codes; a step keeps (decay_one - 1 - code) / decay_one."""
        ...

    @property
    def voltage_decay(self) -> Range:
        """Codes; a step keeps (decay_one - code) / decay_one."""
        ...

    @property
    def threshold_mantissa(self) -> Range:
        """Of the threshold, before the shift."""
        ...

    @property
    def threshold_shift(self) -> Natural:
        """By which the threshold is shifted up."""
        ...

    @property
    def bias_mantissa(self) -> Range:
        """Of the constant that is added to the current."""
        ...

    @property
    def bias_exponent(self) -> Range:
        """By which it is shifted up."""
        ...


class SynapseRanges(Protocol):
    """What a synapse holds."""

    @property
    def weight_shift(self) -> Natural:
        """By which sums of weights are shifted up."""
        ...

    @property
    def weight_bits(self) -> tuple[Natural, ...]:
        """Widths of weights."""
        ...

    @property
    def exponent(self) -> Range:
        """Of the weights of a format."""
        ...

    @property
    def max_delay(self) -> Natural:
        """Steps that a synapse can hold a spike back."""
        ...

    @property
    def delay_bits(self) -> tuple[Natural, ...]:
        """Widths of delays."""
        ...


class CubaChip(Chip, Protocol):
    """A chip of such neurons and synapses."""

    @property
    def neuron(self) -> NeuronRanges:
        """What its neurons hold."""
        ...

    @property
    def synapse(self) -> SynapseRanges:
        """What its synapses hold."""
        ...

    @property
    def registers(self) -> RegisterNames:
        """What it calls all this."""
        ...

    def further_registers(self, refractory: int) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """Registers that it has besides, of each neuron and of a core, for neurons that are silent for so many steps
        after a spike."""
        ...
