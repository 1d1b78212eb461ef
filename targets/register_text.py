"""Writes a map of registers as Markdown for people, and as a C header for programs that write the words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .register_map import RegisterMap, Word

MASK_BITS = 64


def markdown(registers: RegisterMap) -> str:
    """Write tables of words, registers and ranges."""
    lines = [f"# Registers of {registers.title} (`{registers.target}`)", "", registers.remark, ""]
    for word in registers.words:
        lines += [f"## {word.name}", "", f"{word.bits} bits, in `{word.where}`.", ""]
        rows = [
            (f"{f.shift + f.width - 1}:{f.shift}", f.name, str(f.width), "yes" if f.signed else "")
            for f in reversed(word.fields)
        ]
        lines += [*_table(("bits", "field", "width", "signed"), rows), ""]
    if registers.registers:
        rows = [(str(register.number), register.name) for register in registers.registers]
        lines += ["## Registers by number", "", *_table(("number", "register"), rows), ""]
    if registers.values:
        rows = [(value.name, str(value.low), str(value.high)) for value in registers.values]
        lines += ["## Ranges, inclusive", "", *_table(("number of the toml", "low", "high"), rows), ""]
    return "\n".join(lines)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *rows)]


def c_header(registers: RegisterMap) -> str:
    """Write macros. Macros: of each word its BITS; of each field SHIFT, WIDTH and MASK, which is to be applied after
    the shift. A field of more than 64 bits has no MASK."""
    guard = f"{macro(registers.target)}_REGISTERS_H"
    about = f"Words of {registers.title}. {registers.remark}".replace("*/", "* /")
    lines = [f"/* {about} */", f"#ifndef {guard}", f"#define {guard}", "#include <stdint.h>"]
    for word in registers.words:
        lines += ["", f"/* {word.name}, in {word.where} */", *_word(macro(registers.target), word)]
    if registers.registers:
        lines += ["", "/* registers by number */"]
    lines += [
        f"#define {macro(registers.target, 'REGISTER', r.name)} {r.number}" for r in registers.registers
    ]
    if registers.values:
        lines += ["", "/* ranges, inclusive */"]
    for value in registers.values:
        for end, number in (("MIN", value.low), ("MAX", value.high)):
            lines.append(f"#define {macro(registers.target, value.name, end)} {_number(number)}")
    return "\n".join([*lines, "", f"#endif /* {guard} */", ""])


def _word(prefix: str, word: Word) -> Iterator[str]:
    yield f"#define {macro(prefix, word.name, 'BITS')} {word.bits}"
    for field in word.fields:
        name = macro(prefix, word.name, field.name)
        yield f"#define {name}_SHIFT {field.shift}"
        yield f"#define {name}_WIDTH {field.width}{' /* two' + chr(39) + 's complement */' if field.signed else ''}"
        if field.width <= MASK_BITS:
            yield f"#define {name}_MASK UINT64_C({(1 << field.width) - 1:#x})"


def macro(*parts: str) -> str:
    """A name for the preprocessor: capitals, digits and underscores."""
    text = re.sub(r"[^A-Z0-9]+", "_", "_".join(parts).upper()).strip("_")
    return text if not text[:1].isdigit() else f"CHIP_{text}"


def _number(value: int) -> str:
    """INT32_MIN has no literal of its own in C."""
    return str(value) if value > -(1 << 31) else f"(-{(1 << 31) - 1} - 1)"
