"""The script that loads boards: what it makes of the files, and boards of emulated chips that it loads and runs.

SPIKEC_SPINNAKER_PYTHON names a Python that has unicorn, the vendor's binaries and host tools; without one its own parts
alone are looked at.
"""

from __future__ import annotations

import struct
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from spikec.targets.spinnaker1.board import NOWHERE, Boards, neighbours
from spikec.targets.spinnaker1.core_image import NeuronKind
from spikec.targets.spinnaker1.delivery import deliveries
from spikec.targets.spinnaker1.files import encode
from spikec.targets.spinnaker1.loader import SCRIPT, TEMPLATE, loader_script
from spikec.targets.spinnaker1.memory import core_memory, placed_memory
from spikec.targets.spinnaker1.regions import Region

from ..oracles.spinnaker1.client import needs_binaries, run_binaries, run_boards, vendor_links
from .spinnaker_systems import random_system


def script() -> ModuleType:
    module = ModuleType("load_spinnaker1")
    module.__file__ = __file__
    exec(compile(TEMPLATE, SCRIPT, "exec"), module.__dict__)
    return module


def test_addresses_are_those_of_the_memory() -> None:
    memory = core_memory(random_system(1).cores[0].image)
    assert script().placed(memory, 0x60100000) == placed_memory(memory, 0x60100000)


def test_room_is_made_for_the_ticks_of_a_run() -> None:
    """A core with room for 20 ticks is given what it would have with room for 77."""
    less, more = (random_system(1, ticks=ticks).cores[-1].image for ticks in (20, 77))
    assert less.recorded == ("v", "spikes")
    assert script().with_room(core_memory(less), less.n_neurons, 77) == core_memory(more)


def test_keys_of_the_stimulus() -> None:
    """Messages of a tick and at most 60 keys each, with the colour of the tick."""
    events = np.zeros((20, 80), dtype=np.uint8)
    events[3, [0, 79]], events[18] = 1, 1
    inputs = [{"first": 0, "size": 10, "key": 0x1000}, {"first": 10, "size": 70, "key": 0x8000}]
    memory, size = script().source_memory(inputs, events, 1000)
    offset, words = script().words_at(memory, 3)
    content = memory[offset : offset + 4 * len(words)]
    assert size == len(memory) + script().PROVENANCE_BYTES
    wanted = {3: [0x1003, 0x8000 + (69 << 4) + 3]}
    wanted[18] = [0x1002 + (k << 4) for k in range(10)] + [0x8002 + (k << 4) for k in range(70)]
    found: dict[int, list[int]] = {}
    at = 0
    while at + 6 <= len(content):
        count, kind, tick = struct.unpack_from("<BBI", content, at)
        found.setdefault(tick, []).extend(struct.unpack_from(f"<{count}I", content, at + 6))
        assert (kind, count <= 60) == (0x38, True)
        at += 6 + 4 * count
    assert found == wanted


def test_routes_are_those_of_the_tables(tmp_path: Path) -> None:
    system = random_system(3, boards=Boards(2, 1))
    for name, content in encode(system, "a_chip").items():
        (tmp_path / name).write_bytes(content)
    configuration = script().Configuration(tmp_path)
    found = {x + y * 24: rows for (x, y), rows in configuration.routes.items()}
    wanted = {
        chip: list(zip(*(column.tolist() for column in table), strict=True))
        for chip, table in system.tables.items()
    }
    assert found == wanted
    assert configuration.memory == [core_memory(placed.image) for placed in system.cores]


@needs_binaries
@pytest.mark.parametrize("kind", ["IF_curr_exp", "IF_curr_delta"])
def test_boards_do_what_the_cores_do(kind: NeuronKind, tmp_path: Path) -> None:
    """Loaded by the script, with the vendor's spike source and packets through the tables: the same as cores that are
    handed their keys."""
    ticks, n_in = 30, 11
    system = random_system(7, kind, n_in=n_in, sizes=((2, 20), (1, 9), (1, 5)), ticks=ticks + 1)
    events = (np.random.default_rng(1).random((1, ticks, n_in)) < 0.3).astype(np.uint8)
    keys = [
        (int(tick), system.inputs[0].key | int(element) << 4 | int(tick) & 15)
        for tick, element in np.argwhere(events[0])
    ]
    cores = [placed.image for placed in system.cores]
    deliver = [(each.origin.key, each.origin.mask, list(each.cores)) for each in deliveries(system)]
    alone = run_binaries(tmp_path, cores, deliver, keys, ticks + 1)
    found = run_boards(tmp_path, {**encode(system, "a_chip"), SCRIPT: loader_script()}, events)[0]
    parts: list[np.ndarray] = []
    for number, variable in system.outputs:
        ran, n = alone[number], cores[number].n_neurons
        if variable == "v":
            parts.append(ran.recorded["v"][1:])
        else:
            spikes = np.zeros((ticks, n), dtype=np.int64)
            for tick, key in (each for each in ran.sent if each[0] < ticks):
                spikes[tick, (key - (cores[number].key or 0)) >> 4] += 1
            parts.append(spikes)
    wanted = np.concatenate(parts, axis=1)
    assert wanted[:, : cores[system.outputs[0].core].n_neurons].any()
    np.testing.assert_array_equal(found, wanted)


def test_regions_of_the_script() -> None:
    assert script().RECORDING == Region.RECORDING


@needs_binaries
@pytest.mark.parametrize("boards", [Boards(0, 0), Boards(1, 1), Boards(2, 1)])
def test_links_are_the_vendors(boards: Boards, tmp_path: Path) -> None:
    joined, columns = neighbours(boards), boards.columns
    ours = [
        [int(chip) % columns, int(chip) // columns, int(link), other % columns, other // columns]
        for chip, link in np.argwhere(joined != NOWHERE)
        if (other := int(joined[chip, link])) != NOWHERE
    ]
    assert sorted(ours) == vendor_links(tmp_path, columns, boards.rows)
