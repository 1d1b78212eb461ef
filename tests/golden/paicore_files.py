"""Recordings of PAICORE 2.5's functional simulator, as what a chip loads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from spikec.targets.paicore25.configuration import RECORD, Core, Vector

from .recordings import recordings

INPUT_BITS = (1, 2, 4, 8)


def files(folder: Path) -> list[Path]:
    """Recordings of a chip that is loaded by frames."""
    return recordings(folder, "config_frames", "sent_frames", "registers")


def recording(file: Path) -> dict[str, np.ndarray]:
    """All arrays of a recording."""
    with np.load(file, allow_pickle=False) as found:
        return dict(found)


def cores(recorded: Mapping[str, np.ndarray]) -> tuple[Core, ...]:
    """The cores as the recording says them, before any packing."""
    meta = json.loads(str(recorded["meta"]))
    names, columns = meta["register_columns"], meta["record_columns"]
    made: list[Core] = []
    for k, (x, y) in enumerate(recorded["cores"].tolist()):
        registers = dict(zip(names, recorded["registers"][k].tolist(), strict=True))
        table = recorded[f"c{k}_records"]
        records = np.zeros(len(table), dtype=RECORD)
        for column, name in enumerate(columns):
            records[name] = table[:, column]
        made.append(
            Core(
                x=x,
                y=y,
                registers=registers,
                records=records,
                fold_v=_fold_v(records, recorded[f"c{k}_fold_v"]),
                vectors=_vectors(records, recorded, k, INPUT_BITS[registers["input_width"]]),
                table=_table(recorded["config_frames"]) if registers["snn_ann"] else None,
            )
        )
    return tuple(made)


def _fold_v(records: np.ndarray, joined: np.ndarray) -> tuple[np.ndarray, ...]:
    sizes = np.where(records["fold"] == 1, records["fold_number"] - 1, 0)
    return tuple(np.split(joined.astype(np.int64), np.cumsum(sizes)[:-1])) if sizes.size else ()


def _vectors(
    records: np.ndarray, recorded: Mapping[str, np.ndarray], k: int, input_bits: int
) -> tuple[Vector, ...]:
    """Vectors end to end; of one that sparse records read, the weights that are not 0, with their addresses."""
    ends = np.cumsum(recorded[f"c{k}_weights_length"])
    whole = np.split(recorded[f"c{k}_weights"].astype(np.int64), ends[:-1]) if ends.size else []
    last = np.maximum.accumulate(np.where(records["full"] == 1, np.arange(records.size), 0))
    sparse = records["sparse"][last] == 1
    made: list[Vector] = []
    for number, weights in enumerate(whole):
        if sparse[records["vector"] == number].any():
            at = np.flatnonzero(weights)
            made.append(Vector(weights[at], at * input_bits))
        else:
            made.append(Vector(weights))
    return tuple(made)


def _table(frames: np.ndarray) -> np.ndarray:
    """The first table that is loaded: 256 words of a threshold above a value of 8 bits."""
    at = int(np.flatnonzero((frames >> 60 == 1) & (frames & 0x3FFF == 256))[0])
    words = frames[at + 1 : at + 257]
    threshold, value = (words >> 8).astype("u4").view("i4"), words.astype("u1").view("i1")
    return np.stack([threshold, value], axis=1).astype(np.int64)
