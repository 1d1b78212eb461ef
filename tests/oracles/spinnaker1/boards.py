"""Boards of emulated chips, behind the part of the vendor's transceiver with which a configuration is loaded and run.

    python boards.py FOLDER EVENTS.npy LINES.npy

runs FOLDER/load_spinnaker1.py on them: EVENTS holds (samples, ticks, elements) counts, LINES what the script reads.
Wants unicorn, and sPyNNaker with the vendor's host tools. Packets go through the routing tables that were loaded.
"""

from __future__ import annotations

import importlib.util
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from chip import SDRAM, Chip
from core import Core
from spinn_machine import CoreSubsets, MulticastRoutingEntry
from spinnman.connections.udp_packet_connections.utils import update_sdp_header_for_udp_send
from spinnman.messages.scp.enums import Signal
from spinnman.messages.sdp import SDPMessage
from spinnman.model.enums import CPUState

LINKS = ((1, 0), (1, 1), (0, 1), (-1, 0), (-1, -1), (0, -1))
USER_0 = 112
FIRST_FREE = SDRAM + 0x00100000
Place = tuple[int, int]


class EmulatedBoards:
    """width, height: chips that lie in a rectangle whose edges are joined where `wraps`."""

    def __init__(self, width: int, height: int, *, wraps: bool) -> None:
        self.size, self.wraps = (width, height), wraps
        self.clear()

    def clear(self) -> None:
        self.chips: dict[Place, Chip] = {}
        self.free: dict[Place, int] = {}
        self.cores: dict[tuple[int, int, int], Core] = {}
        self.tables: dict[Place, list[MulticastRoutingEntry]] = {}
        self.ticks = 0
        self.started = False

    def chip(self, x: int, y: int) -> Chip:
        return self.chips.setdefault((x, y), Chip())

    def malloc_sdram(self, x: int, y: int, size: int, app_id: int, tag: int = 0) -> int:
        base = self.free.get((x, y), FIRST_FREE)
        self.free[x, y] = base + (size + 3 & ~3)
        return base

    def write_memory(self, x: int, y: int, base_address: int, data: bytes) -> None:
        self.chip(x, y).write_bytes(base_address, data)

    def read_memory(self, x: int, y: int, base_address: int, length: int) -> bytes:
        return self.chip(x, y).read_bytes(base_address, length)

    def write_user(self, x: int, y: int, p: int, user: object, value: int) -> None:
        core = self.cores.setdefault((x, y, p), Core(self.chip(x, y), p))
        self.chip(x, y).write(core.variables + USER_0, value)

    def load_multicast_routes(
        self, x: int, y: int, routes: Iterable[MulticastRoutingEntry], app_id: int
    ) -> None:
        self.tables[x, y] = [*routes]
        if len(self.tables[x, y]) > 1023:
            raise ValueError(f"{len(self.tables[x, y])} entries at {x}, {y}")

    def execute_flood(self, core_subsets: CoreSubsets, executable: str, app_id: int, *, wait: bool) -> None:
        for subset in core_subsets:
            for p in subset.processor_ids:
                self.cores[subset.x, subset.y, p].load(Path(executable).read_bytes())

    def wait_for_cores_to_be_in_state(
        self, all_core_subsets: CoreSubsets, app_id: int, cpu_states: list[CPUState], *, timeout: float
    ) -> None:
        if not self.started:
            if cpu_states != [CPUState.READY]:
                raise ValueError(f"{cpu_states} is waited for before the cores are started")
            return
        for subset in all_core_subsets:
            for p in subset.processor_ids:
                state = CPUState(self.cores[subset.x, subset.y, p].state)
                if state not in cpu_states:
                    raise ValueError(
                        f"{state} of core {subset.x}, {subset.y}, {p}; {cpu_states} is waited for"
                    )

    def send_signal(self, app_id: int, signal: Signal) -> None:
        self.started = True
        for place in sorted(self.cores):
            if signal is Signal.START:
                self.cores[place].reset()
            elif signal is Signal.SYNC0:
                self.cores[place].start()
        if signal is Signal.SYNC0:
            self._run()

    def send_sdp_message(self, message: SDPMessage) -> None:
        header = message.sdp_header
        update_sdp_header_for_udp_send(header, 0, 0)
        place = header.destination_chip_x, header.destination_chip_y, header.destination_cpu
        to = header.destination_port << 5 | header.destination_cpu
        start = struct.pack("<BBBBHH", 0x07, 0xFF, to, 7 << 5 | 31, 0, 0)
        content = message.bytestring[len(header.bytestring) :]
        self.ticks = struct.unpack_from("<I", content, 4)[0]
        self.cores[place].message(start + content)

    def stop_application(self, app_id: int) -> None:
        self.clear()

    def _run(self) -> None:
        for _ in range(self.ticks + 1):  # a binary finds that it is done in the tick after the last
            keys: list[tuple[int, Place]] = []
            for (x, y, _), core in sorted(self.cores.items()):
                core.tick()
                keys += [(key, (x, y)) for key in core.around.sent]
                core.around.sent.clear()
            for key, place in keys:
                self._route(key, place, -1)

    def _route(self, key: int, place: Place, entered: int) -> None:
        """Follow a key through the tables; without an entry it goes straight on."""
        entry = next((each for each in self.tables.get(place, ()) if key & each.mask == each.key), None)
        if entry is None and entered < 0:
            raise ValueError(f"no entry for key {key:#x} at {place}, where it is sent")
        route = (1 << (entered + 3) % 6) if entry is None else entry.spinnaker_route
        for p in range(18):
            if route >> 6 + p & 1:
                self.cores[*place, p].packet(key)
        for link, (right, up) in enumerate(LINKS):
            if route >> link & 1:
                x, y = place[0] + right, place[1] + up
                if self.wraps:
                    x, y = x % self.size[0], y % self.size[1]
                self._route(key, (x, y), (link + 3) % 6)


def main() -> None:
    folder = Path(sys.argv[1])
    described = importlib.util.spec_from_file_location("load_spinnaker1", folder / "load_spinnaker1.py")
    if described is None or described.loader is None:
        raise SystemExit("there is no script")
    script: Any = importlib.util.module_from_spec(described)
    described.loader.exec_module(script)
    configuration = script.Configuration(folder)
    across, up = configuration.document["triads"]
    boards = EmulatedBoards(12 * across or 8, 12 * up or 8, wraps=across > 0)
    samples = np.load(sys.argv[2], allow_pickle=False)
    np.save(sys.argv[3], np.stack([script.run(boards, configuration, events) for events in samples]))


if __name__ == "__main__":
    main()
