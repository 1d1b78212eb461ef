"""One SpiNNaker 1 core on an emulated ARM processor, which runs an unmodified binary of the vendor.

Wants unicorn. The processor is an ARM946E-S, of the same instruction set as the chip's ARM968E-S. Interrupts are taken
where the binary waits for one.
"""

from __future__ import annotations

import struct

from chip import ALIASES, CORE_BYTES, CORE_VARIABLES, MESSAGE_BYTES, SIZES, SYSTEM_VARIABLES, Chip
from peripherals import TICK_CLOCKS, Peripherals
from unicorn import UC_ARCH_ARM, UC_HOOK_CODE, UC_MODE_ARM, UC_PROT_ALL, Uc
from unicorn.arm_const import UC_ARM_REG_CPSR, UC_ARM_REG_PC, UC_ARM_REG_R0, UC_CPU_ARM_946

ITCM, DTCM = 0x0, 0x400000
WAIT = 0xEE070F90
STUB = 0x9000
MICROSECONDS = 60_000_000
RUN_TIME_EXCEPTION = 2
APPLICATION = 30


class Halt(Exception):
    """The binary stopped."""


class Core:
    """A core of a chip. number: of the core there."""

    def __init__(self, chip: Chip, number: int) -> None:
        self.chip, self.number = chip, number
        self.variables = CORE_VARIABLES + CORE_BYTES * number
        self.processor = Uc(UC_ARCH_ARM, UC_MODE_ARM, UC_CPU_ARM_946)
        for base, size in SIZES.items():
            for address in (base, ALIASES[base]):
                self.processor.mem_map_ptr(address, size, UC_PROT_ALL, chip.begin[base])
        self.processor.mem_map(ITCM, 0x10000)
        self.processor.mem_map(DTCM, 0x10000)
        self.around = Peripherals(self.processor, number)
        self.at = 0
        self._waiting = False

    def read(self, address: int, words: int = 1) -> tuple[int, ...]:
        return struct.unpack(f"<{words}I", self.processor.mem_read(address, 4 * words))

    def write(self, address: int, *words: int) -> None:
        self.processor.mem_write(address, struct.pack(f"<{len(words)}I", *words))

    def load(self, binary: bytes) -> None:
        """Copy the parts of an .aplx file to where it says."""
        at = 0
        while True:
            command, first, second, third = struct.unpack_from("<4I", binary, at)
            if command == 1:
                self.processor.mem_write(first, binary[second : second + third])
            elif command == 2:
                self.processor.mem_write(first, binary[at + second : at + second + third])
            elif command == 3:
                self.write(first, *[third] * (second // 4))
            else:
                break
            at += 16
        image = bytes(self.processor.mem_read(ITCM, 0x8000))
        for address in range(0, len(image), 4):
            if struct.unpack_from("<I", image, address)[0] == WAIT:
                self.processor.hook_add(UC_HOOK_CODE, self._on_wait, None, address, address)

    def _on_wait(self, processor: Uc, *_: object) -> None:
        self._waiting = True
        processor.emu_stop()

    def reset(self) -> None:
        """Run the binary from its beginning to where it first waits."""
        self.processor.reg_write(UC_ARM_REG_CPSR, 0xD3)
        self.processor.reg_write(UC_ARM_REG_R0, APPLICATION)
        self.at = 0
        self._run()

    def _run(self) -> None:
        self._waiting = False
        self.processor.emu_start(self.at, 0xFFFFFFF0, timeout=MICROSECONDS)
        thumb = self.processor.reg_read(UC_ARM_REG_CPSR) >> 5 & 1
        self.at = self.processor.reg_read(UC_ARM_REG_PC) | thumb
        if not self._waiting or self.state == RUN_TIME_EXCEPTION:
            raise Halt(f"at {self.at:#x}: {self.messages()}")

    @property
    def state(self) -> int:
        """As the binary reports it."""
        return self.processor.mem_read(self.variables + 46, 1)[0]

    def wake(self) -> None:
        """Take interrupts until none is pending."""
        interrupts = self.around.interrupts
        while interrupts.fast_pending or interrupts.slow_pending:
            self._interrupt(fast=bool(interrupts.fast_pending))
            self.step()

    def step(self) -> None:
        """Go on behind the wait, up to the next."""
        self.at += 4
        self._run()

    def start(self) -> None:
        """Go on from where all cores wait for each other."""
        self.step()
        self.wake()

    def _interrupt(self, *, fast: bool) -> None:
        waits = self.at
        mode, vector = (0xD1, 0x1C) if fast else (0xD2, 0x18)
        self.write(
            STUB,
            0xE10F0000,  # mrs r0, cpsr
            0xE321F000 | mode,  # msr cpsr_c, #mode
            0xE16FF000,  # msr spsr_cxsf, r0
            0xE59FE004,  # ldr lr, [pc, #4]: where the wait is, + 4
            0xE59F0004,  # ldr r0, [pc, #4]
            0xE59FF004,  # ldr pc, [pc, #4]: the vector
            waits + 4,
            self.processor.reg_read(UC_ARM_REG_R0),
            vector,
        )
        self.at = STUB
        self._run()
        if self.at != waits:
            raise Halt(f"an interrupt ended at {self.at:#x}, not at {waits:#x}")

    def interrupt(self, name: str) -> None:
        self.around.interrupts.up(name)
        self.wake()

    def tick(self) -> None:
        self.around.clocks_left = TICK_CLOCKS
        self.interrupt("TIMER1")

    def packet(self, key: int) -> None:
        self.around.received.append(key)
        self.interrupt("MC")

    def message(self, content: bytes) -> None:
        """Deliver an SDP message through the core's mailbox."""
        self.chip.free_messages()
        (buffer,) = self.read(SYSTEM_VARIABLES + 0x68)
        self.write(SYSTEM_VARIABLES + 0x68, *self.read(buffer))
        self.processor.mem_write(buffer, bytes(MESSAGE_BYTES))
        self.processor.mem_write(buffer, struct.pack("<IHH", 0, len(content), 0) + content)
        self.write(self.variables + 48, buffer)
        self.processor.mem_write(self.variables + 56, b"\1")
        self.interrupt("CPU")

    def messages(self) -> str:
        """Return what the binary printed: numbers of messages, mostly."""
        parts: list[str] = []
        (at,) = self.read(self.variables + 88)
        while at:
            following, _, _, length = self.read(at, 4)
            parts.append(bytes(self.processor.mem_read(at + 16, length)).decode("latin1"))
            at = following
        return "".join(parts)
