"""Grids recorded from RANC's RTL in simulation: outputs, potentials after every tick and memory words, bit for bit."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from spikec.sim.engines.crossbar_grid import simulate_grid
from spikec.targets.ranc.images import encode_images, neuron_image, neuron_rows
from spikec.targets.ranc.limits import violations
from spikec.targets.ranc.neuron import Arithmetic
from spikec.targets.ranc.vectors import output_lines, packets
from spikec.targets.ranc.words import bits_of, width

from ..sim.grid_oracle import run
from .ranc_files import chip, events, files, machine, potentials, rows

FOLDER = Path(os.environ.get("SPIKEC_GOLDEN_DIR", Path(__file__).parent))
FILES = files(FOLDER)
EACH = pytest.mark.parametrize("file", FILES, ids=[f.stem for f in FILES])


def test_there_are_recordings() -> None:
    assert FILES


@EACH
def test_recorded(file: Path) -> None:
    recorded = np.load(file, allow_pickle=False)
    grid, revision = machine(recorded), chip(recorded)
    assert violations(grid, revision) == ()
    found = simulate_grid(grid, Arithmetic(revision.bits.potential), events(recorded), states=True)
    np.testing.assert_array_equal(found.states["v"][:, 0], potentials(recorded))
    np.testing.assert_array_equal(output_lines(grid, found.spikes[:, 0]), recorded["out_t_axon"])


@EACH
def test_the_oracle_agrees_with_the_recording(file: Path) -> None:
    recorded = np.load(file, allow_pickle=False)
    grid = machine(recorded)
    _, states, outputs, _ = run(grid, events(recorded)[:, 0].tolist(), 9)
    np.testing.assert_array_equal(states, potentials(recorded))
    np.testing.assert_array_equal(sorted(outputs), recorded["out_t_axon"])


@EACH
def test_memory_words_are_those_that_were_loaded(file: Path) -> None:
    recorded = np.load(file, allow_pickle=False)
    grid, revision = machine(recorded), chip(recorded)
    wanted, images = rows(recorded), encode_images(grid, revision)
    for core in grid.cores:
        found = neuron_rows(core, revision)
        np.testing.assert_array_equal(found, wanted[core.x, core.y])
        text = images[neuron_image(core.x + core.y * grid.columns)].decode().splitlines()
        assert text == ["".join(map(str, row)) for row in wanted[core.x, core.y].tolist()]


@EACH
def test_packet_words_are_those_that_were_sent(file: Path) -> None:
    recorded = np.load(file, allow_pickle=False)
    grid, revision = machine(recorded), chip(recorded)
    sent = np.concatenate(packets(grid, events(recorded)[:, 0]))
    fields: dict[str, np.ndarray] = dict(zip(("x", "y", "axon", "delay"), sent.T, strict=True))
    bits = bits_of(revision.packet(), fields)
    words = bits.astype(np.int64) @ (1 << np.arange(width(revision.packet()) - 1, -1, -1))
    np.testing.assert_array_equal(words, recorded["packet_words"])
