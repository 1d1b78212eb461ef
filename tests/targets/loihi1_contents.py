"""Contents of Loihi 1 cores to encode: seeded random synapses in given formats, and two cores joined."""

from __future__ import annotations

import dataclasses

import numpy as np
from spikec.targets.loihi1.content import FORMAT_REGISTERS, CoreContent, InputRoutes

SPARSE, DENSE = 0, 3
NO_ROUTES = InputRoutes(**dict.fromkeys(("element", "chip", "core", "axon"), np.zeros(0, dtype=np.int64)))


def form(
    weight_bits: int = 8,
    sign: int = 1,
    delay_bits: int = 0,
    compression: int = DENSE,
    index: int = 0,
    exponent: int = 0,
) -> dict[str, int]:
    values = (exponent, weight_bits, sign, delay_bits, compression, index)
    return dict(zip(FORMAT_REGISTERS, values, strict=True))


def mantissas(rng: np.random.Generator, n: int, fmt: dict[str, int]) -> np.ndarray:
    """Uniform over what the format can store, without 0."""
    bits, sign = fmt["wgtBits"], fmt["signMode"]
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if sign == 1 else (1, (1 << bits) - 1)
    steps = rng.integers(low, high + 1, n)
    steps[steps == 0] = low
    return (-steps if sign == 3 else steps) << (8 - bits + (sign == 1))


def core_of(
    compartments: int,
    formats: list[dict[str, int]],
    axons: list[tuple[int, np.ndarray]],
    seed: int = 0,
    slots: int = 0,
) -> CoreContent:
    """axons: row of `formats` and the compartments of each input axon's synapses; a stored row for each."""
    rng = np.random.default_rng(seed)
    delays = [rng.integers(0, 1 << formats[row]["dlyBits"], where.size) for row, where in axons]
    weights = [mantissas(rng, where.size, formats[row]) for row, where in axons]
    bases = [min(int(where[0]), 255) for _, where in axons]
    offsets = [where - base for base, (_, where) in zip(bases, axons, strict=True)]
    return CoreContent(
        chip=0,
        core=0,
        registers={
            "decayU": rng.choice([0, 77, 4095], compartments),
            "decayV": rng.integers(0, 3, compartments),
            "refractDelay": rng.choice([1, 63], compartments),
            "vth": rng.choice([1, 4711, 131071], compartments),
            "bias": rng.integers(-4095, 4096, compartments),
            "biasExp": rng.integers(0, 8, compartments),
        },
        core_registers={"negVmLimit": int(rng.integers(24)), "posVmLimit": int(rng.integers(8))},
        formats={name: np.array([fmt[name] for fmt in formats]) for name in FORMAT_REGISTERS},
        row_format=np.array([row for row, _ in axons], dtype=np.int64),
        axon_row=np.arange(len(axons)),
        axon_base=np.array(bases),
        synapse_row=np.repeat(np.arange(len(axons)), [where.size for _, where in axons]),
        synapse_offset=np.concatenate(offsets),
        synapse_mantissa=np.concatenate(weights),
        synapse_delay=np.concatenate(delays),
        slot_compartment=rng.integers(0, compartments, slots),
        slot_chip=np.zeros(slots, dtype=np.int64),
        slot_core=np.zeros(slots, dtype=np.int64),
        slot_axon=rng.integers(0, len(axons), slots),
    )


def synapses_of(core: CoreContent) -> list[tuple[int, int, int, int, int]]:
    """(axon, compartment, mantissa, delay, row of its format) of every synapse of every axon, in plain Python."""
    found: list[tuple[int, int, int, int, int]] = []
    columns = (core.synapse_row, core.synapse_offset, core.synapse_mantissa, core.synapse_delay)
    stored = list(zip(*(column.tolist() for column in columns), strict=True))
    for axon, (row, base) in enumerate(zip(core.axon_row.tolist(), core.axon_base.tolist(), strict=True)):
        form = int(core.row_format[row])
        found += [(axon, base + offset, m, d, form) for r, offset, m, d in stored if r == row]
    return found


def two_cores() -> tuple[list[CoreContent], InputRoutes]:
    rng = np.random.default_rng(8)
    first = core_of(
        5, [form(8, 1, 2), form(4, 2, 0, SPARSE, 6)], [(0, np.arange(5)), (1, np.array([0, 3]))], 1
    )
    second = core_of(3, [form(6, 3)], [(0, np.arange(3)), (0, np.arange(1, 3))], 2)
    slots = {"slot_compartment": np.array([0, 4, 4]), "slot_chip": np.array([0, 0, 2])}
    first = dataclasses.replace(
        first, **slots, slot_core=np.array([0, 0, 7]), slot_axon=rng.integers(0, 2, 3)
    )
    second = dataclasses.replace(second, chip=2, core=7)
    routes = InputRoutes(
        element=np.array([0, 3, 3]),
        chip=np.array([0, 0, 2]),
        core=np.array([0, 0, 7]),
        axon=np.array([1, 0, 1]),
    )
    return [first, second], routes
