"""Runs loaded cores of the vendor's binaries side by side, tick by tick, and writes down what they send and record.

    python run.py folder

In `folder` lies `request.json`: cores, each with `binary`, `number` on its chip, `base` of its memory and the `words`
in it as address -> hexadecimal little-endian bytes; `recording`: address of the region with the recording channels;
`neurons`; `channels`: those that are read back, all of one word a neuron. deliver: rows of key, mask and the numbers of
the cores that take it. keys: rows of tick and key that the host sends. ticks. `answer.json` then holds for each core
`sent`, rows of tick and key, and `recorded`, of each channel the rows of ticks and neurons.

Wants unicorn and the sPyNNaker wheel, for its `model_binaries`.
"""

from __future__ import annotations

import json
import struct
import sys
import sysconfig
from pathlib import Path
from typing import Any

from chip import SDRAM, Chip
from core import Core

BINARIES = Path(sysconfig.get_paths()["purelib"]) / "spynnaker" / "pyNN" / "model_binaries"
RUN_TIME = 7
USER_0 = 112


def booted(description: dict[str, Any], ticks: int) -> Core:
    """A core that waits for its first tick."""
    core = Core(Chip(), description["number"])
    core.load((BINARIES / f"{description['binary']}.aplx").read_bytes())
    for address, words in description["words"].items():
        core.processor.mem_write(SDRAM + int(address), bytes.fromhex(words))
    core.write(core.variables + USER_0, SDRAM + description["base"])
    core.reset()
    port = description["port"] << 5
    header = struct.pack("<BBBBHH", 0x07, 0xFF, port | core.number, 7 << 5 | 31, 0, 0)
    core.message(header + struct.pack("<HHIIII", RUN_TIME, 0, ticks, 0, 0, 0))
    core.start()
    return core


def run(request: dict[str, Any]) -> list[dict[str, Any]]:
    ticks = request["ticks"]
    cores = [booted(description, ticks) for description in request["cores"]]
    by_tick: dict[int, list[int]] = {}
    for tick, key in request["keys"]:
        by_tick.setdefault(tick, []).append(key)
    sent: list[list[list[int]]] = [[] for _ in cores]
    for tick in range(ticks):
        keys = list(by_tick.get(tick, ()))
        for number, core in enumerate(cores):
            core.tick()
            sent[number] += [[tick, key] for key in core.around.sent]
            keys += core.around.sent
            core.around.sent.clear()
        for key in keys:
            for base, mask, takers in request["deliver"]:
                if key & mask == base:
                    for number in takers:
                        cores[number].packet(key)
    return [
        {"sent": each, "recorded": recorded(core, description, ticks)}
        for each, core, description in zip(sent, cores, request["cores"], strict=True)
    ]


def recorded(core: Core, description: dict[str, Any], ticks: int) -> dict[str, list[list[int]]]:
    n = description["neurons"]
    found: dict[str, list[list[int]]] = {}
    for channel in description["channels"]:
        room, _, address = core.read(SDRAM + description["recording"] + 4 + 12 * channel, 3)
        rows = [core.read(address + 4 * (n + 1) * tick, n + 1) for tick in range(ticks)]
        if [row[0] for row in rows] != [*range(ticks)] or room < 4 * (n + 1) * ticks:
            raise SystemExit(f"channel {channel} holds no record of every tick")
        found[str(channel)] = [[word - (word >> 31 << 32) for word in row[1:]] for row in rows]
    return found


def main() -> None:
    folder = Path(sys.argv[1])
    answer = run(json.loads((folder / "request.json").read_text()))
    (folder / "answer.json").write_text(json.dumps(answer))


if __name__ == "__main__":
    main()
