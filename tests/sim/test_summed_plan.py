"""Stages, rows and the followed arithmetic of the engines of summed synapses, each against a plain model."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spikec.sim.engines.summed import by_event, event_kernel
from spikec.sim.engines.summed.rows import MEAN_RUN, Rows, rows_of
from spikec.sim.engines.summed.stages import MOST_STAGES, stages
from spikec.sim.engines.summed.traced import Steps, Tracing, number
from spikec.sim.engines.synapse_list import simulate
from spikec.targets import load
from spikec.targets.loihi1 import neuron
from spikec.targets.machines.synapse_list import Machine
from spikec.targets.machines.synapse_rows import SynapseRows, as_rows

from .test_engine_choice import assert_equal, drive, machine

LOIHI = load("loihi1")


def expanded(rows: Rows) -> dict[tuple[int, int, int], int]:
    """(source, neuron, latency) -> what a spike adds, if anything, read as the kernel reads rows."""
    found: dict[tuple[int, int, int], int] = {}
    for source in range(rows.first.size - 1):
        for axon in range(rows.first[source], rows.first[source + 1]):
            begin, end, base, latency = rows.axons[axon].tolist()
            for place, side, listed, first in rows.runs[begin:end].tolist():
                places = [place + k for k in range(side)] + rows.places[first : first + listed].tolist()
                for k, post in enumerate(places):
                    key = source, base + post, latency
                    found[key] = found.get(key, 0) + int(rows.weights[first + k])
    return {key: weight for key, weight in found.items() if weight}


def listed(rows: Rows) -> dict[tuple[int, int, int], int]:
    """The same, as `Rows.flat` lists it."""
    axons = np.arange(len(rows.axons))
    axon, post, weight = rows.flat(axons)
    source = np.repeat(np.arange(rows.first.size - 1), np.diff(rows.first))[axon]
    latency = rows.axons[axon, 3]
    keys = zip(source.tolist(), post.tolist(), latency.tolist(), strict=True)
    return dict(zip(keys, weight.tolist(), strict=True))


@pytest.mark.parametrize(("top", "kind"), [(127, np.int8), (128, np.int16), (1 << 15, np.int32)])
def test_rows_are_the_synapses(top: int, kind: type) -> None:
    random = np.random.default_rng(top)
    sources, n, k = 30, 50, 900
    source, post, latency = random.integers(0, sources, k), random.integers(0, n, k), random.integers(1, 4, k)
    key = np.unique(np.stack([source, post, latency]), axis=1)
    weight = random.integers(-top, top + 1, key.shape[1])
    weight[:2] = top, -top
    rows = rows_of(sources, key[0], key[1], weight, key[2])
    wanted = {(s, p, d): int(w) for (s, p, d), w in zip(key.T.tolist(), weight, strict=True) if w}
    assert expanded(rows) == wanted
    assert listed(rows) == wanted
    assert rows.weights.dtype == kind


def test_synapses_of_one_pair_and_latency_are_one() -> None:
    one = np.array([0, 0, 0])
    assert expanded(rows_of(1, one, one + 4, np.array([5, -2, 9]), np.array([1, 1, 2]))) == {
        (0, 4, 1): 3,
        (0, 4, 2): 9,
    }


def test_rows_that_are_alike_are_kept_once() -> None:
    """A kernel of 3 taps over 40 positions of 8 channels: one row, but for the two ends."""
    at, tap, channel = np.meshgrid(np.arange(40), np.arange(-1, 2), np.arange(8), indexing="ij")
    inside = (at + tap >= 0) & (at + tap < 40)
    post = (at + tap) * 8 + channel
    weight = (tap + 2) * 10 + channel
    rows = rows_of(40, at[inside], post[inside], weight[inside], np.ones(int(inside.sum()), dtype=np.int64))
    assert rows.weights.size == 24 + 16 + 16
    assert len(rows.runs) == 3
    assert len(expanded(rows)) == int(inside.sum())


def test_rows_with_equal_sums_of_words_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row gets the same words: what differs must be seen one by one."""
    monkeypatch.setattr("spikec.sim.engines.summed.rows.EVERY_BIT", np.uint64(0))
    random = np.random.default_rng(3)
    source = np.repeat(np.arange(12), 5)
    post = np.concatenate([np.sort(random.permutation(9)[:5]) for _ in range(12)])
    weight = random.integers(-3, 4, 60)
    weight[20:25], post[20:25] = weight[:5], post[:5]
    rows = rows_of(12, source, post, weight, np.ones(60, dtype=np.int64))
    wanted = {
        (s, p, 1): w for s, p, w in zip(source.tolist(), post.tolist(), weight.tolist(), strict=True) if w
    }
    assert expanded(rows) == wanted


def test_short_runs_are_listed() -> None:
    post = np.arange(0, 60, 2)
    zero = np.zeros(post.size, dtype=np.int64)
    rows = rows_of(1, zero, post, zero + 1, zero + 1)
    assert rows.runs[:, :3].tolist() == [[0, 0, post.size]]
    assert post.size > MEAN_RUN
    side = rows_of(1, zero, np.arange(post.size), zero + 1, zero + 1)
    assert side.runs[:, :3].tolist() == [[0, post.size, 0]]


@pytest.mark.parametrize("missing", [0, 1, 20, 21])
def test_few_gaps_are_filled(missing: int) -> None:
    """Of 101 neurons in a row; two sources that differ in what they lack, and one of fewer neurons. Rows onto the same
    neurons, four at least, are alike."""
    random = np.random.default_rng(missing)
    kept = [np.sort(random.permutation(99)[missing:] + 1) for _ in range(5)]
    ends = [np.concatenate([[0], each, [100]]) for each in kept]
    ends.append(np.arange(50))
    source = np.repeat(np.arange(6), [each.size for each in ends])
    post, one = np.concatenate(ends), np.ones(source.size, dtype=np.int64)
    weight = random.integers(1, 9, source.size)
    rows = rows_of(6, source, post, weight, one)
    wanted = {(s, p, 1): w for s, p, w in zip(source.tolist(), post.tolist(), weight.tolist(), strict=True)}
    assert expanded(rows) == listed(rows) == wanted
    if missing <= 20:
        assert rows.runs[:, 1:3].tolist() == [[101, 0]] * 5 + [[50, 0]]
        assert rows.alike.tolist() == [rows.alike[0]] * 5 + [-1]
        assert rows.alike[0] >= 0
    else:
        assert rows.alike.size == 0


@pytest.mark.parametrize("lacking", [0.0, 0.02, 0.3])
def test_layers_some_of_whose_weights_are_0(lacking: float) -> None:
    """Rows that are added four at a time, and those that are left over."""
    random = np.random.default_rng(4)
    n, inputs = 40, 30
    source, post = np.repeat(n + np.arange(inputs), n), np.tile(np.arange(n), inputs)
    there = random.random(source.size) >= lacking
    made = machine(3, n=n, inputs=inputs, synapses=0)
    weight = random.integers(-60, 90, source.size)
    made = replace(
        made,
        synapses=as_rows(source[there], post[there], weight[there]),
        params={**made.params, "vth": np.full(n, 30)},
    )
    events = drive(4, inputs, steps=60, batch=2)
    fast = simulate(made, neuron, LOIHI.latency, events, states=True, engine="numpy")
    assert_equal(fast, simulate(made, neuron, LOIHI.latency, events, states=True, engine="events"))
    assert fast.spikes.any()


def joined(source: np.ndarray, post: np.ndarray) -> SynapseRows:
    return as_rows(source, post, np.ones(source.size, dtype=np.int64)).by_source()


def test_stages_of_a_graph() -> None:
    """0 -> 1 -> 2 <-> 3 -> 5, 0 -> 5, 4 onto itself, 6 alone, all of an input."""
    source, post = np.array([0, 1, 2, 3, 3, 0, 4, 7]), np.array([1, 2, 3, 2, 5, 5, 4, 2])
    found = [(s.neurons.tolist(), s.loops) for s in stages(7, joined(source, post))]
    assert found == [([0, 6], False), ([4], True), ([1], False), ([2, 3], True), ([5], False)]


def test_a_long_chain_is_one_stage() -> None:
    n = MOST_STAGES + 1
    chain = np.arange(n - 1)
    assert [s.loops for s in stages(n, joined(chain, chain + 1))] == [True]
    assert len(stages(n - 1, joined(chain[:-1], chain[:-1] + 1))) == MOST_STAGES


def test_an_arithmetic_must_not_ask_its_numbers() -> None:
    a = Steps().named("a")
    with pytest.raises(TypeError, match="choose with `where`"):
        max(a, 3)  # pyright: ignore
    with pytest.raises(TypeError, match="integers, not with float"):
        _ = a + 0.5


def test_what_is_followed_is_what_numpy_does() -> None:
    """Every operation on 32-bit numbers that wrap, and on truths."""

    def arithmetic(xp: Any, x: Any, y: Any, z: Any) -> tuple[Any, ...]:
        return (
            x + y, 7 - x, x * y, -x, ~x, x & y, x | 12, x ^ y, (x & 15) << 3, 1 << (y & 7), x >> 2, x % 7, x // 5,
            xp.minimum(x, y), xp.maximum(x, 0), xp.abs(x), xp.sign(x), xp.bitwise_and(x, 255),
            xp.where(z, x, y), xp.where(x > y, 1, x), z & (x > 0), z | (x > 0), z ^ (x < y), ~z, x == y, x != y,
            x <= y, x >= 0, z + x, z * 3, z & 1,
        )  # fmt: skip

    random = np.random.default_rng(5)
    a, b = (random.integers(-(1 << 31), 1 << 31, 400).astype(np.int32) for _ in range(2))
    a[:3], b[:3] = [0, 5, -5], [0, 5, 5]
    t = random.random(400) < 0.5
    steps = Steps()
    traced = arithmetic(Tracing(steps), steps.named("a"), steps.named("b"), steps.named("t", truth=True))
    with np.errstate(all="ignore"):
        wanted = [np.asarray(value).astype(np.int32) for value in arithmetic(np, a, b, t)]
        for k in range(400):
            names: dict[str, object] = {"i32": np.int32, "a": a[k], "b": b[k], "t": bool(t[k])}
            for line in steps.lines:
                exec(line, names)
            for w, value in zip(wanted, traced, strict=True):
                assert eval(number(value), names) == w[k], number(value)


@pytest.mark.parametrize("busy", [0.02, 0.6])
def test_busy_sources_are_products(busy: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Feed-forward, latencies 1 to 4, several chunks: products where much spikes, rows where little does."""
    random = np.random.default_rng(8)
    n, inputs = 96, 64
    source = np.concatenate([np.repeat(n + np.arange(inputs), 48), np.repeat(np.arange(48), 48)])
    post = np.concatenate([np.tile(np.arange(48), inputs), np.tile(np.arange(48, 96), 48)])
    made = machine(8, n=n, inputs=inputs, synapses=0)
    made = replace(
        made,
        synapses=as_rows(
            source, post, random.integers(-100, 160, source.size), delay=random.integers(0, 3, source.size)
        ),
        params={**made.params, "vth": np.full(n, 50)},
    )
    events = (random.random((50, 2, inputs)) < busy).astype(np.uint8)
    monkeypatch.setattr(by_event, "CHUNK_BYTES", 2 * 7 * 224)
    used: list[bool] = []
    choose = by_event._products

    def noting(*given: object) -> object:
        found = choose(*given)  # pyright: ignore
        used.append(bool(found))
        return found

    monkeypatch.setattr(by_event, "_products", noting)
    fast = simulate(made, neuron, LOIHI.latency, events, states=True, engine="numpy")
    assert_equal(fast, simulate(made, neuron, LOIHI.latency, events, states=True, engine="events"))
    assert len(used) > 10
    assert any(used) == (busy > 0.5)
    assert fast.spikes.any()


def test_random_machines_have_equal_hashes() -> None:
    """More of them where SPIKEC_EXAMPLES is set."""
    from ..effort import EXAMPLES

    for seed in range(EXAMPLES):
        random = np.random.default_rng(1000 + seed)
        n, inputs = int(random.integers(1, 90)), int(random.integers(0, 40))
        made: Machine = machine(seed, n=n, inputs=inputs, synapses=int(random.integers(0, 1500)), top=1 << 8)
        events = drive(seed, inputs, steps=int(random.integers(1, 30)), batch=int(random.integers(1, 4)))
        fast = simulate(made, neuron, LOIHI.latency, events, states=True, engine="numpy")
        assert_equal(fast, simulate(made, neuron, LOIHI.latency, events, states=True, engine="events"))


def test_a_kernel_needs_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On a disk that is full the step is compiled from memory, and what it computes is the same."""
    source = event_kernel.NeuronSource(
        text="def step(state, parameters, which, arrived, spikes, counted, notes):\n    spikes[0] = 1 + 6 * 7\n",
        states=("v",), parameters=(), counters=(),
    )  # fmt: skip
    monkeypatch.setattr(event_kernel, "kernel_folder", lambda: tmp_path)

    def full(*_: object, **__: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    spikes = np.zeros((1, 32), dtype=np.uint8)
    one, none = np.zeros(1, dtype=np.int64), np.zeros((0, 3), dtype=np.int64)
    event_kernel.kernel(source)(
        spikes.view(np.uint64), spikes, none[:, :2], 0, False, 0, one[:0], one, none, none, one.astype(np.int8),
        one, one, one, one, np.zeros((1, 32), dtype=np.int32), none, np.zeros((1, 0, 32), dtype=np.int32), one, one,
            np.zeros((2, 0), dtype=np.int64), 32,
    )  # fmt: skip
    assert spikes[0, 0] == 43
    assert list(tmp_path.iterdir()) == []
