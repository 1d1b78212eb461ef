"""Writes a configuration to disk: `speck.json`, the attributes of the vendor's configuration object as a tree."""

from __future__ import annotations

import json

import numpy as np

from ..machines.convolution import ConvolutionCore, Destination
from .configuration import SpeckConfiguration
from .model import SpeckChip
from .vendor_script import SCRIPT, vendor_script

FILE = "speck.json"
FORMAT = "spikec-speck/1"


def encode(configuration: SpeckConfiguration, chip: SpeckChip) -> dict[str, bytes]:
    """File name -> bytes. The configuration is one that `limits.violations` finds nothing in.

    Beside the attributes: `input_cores`, that the host sends to, and `single_spike`, of the simulation."""
    document = {
        "format": FORMAT,
        "target": chip.name,
        "input_cores": list(configuration.input_cores),
        "single_spike": configuration.single_spike,
        "configuration": attributes(configuration, chip),
    }
    text = json.dumps(document, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return {FILE: f"{text}\n".encode(), SCRIPT: vendor_script(chip)}


def attributes(c: SpeckConfiguration, chip: SpeckChip) -> dict[str, object]:
    """The tree of attributes to set. `cnn_layers` has an entry for each core; an unused one sets nothing."""
    layers: list[dict[str, object]] = [{} for _ in range(chip.cores.count)]
    for core in c.cores:
        layers[core.core] = _layer(core, chip, core.core in c.monitored)
    tree: dict[str, object] = {"cnn_layers": layers, "dvs_layer": {"pass_sensor_events": False}}
    if c.readout is not None:
        tree["readout"] = {
            "enable": True,
            "low_pass_filter_disable": c.readout.low_pass_filter_disable,
            "output_mode_sel": c.readout.output_mode,
            "threshold": c.readout.threshold,
        }
    return tree


def _layer(core: ConvolutionCore, chip: SpeckChip, monitored: bool) -> dict[str, object]:
    """Maps are stored column by column: [channel][x][y], kernels likewise."""
    kernel, initial = core.kernel.transpose(0, 1, 3, 2), core.initial_v.transpose(0, 2, 1)
    unused = [_destination(Destination(core=0), enable=False)] * (
        chip.cores.destinations - len(core.destinations)
    )
    tree: dict[str, object] = {
        "dimensions": {
            "input_shape": _shape(core.input_shape),
            "output_shape": _shape(core.neuron_shape),
            "kernel_size": int(core.kernel.shape[2]),
            "padding": _pair(core.padding),
            "stride": _pair(core.stride),
        },
        "weights": kernel.tolist(),
        "biases": core.bias.tolist(),
        "leak_enable": bool(np.any(core.bias)),
        "threshold_high": core.threshold,
        "threshold_low": core.low_threshold,
        "return_to_zero": core.reset_to_zero,
        "neurons_initial_value": initial.tolist(),
        "monitor_enable": monitored,
        "destinations": [*(_destination(d, enable=True) for d in core.destinations), *unused],
    }
    if chip.attributes.kill_bits:
        tree["weights_kill_bit"] = (kernel == 0).tolist()
        tree["biases_kill_bit"] = (core.bias == 0).tolist()
        tree["neurons_value_kill_bit"] = np.zeros(initial.shape, dtype=np.bool_).tolist()
    return tree


def _destination(d: Destination, *, enable: bool) -> dict[str, object]:
    return {"enable": enable, "layer": d.core, "pooling": d.pooling, "feature_shift": d.channel_shift}


def _shape(shape: tuple[int, int, int]) -> dict[str, object]:
    channels, height, width = shape
    return {"feature_count": channels, "size": _pair((height, width))}


def _pair(vertical_horizontal: tuple[int, int]) -> dict[str, int]:
    vertical, horizontal = vertical_horizontal
    return {"x": horizontal, "y": vertical}
