"""Loops in C of each chip's machine, compiled here: functions of the events of one sample, (T, 1, ...), to spikes."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
from spikec.sim.engines.delivery.crossbar import axon_rows
from spikec.sim.engines.delivery.ordered import tables
from spikec.sim.engines.grid_table import grid_table
from spikec.targets.loihi2 import neuron as loihi2
from spikec.targets.machines.convolution import ConvolutionMachine
from spikec.targets.machines.crossbar_events import EventMachine
from spikec.targets.machines.crossbar_grid import GridMachine
from spikec.targets.machines.ordered import OrderedMachine
from spikec.targets.machines.synapse_list import Machine
from spikec.targets.ranc.neuron import PARAMETERS
from spikec.targets.reckon.configuration import ReckonConfiguration
from spikec.targets.xylo import neuron as xylo

Runner = Callable[[np.ndarray], np.ndarray]
"""(T, B, ...) events -> (T, B, n) spikes."""


@cache
def library(source: str) -> ctypes.CDLL | None:
    """The compiled file of this folder; None without a compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    made = str(Path(tempfile.mkdtemp()) / "loop.so")
    path = str(Path(__file__).with_name(source))
    subprocess.run([compiler, "-O3", "-march=native", "-shared", "-fPIC", "-o", made, path], check=True)
    return ctypes.CDLL(made)


def call(name: str, *arguments: int | np.ndarray) -> None:
    """A loop of engine_loops.c; arrays as they lie in memory."""
    loops = library("engine_loops.c")
    if loops is None:
        raise RuntimeError("no C compiler")
    given: list[object] = []
    for value in arguments:
        if isinstance(value, int):
            given.append(ctypes.c_int64(value))
        elif value.flags.c_contiguous:
            given.append(ctypes.c_void_p(value.ctypes.data))
        else:
            raise ValueError("an array that does not lie row by row")
    getattr(loops, name)(*given)


SPINNAKER = (
    "exp_tc", "r_membrane", "scale", "v_rest", "i_offset", "v_reset", "v_thresh", "refract_ticks", "shift_exc",
    "shift_inh", "taken_exc", "taken_inh", "decay_exc", "decay_inh",
)  # fmt: skip


def spinnaker(machine: Machine) -> Runner:
    """Without delays of synapses."""
    unsigned = {name: machine.params[name] for name in SPINNAKER}
    for name in SPINNAKER[10:]:
        unsigned[name] = unsigned[name] & 0xFFFFFFFF
    zero = np.zeros(machine.n_neurons, dtype=np.int64)
    begun = np.stack([machine.params["v_init"], zero, zero, zero], axis=1)
    return _summed("spinnaker", machine, np.stack([*unsigned.values()], axis=1), begun, 2)


def loihi2_loop(machine: Machine) -> Runner:
    """Without shifted sums, and without delays of synapses."""
    p = np.stack(loihi2.parameters(machine.params), axis=1)
    return _summed("loihi2", machine, p, np.zeros((machine.n_neurons, 2), dtype=np.int64), 1)


def _summed(name: str, machine: Machine, p: np.ndarray, begun: np.ndarray, sums: int) -> Runner:
    n, inputs, flat = machine.n_neurons, machine.n_inputs, machine.synapses.flat()
    order = np.lexsort((flat.post, flat.source))
    first = np.searchsorted(flat.source[order], np.arange(n + inputs + 1)).astype(np.int64)
    post, weight = flat.post[order].astype(np.int32), flat.weight[order].astype(np.int32)
    p = np.ascontiguousarray(p.astype(np.int64))

    def run(events: np.ndarray) -> np.ndarray:
        steps, given = len(events), np.ascontiguousarray(events[:, 0])
        state, spikes = begun.astype(np.int32), np.zeros((steps, n), np.uint8)
        room = np.zeros(n * sums, np.int64)
        call(name, steps, inputs, n, given, first, post, weight, p, state, room, spikes)
        return spikes[:, None]

    return run


def reckon(c: ReckonConfiguration) -> Runner:
    """Of a core all of whose neurons are swept, in one tick a step."""
    weights = [
        np.ascontiguousarray(values.astype(np.int32) << shift)
        for values, shift in (
            (c.weights_in, c.shift_in),
            (c.weights_rec, c.shift_rec),
            (c.weights_out, c.shift_out),
        )
    ]
    alpha, theta = (np.repeat(values, 2).astype(np.int32) for values in (c.alpha, c.threshold))

    def run(events: np.ndarray) -> np.ndarray:
        steps, given = len(events), np.ascontiguousarray(events[:, 0])
        v = np.concatenate([c.v, c.o]).astype(np.int32)
        spikes = np.zeros((steps, v.size), np.uint8)
        call(
            "reckon", steps, c.inputs, c.neurons, c.outputs, int(c.to_zero), c.kappa, given, *weights, alpha, theta, v,
            spikes,
        )  # fmt: skip
        return spikes[:, None]

    return run


def ordered(machine: OrderedMachine) -> Runner:
    n = machine.n_neurons
    _, table = tables(machine, len(xylo.STATES), np.zeros((n, xylo.RECEPTORS), dtype=np.bool_))
    p = np.stack([machine.params[name] for name in xylo.PARAMETERS], axis=1).astype(np.int32)

    def run(events: np.ndarray) -> np.ndarray:
        steps, given = len(events), np.minimum(np.ascontiguousarray(events[:, 0]), machine.max_events)
        state, spikes = np.zeros((n, 3), np.int32), np.zeros((steps, n), np.uint8)
        call("ordered", steps, machine.n_inputs, n, given, *table, p, state, spikes)
        return spikes[:, None]

    return run


def crossbar(machine: EventMachine, module: ModuleType) -> Runner:
    """Of one core without learning, whose inputs have a row each."""
    (core,), (order,), routes = machine.cores, machine.row_order, machine.routes
    n = core.last_neuron + 1
    threshold, leak = (
        core.params["threshold"].astype(np.int32),
        module.leak_amount(core.params).astype(np.int32),
    )
    hidden, weights = core.params["disable"].astype(np.uint8), core.delivered.astype(np.int8)

    def run(events: np.ndarray) -> np.ndarray:
        steps = len(events)
        counts = np.zeros((steps, core.n_rows), dtype=np.uint8)
        counts[:, routes.row] = events[:, 0, routes.source - machine.n_neurons]
        v, queue = core.initial["v"].astype(np.int32), np.zeros(core.queue, np.int32)
        spikes = np.zeros((steps, n), np.uint16)
        call(
            "crossbar", steps, core.n_rows, n, machine.leaks, int(core.closed_loop), core.queue, module.LOW,
            module.HIGH, counts, order, weights, threshold, leak, hidden, v, queue, spikes,
        )  # fmt: skip
        return spikes[:, None]

    return run


def grid(machine: GridMachine, bits: int) -> Runner:
    """Of cores with as many neurons each."""
    table = grid_table(machine)
    n, cores = table.neurons, len(machine.cores)
    links, delays = np.full(cores * n, -1, dtype=np.int64), np.ones(cores * n, dtype=np.int64)
    links[table.links.source], delays[table.links.source] = table.links.target, table.links.delay
    order = np.argsort(table.inputs.source, kind="stable")
    first = np.searchsorted(table.inputs.source[order], np.arange(machine.n_inputs + 1)).astype(np.int64)
    p = np.stack([table.registers[name] for name in PARAMETERS if name != "reset_mode"])
    p = np.concatenate([p, table.registers["reset_mode"][None]]).astype(np.int32)
    rows = axon_rows(machine, n)

    def run(events: np.ndarray) -> np.ndarray:
        steps, given = len(events), np.ascontiguousarray(events[:, 0])
        mailbox = np.zeros((table.depth, cores * machine.n_axons), np.uint8)
        v, sums = table.registers["initial_potential"].copy(), np.zeros(cores * n, np.int32)
        spikes = np.zeros((steps, cores * n), np.uint8)
        call(
            "grid", steps, machine.n_inputs, cores, machine.n_axons, n, table.depth, bits, given, rows, links, delays,
            first, table.inputs.target[order], table.inputs.delay[order], p, mailbox, v, sums, spikes,
        )  # fmt: skip
        return spikes[:, None]

    return run


def convolution(machine: ConvolutionMachine) -> Runner:
    """Of layers in a chain, without biases. Events (T, 1, C, H, W); spikes of all layers, channels first."""
    kernels = [
        np.ascontiguousarray(core.kernel.transpose(1, 2, 3, 0)).astype(np.int32) for core in machine.cores
    ]

    def run(events: np.ndarray) -> np.ndarray:
        steps, found = len(events), list[np.ndarray]()
        counts = np.ascontiguousarray(events[:, 0].transpose(0, 2, 3, 1)).astype(np.int32)
        for core, kernel in zip(machine.cores, kernels, strict=True):
            features, h, w = core.neuron_shape
            sizes = (*core.input_shape, features, h, w, *core.kernel.shape[2:], *core.stride, *core.padding)
            v, drive = np.zeros((h, w, features), np.int32), np.zeros((h, w, features), np.int32)
            spikes = np.zeros((steps, h, w, features), np.int32)
            shape = np.array(sizes, dtype=np.int64)
            call(
                "convolution",
                steps,
                shape,
                kernel,
                core.threshold,
                core.low_threshold,
                counts,
                v,
                drive,
                spikes,
            )
            found.append(spikes.transpose(0, 3, 1, 2).reshape(steps, 1, -1))
            for d in core.destinations:
                counts = np.zeros((steps, h // d.pooling, w // d.pooling, features), np.int32)
                call("pool", steps, np.array([h, w, features], np.int64), d.pooling, spikes, counts)
        return np.concatenate(found, axis=2)

    return run
