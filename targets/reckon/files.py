"""Writes and reads a core on disk: what is sent over SPI, and images of its memories."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal

import msgspec
import numpy as np

from ..documents import check, named, parsed, text_of
from ..images import memh
from . import spi
from .configuration import ReckonConfiguration
from .limits import violations
from .model import ReckonChip
from .words import MOST_NEURONS, neuron_words, weight_chunks

FILE, FORMAT = "reckon.json", "spikec-reckon/1"
LOAD = "load.spi"
WORD_BYTES = 16
MAX_BYTES = 1 << 24


Row = Annotated[int, msgspec.Meta(ge=0, lt=MOST_NEURONS)]
Tick = Annotated[int, msgspec.Meta(ge=0, lt=256)]


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which chip the words of `load` are for. rows: of each input row the input element whose events are sent on it;
    row_ticks: and in which tick of a step. ticks: of a step."""

    format: Literal["spikec-reckon/1"]
    target: str
    load: Literal["load.spi"]
    rows: list[Row]
    ticks: Annotated[int, msgspec.Meta(ge=1, le=256)]
    row_ticks: list[Tick]


def encode(c: ReckonConfiguration, chip: ReckonChip) -> dict[str, bytes]:
    """File name -> bytes, of a configuration that `limits.violations` finds nothing in."""
    document = {
        "format": FORMAT,
        "target": chip.name,
        "load": LOAD,
        "rows": c.element.tolist(),
        "ticks": c.ticks,
        "row_ticks": c.tick.tolist(),
    }
    return {
        FILE: f"{json.dumps(document, sort_keys=True, separators=(',', ':'))}\n".encode(),
        LOAD: spi.text(*spi.load_list(c)),
        "neurons.mem": _image(neuron_words(c.alpha, c.threshold, c.v), "pair", 1),
        "weights_in.mem": _rows(c.weights_in, 256, "row"),
        "weights_rec.mem": _rows(c.weights_rec[: c.reached], 256, "neuron"),
        "weights_out.mem": _rows(c.weights_out[: c.reached], WORD_BYTES, "neuron"),
    }


def _rows(weights: np.ndarray, width: int, of: str) -> bytes:
    """A memory whose rows are `width` weights, of which those past the given ones are 0."""
    filled = np.zeros((len(weights), width), dtype=np.int8)
    filled[:, : weights.shape[1]] = weights
    return _image(weight_chunks(filled).reshape(-1, WORD_BYTES // 4), of, width // WORD_BYTES)


def _image(chunks: np.ndarray, of: str, words: int) -> bytes:
    image = np.ascontiguousarray(chunks.astype("<u4")).view(np.uint8)
    return memh(image, [(at, f"{of} {at // words}") for at in range(0, len(image), words)])


def decode(files: Mapping[str, bytes], chip: ReckonChip) -> ReckonConfiguration:
    """The configuration that the SPI words load; the images are compared, as far as they are there.

    Raises DecodeError for anything that `encode` does not write, and for what the chip cannot hold."""
    document = parsed(text_of(files, FILE, MAX_BYTES), FILE, FORMAT, Document)
    named(document.target, chip.name, FILE)
    words = spi.read_text(text_of(files, LOAD, MAX_BYTES), LOAD)
    c = replace(
        spi.loaded(words, LOAD),
        element=np.array(document.rows, dtype=np.int64),
        tick=np.array(document.row_ticks, dtype=np.int64),
        ticks=document.ticks,
    )
    check(c, chip, files, LOAD, violations, encode)
    return c
