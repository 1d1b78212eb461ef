"""Makes the machine of a decoded configuration: its cores, and the keys that its routing tables bring to each."""

from __future__ import annotations

import numpy as np

from ..machines.exports import one_each
from ..machines.synapse_list import Machine
from .configuration import SpinnakerConfiguration
from .core_image import COLOUR_BITS
from .delivery import deliveries
from .machine import Heard, keys_of, machine_of


def decoded_machine(configuration: SpinnakerConfiguration) -> Machine:
    """Make the machine; output lines as the configuration lists them.

    Raises DecodeError for keys that go astray, that lead past the rows of a block, and for parameters that are none."""
    images = [image for _, _, image in configuration.cores]
    ends = np.cumsum([0, *(image.n_neurons for image in images)])
    sources = [
        (
            int(ends[-1]) + block.first + np.arange(block.size),
            block.key + (np.arange(block.size) << COLOUR_BITS),
        )
        for block in configuration.inputs
    ]
    sources += [
        (ends[k] + np.arange(image.n_neurons), keys_of(image))
        for k, image in enumerate(images)
        if image.key is not None
    ]
    heard: list[list[int]] = [[] for _ in images]
    for k, (_, cores) in enumerate(deliveries(configuration)):
        for core in cores:
            heard[core].append(k)
    none = np.zeros(0, dtype=np.int64)
    keys = [
        Heard(
            source=np.concatenate([none, *(sources[k][0] for k in own)]),
            key=np.concatenate([none, *(sources[k][1] for k in own)]),
        )
        for own in heard
    ]
    lines = [ends[core] + np.arange(images[core].n_neurons) for core, _ in configuration.outputs]
    membrane = [np.full(images[core].n_neurons, variable == "v") for core, variable in configuration.outputs]
    exports = one_each(
        np.concatenate([none, *lines]), np.concatenate([np.zeros(0, dtype=np.bool_), *membrane])
    )
    return machine_of(images, keys, configuration.n_inputs, exports)
