"""Plays a recording of PAICORE 2.5's functional simulator, frame by frame, and collects what ours answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from spikec.sim.engines.buffered.in_ticks import Ticks
from spikec.targets.machines.buffered import BufferedMachine
from spikec.targets.paicore25 import neuron
from spikec.targets.paicore25.frames import ADDRESSES, Route
from spikec.targets.paicore25.loading import read_config_frames
from spikec.targets.paicore25.machine import buffered_cores, input_bits, step_bits
from spikec.targets.paicore25.routes import reached
from spikec.targets.paicore25.traffic import at_host, sender, sent_frames

SYNC, INIT = 12, 13
FIELDS = {"z": 54, "x": 48, "y": 42, "copy_z": 36, "copy_x": 30, "copy_y": 24}


@dataclass(frozen=True, kw_only=True)
class Step:
    """What happened in a recorded step: frames between cores and at the host, and for each core that ran in the last
    step of the chip its potentials and outputs."""

    sent: np.ndarray
    host: np.ndarray
    v: Mapping[int, np.ndarray]
    out: Mapping[int, np.ndarray]


def number(frame: int, low: int) -> int:
    """A signed number of six bits of a frame, from bit `low` up."""
    bits = frame >> low & 63
    return -(bits & 31) if bits & 32 else bits


class Chip:
    """A chip that has been loaded; frames go in as they were recorded."""

    def __init__(self, config_frames: np.ndarray, *, init: bool) -> None:
        self.cores = read_config_frames(config_frames, "config_frames")
        made = buffered_cores(self.cores, started=init)
        self.ticks = Ticks(BufferedMachine(n_inputs=0, cores=made, feeds=()), neuron)
        self.senders = [sender(core) for core in self.cores]
        self.order = sorted(range(len(made)), key=lambda k: (self.cores[k].x, self.cores[k].y))
        self.by_place = {(core.x, core.y): k for k, core in enumerate(self.cores)}
        self.sent: list[np.ndarray] = []
        self.host: list[np.ndarray] = []
        if init:
            self.ticks.init()

    def feed(self, frame: int) -> None:
        header = frame >> 60
        if header == INIT:
            self.ticks.init()
        elif header == SYNC:
            for _ in range(frame & 0xFFFFFF):
                self.step()
        else:
            self._write(frame)

    def _write(self, frame: int) -> None:
        route = Route(**{name: number(frame, low) for name, low in FIELDS.items()})
        slot = frame >> 17 & 127 | (frame >> 60 & 1) << 7
        for at in reached((0, 0), route):
            k = self.by_place[at]
            core = self.cores[k]
            address = (slot * 512 + (frame >> 8 & 511) + core.registers["axon_skew"]) % ADDRESSES
            step, bit = divmod(address, step_bits(core))
            self.ticks.write(k, step, bit // input_bits(core), frame & 255)

    def step(self) -> dict[int, int]:
        ran = self.ticks.step()
        for k in self.order:
            if k in ran:
                held = self.ticks.held[k]
                frames, to_host = sent_frames(self.senders[k], ran[k], held.out[0], held.shown[0])
                self.sent.append(frames)
                self.host.append(at_host(frames[to_host]))
        return ran


def played(recorded: Mapping[str, np.ndarray]) -> Iterator[Step]:
    """Step by step what ours does with the frames of a recording."""
    chip = Chip(recorded["config_frames"], init=bool(recorded["init"]))
    none = [np.zeros(0, dtype=np.uint64)]
    for step in range(int(recorded["steps"])):
        chip.sent, chip.host = [*none], [*none]
        for frame in recorded["input_frames"][recorded["input_step"] == step].tolist():
            chip.feed(frame)
        ran = chip.step()
        held = chip.ticks.held
        yield Step(
            sent=np.concatenate(chip.sent),
            host=np.concatenate(chip.host),
            v={k: own.v[0].copy() for k, own in enumerate(held)},
            out={k: held[k].out[0].copy() for k in ran},
        )
