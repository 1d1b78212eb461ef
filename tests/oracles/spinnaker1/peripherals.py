"""What surrounds a SpiNNaker 1 core, as far as a neuron binary uses it: interrupts, timer, DMA, packets, locks.

Wants unicorn. Register offsets are those of the SpiNNaker datasheet (version 2.02).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from unicorn import Uc

INTERRUPTS = {"TIMER1": 4, "DMA_DONE": 12, "CPU": 18, "MC": 24}
WORD = 0xFFFFFFFF
VECTORS_HIGH = 0xFFFFF000
VECTORED = 0x1F, 0x2F
PACKETS = 0x10, 0x20
TIMERS = 0x11, 0x21
DMA = 0x30, 0x40
SYSTEM = 0xE2, 0xF2
BASES = (
    0x10000000, 0x11000000, 0x1F000000, 0x20000000, 0x21000000, 0x2F000000, 0x30000000, 0x40000000,
    0xE1000000, 0xE2000000, 0xF1000000, 0xF2000000, VECTORS_HIGH,
)  # fmt: skip
CLOCK_MHZ = 200
TICK_CLOCKS = 200_000
NOT_FULL, EMPTY = 1 << 28, 1 << 31


@dataclass
class Interrupts:
    """The vectored interrupt controller. raw: lines that are up; fast: those that are taken as FIQ."""

    raw: int = 0
    enabled: int = 0
    fast: int = 0
    address: dict[int, int] = field(default_factory=dict)
    control: dict[int, int] = field(default_factory=dict)
    otherwise: int = 0

    def up(self, name: str) -> None:
        self.raw |= 1 << INTERRUPTS[name]

    def down(self, name: str) -> None:
        self.raw &= ~(1 << INTERRUPTS[name])

    @property
    def slow_pending(self) -> int:
        return self.raw & self.enabled & ~self.fast

    @property
    def fast_pending(self) -> int:
        return self.raw & self.enabled & self.fast

    def read(self, offset: int) -> int:
        values: dict[int, int] = {
            0x00: self.slow_pending,
            0x08: self.raw,
            0x0C: self.fast,
            0x10: self.enabled,
        }
        return self._vector() if offset == 0x30 else values.get(offset, 0)

    def _vector(self) -> int:
        for slot in sorted(self.control):
            word = self.control[slot]
            if word & 0x20 and self.slow_pending >> (word & 31) & 1:
                return self.address[slot]
        return self.otherwise

    def write(self, offset: int, value: int) -> None:
        actions: dict[int, Callable[[], None]] = {
            0x0C: lambda: setattr(self, "fast", value),
            0x10: lambda: setattr(self, "enabled", self.enabled | value),
            0x14: lambda: setattr(self, "enabled", self.enabled & ~value),
            0x18: lambda: setattr(self, "raw", self.raw | value),
            0x1C: lambda: setattr(self, "raw", self.raw & ~value),
            0x34: lambda: setattr(self, "otherwise", value),
        }
        if offset in actions:
            actions[offset]()
        elif 0x100 <= offset < 0x140:
            self.address[(offset - 0x100) // 4] = value
        elif 0x200 <= offset < 0x240:
            self.control[(offset - 0x200) // 4] = value


class Peripherals:
    """All of them. received: keys that wait for the core; sent: keys that it sent."""

    def __init__(self, memory: Uc, core: int) -> None:
        self.memory, self.core = memory, core
        self.interrupts = Interrupts()
        self.received: list[int] = []
        self.sent: list[int] = []
        self.clocks_left = 0
        self._timer: dict[int, int] = {}
        self._packet_control = 0
        self._from = self._to = 0
        for base in BASES:
            memory.mmio_map(base, 0x1000, self._read, base, self._write, base)

    def _read(self, _: Uc, offset: int, __: int, base: int) -> int:
        block = base >> 24 & 0xFF
        if base == VECTORS_HIGH or block in VECTORED:
            return self.interrupts.read(offset)
        if block in PACKETS:
            return self._read_packet(offset)
        if block in TIMERS:
            if offset == 0x04:
                self.clocks_left = max(0, self.clocks_left - CLOCK_MHZ)
                return self.clocks_left
            return self._timer.get(offset, 0)
        if block in DMA and offset == 0x14:
            return self.core << 24
        return 0  # locks are free, the monitor is core 0, and no packet has a payload

    def _read_packet(self, offset: int) -> int:
        if offset == 0x00:
            return self._packet_control & 0x00FFFFFF | NOT_FULL | EMPTY
        if offset != 0x14:
            return 0
        key = self.received.pop(0) if self.received else 0
        if not self.received:
            self.interrupts.down("MC")
        return key

    def _write(self, _: Uc, offset: int, __: int, value: int, base: int) -> None:
        block, value = base >> 24 & 0xFF, value & WORD
        if base == VECTORS_HIGH or block in VECTORED:
            self.interrupts.write(offset, value)
        elif block in PACKETS:
            if offset == 0x00:
                self._packet_control = value
            elif offset == 0x08:
                self.sent.append(value)
        elif block in TIMERS:
            self._timer[offset] = value
            if offset == 0x0C:
                self.interrupts.down("TIMER1")
        elif block in DMA:
            self._write_dma(offset, value)
        elif block in SYSTEM and offset == 0x0C:
            self.interrupts.down("CPU")

    def _write_dma(self, offset: int, value: int) -> None:
        if offset == 0x04:
            self._from = value
        elif offset == 0x08:
            self._to = value
        elif offset == 0x0C:
            length = value & 0x1FFFF
            system, core = self._from, self._to
            source, target = (core, system) if value & 1 << 19 else (system, core)
            self.memory.mem_write(target, bytes(self.memory.mem_read(source, length)))
            self.interrupts.up("DMA_DONE")
        elif offset == 0x10 and value & 0x08:
            self.interrupts.down("DMA_DONE")
