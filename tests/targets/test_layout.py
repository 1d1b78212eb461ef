"""Words and bit fields: packed, unpacked, and refused where a field or a reserved bit is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.targets.layout import DecodeError, Field, WordType, pack, unpack

MIXED = WordType("mixed", (Field("a", 3), Field("b", 5, signed=True), Field("c", 1), Field("d", 40)))


def test_fields_lie_from_the_lowest_bit_up() -> None:
    words = pack(MIXED, {"a": np.array([5]), "b": np.array([-1]), "c": np.array([1]), "d": np.array([3])})
    assert words.dtype == np.uint64
    assert words.tolist() == [0b101 | 0b11111 << 3 | 1 << 8 | 3 << 9]


def test_round_trip_over_random_words_of_random_layouts() -> None:
    rng = np.random.default_rng(11)
    for _ in range(50):
        widths: list[int] = []
        while len(widths) < 8 and sum(widths) < 60:
            widths.append(int(rng.integers(1, min(62, 64 - sum(widths)) + 1)))
        fields = tuple(Field(f"f{i}", bits, bool(rng.integers(2))) for i, bits in enumerate(widths))
        layout = WordType("random", fields)
        words = rng.integers(0, 1 << 63, 40, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
        words &= np.uint64((1 << sum(widths)) - 1)
        values = unpack(layout, words, "image")
        for field in fields:
            assert values[field.name].dtype == np.int64
            assert values[field.name].min() >= field.low
            assert values[field.name].max() <= field.high
        assert np.array_equal(pack(layout, values), words)


@pytest.mark.parametrize(
    ("field", "bits", "signed", "low", "high"),
    [("u", 1, False, 0, 1), ("u", 17, False, 0, 131071), ("s", 13, True, -4096, 4095), ("s", 1, True, -1, 0)],
)
def test_range_of_a_field(field: str, bits: int, signed: bool, low: int, high: int) -> None:
    layout = WordType("one", (Field(field, bits, signed),))
    kept = unpack(layout, pack(layout, {field: np.array([low, high])}), "image")[field]
    assert kept.tolist() == [low, high]
    for outside in (low - 1, high + 1):
        with pytest.raises(ValueError, match=rf"one\.{field}\[1\] = {outside} is outside {low}\.\.{high}"):
            pack(layout, {field: np.array([low, outside])})


def test_reserved_bits_name_their_word() -> None:
    words = np.array([0, 1 << 48, 1 << 49, 1 << 63], dtype=np.uint64)
    with pytest.raises(DecodeError, match="0/3/mixed word 2: reserved bits are set") as caught:
        unpack(MIXED, words, "0/3/mixed")
    assert (caught.value.image, caught.value.index) == ("0/3/mixed", 2)


def test_no_words() -> None:
    empty = np.zeros(0, dtype=np.int64)
    words = pack(MIXED, dict.fromkeys("abcd", empty))
    assert words.size == 0
    assert unpack(MIXED, words, "image")["b"].size == 0


def test_values_of_the_wrong_kind_or_length() -> None:
    one = WordType("one", (Field("a", 3), Field("b", 3)))
    with pytest.raises(ValueError, match="no integer type"):
        pack(one, {"a": np.array([1.0]), "b": np.array([1])})
    with pytest.raises(ValueError, match="different lengths"):
        pack(one, {"a": np.array([1, 2]), "b": np.array([1])})
    with pytest.raises(ValueError, match="fields"):
        pack(one, {"a": np.array([1])})


@pytest.mark.parametrize(
    "fields",
    [
        (Field("a", 40), Field("b", 25)),
        (Field("a", 63),),
        (Field("a", 0),),
        (Field("a", 3), Field("a", 3)),
    ],
)
def test_impossible_word_types(fields: tuple[Field, ...]) -> None:
    with pytest.raises(ValueError, match="wrong: "):
        WordType("wrong", fields)
