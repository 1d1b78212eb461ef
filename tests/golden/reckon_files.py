"""Recordings of the public sources of ReckOn, as samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .recordings import recordings


def files(folder: Path) -> list[Path]:
    """Recordings of a core that is loaded over SPI."""
    return recordings(folder, "spi_words", "o_done", "infer_acc")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """events: (T, 1, inputs) counts. counted: (T,) whether the winner of a step counts. The rest as the core had it: u
    (T, N), o, o_done (T, outputs), spikes (T, N), clocks (T + 1,), -1 where not counted, sent: (step, byte)."""

    events: np.ndarray
    counted: np.ndarray
    u: np.ndarray
    o: np.ndarray
    o_done: np.ndarray
    spikes: np.ndarray
    clocks: np.ndarray
    sent: list[tuple[int, int]]


def samples(recorded: Mapping[str, np.ndarray]) -> Iterator[Sample]:
    first = tick = 0
    neurons, inputs = recorded["thr"].size, int(recorded["num_in"])
    for number, steps in enumerate(recorded["steps"].tolist()):
        events = np.zeros((steps, 1, inputs), dtype=np.uint8)
        told = recorded["ev_sample"] == number
        np.add.at(events, (recorded["ev_t"][told], 0, recorded["ev_row"][told]), 1)
        spikes = np.zeros((steps, neurons), dtype=np.uint8)
        fired = recorded["spk_sample"] == number
        spikes[recorded["spk_t"][fired], recorded["spk_n"][fired]] = 1
        came = recorded["out_sample"] == number
        rows, ticks = slice(first, first + steps), slice(tick, tick + steps + 1)
        yield Sample(
            events=events,
            counted=recorded["infer_acc"][ticks][1:],
            u=recorded["u"][rows],
            o=recorded["o"][rows],
            o_done=recorded["o_done"][rows],
            spikes=spikes,
            clocks=recorded["cycles"][ticks],
            sent=list(
                zip(recorded["out_t"][came].tolist(), recorded["out_byte"][came].tolist(), strict=True)
            ),
        )
        first, tick = first + steps, tick + steps + 1
