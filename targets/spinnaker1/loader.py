"""Writes the script beside `spinnaker1.json` that loads the boards with the vendor's host tools, and runs them."""

from __future__ import annotations

from ..script_events import EVENTS

SCRIPT = "load_spinnaker1.py"


def loader_script() -> bytes:
    """Write the Python source; it runs where spinnman and sPyNNaker are installed, without spikec."""
    return TEMPLATE.encode()


HEAD = '''\
"""Loads spinnaker1.json and the files that it names onto SpiNNaker 1 boards, runs a stimulus, and reads the outputs.

    python load_spinnaker1.py HOST [STIMULUS.npz] [RECORDED.npz]   stimulus.npz and recorded.npz where they are left out

HOST is the name or address of the board, or of the first of several. Needs the vendor's host tools and binaries, and
nothing of spikec:  pip install "sPyNNaker==1!7.4.1"

RECORDED.npz holds `lines`, (ticks, samples, lines) int32: spikes, or membranes after the tick as s16.15, in the order
of the outputs in spinnaker1.json; io_map.json says which neuron is which line. Each sample is loaded anew. A core of
chip 0, 0 runs the vendor's spike source, which sends the keys of a tick in that tick.
"""

import json
import struct
import sys
import sysconfig
from hashlib import md5
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
PACKAGES = Path(sysconfig.get_paths()["purelib"])
BINARIES = PACKAGES / "spynnaker" / "pyNN" / "model_binaries"
SOURCE_BINARY = (
    PACKAGES / "spinn_front_end_common" / "common_model_binaries" / "reverse_iptag_multicast_source.aplx"
)
SOURCE = 0, 0, 1
APPLICATION = 30
MAGIC, VERSION, REGIONS, TABLE_BYTES = 0xAD130AD6, 0x00010000, 32, 392
RECORDING, COMMAND_PORT, RUN_TIME, MEMORY_TAG = 15, 3, 7, 200
CHANNELS = {"v": 0, "gsyn_exc": 1, "gsyn_inh": 2, "spikes": 3}
TIMED_KEYS, KEYS_PER_MESSAGE = 0x38, 60
PROVENANCE_BYTES = 64


class Configuration:
    """spinnaker1.json, routes.txt, and the memory of each core."""

    def __init__(self, folder=HERE):
        self.document = json.loads((folder / "spinnaker1.json").read_text())
        self.cores = self.document["cores"]
        self.memory = [(folder / core["file"]).read_bytes() for core in self.cores]
        self.routes = {}
        for line in (folder / "routes.txt").read_text().splitlines()[1:]:
            x, y, key, mask, route = line.split()
            entry = int(key, 16), int(mask, 16), int(route, 16)
            self.routes.setdefault((int(x), int(y)), []).append(entry)


def memory_of(regions):
    """A block of memory of regions, number -> words (or how many bytes to leave): a table with offsets, then words."""
    table, parts, at = [0] * (3 * REGIONS), [], TABLE_BYTES
    for number, words in regions.items():
        table[3 * number] = at
        if isinstance(words, int):
            at += words
        else:
            table[3 * number + 1 : 3 * number + 3] = sum(words) & 0xFFFFFFFF, len(words)
            parts.append(struct.pack(f"<{len(words)}I", *words))
            at += 4 * len(words)
    return struct.pack(f"<{2 + len(table)}I", MAGIC, VERSION, *table) + b"".join(parts), at


def source_memory(inputs, events, timer_period):
    """The memory of the spike source, and the bytes that it takes: keys to send, message by message, as they are timed.

    events: (ticks, elements) counts."""
    messages = []
    for tick, counts in enumerate(events):
        keys = []
        for block in inputs:
            mine = counts[block["first"] : block["first"] + block["size"]].astype(np.int64)
            element = np.repeat(np.arange(mine.size), mine)
            keys += (block["key"] + (element << 4) + (tick & 15)).tolist()
        for first in range(0, len(keys), KEYS_PER_MESSAGE):
            part = keys[first : first + KEYS_PER_MESSAGE]
            messages.append(struct.pack(f"<BBI{len(part)}I", len(part), TIMED_KEYS, tick, *part))
    content = b"".join(messages)
    content += bytes(-len(content) % 4)
    name = int(md5(SOURCE_BINARY.stem.encode()).hexdigest()[:8], 16)
    settings = [0, 0, 0, 0, 1, 0, 0, len(content), len(content) + 256, 0, 0, 1, 0]
    return memory_of(
        {
            0: [name, timer_period, COMMAND_PORT],
            1: settings,
            2: [1, 0, 0, 0],
            3: struct.unpack(f"<{len(content) // 4}I", content),
            4: PROVENANCE_BYTES,
        }
    )


def words_at(memory, region):
    """Where a region begins in a core's memory, and its words."""
    offset, _, length = struct.unpack_from("<3I", memory, 8 + 12 * region)
    return offset, list(struct.unpack_from(f"<{length}I", memory, offset))


def with_room(memory, neurons, ticks):
    """The memory of a core that has room to record so many ticks, whatever it had room for."""
    offset, words = words_at(memory, RECORDING)
    for name, channel in CHANNELS.items():
        if words[1 + 3 * channel]:
            words[1 + 3 * channel] = 4 * ticks * (1 + (-(-neurons // 32) if name == "spikes" else neurons))
    changed = bytearray(memory)
    struct.pack_into(f"<{len(words)}I", changed, offset, *words)
    struct.pack_into("<I", changed, 8 + 12 * RECORDING + 4, sum(words) & 0xFFFFFFFF)
    return bytes(changed)


def placed(memory, base):
    """The memory with addresses in the place of offsets."""
    changed = bytearray(memory)
    for region in range(REGIONS):
        (offset,) = struct.unpack_from("<I", memory, 8 + 12 * region)
        if offset:
            struct.pack_into("<I", changed, 8 + 12 * region, base + offset)
    return bytes(changed)


def load_memory(boards, place, memory, size):
    """Give a core its memory; returns where it begins."""
    from spinnman.model.enums import UserRegister

    x, y, core = place
    base = boards.malloc_sdram(x, y, size, APPLICATION, MEMORY_TAG + core)
    boards.write_memory(x, y, base, placed(memory, base))
    boards.write_user(x, y, core, UserRegister.USER_0, base)
    return base


def load_routes(boards, configuration):
    from spinn_machine import MulticastRoutingEntry, RoutingEntry

    for (x, y), entries in configuration.routes.items():
        rows = [
            MulticastRoutingEntry(key, mask, RoutingEntry(spinnaker_route=route)) for key, mask, route in entries
        ]
        boards.load_multicast_routes(x, y, rows, APPLICATION)


def subsets(places):
    from spinn_machine import CoreSubset, CoreSubsets

    return CoreSubsets([CoreSubset(x, y, [core]) for x, y, core in places])


def set_run_time(boards, place, ticks):
    from spinnman.messages.sdp import SDPFlag, SDPHeader, SDPMessage

    x, y, core = place
    header = SDPHeader(
        flags=SDPFlag.REPLY_NOT_EXPECTED, destination_port=COMMAND_PORT, destination_cpu=core,
        destination_chip_x=x, destination_chip_y=y,
    )
    boards.send_sdp_message(SDPMessage(header, struct.pack("<HHIIII", RUN_TIME, 0, ticks, 0, 0, 0)))


def run(boards, configuration, events):
    """(ticks, elements) events of one sample -> (ticks, lines) of what the cores record.

    Membranes are recorded before each tick, so that those after the last are read in one tick more."""
    from spinnman.messages.scp.enums import Signal
    from spinnman.model.enums import CPUState

    ticks, cores = len(events) + 1, configuration.cores
    places = [(core["x"], core["y"], core["core"]) for core in cores]
    load_routes(boards, configuration)
    bases = []
    for core, place, memory in zip(cores, places, configuration.memory):
        size = core["memory_bytes"]
        bases.append(load_memory(boards, place, with_room(memory, core["neurons"], ticks), size))
    period = words_at(configuration.memory[0], 0)[1][1]
    load_memory(boards, SOURCE, *source_memory(configuration.document["inputs"], events, period))
    for binary in sorted({core["binary"] for core in cores}):
        mine = [place for core, place in zip(cores, places) if core["binary"] == binary]
        boards.execute_flood(subsets(mine), str(BINARIES / f"{binary}.aplx"), APPLICATION, wait=True)
    boards.execute_flood(subsets([SOURCE]), str(SOURCE_BINARY), APPLICATION, wait=True)
    everywhere = subsets([*places, SOURCE])
    boards.wait_for_cores_to_be_in_state(everywhere, APPLICATION, [CPUState.READY], timeout=20)
    boards.send_signal(APPLICATION, Signal.START)
    boards.wait_for_cores_to_be_in_state(everywhere, APPLICATION, [CPUState.PAUSED], timeout=20)
    for place in [*places, SOURCE]:
        set_run_time(boards, place, ticks)
    boards.wait_for_cores_to_be_in_state(everywhere, APPLICATION, [CPUState.SYNC0], timeout=20)
    boards.send_signal(APPLICATION, Signal.SYNC0)
    limit = 20 + 2e-6 * period * ticks
    boards.wait_for_cores_to_be_in_state(subsets(places), APPLICATION, [CPUState.READY], timeout=limit)
    lines = []
    for output in configuration.document["outputs"]:
        number, variable = output["core"], output["variable"]
        recording = bases[number] + words_at(configuration.memory[number], RECORDING)[0]
        values = recorded(boards, places[number], recording, variable, cores[number]["neurons"], ticks)
        lines.append(values[:-1] if variable == "spikes" else values[1:])
    boards.stop_application(APPLICATION)
    return np.concatenate(lines, axis=1) if lines else np.zeros((ticks - 1, 0), dtype=np.int32)


def recorded(boards, place, recording, variable, neurons, ticks):
    """(ticks, neurons) int32 of a variable; spikes are 0 and 1."""
    x, y, _ = place
    header = boards.read_memory(x, y, recording + 4 + 12 * CHANNELS[variable], 12)
    _, size, address = struct.unpack("<3I", bytes(header))
    if size >> 31:
        sys.exit(f"core {place}: records of {variable} are missing")
    width = -(-neurons // 32) if variable == "spikes" else neurons
    rows = np.frombuffer(bytes(boards.read_memory(x, y, address, size)), "<i4").reshape(-1, 1 + width)
    found = np.zeros((ticks, neurons), dtype=np.int32)
    if variable == "spikes":
        bits = np.unpackbits(np.ascontiguousarray(rows[:, 1:]).view(np.uint8), axis=1, bitorder="little")
        found[rows[:, 0]] = bits[:, :neurons]
    else:
        found[rows[:, 0]] = rows[:, 1:]
    return found


'''
TAIL = '''\
def boards_of(host, triads):
    """The vendor's transceiver of the boards, ready to be loaded."""
    from spinn_utilities.config_holder import set_config
    from spinnman import spinnman_script

    spinnman_script.setup(n_boards_required=max(1, 3 * triads[0] * triads[1]))
    set_config("Machine", "machine_name", host)
    set_config("Machine", "version", "5")
    boards = spinnman_script.get_transceiver()
    machine, columns, rows = spinnman_script.get_machine(), 12 * triads[0] or 8, 12 * triads[1] or 8
    if (machine.width, machine.height) != (columns, rows):
        sys.exit(f"{host} has {machine.width} x {machine.height} chips; this was compiled for {columns} x {rows}")
    return boards


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    stimulus = Path(sys.argv[2]) if len(sys.argv) > 2 else HERE / "stimulus.npz"
    result = Path(sys.argv[3]) if len(sys.argv) > 3 else Path("recorded.npz")
    configuration, io_map = Configuration(), json.loads((HERE / "io_map.json").read_text())
    events = events_of(stimulus, io_map)
    boards = boards_of(sys.argv[1], configuration.document["triads"])
    lines = np.stack([run(boards, configuration, events[:, sample]) for sample in range(events.shape[1])], axis=1)
    np.savez(result, lines=lines)
    print(f"{lines.shape[1]} samples of {lines.shape[0]} ticks: {result}")


if __name__ == "__main__":
    main()
'''
TEMPLATE = HEAD + EVENTS + "\n\n" + TAIL
