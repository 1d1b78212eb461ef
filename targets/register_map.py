"""Records that map a chip's registers: the words of its configuration, bit by bit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from .layout import Field, WordType
from .reading import ranges


class MappedField(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`width` bits from bit `shift` on; a signed field is two's complement."""

    name: str
    shift: int
    width: int
    signed: bool


class Word(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of word of `bits` bits. where: which memory or file holds it. Bits that no field has are 0."""

    name: str
    bits: int
    where: str
    fields: tuple[MappedField, ...]


class Register(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A register that is written by its number."""

    name: str
    number: int


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A range of the toml, inclusive, by its path there."""

    name: str
    low: int
    high: int


class RegisterMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words, registers and ranges of a chip.

    remark: what is to be known of the words, as where they are ours. document: the file with the configuration that
    the JSON Schema is of."""

    target: str
    title: str
    remark: str
    document: str
    words: tuple[Word, ...]
    registers: tuple[Register, ...]
    values: tuple[Value, ...]


def word(name: str, where: str, fields: Sequence[Field], bits: int = 0) -> Word:
    """Make a word whose first field has the lowest bits; `bits` 0: as many as the fields."""
    placed: list[MappedField] = []
    shift = 0
    for field in fields:
        placed.append(MappedField(field.name, shift, field.bits, field.signed))
        shift += field.bits
    return Word(name, max(bits, shift), where, tuple(placed))


def of_word_type(word_type: WordType, where: str, bits: int = 64) -> Word:
    """Convert a word type to a word of the map."""
    return word(word_type.name, where, word_type.fields, bits)


def values_of(record: msgspec.Struct) -> Iterator[Value]:
    """List the ranges of a target, in the order of its toml."""
    for rule in ranges(record):
        if isinstance(rule.found, tuple):
            low, high = rule.found
            yield Value(rule.path, int(low), int(high))
