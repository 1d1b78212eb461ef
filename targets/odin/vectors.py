"""Writes a core's stimulus and what it answers as text, with a Verilog bench that plays one and expects the other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..layout import DecodeError
from ..verilog_bench import filled_bench
from .arithmetics import modules_of
from .files import spi_list
from .model import OdinChip

_LINE = re.compile(rb"([0-9a-f]{8}) ([0-9a-f]{8})")
_COMMENT = re.compile(rb"// (sample|step) \d+")
MARGIN = 16  # clocks that a host's and a core's synchronisers take, and some more


def stimulus_file(chip: int) -> str:
    """File name of a chip's stimulus."""
    return f"chip{chip:02d}_stimulus.txt"


def expected_file(chip: int) -> str:
    """File name of a chip's expected output."""
    return f"chip{chip:02d}_expected.txt"


@dataclass(frozen=True, kw_only=True)
class CoreVectors:
    """What a core is told in one sample and what it answers. codes: (M,) int64 events; waits: (M,) bool, whether the
    host waits after one; clocks: (waits,) int64, of each wait in turn how long the core may work, at most. ends: (T,)
    events at the end of each step. operation: (K,) of each output the number of the waited-for event that closes the
    group which it belongs to; address: (K,)."""

    codes: np.ndarray
    waits: np.ndarray
    clocks: np.ndarray
    ends: np.ndarray
    operation: np.ndarray
    address: np.ndarray


def stimulus(sample: int, told: CoreVectors) -> bytes:
    """A line an event: its code, and the clocks that the host waits after it, 0 where it does not (hexadecimal).
    Comments say where the sample and each of its steps begin."""
    after = np.zeros(told.codes.size, dtype=np.int64)
    after[told.waits] = told.clocks + MARGIN
    lines = _lines(told.codes, after)
    starts = [0, *told.ends.tolist()[:-1]]
    for step in reversed(range(len(starts))):
        lines.insert(starts[step], f"// step {step}\n")
    return "".join([f"// sample {sample}\n", *lines]).encode()


def expected(sample: int, told: CoreVectors) -> bytes:
    """A line an output: how many waits of the sample were over before the one in which it comes, and its address
    (hexadecimal). A comment says where the sample begins."""
    before = np.cumsum(told.waits)[told.operation] - 1
    return "".join([f"// sample {sample}\n", *_lines(before, told.address)]).encode()


def _lines(first: np.ndarray, second: np.ndarray) -> list[str]:
    return [f"{a:08x} {b:08x}\n" for a, b in zip(first.tolist(), second.tolist(), strict=True)]


def read(text: bytes, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Both columns, int64, of such a file; comments are skipped. Raises DecodeError with the line."""
    pairs: list[tuple[int, int]] = []
    lines = text.split(b"\n")[:-1]
    for number, line in enumerate(lines):
        match = _LINE.fullmatch(line)
        if match is not None:
            pairs.append((int(match[1], 16), int(match[2], 16)))
        elif _COMMENT.fullmatch(line) is None:
            raise DecodeError(name, number, "not two numbers of eight hexadecimal digits")
    if not text.endswith(b"\n") and text:
        raise DecodeError(name, len(lines), "the last line has no end")
    first, second = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return first, second


def bench(chip: OdinChip, learns: Sequence[bool]) -> bytes:
    """The bench of all chips; the core's module has the chip's name. learns: of each chip, whether synapses change."""
    numbers = range(len(learns))
    values = {
        "dut": module_name(chip),
        "last": len(learns) - 1,
        "count": len(learns),
        "chips": "\n".join(_instance(chip, number, learns[number]) for number in numbers),
        **{
            name: " + ".join(f"chip{n:02d}.{name}" for n in numbers)
            for name in ("read_back", "events", "outputs")
        },
    }
    return filled_bench(__package__ or "", values)


def module_name(chip: OdinChip) -> str:
    """The Verilog module that the bench takes the chip for: the chip's title, as far as it can be a name."""
    return re.sub(r"\W", "_", chip.title, flags=re.ASCII)


def _instance(chip: OdinChip, number: int, learns: bool) -> str:
    name = f"chip{number:02d}"
    return f"""\
    chip_bench #(
        .NAME("{name}"), .LOAD("{spi_list(number)}"), .STIMULUS("{stimulus_file(number)}"),
        .EXPECTED("{expected_file(number)}"), .CODE_BITS({modules_of(chip).codes.CODE_BITS}), .LEARNS({int(learns)})
    ) {name} (.done(done[{number}]));"""
