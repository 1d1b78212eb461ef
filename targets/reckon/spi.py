"""Writes what loads a core over SPI, in an order that is safe, and reads it back: words of 32 bits, MSB first.

A transaction is an address word and as many data words as it says; a register keeps the last of them, a memory takes
one word after the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..layout import DecodeError
from .configuration import ReckonConfiguration, columns, written_neurons
from .words import (
    ALPHA_BITS,
    CHUNKS,
    LEAST_DIGIT,
    MOST_NEURONS,
    MOST_READOUTS,
    neuron_words,
    read_neuron_words,
    read_weights,
    weight_chunks,
)

REGISTER, NEURONS, POTENTIALS, INPUTS, RECURRENT, OUTPUTS = range(6)
"""What an address word can name."""
MOST_WORDS = (1 << 12) - 1
PAIRS, ROW = MOST_NEURONS // 2, MOST_NEURONS // CHUNKS
"""Neuron words, and the chunks of a row of input or recurrent weights."""
SIZES = {
    NEURONS: PAIRS * CHUNKS,
    POTENTIALS: MOST_READOUTS,
    INPUTS: MOST_NEURONS * ROW,
    RECURRENT: MOST_NEURONS * ROW,
    OUTPUTS: MOST_NEURONS * MOST_READOUTS // CHUNKS,
}
DIGITS = ("alpha_digits0", "alpha_digits1", "alpha_digits2", "alpha_digits3")
REGISTERS: Mapping[str, int] = {
    "configure": 0,
    "reset_to_zero": 8,
    "learn": 9,
    "shift_in": 12,
    "shift_rec": 13,
    "shift_out": 14,
    "label_is_zero": 25,
    "send_every_step": 30,
    "send_label": 31,
    **{name: 65 + k for k, name in enumerate(DIGITS)},
    "kappa": 69,
    "last_input": 94,
    "last_neuron": 95,
    "last_output": 96,
}
NAMES = {number: register for register, number in REGISTERS.items()}
WIDTHS: Mapping[str, int] = {
    **dict.fromkeys(("learn", "shift_in", "shift_rec", "shift_out"), 3),
    **dict.fromkeys(DIGITS, 32),
    **dict.fromkeys(("kappa", "last_input", "last_neuron"), 8),
    "last_output": 4,
}
"""In bits; others have one."""
FIXED: Mapping[int, int] = {10: 0, 11: 1, 19: 0, 21: 0, 32: 0, 33: 0}
"""Registers that stay as a reset leaves them: no ticks of the core's own, a stop at a tick that comes too early, and no
noise, random rounding and traces."""
AFTER_RESET: Mapping[str, int] = {"configure": 1, "learn": 7, "send_label": 1, "kappa": 0x7A} | {
    "last_input": 255,
    "last_neuron": 255,
    "last_output": 15,
}


def address_word(target: int, count: int, address: int) -> int:
    """The word that begins a write of `count` words."""
    return target << 28 | count << 16 | address


def load_list(c: ReckonConfiguration) -> tuple[np.ndarray, list[tuple[int, str]]]:
    """All words in the order in which they are sent, uint32, and comments: the word that each comes before. A reset
    comes before, never between: registers while the core is being configured, all chunks of the neuron words, the rows
    that can be read, read-outs, then the core runs."""
    words: list[int] = []
    sections: list[tuple[int, str]] = []

    def section(text: str) -> None:
        sections.append((len(words), text))

    def write(target: int, address: int, data: np.ndarray) -> None:
        words.append(address_word(target, data.size, address))
        words.extend(data.tolist())

    section("registers: the core is being configured and does not learn")
    for name, value in registers(c).items():
        write(REGISTER, REGISTERS[name], np.array([value]))
    section("neurons, a word a pair")
    for pair, chunks in enumerate(neuron_words(c.alpha, c.threshold, c.v)):
        write(NEURONS, pair * CHUNKS, chunks)
    for text, target, weights, row in (
        ("input weights, row by row", INPUTS, c.weights_in, ROW),
        ("recurrent weights, row by row", RECURRENT, c.weights_rec[: c.reached], ROW),
        ("output weights, neuron by neuron", OUTPUTS, c.weights_out[: c.reached], MOST_READOUTS // CHUNKS),
    ):
        section(text)
        for number, chunks in enumerate(weight_chunks(weights)):
            write(target, number * row, chunks)
    section("read-outs")
    write(POTENTIALS, 0, c.o & 0xFFFF)
    section("the core runs")
    write(REGISTER, REGISTERS["configure"], np.array([0]))
    return np.array(words, dtype=np.uint32), sections


def registers(c: ReckonConfiguration) -> dict[str, int]:
    """The registers while the core is being configured: name -> value, by number."""
    high = (c.alpha >> ALPHA_BITS) - LEAST_DIGIT
    filled = np.zeros(PAIRS, dtype=np.int64)
    filled[: high.size] = high
    digits = (filled.reshape(len(DIGITS), -1) << np.arange(PAIRS // len(DIGITS))).sum(axis=1)
    values = {
        "configure": 1,
        "reset_to_zero": int(c.to_zero),
        "learn": 0,
        "shift_in": c.shift_in,
        "shift_rec": c.shift_rec,
        "shift_out": c.shift_out,
        "label_is_zero": int(c.label_is_zero),
        "send_every_step": int(c.send_every_step),
        "send_label": int(c.send_label),
        **dict(zip(DIGITS, digits.tolist(), strict=True)),
        "kappa": c.kappa,
        "last_input": c.inputs - 1,
        "last_neuron": c.recurrent - 1,
        "last_output": c.outputs - 1,
    }
    return dict(sorted(values.items(), key=lambda item: REGISTERS[item[0]]))


@dataclass(frozen=True, kw_only=True)
class _Memory:
    registers: dict[str, int]
    words: dict[int, np.ndarray]


def loaded(words: np.ndarray, name: str) -> ReckonConfiguration:
    """What a core holds after these words, (K,) uint32; memory that is not written counts as 0. name: of their file.
    What the host sends on which row the words do not say: each element has one row here.

    Raises DecodeError for a list that ends within a transaction, for reads, for writes to nothing or while the core
    runs, and for a core that learns or is left in configuration."""
    memory = _written(words, name)
    r, m = memory.registers, memory.words
    if r["learn"]:
        raise DecodeError(name, -1, "the core is told to learn")
    if r["configure"]:
        raise DecodeError(name, -1, "the core is never told to run")
    inputs, recurrent, outputs = (1 + r[f"last_{kind}"] for kind in ("input", "neuron", "output"))
    pairs, reached = written_neurons(inputs, recurrent, outputs) // 2, columns(recurrent)
    digits = np.array([r[name] for name in DIGITS], dtype=np.int64)[:, None] >> np.arange(32) & 1
    alpha, threshold, v = read_neuron_words(
        m[NEURONS].reshape(PAIRS, CHUNKS)[:pairs], LEAST_DIGIT + digits.ravel()[:pairs], name
    )
    rows = {
        target: read_weights(m[target].reshape(MOST_NEURONS, -1)) for target in (INPUTS, RECURRENT, OUTPUTS)
    }
    potentials = m[POTENTIALS][:outputs].astype(np.int64)
    if (potentials >> 16).any():
        raise DecodeError(name, -1, "a read-out of more than 16 bits")
    return ReckonConfiguration(
        weights_in=rows[INPUTS][:inputs, :reached],
        weights_rec=rows[RECURRENT][: 2 * pairs, :reached],
        weights_out=rows[OUTPUTS][: 2 * pairs, :outputs],
        alpha=alpha,
        threshold=threshold,
        v=v,
        element=np.arange(inputs),
        tick=np.zeros(inputs, dtype=np.int64),
        o=potentials - (potentials >= 1 << 15) * (1 << 16),
        recurrent=recurrent,
        shift_in=r["shift_in"],
        shift_rec=r["shift_rec"],
        shift_out=r["shift_out"],
        kappa=r["kappa"],
        to_zero=bool(r["reset_to_zero"]),
        send_every_step=bool(r["send_every_step"]),
        send_label=bool(r["send_label"]),
        label_is_zero=bool(r["label_is_zero"]),
    )


def _written(words: np.ndarray, name: str) -> _Memory:
    values = {register: AFTER_RESET.get(register, 0) for register in REGISTERS}
    memory = {target: np.zeros(size, dtype=np.uint32) for target, size in SIZES.items()}
    at = 0
    while at < words.size:
        head = int(words[at])
        target, count, address = head >> 28, head >> 16 & MOST_WORDS, head & 0xFFFF
        data = words[at + 1 : at + 1 + count]
        if target > OUTPUTS:
            raise DecodeError(name, at, "a read, or a write to no memory")
        if data.size < count:
            raise DecodeError(name, at, f"{count} words are to follow; the list ends after {data.size}")
        if target == REGISTER and count:
            _write_register(values, address, int(data[-1]), name, at)
        elif target != REGISTER:
            if count and not values["configure"]:
                raise DecodeError(name, at, "a write to a memory while the core runs, which it ignores")
            if address + count > SIZES[target]:
                raise DecodeError(name, at, "a write past the end of a memory")
            memory[target][address : address + count] = data
        at += 1 + count
    return _Memory(registers=values, words=memory)


def _write_register(values: dict[str, int], number: int, value: int, name: str, at: int) -> None:
    if FIXED.get(number) == value:
        return
    register = NAMES.get(number)
    if register is None:
        raise DecodeError(name, at, f"register {number} is none that a core which only infers is written")
    if value >> WIDTHS.get(register, 1):
        raise DecodeError(name, at, f"{value} is more than {register} holds")
    values[register] = value


def text(words: np.ndarray, sections: Sequence[tuple[int, str]]) -> bytes:
    """Write a word a line in hexadecimal, as $readmemh reads it, with comments before some of them."""
    lines = [f"{word:08x}\n" for word in words.tolist()]
    for number, comment in reversed(sections):
        lines.insert(number, f"// {comment}\n")
    return "".join(lines).encode()


def read_text(data: bytes, name: str) -> np.ndarray:
    """(K,) uint32 words of a text; comments are skipped. Raises DecodeError with the line."""
    words: list[int] = []
    for number, line in enumerate(data.split(b"\n")):
        if not line or line.startswith(b"//"):
            continue
        if len(line) != 8 or line.strip(b"0123456789abcdef"):
            raise DecodeError(name, number, "not eight hexadecimal digits")
        words.append(int(line, 16))
    return np.array(words, dtype=np.uint32)
