"""Random float networks on small crossbars: what is placed is the network, and runs as the machine without limits."""

from __future__ import annotations

from collections import Counter

import pytest
from spikec.compiler.backends.odin.quantize import Quantized
from spikec.compiler.backends.odin.unplaced import expand
from spikec.compiler.backends.odin.verify_words import static_verdict
from spikec.compiler.output.artifacts import read_symbols, symbols_bytes
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.engines.crossbar_events import simulate_events
from spikec.targets.configuration import Symbols
from spikec.targets.machines.crossbar_events import EventMachine
from spikec.targets.odin.arithmetics import modules_of
from spikec.targets.odin.files import decode, encode
from spikec.targets.odin.limits import violations
from spikec.targets.odin.model import OdinChip

from ...effort import EXAMPLES
from ..proven import assert_proven, drawn, pairs
from .nets import any_network, chip, layers, leaky, made, quantized

CHIPS = 4
SMALL = {name: chip(name, neurons=14, rows=26) for name in ("odin", "tinyodin")}


def assert_placed(found: Quantized, machine: EventMachine, symbols: Symbols, on: OdinChip, seed: int) -> int:
    """Spikes and states of every neuron, all spikes and all counters; the spikes of all."""
    verdict = static_verdict(found.network, machine, symbols, on)
    free, names = expand(found.network, on)
    events = drawn(seed, free.n_inputs)
    got = simulate_events(machine, modules_of(on).neuron, events, states=True)
    wanted = simulate_events(free, modules_of(on).neuron, events, states=True)
    spikes = assert_proven(violations(machine, on), verdict, got, wanted, pairs(symbols, names))
    assert got.spikes.sum() == spikes
    for name in wanted.counters:
        assert got.counters[name].sum() == wanted.counters[name].sum()
    return spikes


def tried(
    seed: int, on: OdinChip, chips: int
) -> tuple[Quantized, list[str], tuple[EventMachine, Symbols] | None]:
    """The codes of the refusal, or a machine with its symbols."""
    found = quantized(leaky(any_network(seed), seed), on, chips)
    try:
        return found, [], made(found, on, chips)
    except DiagnosticError as problem:
        return found, [d.code for d in problem.diagnostics], None


def shown(found: Quantized, machine: EventMachine, spikes: int) -> dict[str, bool]:
    """What a network has to show beside that it is placed."""
    order = found.network.order
    assert order is not None
    return {
        "closed": order.closed_loop,
        "through the host": not order.closed_loop,
        "several chips": len(machine.cores) > 1,
        "a step later": bool(order.hop_steps),
        "held back": bool(order.route_delay.max(initial=0) > 1),
        "biases": any(port.constant for port in found.network.inputs),
        "leaks": bool(order.leaks),
        "spikes": spikes > 20,
    }


def test_placed_and_unlimited_are_the_same_and_show_all_that_there_is() -> None:
    """On both chips, 1 to 4 of each; what is refused for want of room is one network in three at most."""
    seen: Counter[str] = Counter()
    for seed in range(EXAMPLES):
        on, chips = SMALL[sorted(SMALL)[seed % 2]], 1 + seed % CHIPS
        found, codes, placed = tried(seed, on, chips)
        assert set(codes) <= {"SPK2040", "SPK2041"}
        if placed is None:
            seen["refused"] += 1
            continue
        spikes = assert_placed(found, *placed, on, seed)
        seen.update({what: int(there) for what, there in shown(found, placed[0], spikes).items()})
    assert all(seen[what] >= EXAMPLES // 10 for what in seen if what != "refused"), seen
    assert seen["refused"] <= EXAMPLES // 3
    assert len(seen) >= 8


@pytest.mark.parametrize(("name", "chips"), [("tinyodin", 1), ("odin", 2)])
def test_layers_go_through_the_files(name: str, chips: int) -> None:
    on = chip(name)
    found = quantized(leaky(layers(60, 50, 10), 0), on, chips)
    machine, symbols = made(found, on, chips)
    read = decode(encode(machine, on), on)
    assert_placed(found, read, read_symbols(symbols_bytes(symbols)), on, 1)


def test_on_rows_of_one_sign_what_inhibits_in_a_closed_loop_is_a_copy() -> None:
    found = quantized(layers(4, 6, 5, 3), chip("odin"))
    machine, symbols = made(found, chip("odin"))
    assert machine.cores[0].closed_loop
    roles = {p.name: p.role for p in found.network.populations}
    assert list(roles) == ["copy:p0", "p0", "copy:p1", "p1", "p2"]
    first = {p.name: p.machine_index for p in symbols.populations}
    assert machine.cores[0].inhibitory[first["copy:p0"]].all()
    assert not machine.cores[0].inhibitory[first["p0"]].any()
    assert assert_placed(found, machine, symbols, chip("odin"), 3) > 20
