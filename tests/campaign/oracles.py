"""Runs decoded chips in plain Python integers: one neuron, one event after the other, by published rules alone.

The models of single chips lie in tests/sim; here is what brings a machine's arrays into their form, and a host.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from spikec.compiler.ir.stages import Loaded
from spikec.targets.chip import Chip
from spikec.targets.machines.convolution import ConvolutionMachine
from spikec.targets.machines.crossbar_events import EventMachine
from spikec.targets.machines.crossbar_grid import GridMachine
from spikec.targets.machines.ordered import OrderedMachine
from spikec.targets.machines.synapse_list import Machine
from spikec.targets.odin.model import OdinChip
from spikec.targets.ranc.model import RancChip
from spikec.targets.reckon.configuration import ReckonConfiguration
from spikec.targets.xylo.configuration import XyloConfiguration

from ..sim import (
    convolution_oracle,
    event_networks,
    grid_oracle,
    loihi_oracle,
    paicore_oracle,
    reckon_oracle,
    speck_networks,
    spinnaker_oracle,
    xylo_networks,
    xylo_oracle,
)
from ..targets import loihi2_oracle

COPIES = ("copy_z", "copy_x", "copy_y")
LOIHI_REGISTERS = (
    "decayU", "decayV", "vth", "bias", "biasExp", "refractDelay", "negVmLimit", "posVmLimit"
)  # fmt: skip


def spikes_of(loaded: Loaded, machine: Any, chip: Chip, events: np.ndarray) -> np.ndarray:
    """(T, N) spikes of all machine neurons on the (T, inputs) events of one sample."""
    return _FAMILIES[chip.family](loaded, machine, chip, events)


def _loihi(loaded: Loaded, machine: Machine, chip: Chip, events: np.ndarray) -> np.ndarray:
    p = [machine.params[name].tolist() for name in LOIHI_REGISTERS]
    cells = [loihi_oracle.Compartment(*values) for values in zip(*p, strict=True)]
    n = machine.n_neurons
    synapses = [
        loihi_oracle.Synapse(source if source < n else -1 - (source - n), post, weight, delay)
        for source, post, weight, delay in zip(
            machine.synapses.flat().source.tolist(),
            machine.synapses.flat().post.tolist(),
            machine.synapses.flat().weight.tolist(),
            machine.synapses.flat().delay.tolist(),
            strict=True,
        )
    ]
    return np.array(loihi_oracle.run(cells, synapses, events.tolist())[0])


def _spinnaker(loaded: Loaded, machine: Machine, chip: Chip, events: np.ndarray) -> np.ndarray:
    return spinnaker_oracle.run(machine, events)


def _loihi2(loaded: Any, machine: Machine, chip: Chip, events: np.ndarray) -> np.ndarray:
    spikes, _ = loihi2_oracle.run(loaded.configuration, events)
    return np.concatenate([*spikes.values()], axis=1).astype(np.int64)


def _reckon(loaded: Any, machine: OrderedMachine, chip: Chip, events: np.ndarray) -> np.ndarray:
    """A step is as many ticks of the core as it says; each row has its events in one of them."""
    made: ReckonConfiguration = loaded.configuration
    in_ticks = np.zeros((len(events) * made.ticks, made.inputs), dtype=np.uint8)
    for row, element in enumerate(machine.rows.tolist()):
        in_ticks[int(made.tick[row]) :: made.ticks, row] = events[:, element]
    spikes = reckon_oracle.run(made, in_ticks)["spikes"]
    return spikes.reshape(len(events), made.ticks, -1).sum(axis=1)


def _xylo(loaded: Any, machine: Machine, chip: Chip, events: np.ndarray) -> np.ndarray:
    made: XyloConfiguration = loaded.configuration
    found = xylo_oracle.run(
        xylo_networks.oracle_neurons(made), xylo_networks.oracle_synapses(made), events.tolist()
    )
    spikes = np.array(found.spikes)
    vendor = _vendor_spikes(made, events)
    if vendor is not None:
        np.testing.assert_array_equal(spikes, vendor, "the vendor's simulator")
    return spikes


def _vendor_spikes(made: XyloConfiguration, events: np.ndarray) -> np.ndarray | None:
    """None where the vendor's simulator is not installed."""
    try:
        from xylosim import v2
    except ImportError:
        return None
    from ..sim.xylosim_run import vendor_run

    return vendor_run(v2, made, events)["spikes"]


def _ranc(loaded: Loaded, machine: GridMachine, chip: Chip, events: np.ndarray) -> np.ndarray:
    assert isinstance(chip, RancChip)
    return np.array(grid_oracle.run(machine, events.tolist(), chip.bits.potential).spikes)


def _speck(loaded: Any, machine: ConvolutionMachine, chip: Chip, events: np.ndarray) -> np.ndarray:
    layers = speck_networks.oracle_layers(loaded.configuration)
    shaped = events.reshape(len(events), *machine.input_shape).tolist()
    found = convolution_oracle.run(layers, shaped, single=machine.single_spike)
    by_core = [np.array(found[str(core.core)].spikes).reshape(len(events), -1) for core in machine.cores]
    return np.concatenate(by_core, axis=1)


def _odin(loaded: Loaded, machine: EventMachine, chip: Chip, events: np.ndarray) -> np.ndarray:
    """The host of the README: in each step chip after chip, the rows that are due in their order, then the leaks."""
    assert isinstance(chip, OdinChip)
    signed = chip.execution.sign == "weight"
    make = event_networks.tinyodin_chip if signed else event_networks.odin_chip
    cores = [make(core) for core in machine.cores]
    first = [sum(c.n_neurons for c in machine.cores[:k]) for k in range(len(machine.cores))]
    n = sum(c.n_neurons for c in machine.cores)
    routes: dict[int, list[tuple[int, int, int]]] = {}
    for source, core, row, delay in zip(
        *(getattr(machine.routes, key).tolist() for key in ("source", "core", "row", "delay")), strict=True
    ):
        routes.setdefault(source, []).append((core, row, delay))
    steps = len(events)
    due: dict[tuple[int, int, int], int] = {}

    def send(source: int, step: int, times: int) -> None:
        for core, row, delay in routes.get(source, []):
            key = (step + delay, core, row)
            due[key] = due.get(key, 0) + times

    spikes = np.zeros((steps, n), dtype=np.int64)
    for t in range(steps):
        for element, count in enumerate(events[t].tolist()):
            if count:
                send(n + element, t, count)
        for k, core in enumerate(cores):
            rows = [row for row in machine.row_order[k].tolist() for _ in range(due.get((t, k, row), 0))]
            codes = [row if signed else row << 8 | 7 for row in rows]
            leaks = [256 | 255 if signed else 0x7F] * machine.leaks
            alone = machine.protocol == "wait"
            waits = [alone or i == len(codes) - 1 for i in range(len(codes))] + [True] * len(leaks)
            if machine.answers:
                fired = _answered(core, [*codes, *leaks], machine.answers[k].tolist())
            else:
                fired = [
                    address for _, address in core.run([*codes, *leaks], waits, machine.protocol == "eager")
                ]
            for address in fired:
                spikes[t, first[k] + address] += 1
                send(first[k] + address, t, 1)
    return spikes


def _answered(core: Any, codes: list[int], answers: list[int]) -> list[int]:
    """What fires where the host answers a spike by a virtual event (neuron, weight, 001) before its next event."""
    fired: list[int] = []
    for code in codes:
        queue = [code]
        while queue:
            found = [address for _, address in core.run([queue.pop(0)], [True], False)]
            fired += found
            queue += [address << 8 | answers[address] << 5 | 1 for address in found if answers[address]]
    return fired


def _paicore(loaded: Any, machine: Any, chip: Chip, events: np.ndarray) -> np.ndarray:
    """The chip that the frames load, step by step; spikes by the steps that each core counts for itself."""
    configuration, m = loaded.configuration, machine.steps
    frames = np.load(io.BytesIO(loaded.files["config_frames.npy"]), allow_pickle=False)
    made = paicore_oracle.Chip(frames.tolist())
    places = list(made.cores)
    spikes = np.zeros((len(events), machine.n_neurons), dtype=np.int64)
    last = max(core.registers["tick_start"] for core in made.cores.values())
    for tick in range(len(events) * m + last - 1):
        for t, row in enumerate(events):
            for one in configuration.inputs:
                sent = row[one.first : one.first + one.size]
                box = paicore_oracle.box(
                    (0, 0), {"z": 0, **{name: int(getattr(one, name)) for name in ("x", "y", *COPIES)}}
                )
                for place in box:
                    room = 512 << made.cores[place].registers["lcn"]
                    own = tick + 1 - made.cores[place].registers["tick_start"]
                    for at in np.flatnonzero(sent).tolist():
                        ahead, address = divmod(int(one.address[at]), room)
                        if t * m + ahead == own:
                            made.write(place, own * room + address, int(sent[at]))
        for place, own in made.step().items():
            if own < len(events) * m:
                first = int(machine.first_neuron[places.index(place)])
                for n, neuron in enumerate(made.cores[place].neurons):
                    spikes[own // m, first + n] |= int(neuron.out != 0)
    return spikes


_FAMILIES: Mapping[str, Any] = {
    "loihi": _loihi, "xylo": _xylo, "ranc": _ranc, "speck": _speck, "odin": _odin,
    "spinnaker": _spinnaker, "loihi2": _loihi2, "reckon": _reckon, "paicore": _paicore,
}  # fmt: skip
