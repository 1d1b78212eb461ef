"""Writes a core's stimulus and what it answers as text, with a SystemVerilog bench that plays one and expects the
other.
"""

from __future__ import annotations

import re
from importlib.resources import files

import numpy as np

from ..layout import DecodeError
from .arithmetics import modules_of
from .files import spi_list
from .model import OdinChip

_LINE = re.compile(rb"([0-9a-f]{8}) ([0-9a-f]{8})")
MARGIN = 16  # clocks that a host's and a core's synchronisers take, and some more


def stimulus_file(chip: int) -> str:
    """File name of a chip's stimulus."""
    return f"chip{chip:02d}_stimulus.txt"


def expected_file(chip: int) -> str:
    """File name of a chip's expected output."""
    return f"chip{chip:02d}_expected.txt"


def bench_file(chip: int) -> str:
    """File name of a chip's bench."""
    return f"chip{chip:02d}_testbench.sv"


def stimulus(codes: np.ndarray, waits: np.ndarray, clocks: np.ndarray) -> bytes:
    """A line an event: its code, and the clocks that the host waits after it, 0 where it does not (hexadecimal, as
    $readmemh reads it). clocks: (waits,) int64, of each wait in turn how long the core may work, at most."""
    after = np.zeros(codes.size, dtype=np.int64)
    after[waits] = clocks + MARGIN
    return _text(codes, after)


def expected(operation: np.ndarray, waits: np.ndarray, address: np.ndarray) -> bytes:
    """A line an output: how many waits were over before the one in which it comes, and its address (hexadecimal).
    operation: the number of the waited-for event that closes the group which it belongs to."""
    return _text(np.cumsum(waits)[operation] - 1, address)


def _text(first: np.ndarray, second: np.ndarray) -> bytes:
    return "".join(
        f"{a:08x} {b:08x}\n" for a, b in zip(first.tolist(), second.tolist(), strict=True)
    ).encode()


def read(text: bytes, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Both columns, int64, of such a file. Raises DecodeError with the line."""
    pairs: list[tuple[int, int]] = []
    for number, line in enumerate(text.split(b"\n")[:-1]):
        match = _LINE.fullmatch(line)
        if match is None:
            raise DecodeError(name, number, "not two numbers of eight hexadecimal digits")
        pairs.append((int(match[1], 16), int(match[2], 16)))
    if not text.endswith(b"\n") and text:
        raise DecodeError(name, len(pairs), "the last line has no end")
    first, second = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return first, second


def bench(chip: OdinChip, number: int, *, writes: int, events: int, outputs: int) -> bytes:
    """For so many writes, events and outputs in the files of chip `number`; the core's module has the chip's name."""
    values = {
        "dut": re.sub(r"\W", "_", chip.title, flags=re.ASCII),
        "load": spi_list(number),
        "stimulus": stimulus_file(number),
        "expected": expected_file(number),
        "writes": writes,
        "events": events,
        "outputs": outputs,
        "code_bits": modules_of(chip).codes.CODE_BITS,
    }
    text = (files(__package__ or "") / "testbench.sv").read_text("utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    return text.encode()
