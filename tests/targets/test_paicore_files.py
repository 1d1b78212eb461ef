"""Files of a PAICORE 2.5 configuration: read back as they were written; everything else is refused, and named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from spikec.sim.engines.buffered.run import start
from spikec.sim.engines.choice import whole
from spikec.targets import load
from spikec.targets.layout import DecodeError
from spikec.targets.paicore25 import neuron
from spikec.targets.paicore25.files import FILE, FRAMES, TEXT, decode, encode
from spikec.targets.paicore25.host_io import host_io
from spikec.targets.paicore25.limits import violations
from spikec.targets.paicore25.machine import machine
from spikec.targets.paicore25.model import PaicoreChip

from ..effort import THOROUGH
from .paicore_nets import INPUTS, configuration

LOADED = load("paicore25")
assert isinstance(LOADED, PaicoreChip)
CHIP: PaicoreChip = LOADED
HEADER = 128
"""Bytes before the first frame."""


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    c = configuration()
    assert violations(c, CHIP) == ()
    return encode(c, CHIP)


def frames_of(files: dict[str, bytes]) -> np.ndarray:
    return np.frombuffer(files[FRAMES][HEADER:], dtype="<u8").astype(np.uint64)


def with_frames(files: dict[str, bytes], frames: np.ndarray) -> dict[str, bytes]:
    """Without the text, which would tell."""
    from spikec.targets.paicore25.files import _npy

    return {FILE: files[FILE], FRAMES: _npy(frames)}


def test_files_are_read_back(files: dict[str, bytes]) -> None:
    assert encode(decode(files, CHIP), CHIP) == files


def test_the_machine_is_the_same(files: dict[str, bytes]) -> None:
    events = (np.random.default_rng(3).random((12, 2, INPUTS)) < 0.5).astype(np.uint8)
    runs = [
        start(machine(c), neuron, whole(events), states=True)(events)
        for c in (configuration(), decode(files, CHIP))
    ]
    assert runs[0].spikes.any()
    assert np.array_equal(runs[0].spikes, runs[1].spikes)
    assert np.array_equal(runs[0].states["v"], runs[1].states["v"])


def test_the_text_says_the_same(files: dict[str, bytes]) -> None:
    lines = files[TEXT].decode().splitlines()
    words = [int(line, 16) for line in lines if not line.startswith("//")]
    assert words == frames_of(files).tolist()
    assert [line for line in lines if line.startswith("//")] == [
        "// core 2, 3",
        "// core 3, 3",
        "// core 3, 4",
    ]


def test_the_host_is_told_every_place() -> None:
    told = host_io(configuration())
    assert told.inputs.rows.shape == (INPUTS, 8)
    assert told.inputs.column("address").tolist() == list(range(INPUTS))
    assert told.outputs.column("address").tolist() == [0, 32, 64]
    assert told.outputs.column("potential").tolist() == [1, 1, 1]


def test_every_bit_counts(files: dict[str, bytes]) -> None:
    """A frame with another bit is refused, or it is what loads another configuration: never read over."""
    frames = frames_of(files)
    refused = 0
    bits = range(64) if THOROUGH else range(0, 64, 7)
    for at in range(0, frames.size, 1 if THOROUGH else 9):
        for bit in bits:
            other = frames.copy()
            other[at] ^= np.uint64(1) << np.uint64(bit)
            try:
                read = decode(with_frames(files, other), CHIP)
            except DecodeError:
                refused += 1
                continue
            again = np.frombuffer(encode(read, CHIP)[FRAMES][HEADER:], dtype="<u8")
            assert np.array_equal(again, other)
    assert refused > 30


def shortened(frames: np.ndarray) -> np.ndarray:
    return frames[:-3]


def changed(at: int, **fields: int) -> Callable[[np.ndarray], np.ndarray]:
    """Set bits of one frame, `low` up."""

    def change(frames: np.ndarray) -> np.ndarray:
        made = frames.copy()
        mask = np.uint64((1 << fields["bits"]) - 1) << np.uint64(fields["low"])
        made[at] = (made[at] & ~mask) | np.uint64(fields["value"]) << np.uint64(fields["low"])
        return made

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (shortened, r"cut off: 3 of \d+ words are missing"),
        (changed(0, low=60, bits=4, value=8), "header 8 loads nothing"),
        (changed(0, low=23, bits=1, value=1), "bit 23 asks for a core's words"),
        (changed(4, low=14, bits=9, value=2), "begins at 2, not at 0"),
        (changed(0, low=54, bits=6, value=1), "several cores, or along a diagonal"),
        (changed(0, low=36, bits=6, value=32), "an offset is 0 and has a sign"),
        (changed(0, low=0, bits=14, value=2), "gets memory before its registers|loads nothing"),
        (changed(4, low=48, bits=6, value=5), "core 5, 3 gets memory before its registers"),
        (changed(4, low=60, bits=4, value=0), "16 words of registers, not 3|registers twice"),
        (changed(1, low=14, bits=13, value=6), "the record that begins here does not end before row 6"),
    ],
)
def test_frames_that_load_nothing_are_named(
    files: dict[str, bytes], change: Callable[[np.ndarray], np.ndarray], message: str
) -> None:
    with pytest.raises(DecodeError, match=message):
        decode(with_frames(files, change(frames_of(files))), CHIP)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("target", "loihi1", "for 'loihi1', not for 'paicore25'"),
        ("root", [4, 4], "signals from the root of core 2, 3 is 0"),
        ("n_inputs", 5, "first input element of input map 0"),
        ("latency", 9, "an attribute is not what the others make it"),
        ("init_frame", "0" * 16, "an attribute is not what the others make it"),
        ("chip_steps", 0, "chip_steps"),
        ("outputs", [], "lines of a record that the host hears of core 3, 4 record 0 is 0"),
        ("format", "spikec-paicore25/2", "format"),
        ("more", 1, "more"),
    ],
)
def test_other_documents_are_refused(
    files: dict[str, bytes], field: str, value: object, message: str
) -> None:
    document = json.loads(files[FILE])
    document[field] = value
    text = json.dumps(document, sort_keys=True, separators=(",", ":")) + "\n"
    with pytest.raises(DecodeError, match=message):
        decode({**files, FILE: text.encode()}, CHIP)


@pytest.mark.parametrize("data", [b"", b"\x93NUMPY", b"no array at all", b"\x93NUMPY\x01\x00\xff\xff{"])
def test_what_is_no_array_is_refused(files: dict[str, bytes], data: bytes) -> None:
    with pytest.raises(DecodeError, match="config_frames"):
        decode({**files, FRAMES: data}, CHIP)


def test_another_kind_of_array_is_refused(files: dict[str, bytes]) -> None:
    signed = files[FRAMES].replace(b"'<u8'", b"'<i8'")
    with pytest.raises(DecodeError, match="64-bit words"):
        decode({**files, FRAMES: signed}, CHIP)


def test_a_text_that_says_otherwise_is_refused(files: dict[str, bytes]) -> None:
    with pytest.raises(DecodeError, match=r"config_frames\.txt"):
        decode({**files, TEXT: files[TEXT].replace(b"// core 2, 3", b"// core 2, 4")}, CHIP)


def test_several_steps_of_the_chip_are_kept(files: dict[str, bytes]) -> None:
    c = replace(configuration(), chip_steps=3)
    assert decode(encode(c, CHIP), CHIP).chip_steps == 3
