"""Machines of each chip that engines are compared on, and what drives them. Weights are drawn, not trained."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from spikec.targets.machines.convolution import ConvolutionCore, ConvolutionMachine, Destination
from spikec.targets.machines.crossbar_events import EventCore, EventMachine, HostRoutes
from spikec.targets.machines.crossbar_grid import GridCore, GridMachine
from spikec.targets.machines.synapse_list import Machine
from spikec.targets.reckon.configuration import ReckonConfiguration
from spikec.targets.speck.configuration import SpeckConfiguration, machine as speck_machine
from spikec.targets.speck.limits import violations
from spikec.targets.spinnaker1.core_image import SHARED_PARAMETERS
from spikec.targets.spinnaker1.machine import with_constants
from spikec.targets.xylo.configuration import XyloConfiguration

from ..shipped import revision
from ..sim import event_networks, reckon_networks
from . import simulated_networks

Layers = tuple[tuple[int, int, int, int, int], ...]
PICTURES: dict[str, tuple[tuple[int, int, int], Layers, tuple[int, ...]]] = {
    "LeNet 1x28x28": (
        (1, 28, 28),
        ((8, 5, 1, 0, 2), (16, 5, 1, 0, 2), (32, 4, 1, 0, 1), (24, 1, 1, 0, 1), (10, 1, 1, 0, 1)),
        (0, 1, 2, 3, 4),
    ),
    "N-MNIST 2x34x34": (
        (2, 34, 34),
        ((8, 3, 1, 1, 2), (16, 3, 1, 1, 2), (16, 3, 1, 1, 2), (10, 4, 1, 0, 1)),
        (0, 1, 2, 3),
    ),
    "DVS 2x128x128": (
        (2, 128, 128),
        ((16, 3, 2, 1, 2), (32, 3, 1, 1, 2), (64, 3, 1, 1, 2), (64, 3, 1, 1, 2), (11, 4, 1, 0, 1)),
        (0, 1, 5, 6, 3),
    ),
}
"""Input shape; channels, kernel, stride, padding, pooling of each layer; cores."""


def dense(params: dict[str, int], **more: bool) -> Machine:
    """1024-1024-10, of neurons that are all alike but for the weights onto them. more: of the machine."""
    made = simulated_networks.dense()
    values = {name: np.full(made.n_neurons, value, dtype=np.int64) for name, value in params.items()}
    return replace(made, params=values, **more)


def spinnaker() -> Machine:
    """Of some 5 % of the inputs some 5 % of the hidden neurons spike; millivolts and milliseconds in s16.15."""
    one = 1 << 15
    told = {
        **dict.fromkeys(SHARED_PARAMETERS, 0), "v_init": -65 * one, "v_rest": -65 * one, "v_reset": -65 * one,
        "v_thresh": -50 * one, "c_m": one, "tau_m": 20 * one, "t_refract": 2 * one, "tau_exc": 5 * one,
        "tau_inh": 5 * one, "time_step": one, "jumps": 0, "shift_exc": 8, "shift_inh": 8,
    }  # fmt: skip
    made = dense(told, apart=True)
    return replace(made, params=with_constants(dict(made.params)))


def loihi2() -> Machine:
    return dense({"du": 2000, "dv": 300, "vth": 2000, "bias_mant": 0, "bias_exp": 0})


def reckon() -> ReckonConfiguration:
    """256 inputs, 256 recurrent neurons, 16 read-outs."""
    made = reckon_networks.core(np.random.default_rng(0), inputs=256, recurrent=256, outputs=16)
    return replace(made, shift_in=2, shift_rec=0)


def xylo(threshold: int, hidden: int = 1000, fan_out: int = 32) -> XyloConfiguration:
    """16 inputs, a recurrent population, 16 outputs."""
    random = np.random.default_rng(0)
    between = np.zeros((hidden, hidden, 1), dtype=np.int8)
    for row in between:
        row[random.choice(hidden, fan_out, replace=False), 0] = random.integers(-20, 12, fan_out)

    def same(n: int, value: int) -> np.ndarray:
        return np.full(n, value, dtype=np.int64)

    inner = {"dash_syn": 2, "dash_syn2": 0, "dash_mem": 4, "bias": 0, "threshold": threshold}
    output = {"dash_syn": 2, "dash_mem": 4, "bias": 0, "threshold": 500}
    return XyloConfiguration(
        weights_in=random.integers(-10, 20, (16, hidden, 1)).astype(np.int8),
        weights_rec=between,
        weights_out=random.integers(-20, 20, (hidden, 16)).astype(np.int8),
        shift_in=0,
        shift_rec=0,
        shift_out=0,
        hidden={name: same(hidden, value) for name, value in inner.items()},
        output={name: same(16, value) for name, value in output.items()},
        alias_target=same(hidden, -1),
    )


def crossbar(core: EventCore, inputs: int = 128) -> EventMachine:
    """Inputs on the upper half of the rows; with the loop closed only the neurons of the lower half spike."""
    row = np.arange(256 - inputs, 256)
    none = np.zeros(inputs, dtype=np.int64)
    disable = (np.arange(256) >= 256 - inputs).astype(np.int64) * core.closed_loop
    return EventMachine(
        n_inputs=inputs,
        cores=(replace(core, params={**core.params, "disable": disable}, last_neuron=255),),
        routes=HostRoutes(source=256 + np.arange(inputs), core=none, row=row, delay=none),
        row_order=(np.arange(256),),
        leaks=1,
        protocol="wait" if core.closed_loop else "burst",
    )


def tinyodin(*, closed: bool) -> EventMachine:
    """Weights around 0 and one threshold: a few neurons fire at most events, and a closed loop comes to rest."""
    random = np.random.default_rng(0)
    core = event_networks.tinyodin(random, busy=True, closed=False, last=255)
    params = {**core.params, "threshold": np.full(256, 30, dtype=np.int64)}
    weights = random.integers(-3, 4, core.weights.shape).astype(np.int8)
    return crossbar(replace(core, params=params, weights=weights, closed_loop=closed))


def odin(*, closed: bool, learning: bool) -> EventMachine:
    core = event_networks.odin(np.random.default_rng(0), closed=True)
    fixed = {} if learning else {"calcium_enable": np.zeros(256, dtype=np.int64)}
    return crossbar(replace(core, params={**core.params, **fixed}, closed_loop=closed))


def ranc(cores: int = 15, size: int = 256) -> GridMachine:
    """A row of cores of `size` axons and neurons, each neuron onto an axon of the next core; 256 inputs onto four."""
    random = np.random.default_rng(0)
    made: list[GridCore] = []
    for x in range(cores):
        forward = 1 if x + 1 < cores else -(cores - 1)
        threshold = random.integers(150, 250, size)
        made.append(
            GridCore(
                x=x, y=0,
                axon_type=random.integers(0, 4, size),
                connected=random.random((size, size)) < 0.3,
                weights=random.integers(-20, 41, (size, 4)),
                params={
                    "initial_potential": np.zeros(size, dtype=np.int64), "leak": random.integers(-3, 1, size),
                    "negative_threshold": -threshold, "positive_threshold": threshold,
                    "reset_mode": random.integers(0, 2, size), "reset_potential": np.zeros(size, dtype=np.int64),
                },
                dx=np.full(size, forward), dy=np.zeros(size, dtype=np.int64), axon=random.permutation(size),
                delay=random.integers(0, 4, size),
            )
        )  # fmt: skip
    inputs = [[e, core, 0, e, 0] for e in range(256) for core in range(4)]
    return GridMachine(
        columns=cores + 1, rows=1, output=(cores, 0), n_outputs=size, cores=tuple(made), n_inputs=256,
        inputs=np.array(inputs, dtype=np.int64),
    )  # fmt: skip


def speck(name: str) -> ConvolutionMachine:
    """Layers in a chain."""
    random = np.random.default_rng(0)
    shape, layers, numbers = PICTURES[name]
    cores: list[ConvolutionCore] = []
    for k, (channels, kernel, stride, padding, pooling) in enumerate(layers):
        inputs = shape[0] * kernel * kernel
        core = ConvolutionCore(
            core=numbers[k],
            input_shape=shape,
            kernel=random.integers(-60, 70, (channels, shape[0], kernel, kernel)).astype(np.int8),
            bias=np.zeros(channels, dtype=np.int64),
            initial_v=np.zeros(0, dtype=np.int64),
            threshold=int(120 * inputs**0.5),
            low_threshold=-int(120 * inputs**0.5),
            reset_to_zero=False,
            stride=(stride, stride),
            padding=(padding, padding),
            destinations=tuple(Destination(core=n, pooling=pooling) for n in numbers[k + 1 : k + 2]),
        )
        cores.append(replace(core, initial_v=np.zeros(core.neuron_shape, dtype=np.int64)))
        _, height, width = core.neuron_shape
        shape = (channels, height // pooling, width // pooling)
    chip = SpeckConfiguration(cores=tuple(cores), input_cores=(numbers[0],), monitored=(numbers[-1],))
    if found := violations(
        replace(chip, cores=tuple(sorted(cores, key=lambda core: core.core))), revision("speck2f")
    ):
        raise ValueError(f"{name}: {found}")
    return speck_machine(chip)
