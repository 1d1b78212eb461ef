"""Input events on the wire: every code that is read is written again, and what has no code is refused."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.targets.layout import DecodeError
from spikec.targets.machines.crossbar_events import (
    ADDS_NOTHING,
    LEAK,
    LEAK_ALL,
    LEAKS,
    SETTLE,
    SINGLE,
    SPIKE,
    VIRTUAL,
)
from spikec.targets.odin import codes as odin
from spikec.targets.odin.tinyodin import codes as tinyodin


def test_every_tinyodin_code() -> None:
    codes = np.arange(1 << 10)
    kind, first, second = tinyodin.decode(codes)
    again = tinyodin.encode(kind, first, second)
    plain = (codes & 256 == 0) | (codes & 512 == 0)  # a leak has two codes; the one without bit 9 is written
    silent = (kind == VIRTUAL) & (second == 0)
    assert silent.sum() == 16
    np.testing.assert_array_equal(again, np.where(plain, codes, codes & 511))


def test_tinyodin_codes_by_hand() -> None:
    kind = np.array([SPIKE, LEAK_ALL, LEAK, VIRTUAL, VIRTUAL])
    found = tinyodin.encode(kind, np.array([200, 0, 7, 3, 15]), np.array([0, 0, 0, -8, 7]))
    assert found.tolist() == [0b00_11001000, 0b01_11111111, 0b01_00000111, 0b10_1000_0011, 0b10_0111_1111]


def test_every_odin_code_that_has_a_name() -> None:
    """A leak or spike that goes by the row ignores no bit; a virtual leak ignores its weight."""
    single, low = np.arange(1 << 16, 1 << 17, 97), np.array([0x07, 0xFF, 0x80])
    virtual = (np.arange(32) << 3 | 1).astype(np.int64)
    named = (np.arange(256)[:, None] << 8 | np.concatenate([low, virtual])).ravel()
    codes = np.concatenate([single, named, [0x7F, 0x00]])
    kind, first, second = odin.decode(codes)
    leaks = (kind == VIRTUAL) & (second == LEAKS)
    nothing = (kind == VIRTUAL) & (second == ADDS_NOTHING)
    assert leaks.sum() == 256 * 16
    assert nothing.sum() == 256
    again = odin.encode(kind, first, second)
    np.testing.assert_array_equal(again[~leaks], codes[~leaks])
    np.testing.assert_array_equal(again[leaks], codes[leaks] & 0xFF00 | 0b1001)


def test_odin_codes_by_hand() -> None:
    kind = np.array([SPIKE, LEAK_ALL, LEAK, VIRTUAL, SINGLE, SETTLE])
    found = odin.encode(kind, np.array([2, 0, 3, 4, 5, 6]), np.array([0, 0, 0, -5, 9, 0]))
    assert found.tolist() == [0x207, 0x7F, 0x3FF, 4 << 8 | 0b101_1_0_001, 0x10509, 0x680]


@pytest.mark.parametrize("code", [-1, 1 << 10])
def test_codes_that_are_too_wide_for_tinyodin(code: int) -> None:
    with pytest.raises(DecodeError, match="more than 10 bits"):
        tinyodin.decode(np.array([3, code]))


@pytest.mark.parametrize(("code", "words"), [(1 << 17, "more than 17 bits"), (0x0302, "no event")])
def test_codes_that_odin_has_no_name_for(code: int, words: str) -> None:
    with pytest.raises(DecodeError, match=words):
        odin.decode(np.array([0x0307, code]))


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [(SPIKE, 256, 0), (LEAK, 255, 0), (VIRTUAL, 16, 1), (VIRTUAL, 0, 8), (SINGLE, 0, 0)],
)
def test_operations_that_tinyodin_has_no_code_for(kind: int, first: int, second: int) -> None:
    with pytest.raises(ValueError, match=r"outside|no code"):
        tinyodin.encode(np.array([kind]), np.array([first]), np.array([second]))


@pytest.mark.parametrize(("kind", "first", "second"), [(SPIKE, 256, 0), (VIRTUAL, 0, 8), (SINGLE, 0, 256)])
def test_operations_that_odin_has_no_code_for(kind: int, first: int, second: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        odin.encode(np.array([kind]), np.array([first]), np.array([second]))
