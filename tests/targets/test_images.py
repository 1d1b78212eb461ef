"""Memory images: written, read back, and read by two readers that are not ours."""

from __future__ import annotations

from pathlib import Path

import bincopy
import numpy as np
import pytest
from spikec.targets.images import image_of, memh, raw, read_memh, read_raw, words_of
from spikec.targets.layout import DecodeError
from spikec.targets.odin.arithmetics import modules_of
from spikec.targets.odin.files import encode, neuron_image, synapse_image

from ..shipped import revision
from . import event_machines as machines
from .icarus import simulate


def random(words: int, width: int) -> np.ndarray:
    return np.random.default_rng(words).integers(0, 256, (words, width)).astype(np.uint8)


@pytest.mark.parametrize("shape", [(1, 1), (5, 4), (256, 16), (3, 5)])
def test_round_trip(shape: tuple[int, int]) -> None:
    image = random(*shape)
    text = memh(image, [(0, "first"), (shape[0] // 2, "middle")])
    np.testing.assert_array_equal(read_memh(text, shape, "m"), image)
    np.testing.assert_array_equal(read_raw(raw(image), shape, "m"), image)
    np.testing.assert_array_equal(image_of(words_of(image), shape[1]), image)


def test_text_by_hand() -> None:
    image = image_of(np.array([0x12345678, 0xA], dtype=np.uint64), 4)
    text = b"@00000000 // one\n12345678\n@00000001 // ten\n0000000a\n"
    assert memh(image, [(0, "one"), (1, "ten")]) == text
    assert raw(image) == bytes([0x78, 0x56, 0x34, 0x12, 0x0A, 0, 0, 0])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"0001\n", "1 words; 2 are expected"),
        (b"0001\n0002\n0003\n", "3 words"),
        (b"0001\n00002\n", "m word 1: not 4 hexadecimal digits"),
        (b"0001\n000G\n", "m word 1"),
        (b"0001\n000A\n", "m word 1"),
        (b"0001\n00 2\n", "m word 1"),
        (b"", "0 words"),
        (b"@00000001 // one\n0001\n0002\n", "m word 0"),
    ],
)
def test_text_that_is_not_written_like_this(text: bytes, words: str) -> None:
    with pytest.raises(DecodeError, match=words):
        read_memh(text, (2, 2), "m")


def test_raw_of_another_size() -> None:
    with pytest.raises(DecodeError, match="5 bytes; 4 are expected"):
        read_raw(bytes(5), (2, 2), "m")


def both(name: str) -> dict[str, tuple[bytes, bytes, int]]:
    """Image name -> text, raw bytes, bytes of a word."""
    files = encode(machines.machine(name, 3), revision(name))
    width = modules_of(revision(name)).words.NEURON_BYTES
    sizes = {neuron_image(0): width, synapse_image(0): 4}
    return {each: (files[each], files[each.replace(".mem", ".bin")], size) for each, size in sizes.items()}


@pytest.mark.parametrize("name", ["tinyodin", "odin"])
def test_bincopy_reads_the_same(name: str) -> None:
    for text, data, width in both(name).values():
        found = bincopy.BinFile()
        found.add_verilog_vmem(text.decode())
        big_endian = found.as_binary()
        swapped = np.frombuffer(big_endian, dtype=np.uint8).reshape(-1, width)[:, ::-1]
        assert swapped.tobytes() == data


READER = """
module testbench;
    reg [{high}:0] words [0:{last}];
    integer k;
    initial begin
        $readmemh("{name}", words);
        for (k = 0; k <= {last}; k = k + 1) $display("%h", words[k]);
    end
endmodule
"""


@pytest.mark.parametrize("name", ["tinyodin", "odin"])
def test_icarus_reads_the_same(tmp_path: Path, name: str) -> None:
    for each, (text, data, width) in both(name).items():
        source = READER.format(high=8 * width - 1, last=len(data) // width - 1, name=each).encode()
        run = simulate(tmp_path, {each: text, "reader.sv": source}, ["reader.sv"])
        printed = [line for line in run.stdout.splitlines() if line]
        found = b"".join(bytes.fromhex(line)[::-1] for line in printed)
        assert found == data
