"""Writes and reads the memory images of a machine's cores, one text line a word."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..layout import DecodeError, Field
from ..machines.crossbar_grid import PARAMETERS, GridCore, GridMachine
from .model import RancChip, address_bits
from .words import bits_in, bits_of, text_of, values_of, width


def neuron_image(number: int) -> str:
    """File name of a core's neuron memory."""
    return f"csram_{number:03d}.mem"


def axon_image(number: int) -> str:
    """File name of a core's axon types."""
    return f"tc_{number:03d}.mem"


def encode_images(machine: GridMachine, chip: RancChip) -> dict[str, bytes]:
    """File name -> text; the number in a name is x + y * columns. Raises ValueError for values that do not fit."""
    files: dict[str, bytes] = {}
    for core in machine.cores:
        number = core.x + core.y * machine.columns
        files[neuron_image(number)] = text_of(neuron_rows(core, chip))
        files[axon_image(number)] = text_of(bits_of(_type(chip), {"type": core.axon_type}))
    return files


def neuron_rows(core: GridCore, chip: RancChip) -> np.ndarray:
    """(neurons of the memory, bits of a row) uint8, the highest bit first."""
    n, rows = core.n_neurons, chip.core.neurons
    if n > rows:
        raise ValueError(f"core {core.x},{core.y}: {n} neurons; its memory has {rows} rows")
    fields = chip.row()
    columns = {name: core.params[name] for name in PARAMETERS}
    columns |= {f"weight{k}": core.weights[:, k] for k in range(core.weights.shape[1])}
    columns |= {"dx": core.dx, "dy": core.dy, "axon": core.axon, "delay": core.delay}
    idle = _idle(chip)
    filled = {
        f.name: np.concatenate([columns[f.name], np.full(rows - n, idle[f.name])]).astype(np.int64)
        for f in fields
    }
    connected = np.zeros((rows, core.axon_type.size), dtype=np.uint8)
    connected[:n] = core.connected
    return np.concatenate([connected[:, ::-1], bits_of(fields, filled)], axis=1)


def _idle(chip: RancChip) -> dict[str, int]:
    """The fields of a row that never spikes. Its delay marks it: a neuron that has nowhere to send to has delay 0."""
    top = (1 << (chip.bits.threshold - 1)) - 1
    idle = {field.name: 0 for field in chip.row()}
    return idle | {"positive_threshold": top, "negative_threshold": -top - 1, "delay": chip.max_delay}


def decode_cores(
    files: Mapping[str, bytes], columns: int, rows: int, output: tuple[int, int], chip: RancChip
) -> tuple[GridCore, ...]:
    """Raises DecodeError for images that are missing or hold something else than digits."""
    cores: list[GridCore] = []
    for number in range(columns * rows):
        x, y = number % columns, number // columns
        if (x, y) != output:
            for image in (neuron_image(number), axon_image(number)):
                if image not in files:
                    raise DecodeError(image, -1, "the file is missing")
            cores.append(_core(files, number, x, y, chip))
    return tuple(cores)


def _core(files: Mapping[str, bytes], number: int, x: int, y: int, chip: RancChip) -> GridCore:
    axons, fields = chip.core.axons, chip.row()
    image, types = neuron_image(number), axon_image(number)
    bits = bits_in(files[image], chip.core.neurons, axons + width(fields), image)
    type_bits = bits_in(files[types], axons, width(_type(chip)), types)
    values = values_of(fields, bits[:, axons:])
    connected = bits[:, :axons][:, ::-1].astype(np.bool_)
    n = _last(connected, values, chip)
    return GridCore(
        x=x,
        y=y,
        axon_type=values_of(_type(chip), type_bits)["type"],
        connected=connected[:n],
        weights=np.stack([values[f"weight{k}"][:n] for k in range(chip.core.types)], axis=1),
        params={name: values[name][:n] for name in PARAMETERS},
        dx=values["dx"][:n],
        dy=values["dy"][:n],
        axon=values["axon"][:n],
        delay=values["delay"][:n],
    )


def _last(connected: np.ndarray, values: Mapping[str, np.ndarray], chip: RancChip) -> int:
    """How many rows there are up to the last that is not idle."""
    used = connected.any(axis=1)
    for name, value in _idle(chip).items():
        used |= values[name] != value
    rows = np.flatnonzero(used)
    return int(rows[-1]) + 1 if rows.size else 0


def _type(chip: RancChip) -> tuple[Field, ...]:
    return (Field("type", address_bits(chip.core.types)),)
