"""Any network on PAICORE 2.5: the words are the network, and run as the machine without cores."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.backends.paicore25.verify_words import static_verdict
from spikec.sim.engines.choice import whole

from ...effort import EXAMPLES
from ..proven import assert_proven, drawn, pairs
from .nets import Made, made, random_network


def proven(found: Made, seed: int) -> int:
    """The number of spikes, once all is right."""
    backend: Any = backend_of(found.target)
    free, names = backend.unplaced(found.quantized.network, found.target)
    ports = found.emitted.symbols.inputs
    events = drawn(seed, sum(port.size for port in ports))
    for port in ports:
        if port.constant:
            events[:, :, port.first : port.first + port.size] = 0
            last = port.onset_step + 1 if port.once else None
            events[port.onset_step : last, :, port.first : port.first + port.size] = 1
    placed, wanted = (
        backend.start(machine, found.target, whole(events), states=True)(events)
        for machine in (backend.machine(found.target, found.loaded), free)
    )
    return assert_proven(
        [],  # broken limits: to decode the machine has asked for them
        static_verdict(found.quantized.network, found.configuration, found.emitted.symbols),
        placed,
        wanted,
        pairs(found.emitted.symbols, names),
    )


@pytest.mark.parametrize("wide", [False, True])
def test_any_network_is_what_is_placed(wide: bool) -> None:
    """Chains, loops, ways around, delays, read-outs, currents, maps; some of them fire."""
    spikes = 0
    for seed in range(max(1, EXAMPLES // 2)):
        spikes += proven(made(random_network(seed), wide=wide, bits=(8, 4)[seed % 2]), seed)
    assert spikes > 0


def test_it_is_the_same_to_the_byte() -> None:
    first, again = (made(random_network(5)) for _ in range(2))
    assert first.emitted.files == again.emitted.files
    for a, b in zip(first.emitted.symbols.populations, again.emitted.symbols.populations, strict=True):
        np.testing.assert_array_equal(a.machine_index, b.machine_index)
