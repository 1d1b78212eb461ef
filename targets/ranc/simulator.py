"""Writes and reads the input of RANC's own simulator (C++): its network and its configuration as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, TypeVar

import msgspec
import numpy as np

from ..layout import DecodeError
from ..machines.crossbar_grid import GridCore, GridMachine
from .limits import check_shapes
from .model import RancChip

NETWORK, CONFIGURATION = "simulator.json", "simulator_config.json"
MAX_BYTES = 1 << 30

Integer = Annotated[int, msgspec.Meta(ge=-(1 << 31), le=(1 << 31) - 1)]
Natural = Annotated[int, msgspec.Meta(ge=0, le=1 << 16)]
Pair = tuple[Integer, Integer]
_NAMES = {
    "reset_potential": "reset_potential",
    "leak": "leak",
    "positive_threshold": "positive_threshold",
    "negative_threshold": "negative_threshold",
    "current_potential": "initial_potential",
    "reset_mode": "reset_mode",
}


class Packet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A spike to a core, as the simulator's JSON has it."""

    destination_core: Pair
    destination_axon: Natural
    destination_tick: Natural


class Bus(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The output bus, as the simulator's JSON has it."""

    coordinates: Pair
    num_outputs: Natural


class Neuron(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A neuron, as the simulator's JSON has it."""

    reset_potential: Integer
    weights: list[Integer]
    leak: Integer
    positive_threshold: Integer
    negative_threshold: Integer
    destination_core_offset: Pair
    destination_axon: Natural
    destination_tick: Natural
    current_potential: Integer
    reset_mode: Natural


class Core(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A core, as the simulator's JSON has it."""

    axons: list[Natural]
    connections: list[list[Natural]]
    coordinates: Pair
    neurons: list[Neuron]


class Network(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole network, as the simulator's JSON has it."""

    packets: list[list[Packet]]
    output_bus: Bus
    cores: list[Core]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The simulator's configuration file."""

    num_neurons: Natural
    num_axons: Natural
    num_cores_x: Natural
    num_cores_y: Natural
    num_weights: Natural
    max_tick_offset: Natural
    neuron_block_trace_verbosity: Natural
    core_controller_trace_verbosity: Natural
    scheduler_trace_verbosity: Natural
    neuron_reset_type: Natural


def encode_simulator(
    machine: GridMachine, chip: RancChip, packets: Sequence[np.ndarray] = ()
) -> dict[str, bytes]:
    """Both files. packets: of each tick rows of x, y, axon, delay. Rows of a core that hold no neuron are left out: the
    simulator fills them with neurons that never spike."""
    settings = Settings(
        num_neurons=chip.core.neurons, num_axons=chip.core.axons, num_cores_x=machine.columns,
        num_cores_y=machine.rows, num_weights=chip.core.types, max_tick_offset=chip.core.slots,
        neuron_block_trace_verbosity=0, core_controller_trace_verbosity=0, scheduler_trace_verbosity=0,
        neuron_reset_type=0,
    )  # fmt: skip
    return _texts(machine, settings, packets)


def _texts(machine: GridMachine, settings: Settings, packets: Sequence[np.ndarray]) -> dict[str, bytes]:
    network = Network(
        packets=[[_packet(row) for row in tick.tolist()] for tick in packets],
        output_bus=Bus(coordinates=machine.output, num_outputs=machine.n_outputs),
        cores=[_core(core) for core in machine.cores],
    )
    kept = {"neuron_reset_type": 0} | {
        f"{part}_trace_verbosity": 0 for part in ("neuron_block", "core_controller", "scheduler")
    }
    return {NETWORK: _text(network), CONFIGURATION: _text(msgspec.structs.replace(settings, **kept))}


def _text(record: msgspec.Struct) -> bytes:
    return f"{json.dumps(msgspec.to_builtins(record), separators=(',', ':'))}\n".encode()


def _packet(row: list[int]) -> Packet:
    return Packet(destination_core=(row[0], row[1]), destination_axon=row[2], destination_tick=row[3])


def _core(core: GridCore) -> Core:
    columns = {theirs: core.params[ours].tolist() for theirs, ours in _NAMES.items()}
    columns |= {"destination_axon": core.axon.tolist(), "destination_tick": core.delay.tolist()}
    columns |= {"weights": core.weights.tolist()}
    offsets = list(zip(core.dx.tolist(), core.dy.tolist(), strict=True))
    neurons = [
        Neuron(destination_core_offset=offset, **{name: values[k] for name, values in columns.items()})
        for k, offset in enumerate(offsets)
    ]
    return Core(
        axons=core.axon_type.tolist(),
        connections=core.connected.astype(np.int64).tolist(),
        coordinates=(core.x, core.y),
        neurons=neurons,
    )


def decode_simulator(network: bytes, settings: bytes) -> tuple[GridMachine, tuple[np.ndarray, ...]]:
    """The machine, without inputs, and the packets of each tick.

    Raises DecodeError for what `encode_simulator` does not write."""
    net, config = _read(network, Network, NETWORK), _read(settings, Settings, CONFIGURATION)
    machine = GridMachine(
        columns=config.num_cores_x,
        rows=config.num_cores_y,
        output=net.output_bus.coordinates,
        n_outputs=net.output_bus.num_outputs,
        cores=tuple(_grid_core(core, config) for core in net.cores),
        n_inputs=0,
        inputs=np.zeros((0, 5), dtype=np.int64),
    )
    packets = tuple(
        np.array(
            [[*p.destination_core, p.destination_axon, p.destination_tick] for p in tick], dtype=np.int64
        ).reshape(-1, 4)
        for tick in net.packets
    )
    try:
        check_shapes(machine)
    except ValueError as problem:
        raise DecodeError(NETWORK, -1, str(problem)) from problem
    written = _texts(machine, config, packets)
    if written != {NETWORK: network, CONFIGURATION: settings}:
        raise DecodeError(NETWORK, -1, "a setting is not what is written, or the text is laid out otherwise")
    return machine, packets


Record = TypeVar("Record", Network, Settings)


def _read(text: bytes, kind: type[Record], name: str) -> Record:
    if len(text) > MAX_BYTES:
        raise DecodeError(name, -1, f"{len(text)} bytes; at most {MAX_BYTES} are read")
    try:
        return msgspec.json.decode(text, type=kind)
    except (ValueError, RecursionError) as problem:
        raise DecodeError(name, -1, f"not what the simulator reads: {problem}") from problem


def _grid_core(core: Core, config: Settings) -> GridCore:
    n, place = len(core.neurons), f"core {core.coordinates}"
    square = len(core.connections) == n and all(len(row) == len(core.axons) for row in core.connections)
    if not square or any(len(neuron.weights) != config.num_weights for neuron in core.neurons):
        raise DecodeError(NETWORK, -1, f"{place}: a crossbar or weights of another size")
    if len(core.axons) != config.num_axons or n > config.num_neurons:
        raise DecodeError(NETWORK, -1, f"{place}: {n} neurons and {len(core.axons)} axons")

    def column(name: str) -> np.ndarray:
        return np.array([getattr(neuron, name) for neuron in core.neurons], dtype=np.int64)

    connected = np.array(core.connections, dtype=np.int64).reshape(n, config.num_axons)
    if (connected > 1).any():
        raise DecodeError(NETWORK, -1, f"{place}: a connection that is neither 0 nor 1")
    offset = column("destination_core_offset").reshape(n, 2)
    return GridCore(
        x=core.coordinates[0],
        y=core.coordinates[1],
        axon_type=np.array(core.axons, dtype=np.int64),
        connected=connected.astype(np.bool_),
        weights=column("weights").reshape(n, config.num_weights),
        params={ours: column(theirs) for theirs, ours in sorted(_NAMES.items(), key=lambda item: item[1])},
        dx=offset[:, 0],
        dy=offset[:, 1],
        axon=column("destination_axon"),
        delay=column("destination_tick"),
    )
