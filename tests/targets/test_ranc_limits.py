"""Every limit of a RANC, just kept and just broken; shared axons; bounds that no run leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from spikec.sim.engines.crossbar_grid import simulate_grid
from spikec.targets.machines.crossbar_grid import GridCore, GridMachine
from spikec.targets.ranc.limits import UNBOUNDED, envelope, shared_axons, violations
from spikec.targets.ranc.model import RancChip
from spikec.targets.ranc.neuron import Arithmetic
from spikec.targets.ranc.timing import least_clock_hz, sweep_clocks

from ..sim import grid_networks as networks

CHIP = networks.small()


def row(n: int = 2, **changed: Any) -> GridCore:
    """A core of n neurons at 0,0."""
    zero = np.zeros(n, dtype=np.int64)
    params = {"initial_potential": 0, "leak": 0, "negative_threshold": -256, "positive_threshold": 9,
              "reset_mode": 1, "reset_potential": 0}  # fmt: skip
    params |= {k: v for k, v in changed.items() if k in params}
    found = GridCore(
        x=0, y=0, axon_type=np.zeros(16, np.int64), connected=np.zeros((n, 16), np.bool_),
        weights=np.zeros((n, 4), np.int64), params={k: zero + v for k, v in params.items()},
        dx=zero + 1, dy=zero, axon=zero, delay=zero,
    )  # fmt: skip
    return replace(found, **{k: v for k, v in changed.items() if k not in params})


def grid(core: GridCore, **changed: Any) -> GridMachine:
    found = GridMachine(
        columns=2, rows=1, output=(1, 0), n_outputs=4, cores=(core,), n_inputs=1,
        inputs=np.array([[0, 0, 0, 3, 0]]),
    )  # fmt: skip
    return replace(found, **changed)


def column(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


CASES: list[tuple[str, GridMachine, GridMachine]] = [
    ("initial potential", grid(row(initial_potential=-256)), grid(row(initial_potential=-257))),
    ("leak", grid(row(leak=255)), grid(row(leak=256))),
    ("positive threshold", grid(row(positive_threshold=255)), grid(row(positive_threshold=256))),
    ("negative threshold", grid(row(negative_threshold=-256)), grid(row(negative_threshold=-257))),
    ("reset potential", grid(row(reset_potential=255)), grid(row(reset_potential=256))),
    ("reset mode", grid(row(reset_mode=0)), grid(row(reset_mode=2))),
    ("weight 2", grid(row(weights=np.full((2, 4), -256))), grid(row(weights=np.array([[0, 0, 256, 0]] * 2)))),
    ("delay", grid(row(delay=column(14, 0))), grid(row(delay=column(0, 15)))),
    ("target in the grid (1: yes)", grid(row(dx=column(0, 1))), grid(row(dx=column(1, 2)))),
    ("target in the grid (1: yes)", grid(row(dy=column(0, 0))), grid(row(dy=column(-1, 0)))),
    ("output line", grid(row(axon=column(3, 0))), grid(row(axon=column(3, 4)))),
    ("axon of a core", grid(row(dx=column(0, 1), axon=column(15, 0))), grid(row(dx=column(0, 1), axon=column(16, 0)))),
    ("neurons", grid(row(16)), grid(row(17))),
    ("outputs", grid(row(), n_outputs=16), grid(row(), n_outputs=17)),
    ("axon", grid(row(), inputs=column(0, 0, 0, 15, 0)[None]), grid(row(), inputs=column(0, 0, 0, 16, 0)[None])),
    ("delay", grid(row(), inputs=column(0, 0, 0, 0, 14)[None]), grid(row(), inputs=column(0, 0, 0, 0, 15)[None])),
    ("core of the grid", grid(row()), grid(row(), inputs=column(0, 1, 0, 0, 0)[None])),
    ("element", grid(row()), grid(row(), inputs=column(1, 0, 0, 0, 0)[None])),
]  # fmt: skip


@pytest.mark.parametrize(("what", "kept", "broken"), CASES, ids=[f"{k} {c[0]}" for k, c in enumerate(CASES)])
def test_each_limit(what: str, kept: GridMachine, broken: GridMachine) -> None:
    assert violations(kept, CHIP) == ()
    found = violations(broken, CHIP)
    assert [v.what for v in found] == [what]
    assert not found[0].low <= found[0].found <= found[0].high


@pytest.mark.parametrize(
    "broken",
    [
        grid(row(), rows=2),
        grid(row(), output=(0, 0)),
        grid(row(axon_type=np.full(16, 4))),
        grid(row(axon_type=np.zeros(15, int))),
        grid(row(delay=column(0))),
        grid(row(weights=np.zeros((3, 4), int))),
        grid(row(), inputs=np.zeros((1, 4), int)),
    ],
)
def test_arrays_that_do_not_belong_together_are_refused(broken: GridMachine) -> None:
    with pytest.raises(ValueError, match=r"core|grid|inputs"):
        violations(broken, CHIP)


def test_axons_of_several_senders_are_found() -> None:
    assert shared_axons(grid(row())) == ()
    own = row(dx=column(0, 0), axon=column(3, 5))
    (found,) = shared_axons(grid(own))  # neuron 0 and the input
    assert tuple(found) == (0, 3, 2)
    assert shared_axons(grid(replace(own, axon=column(7, 5)))) == ()


def lowest_and_highest(
    machine: GridMachine, chip: RancChip, events: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(n,) of the sums before they are compared, in integers without bounds."""
    wide = Arithmetic(24)
    run = simulate_grid(machine, wide, events, states=True)
    before = np.concatenate([np.zeros_like(run.states["v"][:1]), run.states["v"][:-1]])
    p = {k: np.concatenate([c.params[k] for c in machine.cores]) for k in machine.cores[0].params}
    before[0] = p["initial_potential"]
    after, fired = run.states["v"], run.spikes > 0
    sums = np.where(fired & (p["reset_mode"] == 1), after + p["positive_threshold"], after)
    known = ~fired | (p["reset_mode"] == 1)
    low = np.where(known, sums, 0).min(axis=(0, 1))
    high = np.where(known, sums, 0).max(axis=(0, 1))
    return low, high


@pytest.mark.parametrize("seed", range(20))
def test_no_run_leaves_the_envelope(seed: int) -> None:
    rng = np.random.default_rng(seed)
    machine = networks.grid(rng, CHIP)
    events = (rng.random((60, 3, machine.n_inputs)) < 0.7).astype(np.uint8)
    low, high = lowest_and_highest(machine, CHIP, events)
    bounds = [envelope(core) for core in machine.cores]
    assert (low >= np.concatenate([b[0] for b in bounds])).all()
    assert (high <= np.concatenate([b[1] for b in bounds])).all()


def test_the_envelope_is_reached_and_has_no_end_where_a_tick_brings_more_than_a_threshold() -> None:
    connected = np.ones((1, 16), np.bool_)
    weights = np.array([[3, 0, 0, 0]])
    assert [
        int(b[0]) for b in envelope(row(1, connected=connected, weights=weights, positive_threshold=48))
    ] == [-256, 95]
    assert (
        int(envelope(row(1, connected=connected, weights=weights, positive_threshold=47))[1][0]) == UNBOUNDED
    )
    to_value = row(1, connected=connected, weights=weights, positive_threshold=47, reset_mode=0)
    assert int(envelope(to_value)[1][0]) == 46 + 48
    down = row(1, connected=connected, weights=-weights, negative_threshold=-47)
    assert int(envelope(down)[0][0]) == -UNBOUNDED
    assert (
        int(envelope(replace(down, params={**down.params, "negative_threshold": column(-48)}))[0][0]) == -96
    )


def limit(change: Callable[[RancChip], RancChip]) -> int:
    return sweep_clocks(change(networks.small(axons=256, neurons=256)))


def test_clocks_of_a_tick() -> None:
    assert limit(lambda chip: chip) == 66051
    half = limit(
        lambda chip: msgspec.structs.replace(chip, core=msgspec.structs.replace(chip.core, neurons=128))
    )
    assert half == 128 * 258 + 3
    assert least_clock_hz(networks.small(axons=256, neurons=256), 1e-3) == 66_051_000
