"""A Xylo configuration in the vendor's own simulator (package xylosim)."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np
from spikec.targets.xylo.configuration import XyloConfiguration


def fan_out(core: ModuleType, weights: np.ndarray) -> list[list[Any]]:
    """weights (pre, post, S) -> the synapse objects of each source."""
    return [
        [
            core.XyloSynapse(post, s, int(row[post, s]))
            for s in range(row.shape[1])
            for post in targets(row, s)
        ]
        for row in weights
    ]


def targets(row: np.ndarray, s: int) -> list[int]:
    return np.flatnonzero(row[:, s]).tolist()


def vendor_layer(core: ModuleType, chip: XyloConfiguration) -> tuple[Any, object]:
    """`core` is xylosim.v1 or xylosim.v2. The layer, and what must live as long as the layer: it keeps addresses of
    the synapse objects."""
    into, between = fan_out(core, chip.weights_in), fan_out(core, chip.weights_rec)
    out = [[] for _ in range(chip.n_hidden - len(chip.weights_out))]
    out += fan_out(core, chip.weights_out[:, :, None])
    arguments = _arguments(chip)
    if core.__name__.endswith("v2"):
        bias = {"bias": chip.hidden["bias"].tolist(), "bias_out": chip.output["bias"].tolist()}
        arguments |= {"has_bias": chip.bias_enable, **bias}
    layer = core.XyloLayer(synapses_in=into, synapses_rec=between, synapses_out=out, **arguments)
    return layer, (into, between, out)


def vendor_run(core: ModuleType, chip: XyloConfiguration, events: np.ndarray) -> Mapping[str, np.ndarray]:
    """Hidden neurons, then output neurons: spikes, i_syn, i_syn2, v_mem, each (T, N + O), the second current of
    hidden neurons only; and hibernation (T,) for v2."""
    layer, keep = vendor_layer(core, chip)
    steps = len(events)
    fired = np.array(layer.evolve(events.astype(int).tolist())).reshape(steps, -1)
    hidden = np.array(layer.rec_recurrent_spikes).reshape(steps, -1)
    none = np.zeros((steps, chip.n_outputs), dtype=np.int64)
    i2 = np.array(layer.rec_i_syn2).T if chip.n_synapses > 1 else np.zeros_like(hidden)
    found = {
        "spikes": np.hstack([hidden, fired]),
        "i_syn": np.hstack([np.array(layer.rec_i_syn).T, np.array(layer.rec_i_syn_out).T]),
        "i_syn2": np.hstack([i2, none]),
        "v_mem": np.hstack([np.array(layer.rec_v_mem).T, np.array(layer.rec_v_mem_out).T]),
    }
    if core.__name__.endswith("v2"):
        found["hibernation"] = np.array(layer.rec_hibernation_mode, dtype=np.bool_)
    del layer, keep
    return found


def _arguments(chip: XyloConfiguration) -> dict[str, Any]:
    names = ("dash_syn", "dash_syn2")[: chip.n_synapses]
    return {
        "aliases": [[int(target)] if target >= 0 else [] for target in chip.alias_target],
        "threshold": chip.hidden["threshold"].tolist(),
        "threshold_out": chip.output["threshold"].tolist(),
        "weight_shift_inp": chip.shift_in,
        "weight_shift_rec": chip.shift_rec,
        "weight_shift_out": chip.shift_out,
        "dash_mem": chip.hidden["dash_mem"].tolist(),
        "dash_mem_out": chip.output["dash_mem"].tolist(),
        "dash_syns": np.stack([chip.hidden[name] for name in names], axis=1).tolist(),
        "dash_syns_out": chip.output["dash_syn"][:, None].tolist(),
        "name": "xylo",
    }
