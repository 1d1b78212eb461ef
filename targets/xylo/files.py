"""Reads a configuration back from `xylo.json`, which may come from anyone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
import numpy as np

from ..documents import check, named, parsed, text_of
from ..layout import DecodeError
from .attributes import FILE, FORMAT, HIDDEN, OUTPUT, encode
from .configuration import XyloConfiguration
from .limits import violations
from .model import XyloChip

MAX_BYTES = 1 << 26

Integer = Annotated[int, msgspec.Meta(ge=-(1 << 31), le=(1 << 31) - 1)]
Weight = Annotated[int, msgspec.Meta(ge=-128, le=127)]
Matrix = list[list[Weight]]


class Output(msgspec.Struct, frozen=True):
    """Attributes of an output neuron."""

    i_syn_decay: Integer
    v_mem_decay: Integer
    threshold: Integer
    v_mem_bias: Integer


class Hidden(Output, frozen=True):
    """Attributes of a hidden neuron."""

    alias_target: Integer | None
    i_syn2_decay: Integer = 0


class Inputs(msgspec.Struct, frozen=True):
    """Attributes of the inputs."""

    weight_bit_shift: Integer
    weights: Matrix
    syn2_weights: Matrix = []


class HiddenLayer(Inputs, frozen=True, kw_only=True):
    """Attributes of the hidden neurons together."""

    neurons: list[Hidden]


class Readout(msgspec.Struct, frozen=True):
    """Attributes of the output neurons together."""

    weight_bit_shift: Integer
    weights: Matrix
    neurons: list[Output]


class Tree(msgspec.Struct, frozen=True):
    """The attributes that follow from nothing else; the others are compared when they are written again."""

    input: Inputs
    readout: Readout
    reservoir: HiddenLayer | None = None
    hidden: HiddenLayer | None = None
    synapse2_enable: bool = False


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of `xylo.json`."""

    format: Literal["spikec-xylo/1"]
    target: str
    configuration: Tree


def decode(files: Mapping[str, bytes], chip: XyloChip) -> XyloConfiguration:
    """The configuration in `files`, of `chip`; only `xylo.json` has to be there.

    Raises DecodeError for anything that `encode` does not write, and for what the chip cannot hold."""
    document = parsed(text_of(files, FILE, MAX_BYTES), FILE, FORMAT, Document)
    named(document.target, chip.name, FILE)
    configuration = _configuration(document.configuration, chip)
    check(configuration, chip, files, FILE, violations, encode)
    return configuration


def _configuration(tree: Tree, chip: XyloChip) -> XyloConfiguration:
    layer = tree.reservoir if chip.attributes.hidden == "reservoir" else tree.hidden
    if layer is None:
        raise DecodeError(FILE, -1, f"{chip.attributes.hidden} is missing")
    alias = [-1 if neuron.alias_target is None else neuron.alias_target for neuron in layer.neurons]
    return XyloConfiguration(
        weights_in=_pair(tree.input, "input", tree.synapse2_enable),
        weights_rec=_pair(layer, chip.attributes.hidden, tree.synapse2_enable),
        weights_out=_from_first_used(_matrix(tree.readout.weights, "readout.weights")),
        shift_in=tree.input.weight_bit_shift,
        shift_rec=layer.weight_bit_shift,
        shift_out=tree.readout.weight_bit_shift,
        hidden={ours: _column(layer.neurons, name) for name, ours in HIDDEN.items()},
        output={ours: _column(tree.readout.neurons, name) for name, ours in OUTPUT.items()},
        alias_target=np.array(alias, dtype=np.int64),
    )


def _from_first_used(weights: np.ndarray) -> np.ndarray:
    """Without the rows of zeros before the first hidden neuron that reaches an output; at least the last row."""
    used = np.flatnonzero(weights.any(axis=1))
    return weights[int(used[0]) if used.size else -1 :]


def _column(neurons: list[Hidden] | list[Output], name: str) -> np.ndarray:
    return np.array([getattr(neuron, name) for neuron in neurons], dtype=np.int64)


def _pair(inputs: Inputs, place: str, two: bool) -> np.ndarray:
    """(pre, post, 1 or 2) int8."""
    first = _matrix(inputs.weights, f"{place}.weights")
    if not two:
        return first[:, :, None]
    second = _matrix(inputs.syn2_weights, f"{place}.syn2_weights")
    if second.shape != first.shape:
        raise DecodeError(FILE, -1, f"{place}.syn2_weights is not as large as weights")
    return np.stack([first, second], axis=2)


def _matrix(rows: Matrix, place: str) -> np.ndarray:
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        raise DecodeError(FILE, -1, f"{place} has no rows, or rows of several lengths")
    return np.array(rows, dtype=np.int8)
