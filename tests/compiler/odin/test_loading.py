"""What is written over SPI is enough and in a safe order, and no write to a memory can be missing or come too early."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.compiler.backends.odin.verify_loading import loading_findings
from spikec.compiler.backends.odin.verify_words import static_verdict
from spikec.targets.odin.files import encode, spi_list
from spikec.targets.odin.spi import read_text, text

from ...effort import thinned
from ...shipped import EVENT_CHIPS
from .nets import chip, layers, made, quantized

MEMORY = 1 << 18


@pytest.mark.parametrize("name", EVENT_CHIPS)
def test_no_write_to_a_memory_can_be_missing(name: str) -> None:
    """Memories come up with anything in them: what a spike can meet is written, where it is 0 as well."""
    on = chip(name)
    found = quantized(layers(4, 5, 3), on)
    machine, symbols = made(found, on)
    files = encode(machine, on)
    assert static_verdict(found.network, machine, symbols, on, files).identical
    writes = read_text(files[spi_list(0)], "writes")
    (places,) = np.nonzero(writes[:, 0] & MEMORY)
    for at in thinned(places.tolist(), 97):
        fewer = {**files, spi_list(0): text(np.delete(writes, at, axis=0))}
        assert not static_verdict(found.network, machine, symbols, on, fewer).identical, writes[at]


@pytest.mark.parametrize("name", EVENT_CHIPS)
def test_nothing_is_written_that_no_spike_meets(name: str) -> None:
    on = chip(name)
    machine, _ = made(quantized(layers(4, 5, 3), on), on)
    files = encode(machine, on)
    writes = read_text(files[spi_list(0)], "writes")
    last = int(np.flatnonzero(writes[:, 0] & MEMORY)[-1])
    more = np.insert(writes, last, [MEMORY | 2 << 16 | 8191, 0], axis=0)
    found = list(loading_findings(machine, {**files, spi_list(0): text(more)}, on))
    assert found == ["chip 0: 1 bytes of synapses are written that no spike meets"]


@pytest.mark.parametrize("name", EVENT_CHIPS)
def test_nothing_runs_while_it_is_loaded(name: str) -> None:
    on = chip(name)
    machine, _ = made(quantized(layers(4, 5, 3), on), on)
    files = encode(machine, on)
    writes = read_text(files[spi_list(0)], "writes")
    first = int(np.argmax(writes[:, 0] & MEMORY > 0))

    def said(changed: np.ndarray) -> list[str]:
        return list(loading_findings(machine, {**files, spi_list(0): text(changed)}, on))

    early = np.concatenate([writes[first : first + 1], writes])
    assert said(early) == ["chip 0: write 0 is to a memory while the network may run"]
    assert said(writes[:-1]) == ["chip 0: the network does not run at the end"]
    in_the_middle = np.insert(writes, first + 5, writes[-1], axis=0)
    assert said(in_the_middle) == [f"chip 0: write {first + 6} is to a memory while the network may run"]
