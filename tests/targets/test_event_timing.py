"""Cycles of events by hand, and the worst case over what machines did."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.sim.engines.crossbar_events import simulate_events, transcripts
from spikec.targets.layout import DecodeError
from spikec.targets.odin import vectors as event_vectors
from spikec.targets.odin.arithmetics import modules_of
from spikec.targets.odin.timing import clocks, step_clocks

from ..shipped import EVENT_CHIPS as NAMES, revision
from .event_machines import machine


def test_clocks_by_hand() -> None:
    """Recorded in simulation of tinyODIN's Verilog sources: 180 spikes over 25 neurons with 147 outputs took 10176
    clocks of scanning, standstill included, and 360 to take them from the queue and hand them over; a spike from a host
    that answers in the next clock took 2 x 24 + 9 clocks over 24 neurons and 2 x 32 + 9 over 32, from its request until
    the core was idle, each spike that fed itself back 2 x 32 + 2 + 8 more, a leak of 24 neurons 2 x 24 + 6."""
    chip, core = revision("tinyodin"), machine("tinyodin", 1).cores[0]
    assert core.last_neuron == 24
    found = clocks(chip, core, *(np.array([n]) for n in (0, 180, 0, 0, 147)))
    assert found[0] == 10176 + 360
    assert clocks(chip, core, *(np.array([n]) for n in (1, 1, 0, 0, 0)))[0] == 2 * 25 + 9
    assert clocks(chip, core, *(np.array([n]) for n in (0, 0, 5, 0, 0)))[0] == 5 * (2 * 25 + 6)
    assert clocks(chip, core, *(np.array([n]) for n in (0, 0, 0, 1, 0)))[0] == 5
    assert (
        clocks(revision("odin"), machine("odin", 1).cores[0], *(np.array(n) for n in (0, 1, 1, 0, 0)))
        == 2 * 512 + 2 + 6
    )


@pytest.mark.parametrize("name", NAMES)
def test_steps_are_the_sum_of_their_events(name: str) -> None:
    made, chip = machine(name, 3, chips=2, learning=False), revision(name)
    events = (np.random.default_rng(3).random((5, 3, 20)) < 0.4).astype(np.uint8)
    run = simulate_events(made, modules_of(chip).neuron, events)
    w = run.work
    found = step_clocks(made, chip, w.input_events, w.row_events, w.leak_events, w.single_events, run.spikes)
    assert found.shape == (5, 3)
    total = sum(
        int(
            clocks(
                chip, made.cores[k], t.input_events, t.row_events, t.leak_events, t.single_events, t.outputs
            ).sum()
        )
        for b in range(3)
        for k, t in enumerate(transcripts(made, modules_of(chip).neuron, events[:, b]))
    )
    assert found.sum() == total


def test_vectors_by_hand() -> None:
    waits = np.array([False, True, True])
    told = event_vectors.CoreVectors(
        codes=np.array([3, 511, 0x2C8]),
        waits=waits,
        clocks=np.array([100, 7]),
        ends=np.array([2, 2, 3]),
        operation=np.array([1, 1, 2]),
        address=np.array([5, 9, 0]),
    )
    text = event_vectors.stimulus(7, told)
    assert text.splitlines() == [
        b"// sample 7", b"// step 0", b"00000003 00000000", b"000001ff 00000074", b"// step 1", b"// step 2",
        b"000002c8 00000017",
    ]  # fmt: skip
    codes, after = event_vectors.read(text, "s")
    assert codes.tolist() == [3, 511, 0x2C8]
    assert after.tolist() == [0, 116, 23]
    out = event_vectors.expected(7, told)
    assert out == b"// sample 7\n00000000 00000005\n00000000 00000009\n00000001 00000000\n"
    assert [part.tolist() for part in event_vectors.read(out, "s")] == [[0, 0, 1], [5, 9, 0]]
    assert [part.tolist() for part in event_vectors.read(b"", "s")] == [[], []]


@pytest.mark.parametrize(
    "text",
    [b"00000003 0000000\n", b"00000003\n", b"00000003 0000000G\n", b"\n", b"00000003 00000000", b"// step\n"],
)
def test_vectors_that_are_not_written_like_this(text: bytes) -> None:
    with pytest.raises(DecodeError, match=r"hexadecimal digits|no end"):
        event_vectors.read(text, "s")
