"""The arithmetic of PAICORE 2.5's neurons, against a step written out for one neuron in unlimited integers."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.sim.engines.buffered.neuron_source import source_of
from spikec.sim.engines.summed.event_kernel import step_of
from spikec.targets.paicore25 import neuron
from spikec.targets.paicore25.addresses import walked
from spikec.targets.paicore25.configuration import RECORD
from spikec.targets.paicore25.frames import Route
from spikec.targets.paicore25.routes import reached
from spikec.targets.paicore25.signals import signal_tree, signalled

COUNT = 4000


def wrap(x: int) -> int:
    return (x + 2**31) % 2**32 - 2**31


def sh(x: int, e: int) -> int:
    return wrap(x << e) if e >= 0 else x >> -e


def compared(p: dict[str, int], u: int) -> int:
    if not p["thr_pos_mode"] and u >= p["thr_pos"]:
        return 1
    return -int(not p["thr_neg_mode"] and u <= p["thr_neg"])


def step(p: dict[str, int], v: int, fired: int, c: int) -> tuple[int, int, int]:
    """What is sent as a potential, the spike, and what is left."""

    def leak(u: int) -> int:
        tau = p["leak_tau"]
        return wrap(u - sh(wrap(u - p["reset_v"]), tau)) if p["leak_multi_mode"] else sh(u, tau)

    before = p["reset_v"] if p["lateral"] and fired else v
    if p["leak_multi_input"]:
        c = sh(c, p["leak_tau"])
    u = c if p["replaces"] else wrap(before + c)
    sign = (u > 0) - (u < 0)
    u = wrap(u + (sign * p["leak_v"] if p["leak_add_mode"] else p["leak_v"]))
    if not p["leak_multi_sequence"]:
        u = leak(u)
    if p["thr_pos_mode"]:
        u = min(u, p["thr_pos"])
    if p["thr_neg_mode"]:
        u = max(u, p["thr_neg"])
    shown, out = u, compared(p, u)
    if out and p["reset_mode"] == 0:
        u = out * p["reset_v"]
    if out and p["reset_mode"] == 1:
        u = wrap(u - (p["thr_pos"] if out > 0 else p["thr_neg"]))
    if p["leak_multi_sequence"]:
        u = leak(u)
    return shown, out, u


def drawn(seed: int) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray, np.ndarray]:
    """Neurons of all modes; every second one over the whole ranges of its registers."""
    random = np.random.default_rng(seed)
    wild = np.arange(COUNT) % 2 == 0

    def number(bits: int, most: int) -> np.ndarray:
        high = 1 << (bits - 1)
        return np.where(wild, random.integers(-high, high, COUNT), random.integers(-most, most + 1, COUNT))

    p = {name: random.integers(0, 2, COUNT) for name in neuron.PARAMETERS}
    p |= {
        "leak_v": number(20, 9),
        "leak_tau": number(6, 4),
        "thr_pos": number(32, 90),
        "thr_neg": number(32, 90),
        "reset_v": number(16, 9),
        "reset_mode": random.integers(0, 3, COUNT),
    }
    p["thr_pos"], p["thr_neg"] = (
        np.maximum(p["thr_pos"], p["thr_neg"]),
        np.minimum(p["thr_pos"], p["thr_neg"]),
    )
    return p, number(32, 100), random.integers(0, 2, COUNT), number(32, 100)


@pytest.mark.parametrize("seed", range(3))
def test_a_step_is_what_is_written_out(seed: int) -> None:
    p, v, fired, c = drawn(seed)
    integrate, compare, taken_off, settle = neuron.arithmetic(np)
    rows = np.stack([p[name] for name in neuron.PARAMETERS])
    u = integrate(rows, v, fired, c)
    out = compare(rows, u)
    after = settle(rows, u, out, taken_off(rows, out))
    for n in range(COUNT):
        own = {name: int(values[n]) for name, values in p.items()}
        expected = step(own, int(v[n]), int(fired[n]), int(c[n]))
        assert (int(u[n]), int(out[n]), int(after[n])) == expected, own
    assert {-1, 0, 1} == set(out.tolist())


@pytest.mark.parametrize("seed", range(3))
def test_compiled_steps_are_the_same(seed: int) -> None:
    """A record each, two samples."""
    p, v, _, c = drawn(seed)
    first = np.arange(COUNT + 1)
    rows = np.stack([p[name] for name in neuron.PARAMETERS], axis=1).astype(np.int32)
    potentials = np.stack([v, v]).astype(np.int32)
    shown, out = np.zeros((2, COUNT), dtype=np.int32), np.zeros((2, COUNT), dtype=np.int16)
    flags = np.array([0, 1])
    arrived = np.stack([c, c]).astype(np.int32)
    step_of(source_of(neuron))(rows, first, arrived, flags, potentials, shown, out)
    for n in range(COUNT):
        own = {name: int(values[n]) for name, values in p.items()}
        for sample in (0, 1):
            expected = step(own, int(v[n]), sample, int(c[n]))
            found = shown[sample, n], out[sample, n], potentials[sample, n]
            assert tuple(map(int, found)) == expected, own
    assert flags.tolist() == [int((out[sample] > 0).any()) for sample in (0, 1)]


def test_folded_neurons_walk_row_by_row() -> None:
    """y runs fastest; a new row adds the step along x, a new plane that along z."""
    record = np.zeros(1, dtype=RECORD)[0]
    record["fold"], record["fold_number"] = 1, 11
    record["fold_range_y"], record["fold_range_x"], record["fold_range_z"] = 3, 2, 2
    record["fold_skew_y"], record["fold_skew_x"], record["fold_skew_z"] = 1, 10, 100
    expected = [0]
    for i in range(1, 11):
        expected.append(expected[-1] + (1 if i % 3 else 10 if i % 6 else 100))
    assert walked(record, "skew").tolist() == expected


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        (Route(), [(4, 4)]),
        (Route(z=1, x=-2, y=1), [(3, 6)]),
        (Route(x=1, copy_x=2), [(5, 4), (6, 4), (7, 4)]),
        (Route(y=-1, copy_x=-1, copy_y=-1), [(3, 2), (3, 3), (4, 2), (4, 3)]),
        (Route(copy_z=1, copy_x=1), [(4, 4), (5, 4), (5, 5), (6, 5)]),
        (Route(copy_z=1, copy_x=1, copy_y=1), [(4, 4), (4, 5), (5, 4), (5, 5), (5, 6), (6, 5), (6, 6)]),
    ],
)
def test_a_route_reaches_a_box(route: Route, expected: list[tuple[int, int]]) -> None:
    """Positions that are reached twice count once."""
    assert list(reached((4, 4), route)) == expected


def test_signals_reach_what_touches() -> None:
    places = [(2, 2), (3, 3), (3, 4), (2, 5), (7, 7)]
    tree = signal_tree(places, (3, 3))
    assert sorted(tree) == [(2, 2), (3, 3), (3, 4)]  # the diagonal goes up to the right alone
    assert signalled(tree, (3, 3)) == {(2, 2), (3, 3), (3, 4)}
    assert tree[3, 3] == (0b1010010, 0)
    assert signalled({**tree, (3, 4): (64, 0)}, (3, 3)) == {(2, 2), (3, 3)}
