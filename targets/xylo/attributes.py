"""Writes a configuration to disk: `xylo.json`, the attributes of the vendor's configuration object as a tree."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np

from .configuration import XyloConfiguration
from .model import Setting, XyloChip
from .vendor_script import SCRIPT, vendor_script

FILE = "xylo.json"
FORMAT = "spikec-xylo/1"
# attribute name -> ours; i_syn2_decay only where the chip has a second synapse
HIDDEN = {
    "i_syn_decay": "dash_syn",
    "i_syn2_decay": "dash_syn2",
    "v_mem_decay": "dash_mem",
    "threshold": "threshold",
    "v_mem_bias": "bias",
}
OUTPUT = {name: ours for name, ours in HIDDEN.items() if ours != "dash_syn2"}


def encode(configuration: XyloConfiguration, chip: XyloChip) -> dict[str, bytes]:
    """File name -> bytes. The configuration is one that `limits.violations` finds nothing in."""
    tree = attributes(configuration, chip)
    document = {"format": FORMAT, "target": chip.name, "configuration": tree}
    text = json.dumps(document, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return {FILE: f"{text}\n".encode(), SCRIPT: vendor_script(chip)}


def attributes(c: XyloConfiguration, chip: XyloChip) -> dict[str, object]:
    """The tree of attributes to set, values as the vendor's object takes them, enumerations as `Type.Member`."""
    two = chip.capacity.synapses > 1
    hidden_names = HIDDEN if two else OUTPUT
    neurons = _neurons(c.hidden, hidden_names)
    for neuron, target in zip(neurons, c.alias_target.tolist(), strict=True):
        neuron["alias_target"] = None if target < 0 else target
    tree: dict[str, object] = {
        "bias_enable": c.bias_enable,
        "input": {"weight_bit_shift": c.shift_in, **_weights(c.weights_in)},
        chip.attributes.hidden: {
            "aliasing": bool((c.alias_target >= 0).any()),
            "weight_bit_shift": c.shift_rec,
            **_weights(c.weights_rec),
            "neurons": neurons,
        },
        "readout": {
            "weight_bit_shift": c.shift_out,
            "weights": _with_all_rows(c, chip).tolist(),
            "neurons": _neurons(c.output, OUTPUT),
        },
    }
    if two:
        tree["synapse2_enable"] = c.n_synapses > 1
    for path, value in _settings(c, chip).items():
        _set(tree, path.split("."), value)
    return tree


def _with_all_rows(c: XyloConfiguration, chip: XyloChip) -> np.ndarray:
    """A row for each hidden neuron that could reach an output: the vendor's readers of some chips count rows from the
    first hidden neuron on."""
    rows = max(len(c.weights_out), min(c.n_hidden, chip.capacity.output_expansion))
    return np.concatenate([np.zeros((rows - len(c.weights_out), c.n_outputs), dtype=np.int8), c.weights_out])


def _set(tree: dict[str, object], path: Sequence[str], value: Setting) -> None:
    """Raises TypeError where the path leads through an attribute that has a value."""
    name, *inner_path = path
    if not inner_path:
        tree[name] = value
        return
    inner = tree.setdefault(name, {})
    if not isinstance(inner, dict):
        raise TypeError(f"attribute {name} has no attributes of its own")
    _set(inner, inner_path, value)


def _neurons(values: Mapping[str, np.ndarray], names: Mapping[str, str]) -> list[dict[str, object]]:
    columns = [values[ours].tolist() for ours in names.values()]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _weights(weights: np.ndarray) -> dict[str, object]:
    """The second matrix only where the network has one: the vendor's object starts with zeros."""
    names = ("weights", "syn2_weights")[: weights.shape[2]]
    return {name: weights[:, :, k].tolist() for k, name in enumerate(names)}


def _settings(c: XyloConfiguration, chip: XyloChip) -> dict[str, Setting]:
    settings = dict(chip.attributes.always)
    if c.bias_enable:
        settings |= chip.attributes.with_bias
    if c.n_synapses > 1:
        settings |= chip.attributes.with_synapse2
    return settings
