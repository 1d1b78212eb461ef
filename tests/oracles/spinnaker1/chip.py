"""The memories of a SpiNNaker 1 chip, which its cores share, with what the monitor leaves in them."""

from __future__ import annotations

import ctypes
import struct

SDRAM, SYSTEM_RAM = 0x60000000, 0xE5000000
ALIASES = {SDRAM: 0x70000000, SYSTEM_RAM: 0xF5000000}
SIZES = {SDRAM: 128 << 20, SYSTEM_RAM: 0x8000}
PAGE = 0x1000
SYSTEM_VARIABLES, CORE_VARIABLES = 0xE5007F00, 0xE5007000
CORE_BYTES = 128
MESSAGE_BYTES, MESSAGES = 320, 8


class Chip:
    """Addresses are those that a core sees. Structures are those of the SpiNNaker low-level software (SARK)."""

    def __init__(self) -> None:
        self._memory = {base: ctypes.create_string_buffer(size + PAGE) for base, size in SIZES.items()}
        self.begin = {
            base: (ctypes.addressof(memory) + PAGE - 1) & ~(PAGE - 1) for base, memory in self._memory.items()
        }
        self._system_variables()

    def _address(self, address: int, length: int) -> int:
        for base, size in SIZES.items():
            if base <= address and address + length <= base + size:
                return self.begin[base] + address - base
        raise ValueError(f"{address:#x} is in no memory of a chip")

    def write_bytes(self, address: int, content: bytes) -> None:
        ctypes.memmove(self._address(address, len(content)), content, len(content))

    def read_bytes(self, address: int, length: int) -> bytes:
        return ctypes.string_at(self._address(address, length), length)

    def write(self, address: int, *words: int) -> None:
        self.write_bytes(address, struct.pack(f"<{len(words)}I", *words))

    def read(self, address: int, words: int = 1) -> tuple[int, ...]:
        return struct.unpack(f"<{words}I", self.read_bytes(address, 4 * words))

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
        self.write_bytes(SYSTEM_VARIABLES, bytes(words))
        self.free_messages()
        self._heap(0x4C, SDRAM + 0x05000000, 0x00800000)
        self._heap(0xD0, SDRAM + 0x05900000, 0x00400000)
        self._heap(0x48, SYSTEM_RAM + 0x3800, 0x800)

    def free_messages(self) -> None:
        """Make a list of all message buffers, whatever became of them."""
        for k in range(MESSAGES):
            here = SYSTEM_RAM + k * MESSAGE_BYTES
            self.write(here, here + MESSAGE_BYTES if k < MESSAGES - 1 else 0)
        self.write(SYSTEM_VARIABLES + 0x68, SYSTEM_RAM)

    def _heap(self, variable: int, base: int, size: int) -> None:
        first, last = base + 16, base + size - 8
        self.write(base, first, first, last, last - first - 8, last, 0)
        self.write(last, 0, 0)
        self.write(SYSTEM_VARIABLES + variable, base)
