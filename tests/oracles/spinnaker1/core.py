"""One SpiNNaker 1 core on an emulated ARM processor, which runs an unmodified binary of the vendor.

Wants unicorn. The processor is an ARM946E-S, of the same instruction set as the chip's ARM968E-S. Interrupts are taken
where the binary waits for one. Addresses of structures are those of the SpiNNaker low-level software (SARK).
"""

from __future__ import annotations

import ctypes
import struct

from peripherals import TICK_CLOCKS, Peripherals
from unicorn import UC_ARCH_ARM, UC_HOOK_CODE, UC_MODE_ARM, UC_PROT_ALL, Uc
from unicorn.arm_const import UC_ARM_REG_CPSR, UC_ARM_REG_PC, UC_ARM_REG_R0, UC_CPU_ARM_946

ITCM, DTCM, SDRAM, SYSTEM_RAM = 0x0, 0x400000, 0x60000000, 0xE5000000
ALIASES = {SDRAM: 0x70000000, SYSTEM_RAM: 0xF5000000}
SIZES = {SDRAM: 128 << 20, SYSTEM_RAM: 0x8000}
PAGE = 0x1000
SYSTEM_VARIABLES, CORE_VARIABLES = 0xE5007F00, 0xE5007000
CORE_BYTES = 128
WAIT = 0xEE070F90
STUB = 0x9000
MICROSECONDS = 60_000_000
MESSAGE_BYTES, MESSAGES = 320, 8
RUN_TIME_EXCEPTION = 2
APPLICATION = 30


class Halt(Exception):
    """The binary stopped."""


class Core:
    """A core with its memories. number: of the core on its chip."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.variables = CORE_VARIABLES + CORE_BYTES * number
        self.processor = Uc(UC_ARCH_ARM, UC_MODE_ARM, UC_CPU_ARM_946)
        self._kept: list[ctypes.Array[ctypes.c_char]] = []
        for base, size in SIZES.items():
            self._map_twice(base, size)
        self.processor.mem_map(ITCM, 0x10000)
        self.processor.mem_map(DTCM, 0x10000)
        self.around = Peripherals(self.processor, number)
        self.at = 0
        self._waiting = False
        self._system_variables()

    def _map_twice(self, base: int, size: int) -> None:
        memory = ctypes.create_string_buffer(size + PAGE)
        self._kept.append(memory)
        begin = (ctypes.addressof(memory) + PAGE - 1) & ~(PAGE - 1)
        for address in (base, ALIASES[base]):
            self.processor.mem_map_ptr(address, size, UC_PROT_ALL, begin)

    def _system_variables(self) -> None:
        words = bytearray(256)
        struct.pack_into("<H", words, 0x24, 200)
        for core in range(18):
            words[0x94 + core] = words[0xA8 + core] = core
        for offset, value in (
            (0x50, 16384), (0x54, SDRAM + 0x07000000), (0x68, SYSTEM_RAM), (0xCC, CORE_VARIABLES),
            (0xDC, SDRAM + 0x06000000), (0xE4, SYSTEM_RAM + 0x3000), (0xFC, 0x0004FF00),
        ):  # fmt: skip
            struct.pack_into("<I", words, offset, value)
        self.processor.mem_write(SYSTEM_VARIABLES, bytes(words))
        for k in range(MESSAGES):
            here = SYSTEM_RAM + k * MESSAGE_BYTES
            self.write(here, here + MESSAGE_BYTES if k < MESSAGES - 1 else 0)
        self._heap(0x4C, SDRAM + 0x05000000, 0x00800000)
        self._heap(0xD0, SDRAM + 0x05900000, 0x00400000)
        self._heap(0x48, SYSTEM_RAM + 0x3800, 0x800)

    def _heap(self, variable: int, base: int, size: int) -> None:
        first, last = base + 16, base + size - 8
        header = struct.pack("<4I", first, first, last, last - first - 8)
        self.processor.mem_write(base, header + struct.pack("<2I", last, 0))
        self.processor.mem_write(last, struct.pack("<2I", 0, 0))
        self.write(SYSTEM_VARIABLES + variable, base)

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
        state = self.processor.mem_read(self.variables + 46, 1)[0]
        if not self._waiting or state == RUN_TIME_EXCEPTION:
            raise Halt(f"at {self.at:#x}: {self.messages()}")

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
