"""SpiNNaker 1 configurations on disk: what is written is read, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.targets.layout import DecodeError
from spikec.targets.spinnaker1.board import Boards
from spikec.targets.spinnaker1.configuration import SpinnakerConfiguration, origins
from spikec.targets.spinnaker1.delivery import deliveries, wanted_nets
from spikec.targets.spinnaker1.files import FILE, decode, encode
from spikec.targets.spinnaker1.memory import TABLE_BYTES, core_memory, memory_bytes, placed_memory
from spikec.targets.spinnaker1.regions import Region, decode_core, encode_core, region_bytes
from spikec.targets.spinnaker1.routes_text import ROUTES
from spikec.targets.spinnaker1.routing_faults import routing_faults
from spikec.targets.spinnaker1.rows import Senders, SourceRows, tables_of
from spikec.targets.spinnaker1.synaptic_word import synapses_of

from ..effort import EXAMPLES
from .spinnaker_systems import random_system

CHIP = "a_chip"
SYSTEM = random_system(1)
FILES = encode(SYSTEM, CHIP)
KINDS = ("IF_curr_delta", "IF_curr_exp")
MANY_WORDS = [region for region, words in encode_core(SYSTEM.cores[0].image).items() if words.size > 1]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("boards", [Boards(0, 0), Boards(2, 1)])
def test_what_is_written_is_read(kind: Any, boards: Boards) -> None:
    system = random_system(2, kind, boards)
    found = decode(encode(system, CHIP), CHIP)
    assert (found.boards, found.inputs, found.outputs) == (system.boards, system.inputs, system.outputs)
    for ours, theirs in zip(found.cores, system.cores, strict=True):
        assert ours[:2] == theirs[:2]
        for name, values in theirs.image.parameters.items():
            np.testing.assert_array_equal(ours.image.parameters[name], values, name)
        np.testing.assert_array_equal(np.stack(synapses_of(ours.image)), np.stack(synapses_of(theirs.image)))
        for part in ("table", "matrix"):
            wanted = vars(getattr(theirs.image, part))
            for name, values in vars(getattr(ours.image, part)).items():
                np.testing.assert_array_equal(values, wanted[name], name)
    for chip, table in system.tables.items():
        for ours, theirs in zip(found.tables[chip], table, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_who_hears_whom() -> None:
    """Inputs reach the first population alone, and each population itself and the next."""
    found = deliveries(SYSTEM)
    assert [delivery.origin for delivery in found] == [*origins(SYSTEM)]
    by_size = {
        n: [k for k, (_, _, image) in enumerate(SYSTEM.cores) if image.n_neurons == n] for n in (20, 9, 5)
    }
    wanted = {0: by_size[20], 20: by_size[9], 9: [*by_size[9], *by_size[5]], 5: by_size[5]}
    sizes = [0, *(image.n_neurons for _, _, image in SYSTEM.cores)]
    for n, delivery in zip(sizes, found, strict=True):
        assert list(delivery.cores) == sorted(wanted[n]), n
    assert routing_faults(wanted_nets(SYSTEM), SYSTEM.tables, SYSTEM.boards) == ()


def test_memory_is_the_table_and_the_regions() -> None:
    image = SYSTEM.cores[0].image
    memory = placed_memory(core_memory(image), 0x60000000)
    words = np.frombuffer(memory, "<u4")
    table = words[2 : TABLE_BYTES // 4].reshape(32, 3)
    sizes = region_bytes(image)
    assert memory_bytes(image) == TABLE_BYTES + sum(sizes.values())
    ends = sorted((int(table[region, 0]) - 0x60000000, sizes[region]) for region in Region)
    assert [begin for begin, _ in ends] == [
        TABLE_BYTES + sum(size for _, size in ends[:k]) for k in range(len(ends))
    ]
    for region, expected in encode_core(image).items():
        begin = (int(table[region, 0]) - 0x60000000) // 4
        np.testing.assert_array_equal(words[begin : begin + expected.size], expected)
        assert table[region, 1:].tolist() == [int(expected.astype(np.uint64).sum()) % 2**32, expected.size]
    assert not table[[number for number in range(32) if number not in {*Region}]].any()


def test_long_rows_go_on_in_further_blocks() -> None:
    """Rows of 0, 256, 257 and 600 words: three addresses of one entry, whose rows are the words in order."""
    start = np.array([0, 0, 256, 513, 1113])
    words = np.arange(1113, dtype=np.uint32)
    table, matrix = tables_of([SourceRows(Senders(0x100, 0xFFFFFF00, 0, 8, 4), start, words)])
    assert (table.first.tolist(), table.block.tolist()) == ([0, 3], [0, 1, 2])
    assert matrix.row_length.tolist() == [256, 256, 88]
    parts = [
        [matrix.words[a:b] for a, b in zip(matrix.start, matrix.start[1:], strict=False)][k::4]
        for k in range(4)
    ]
    for k, part in enumerate(parts):
        np.testing.assert_array_equal(np.concatenate(part), words[start[k] : start[k + 1]])


def test_blocks_that_are_alike_are_kept_once() -> None:
    start, words = np.array([0, 2, 3]), np.array([7, 8, 9], dtype=np.uint32)
    one, other = (SourceRows(Senders(key, 0xFFFFFF00, 0, 8, 2), start, words) for key in (0x300, 0x100))
    table, matrix = tables_of([one, other])
    assert table.key.tolist() == [0x100, 0x300]
    assert table.block.tolist() == [0, 0]
    assert matrix.words.tolist() == [7, 8, 9]


def test_other_files_may_lie_beside() -> None:
    assert decode({**FILES, "notes.txt": b"?"}, CHIP).n_inputs == 11


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_that_is_missing(name: str) -> None:
    with pytest.raises(DecodeError, match="missing"):
        decode({other: data for other, data in FILES.items() if other != name}, CHIP)


def test_another_chip() -> None:
    with pytest.raises(DecodeError, match="not for 'another'"):
        decode(FILES, "another")


def changed(**fields: object) -> dict[str, bytes]:
    document = {**json.loads(FILES[FILE]), **fields}
    return {**FILES, FILE: f"{json.dumps(document, sort_keys=True, indent=1)}\n".encode()}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"triads": [0, 1]}, "no system of boards"),
        ({"triads": [400, 400]}, "no system of boards"),
        ({"inputs": [{"first": 1, "size": 11, "key": 0, "mask": 0xFFFFFF00}]}, "out of order"),
        ({"inputs": [{"first": 0, "size": 300, "key": 0, "mask": 0xFFFFFF00}]}, "more than their keys"),
        ({"inputs": [{"first": 0, "size": 11, "key": 1 << 31, "mask": 0xFFFF00FF}]}, "no block"),
        ({"inputs": [{"first": 0, "size": 11, "key": 0, "mask": 0xFFFFFF00}]}, "two places"),
        ({"outputs": []}, "not what the cores record"),
        ({"cores": []}, "not what the cores record|written as"),
        ({"format": "spikec-spinnaker1/2"}, "not a spikec-spinnaker1/1"),
        ({"more": 1}, "not a spikec-spinnaker1/1"),
    ],
)
def test_manifests_that_are_refused(fields: Mapping[str, object], reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        decode(changed(**fields), CHIP)


def test_cores_outside_or_twice() -> None:
    cores = json.loads(FILES[FILE])["cores"]
    for wrong, reason in (
        ([{**cores[0], "x": 7}], "no chip 7, 0"),
        ([{**cores[0], "x": 9}], "no chip 9, 0"),
        ([cores[0], cores[0]], "twice"),
        ([cores[1], cores[0]], "not in order"),
    ):
        with pytest.raises(DecodeError, match=reason):
            decode(changed(cores=wrong), CHIP)


def tried(files: Mapping[str, bytes]) -> SpinnakerConfiguration | None:
    """What is read, which must be written as these files again; None where it is refused."""
    try:
        found = decode(files, CHIP)
    except DecodeError:
        return None
    written = encode(found, CHIP)
    assert {name: files[name] for name in written} == written
    return found


@settings(max_examples=20 * EXAMPLES, deadline=None)
@given(st.data())
def test_bytes_from_anyone(data: st.DataObject) -> None:
    """Bytes changed, left out or put in anywhere: refused, or read as just that."""
    name = data.draw(st.sampled_from(sorted(FILES)))
    content = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        action = data.draw(st.sampled_from(["set", "bit", "cut", "insert"]))
        if action == "set":
            content[at] = data.draw(st.integers(0, 255))
        elif action == "bit":
            content[at] ^= 1 << data.draw(st.integers(0, 7))
        elif action == "cut":
            del content[at : at + data.draw(st.integers(1, 8))]
        else:
            content[at:at] = data.draw(st.binary(min_size=1, max_size=8))
        if not content:
            break
    tried({**FILES, name: bytes(content)})


@settings(max_examples=30 * EXAMPLES, deadline=None)
@given(st.data())
def test_words_from_anyone(data: st.DataObject) -> None:
    """Words of regions changed, with no sum in the way: refused, or written as just that."""
    image = data.draw(st.sampled_from([placed.image for placed in SYSTEM.cores]))
    regions = {int(region): words.copy() for region, words in encode_core(image).items()}
    for _ in range(data.draw(st.integers(1, 3))):
        words = regions[data.draw(st.sampled_from(sorted(regions)))]
        at = data.draw(st.integers(0, max(0, min(words.size - 1, 200))))
        words[at] = data.draw(st.one_of(st.integers(0, 2**32 - 1), st.integers(0, 20)))
    try:
        found = decode_core(regions)
    except DecodeError:
        return
    for region, words in encode_core(found).items():
        np.testing.assert_array_equal(words, regions[region])


@settings(max_examples=20 * EXAMPLES, deadline=None)
@given(st.lists(st.integers(0, 2**32 - 1), max_size=60), st.sampled_from(MANY_WORDS))
def test_any_words_for_a_region(words: list[int], region: Region) -> None:
    regions = {int(each): content for each, content in encode_core(SYSTEM.cores[0].image).items()}
    regions[int(region)] = np.array(words, dtype=np.uint32)
    with pytest.raises(DecodeError):
        decode_core(regions)


def test_routes_of_chips_that_are_not_there() -> None:
    text = FILES[ROUTES].decode()
    first = text.index("\n") + 1
    for line, reason in (
        ("7 0 00000000 ffffff00 000001\n", "no chip 7, 0"),
        ("0 0 00000001 ffffff00 000001\n", "matches no key"),
        ("0 0 00000000 ffffff00 00001\n", "not x, y, key"),
    ):
        with pytest.raises(DecodeError, match=reason):
            decode({**FILES, ROUTES: f"{text[:first]}{line}{text[first:]}".encode()}, CHIP)
