"""A plain step in JAX of each chip's machine under a scan over time, as a user of JAX would write it first."""

from __future__ import annotations

from types import ModuleType

import jax
import jax.numpy as jnp
import numpy as np
from spikec.sim.engines.delivery.crossbar import axon_rows
from spikec.sim.engines.grid_table import grid_table
from spikec.targets.machines.convolution import ConvolutionMachine
from spikec.targets.machines.crossbar_events import EventMachine
from spikec.targets.machines.crossbar_grid import GridMachine
from spikec.targets.machines.ordered import OrderedMachine
from spikec.targets.machines.synapse_list import Machine
from spikec.targets.ranc.neuron import Arithmetic
from spikec.targets.speck import neuron as speck
from spikec.targets.xylo import neuron as xylo

from .c_loops import Runner


def summed(machine: Machine, neuron: ModuleType, *, late: bool = False) -> Runner:
    """Sums as a product of matrices, those of exciting and inhibiting weights by themselves where a machine keeps them
    apart. late: inputs act one step later."""
    n, inputs, flat = machine.n_neurons, machine.n_inputs, machine.synapses.flat()
    signs = [flat.weight >= 0, flat.weight < 0] if machine.apart else [np.ones(flat.weight.size, dtype=bool)]
    weights: list[jax.Array] = []
    for sign in signs:
        matrix = np.zeros((n + inputs, n), dtype=np.float32)
        of = np.abs(flat.weight) if machine.apart else flat.weight
        np.add.at(matrix, (flat.source[sign], flat.post[sign]), of[sign])
        weights.append(jnp.asarray(matrix))
    own = {name: jnp.asarray(values.astype(np.int32)) for name, values in machine.params.items()}
    p = neuron.parameters(own)

    @jax.jit
    def run(events: jax.Array) -> jax.Array:
        def once(loop: tuple, now: jax.Array) -> tuple[tuple, jax.Array]:
            state, before = loop
            both = jnp.concatenate([before, now])[None].astype(jnp.float32)
            sums = tuple((both @ each).astype(jnp.int32) for each in weights)
            state, fired, _ = neuron.step(jnp, p, state, sums if machine.apart else sums[0])
            return (state, fired[0]), fired[0]

        begun = neuron.initial(jnp, own, (1, n)), jnp.zeros(n, dtype=bool)
        return jax.lax.scan(once, begun, events)[1]

    def whole(events: np.ndarray) -> np.ndarray:
        given = events[:, 0].astype(bool)
        if late:
            given = np.concatenate([np.zeros_like(given[:1]), given[:-1]])
        return np.asarray(run(given)).astype(np.uint8)[:, None]

    return whole


def ordered(machine: OrderedMachine) -> Runner:
    """Sums as a product of matrices: where nothing saturates they are the same."""
    n, inputs = machine.n_neurons, machine.n_inputs
    matrix = np.zeros((n + inputs, n, 2), dtype=np.float32)
    synapses = machine.synapses.flat()
    np.add.at(matrix, (synapses.source, synapses.post, machine.syn_receptor), synapses.weight)
    p = [jnp.asarray(machine.params[name], dtype=jnp.int32) for name in xylo.PARAMETERS]
    step, weights = xylo.arithmetic(jnp).step, jnp.asarray(matrix.reshape(n + inputs, -1))

    @jax.jit
    def run(events: jax.Array) -> jax.Array:
        def once(loop: tuple[tuple[jax.Array, ...], jax.Array], now: jax.Array) -> tuple[tuple, jax.Array]:
            (i1, i2, v), before = loop
            both = jnp.concatenate([before, jnp.minimum(now, machine.max_events)]).astype(jnp.float32)
            sums = (both @ weights).astype(jnp.int32).reshape(n, 2)
            after, fired, _ = step(p, (i1 + sums[:, 0], i2 + sums[:, 1], v), jnp.zeros(n, jnp.int32))
            return (after, fired), fired

        zero = jnp.zeros(n, jnp.int32)
        return jax.lax.scan(once, ((zero, zero, zero), zero), events.astype(jnp.int32))[1]

    return lambda events: np.asarray(run(events[:, 0]))[:, None]


def crossbar(machine: EventMachine, module: ModuleType) -> Runner:
    """Of one core with an open loop: a scan over its events, one after the other."""
    (core,), (order,), routes = machine.cores, machine.row_order, machine.routes
    add, leak, finish = module.arithmetic(jnp)
    weights = jnp.asarray(core.delivered, dtype=jnp.int32)
    threshold = jnp.asarray(core.params["threshold"], dtype=jnp.int32)
    amount = jnp.asarray(module.leak_amount(core.params), dtype=jnp.int32)
    shown = core.params["disable"] == 0

    @jax.jit
    def run(rows: jax.Array, start: jax.Array) -> jax.Array:
        def once(v: jax.Array, row: jax.Array) -> tuple[jax.Array, jax.Array]:
            return finish(jnp.where(row < 0, leak(v, amount), add(v, weights[row])), threshold)

        return jax.lax.scan(once, start, rows)[1]

    def whole(events: np.ndarray) -> np.ndarray:
        counts = np.zeros((len(events), core.n_rows + machine.leaks), dtype=np.int64)
        counts[:, routes.row] = events[:, 0, routes.source - machine.n_neurons]
        counts[:, core.n_rows :] = 1
        counts = np.concatenate([counts[:, order], counts[:, core.n_rows :]], axis=1)
        step, place = np.nonzero(counts)
        many = counts[step, place]
        step, place = np.repeat(step, many), np.repeat(place, many)
        rows = np.where(place < core.n_rows, order[np.minimum(place, core.n_rows - 1)], -1)
        fired = np.asarray(run(jnp.asarray(rows), jnp.asarray(core.initial["v"], dtype=jnp.int32)))
        found = np.zeros((len(events), core.n_neurons), dtype=np.int64)
        np.add.at(found, step, fired * shown)
        return found[:, None]

    return whole


def grid(machine: GridMachine, bits: int) -> Runner:
    table, arithmetic = grid_table(machine), Arithmetic(bits)
    n, cores, depth = table.neurons, len(machine.cores), table.depth
    rows = jnp.asarray(axon_rows(machine, n).reshape(cores, -1, n), dtype=jnp.float32)
    own = {name: jnp.asarray(values) for name, values in table.registers.items()}
    links, inputs = table.links, table.inputs

    @jax.jit
    def run(events: jax.Array) -> jax.Array:
        def once(
            loop: tuple[object, jax.Array], given: tuple[jax.Array, jax.Array]
        ) -> tuple[tuple, jax.Array]:
            (state, mailbox), (now, t) = loop, given
            mailbox = mailbox.at[(t + inputs.delay) % depth, inputs.target].max(now[inputs.source])
            bits_now = mailbox[t % depth].reshape(cores, 1, -1).astype(jnp.float32)
            sums = jnp.matmul(bits_now, rows).astype(jnp.int32).reshape(-1)
            state, fired, _ = arithmetic.step(jnp, arithmetic.parameters(own), state, sums)
            mailbox = mailbox.at[t % depth].set(0)
            fired = fired.astype(jnp.uint8)
            mailbox = mailbox.at[(t + links.delay) % depth, links.target].max(fired[links.source])
            return (state, mailbox), fired

        start = arithmetic.initial(jnp, own, (cores * n,))
        mailbox = jnp.zeros((depth, cores * machine.n_axons), jnp.uint8)
        return jax.lax.scan(once, (start, mailbox), (events, jnp.arange(len(events))))[1]

    return lambda events: np.asarray(run(events[:, 0]))[:, None]


def convolution(machine: ConvolutionMachine) -> Runner:
    """Layers in a chain, all in each step."""
    step = speck.arithmetic(jnp)
    kernels = [jnp.asarray(core.kernel, dtype=jnp.float32) for core in machine.cores]

    @jax.jit
    def run(events: jax.Array) -> jax.Array:
        def once(before: list[jax.Array], counts: jax.Array) -> tuple[list[jax.Array], jax.Array]:
            after, found = list[jax.Array](), list[jax.Array]()
            for core, kernel, v in zip(machine.cores, kernels, before, strict=True):
                padding = [(amount, amount) for amount in core.padding]
                drive = jax.lax.conv_general_dilated(counts[None], kernel, core.stride, padding)[0]
                left, fired, _ = step(v, drive.astype(jnp.int32), core.threshold, core.low_threshold)
                after.append(left)
                found.append(fired.reshape(-1))
                for d in core.destinations:
                    f, h, w = (
                        size // each
                        for size, each in zip(fired.shape, (1, d.pooling, d.pooling), strict=True)
                    )
                    kept = fired[:, : h * d.pooling, : w * d.pooling]
                    sums = kept.reshape(f, h, d.pooling, w, d.pooling).sum(axis=(2, 4))
                    counts = sums.astype(jnp.float32)
            return after, jnp.concatenate(found)

        start = [jnp.zeros(core.neuron_shape, jnp.int32) for core in machine.cores]
        return jax.lax.scan(once, start, events.astype(jnp.float32))[1]

    return lambda events: np.asarray(run(events[:, 0]))[:, None]
