"""Records of a Xylo chip as its toml file declares it."""

from __future__ import annotations

from types import ModuleType
from typing import Annotated, Literal

import msgspec

from ..chip import ChipRecord, Clocks, Identifier, Positive, Range

Member = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$")]
Setting = bool | Member
Attribute = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$")]


class Capacity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`synapses` are accumulators of a hidden neuron. Inputs reach the first `input_expansion` hidden neurons, the
    last `output_expansion` reach outputs. Connections count pairs of hidden neurons."""

    inputs: Positive
    hidden: Positive
    outputs: Positive
    synapses: Annotated[int, msgspec.Meta(ge=1, le=2)]
    input_expansion: Positive
    output_expansion: Positive
    fan_out: Positive
    recurrent_connections: Positive
    alias_targets: Literal[1]


class Ranges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Inclusive."""

    weight: Range
    weight_shift: Range
    dash: Range
    threshold: Range
    bias: Range
    state: Range


class Spikes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Most in one step; more are cut off (inputs) or stay in the membrane (neurons)."""

    input: Positive
    hidden: Positive
    output: Positive


class Execution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a simulator is built from."""

    mailbox: Literal["counts"]
    accumulation: Literal["ordered"]
    coupling: Literal["alias"]
    fire: Literal[">="]
    reset: Literal["subtract"]
    initial_state: Literal["zero"]


class Attributes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The vendor's configuration object: its module in samna, the attribute that holds the hidden neurons, and
    attributes with a fixed value: always, if any bias is used, if the second synapse is used."""

    module: Identifier
    hidden: Literal["reservoir", "hidden"]
    always: dict[Attribute, Setting]
    with_bias: dict[Attribute, Setting]
    with_synapse2: dict[Attribute, Setting]


class CycleModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Clock cycles: of each input, hidden and output neuron in every step; of an event for each hidden neuron that it
    may reach (`input_synapse`), of a hidden spike for each target and each output. margin: of the clock over them."""

    input: Clocks
    input_synapse: Clocks
    neuron: Clocks
    synapse: Clocks
    output: Clocks
    output_synapse: Clocks
    margin: Clocks


class XyloChip(ChipRecord, frozen=True, forbid_unknown_fields=True, tag_field="family", tag="xylo"):
    """One chip of the family."""

    arithmetic: Literal["xylo"]
    capacity: Capacity
    ranges: Ranges
    spikes: Spikes
    execution: Execution
    attributes: Attributes
    cycle_model: CycleModel | None = None

    @property
    def neuron(self) -> ModuleType:
        """Its arithmetic."""
        from . import neuron

        return neuron

    @property
    def input_counts(self) -> Range:
        """An input element sends several spikes in a step, as many as the toml says."""
        return 0, self.spikes.input

    @property
    def max_delay(self) -> int:
        """A synapse holds nothing back; a neuron that passes a spike on does, for a step."""
        return self.capacity.hidden
