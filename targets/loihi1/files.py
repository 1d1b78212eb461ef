"""Writes and reads a configuration on disk: `loihi1.npz`, an array of 64-bit words an image, and
`configuration.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal

import msgspec
import numpy as np

from ..archive import archive_bytes, array_of, read_archive
from ..chip import Natural, Positive
from ..configuration import Configuration
from ..documents import named
from ..layout import DecodeError
from . import words as w
from .model import LoihiChip

ARCHIVE = "loihi1.npz"
INDEX = "configuration.json"
FORMAT = "spikec-loihi1/1"
MAX_INDEX_BYTES = 1 << 26


class LaidOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A field of a word type."""

    field: str
    low_bit: Natural
    bits: Positive
    signed: bool


class Index(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`configuration.json`. words: of each image how many it has; layouts: word type -> its fields."""

    format: Literal["spikec-loihi1/1"]
    target: str
    words: dict[str, Natural]
    layouts: dict[str, list[LaidOut]]


def bundle_files(configuration: Configuration) -> dict[str, bytes]:
    """Write a configuration as files: name -> bytes."""
    index = {
        "format": FORMAT,
        "target": configuration.target,
        "words": {name: int(words.size) for name, words in configuration.images.items()},
        "layouts": {
            layout.name: [
                {"field": field.name, "low_bit": offset, "bits": field.bits, "signed": field.signed}
                for field, offset in zip(layout.fields, layout.offsets(), strict=True)
            ]
            for layout in (*w.CORE_IMAGES, *w.HOST_IMAGES)
        },
    }
    text = json.dumps(index, indent=1, sort_keys=True, ensure_ascii=True) + "\n"
    return {ARCHIVE: archive_bytes(configuration.images, "<u8"), INDEX: text.encode()}


def read_files(files: Mapping[str, bytes], chip: LoihiChip) -> Configuration:
    """The configuration in `files`, of `chip`. They may come from anyone: nothing is unpickled or decompressed.

    Raises DecodeError naming the file or image for anything that `bundle_files` does not write."""
    for name in (ARCHIVE, INDEX):
        if name not in files:
            raise DecodeError(name, -1, "the file is missing")
    target, sizes = _read_index(files[INDEX])
    named(target, chip.name, INDEX)
    images = read_archive(files[ARCHIVE], ARCHIVE, _words)
    for name in sorted({*images, *sizes}):
        n_words = images[name].size if name in images else None
        if sizes.get(name) != n_words:
            raise DecodeError(name, -1, f"{n_words} words in {ARCHIVE}, {sizes.get(name)} in {INDEX}")
    return Configuration(target=target, images=images)


def _read_index(text: bytes) -> tuple[str, dict[str, int]]:
    """Target name, and image -> number of words."""
    if len(text) > MAX_INDEX_BYTES:
        raise DecodeError(INDEX, -1, f"{len(text)} bytes; at most {MAX_INDEX_BYTES} are read")
    try:
        index = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise DecodeError(INDEX, -1, "not JSON") from problem
    if not isinstance(index, dict) or index.get("format") != FORMAT:
        raise DecodeError(INDEX, -1, f"its format is not {FORMAT}")
    target, sizes = index.get("target"), index.get("words")
    if not isinstance(target, str) or not isinstance(sizes, dict):
        raise DecodeError(INDEX, -1, "target or words is missing")
    if any(type(size) is not int for size in sizes.values()):
        raise DecodeError(INDEX, -1, "a number of words is no integer")
    return target, sizes


def _words(name: str, member: bytes) -> np.ndarray:
    """The array of one member."""
    return array_of(name, member, ("<u8",), "not a list of 64 bit words", axes=1)
