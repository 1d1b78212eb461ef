"""Runs a machine with input buffers by the steps of the chip: in each, all cores that run compute, then all send."""

from __future__ import annotations

from types import ModuleType

from ....targets.machines.buffered import BufferedMachine
from .held import held, restart
from .in_numpy import lay_out


class Ticks:
    """A chip in the middle of a run of one sample. The rings hold as many steps as the buffers of the chip, so that
    what comes too late is read a lap later."""

    def __init__(self, machine: BufferedMachine, module: ModuleType) -> None:
        self.machine = machine
        self.cores = [lay_out(core, module) for core in machine.cores]
        self.held = [held(core, 1, core.laps) for core in machine.cores]
        self.tick = 0

    def init(self) -> None:
        """Answer INIT: potentials start anew, buffers and counters are cleared."""
        for core, own in zip(self.machine.cores, self.held, strict=True):
            restart(core, own)
            own.ring[:] = 0
        self.tick = 0

    def write(self, core: int, step: int, element: int, bits: int) -> None:
        """Take what the host sends: a core's own step, modulo the steps of its buffer, and the bits of an element."""
        self.held[core].ring[0, step, element] = bits

    def step(self) -> dict[int, int]:
        """Do a step of the chip: core -> its own step, of those that ran. What they did is in `held`."""
        self.tick += 1
        ran: dict[int, int] = {}
        for number, core in enumerate(self.machine.cores):
            k = self.tick - core.start
            if not core.start or k < 0 or (core.duration and k >= core.duration):
                continue
            if core.restarts and k and k % core.restarts == 0:
                restart(core, self.held[number])
            self.cores[number].compute(self.held[number], k % core.laps)
            ran[number] = k
        for number, k in ran.items():
            for sending in self.machine.cores[number].sendings:
                for there in sending.cores:
                    receiver = self.machine.cores[there]
                    self.cores[number].send(self.held[number], sending, k, receiver, self.held[there])
        return ran
