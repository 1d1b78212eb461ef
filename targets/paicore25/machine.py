"""Makes the machine that simulators run of a configuration: cores, what neurons walk over, and where they send."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from ..machines.buffered import POTENTIAL_BITS, BufferedCore, BufferedMachine, Feed, Reading, Sending, Walk
from ..machines.exports import Exports
from .addresses import first_neurons, routes_of, sent_to, walked
from .configuration import Core, InputMap, OutputLine, PaicoreConfiguration
from .frames import SLOT_BITS, SLOTS, Route
from .memory import neurons_of, shared
from .neuron import PARAMETERS
from .routes import Position, reached
from .weight_words import bits_of, value_range

FOLD = (
    "fold",
    "fold_number",
    "fold_skew_y",
    "fold_skew_x",
    "fold_skew_z",
    "fold_range_y",
    "fold_range_x",
    "fold_range_z",
)


def machine(configuration: PaicoreConfiguration) -> BufferedMachine:
    """Make the machine. It starts from the potentials that INIT sets."""
    cores = configuration.cores
    made = buffered_cores(cores, started=True)
    first = np.concatenate([[0], np.cumsum([core.n_neurons for core in made])]).astype(np.int64)
    return BufferedMachine(
        n_inputs=configuration.n_inputs,
        cores=made,
        feeds=tuple(_feeds(configuration.inputs, cores)),
        steps=configuration.chip_steps,
        exports=exports(configuration.outputs, cores, first),
    )


def buffered_cores(cores: Sequence[Core], *, started: bool) -> tuple[BufferedCore, ...]:
    """Make the cores. started: they begin with the potentials that INIT sets, else with those in their rows."""
    number = {(core.x, core.y): k for k, core in enumerate(cores)}
    return tuple(_core(core, cores, number, started) for core in cores)


def input_bits(core: Core) -> int:
    """Bits of an input element: of a core that adds potentials, of one of these."""
    return POTENTIAL_BITS if core.registers["add_potential"] else bits_of(core.registers["input_width"])


def step_bits(core: Core) -> int:
    """Bits of the input of a step."""
    return SLOT_BITS << core.registers["lcn"]


def exports(outputs: Sequence[OutputLine], cores: Sequence[Core], first: np.ndarray) -> Exports:
    """A line for each neuron that the configuration lists. first: machine number of the first neuron of each core."""
    neurons, membrane = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.bool_)]
    for line in outputs:
        begin = first[line.core] + first_neurons(cores[line.core])[line.record]
        neurons.append(begin + np.arange(line.address.size))
        membrane.append(np.full(line.address.size, line.potential))
    joined = np.concatenate(neurons)
    return Exports(
        n_lines=joined.size, line=np.arange(joined.size), neuron=joined, membrane=np.concatenate(membrane)
    )


def _core(core: Core, cores: Sequence[Core], number: dict[Position, int], started: bool) -> BufferedCore:
    registers, records = core.registers, shared(core.records)
    size = neurons_of(records)
    bits = bits_of(registers["input_width"])
    low = value_range(bits, registers["input_sign"])[0]
    raw = np.arange(1 << bits)
    pooled = registers["max_pooling"]
    reading: Reading = "potentials" if registers["add_potential"] else "largest" if pooled else "sum"
    again = np.repeat(records["init_v"], size)
    params = {name: records[name] for name in PARAMETERS if name != "replaces"}
    return BufferedCore(
        place=f"core {core.x}, {core.y}",
        start=registers["tick_start"],
        duration=registers["tick_duration"],
        restarts=registers["tick_initial"],
        elements=step_bits(core) // input_bits(core),
        laps=SLOTS >> registers["lcn"],
        value_of=np.where(raw >= (1 << bits) + low, raw - (1 << bits), raw) if low else raw,
        reading=reading,
        sent_bits=bits_of(registers["output_width"]),
        silent=not registers["zero_output"],
        size=size,
        params={**params, "replaces": np.full(size.size, int(pooled))},
        table=core.table if registers["snn_ann"] else None,
        v=again if started else _loaded(core),
        restart_v=again,
        walks=tuple(_walks(core, records)),
        sendings=tuple(_sendings(core, cores, number)),
    )


def _loaded(core: Core) -> np.ndarray:
    """(N,) int64 potentials in the rows of a core."""
    parts = [
        np.concatenate([[v], further]) for v, further in zip(core.records["v"], core.fold_v, strict=True)
    ]
    return np.concatenate([np.zeros(0), *parts]).astype(np.int64)


def _walks(core: Core, records: np.ndarray) -> list[Walk]:
    """Records that walk alike, together, in the order of the first of each."""
    alike: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for k in np.flatnonzero(records["vector"] >= 0).tolist():
        record = records[k]
        key = tuple(int(record[name]) for name in FOLD) if record["fold"] else (0,)
        alike[key].append(k)
    return [_walk(core, records, np.array(which)) for which in alike.values()]


def _walk(core: Core, records: np.ndarray, which: np.ndarray) -> Walk:
    """Lay the vectors of some records side by side, by the input element that their first neuron reads."""
    bits = input_bits(core)
    taps: list[np.ndarray] = []
    weights: list[np.ndarray] = []
    for record in records[which]:
        vector = core.vectors[int(record["vector"])]
        step = 1 if core.registers["add_potential"] else bits
        at = np.arange(vector.weights.size) * step if vector.address is None else vector.address
        there = vector.weights != 0
        if core.registers["add_potential"]:
            there = there & ((at + int(record["weight_skew"])) % bits == 0)
        taps.append((at[there] + int(record["weight_skew"])) // bits)
        weights.append(vector.weights[there])
    tap = np.unique(np.concatenate(taps))
    weight = np.zeros((tap.size, which.size), dtype=np.int16)
    for column, (own, values) in enumerate(zip(taps, weights, strict=True)):
        np.add.at(weight[:, column], np.searchsorted(tap, own), values.astype(np.int16))
    offset = walked(records[int(which[0])], "skew") // bits
    return Walk(record=which, offset=offset, tap=tap, weight=weight)


def _sendings(core: Core, cores: Sequence[Core], number: dict[Position, int]) -> list[Sending]:
    """What neurons send to whom: records with the same receivers together, as far as these see it at the same place."""
    first, address = first_neurons(core), sent_to(core)
    routes, which = routes_of(core)
    heard = [tuple(number[at] for at in reached((core.x, core.y), route) if at in number) for route in routes]
    together: defaultdict[tuple[tuple[int, ...], bool], list[int]] = defaultdict(list)
    for k, potential in enumerate((core.records["output_type"] == 1).tolist()):
        together[heard[which[k]], potential].append(k)
    found: list[Sending] = []
    for (receivers, potential), own in together.items():
        neuron = np.concatenate([np.arange(first[k], first[k + 1]) for k in own])
        found += _seen(cores, receivers, neuron, address[neuron], potential)
    return found


def _seen(
    cores: Sequence[Core],
    receivers: tuple[int, ...],
    neuron: np.ndarray,
    address: np.ndarray,
    potential: bool,
) -> list[Sending]:
    """One sending for each way in which the receivers split an address into steps and elements."""
    ways: defaultdict[tuple[int, int, int], list[int]] = defaultdict(list)
    for k in receivers:
        there = cores[k]
        ways[there.registers["axon_skew"], step_bits(there), input_bits(there)].append(k)
    return [
        Sending(
            cores=tuple(own),
            potential=potential,
            neuron=neuron,
            element=(address + skew) % step // bits,
            step=(address + skew) // step,
        )
        for (skew, step, bits), own in ways.items()
    ]


def _feeds(inputs: Sequence[InputMap], cores: Sequence[Core]) -> list[Feed]:
    """What the host writes into each core, map by map."""
    number = {(core.x, core.y): k for k, core in enumerate(cores)}
    found: list[Feed] = []
    for one in inputs:
        route = Route(x=one.x, y=one.y, copy_z=one.copy_z, copy_x=one.copy_x, copy_y=one.copy_y)
        for at in reached((0, 0), route):
            k = number[at]
            seen = one.address + cores[k].registers["axon_skew"]
            bits = step_bits(cores[k])
            found.append(
                Feed(
                    core=k,
                    source=one.first + np.arange(one.size),
                    element=seen % bits // input_bits(cores[k]),
                    step=seen // bits,
                )
            )
    return found
