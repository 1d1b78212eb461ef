"""What a host answers spikes with, on disk, and the limits and bounds of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from spikec.sim.engines.crossbar_events import simulate_events
from spikec.sim.engines.delivery.event import step_operations
from spikec.targets.layout import DecodeError
from spikec.targets.machines.crossbar_events import LEAK_ALL, SPIKE, EventMachine
from spikec.targets.odin import neuron
from spikec.targets.odin.bound import most_step_clocks
from spikec.targets.odin.files import FILE, decode, encode
from spikec.targets.odin.limits import violations
from spikec.targets.odin.timing import step_clocks

from ..shipped import revision
from ..sim.test_event_answers import answering

ODIN = revision("odin")


def test_round_trip() -> None:
    made = answering(2, chips=2)
    assert violations(made, ODIN) == ()
    files = encode(made, ODIN)
    found = decode(files, ODIN)
    assert encode(found, ODIN) == files
    np.testing.assert_array_equal(found.answered, made.answered)


def test_where_no_spike_is_answered_the_files_say_nothing_of_it() -> None:
    assert b"answers" not in encode(replace(answering(2), answers=()), ODIN)[FILE]


LIMITS: list[tuple[Callable[[EventMachine], EventMachine], str]] = [
    (lambda m: replace(m, protocol="burst"), "answers without waiting for the core"),
    (lambda m: replace(m, cores=(replace(m.cores[0], closed_loop=True),)), "closed loops whose spikes are answered"),
    (lambda m: replace(m, answers=(np.full(256, 8),)), "answer"),
    (lambda m: replace(m, answers=(np.full(256, -1),)), "answer"),
    (lambda m: replace(m, cores=(replace(m.cores[0], params={**m.cores[0].params, "threshold": np.full(256, 3)}),)),
     "answer that fires"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(LIMITS)))
def test_limits(number: int) -> None:
    change, what = LIMITS[number]
    assert what in [v.what for v in violations(change(answering(2)), ODIN)]


def test_a_chip_that_cannot_address_every_neuron_alone() -> None:
    tiny = revision("tinyodin")
    made = answering(2)
    core = replace(made.cores[0], params={k: made.cores[0].params[k] for k in ("threshold", "leak", "disable")},
                   initial={"v": made.cores[0].initial["v"]})  # fmt: skip
    found = [v.what for v in violations(replace(made, cores=(core,)), tiny)]
    assert "answered" in found


def test_of_a_wrong_size() -> None:
    with pytest.raises(ValueError, match="answers"):
        violations(replace(answering(2), answers=(np.zeros(9, dtype=np.int64),)), ODIN)


DAMAGES: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda d: d["answers"].append({}), "answers of 2 chips"),
    (lambda d: d["answers"][0].update({"256": 3}), "no neuron"),
    (lambda d: d["answers"][0].update({"x": 3}), "no neuron"),
    (lambda d: d["answers"][0].update({"3": 0}), "not a"),
    (lambda d: d["answers"][0].update({"3": 99}), "answer"),
    (lambda d: d.update(answers=[{}]), "laid out"),
    (lambda d: d.update(protocol="eager"), "answers"),
]


@pytest.mark.parametrize("number", range(len(DAMAGES)))
def test_damaged_files(number: int) -> None:
    change, words = DAMAGES[number]
    files = encode(answering(2), ODIN)
    tree = json.loads(files[FILE])
    change(tree)
    files[FILE] = f"{json.dumps(tree, sort_keys=True, separators=(',', ':'))}\n".encode()
    with pytest.raises(DecodeError, match=words):
        decode(files, ODIN)


@pytest.mark.parametrize("seed", range(4))
def test_no_step_takes_more(seed: int) -> None:
    made = answering(seed)
    made = replace(made, routes=replace(made.routes, delay=np.zeros_like(made.routes.delay)))
    most = most_step_clocks(made, ODIN)
    events = (np.random.default_rng(seed).random((8, 2, 20)) < 0.8).astype(np.uint8)
    run = simulate_events(made, neuron, events)
    w = run.work
    found = step_clocks(made, ODIN, w.input_events, w.row_events, w.leak_events, w.single_events, run.spikes)
    assert w.single_events.sum() > 100
    assert most is not None
    assert found.max() <= most


def test_a_neuron_that_lifts_itself_is_bounded() -> None:
    """One input of weight 7 on a threshold of 9 that starts at 4, of which a spike brings 4 back: 8 + 7 are at most 3
    spikes, as each takes 5."""
    made = answering(1)
    core = made.cores[0]
    weights = np.zeros_like(core.weights)
    weights[200, 0], weights[0, 0] = 7, 4
    zero = np.zeros(256, dtype=np.int64)
    params = {**{name: zero for name in core.params}, "threshold": np.where(np.arange(256) == 0, 9, 255)}
    params["disable"] = (np.arange(256) > 0).astype(np.int64)
    routes = replace(made.routes, delay=np.zeros_like(made.routes.delay))
    one = replace(core, weights=weights, mapped=weights > 0, inhibitory=np.zeros(256, dtype=bool), params=params,
                  initial={**{name: zero for name in core.initial}, "v": np.where(np.arange(256) == 0, 4, 0)},
                  closed_loop=True, learning=type(core.learning)())  # fmt: skip
    bounded = replace(made, cores=(one,), routes=routes, leaks=1, answers=())
    c = ODIN.cycles
    scans = 20 + 3
    assert most_step_clocks(bounded, ODIN) == (
        20 * c.input + scans * (c.spike + 256 * c.neuron) + c.leak + 256 * c.neuron + 3 * c.output
    )


def behind() -> EventMachine:
    """Three rows come behind two leaks."""
    made = answering(2)
    return replace(made, answers=(), leaks=2, behind=(3,))


def test_rows_behind_the_leaks_come_behind_them() -> None:
    made = behind()
    files = encode(made, ODIN)
    assert decode(files, ODIN).behind == (3,)
    assert b"behind" not in encode(replace(made, behind=()), ODIN)[FILE]
    counts = np.ones((2, 256), dtype=np.int64)
    told, ends = step_operations(counts, made.row_order[0], 2, "burst", 3)
    assert ends.tolist() == [258, 516]
    last = made.row_order[0][-3:]
    np.testing.assert_array_equal(told.first[:253], made.row_order[0][:253])
    np.testing.assert_array_equal(told.kind[253:258], [LEAK_ALL, LEAK_ALL, SPIKE, SPIKE, SPIKE])
    np.testing.assert_array_equal(told.first[255:258], last)
    np.testing.assert_array_equal(np.flatnonzero(told.waits), [252, 253, 254, 257, 510, 511, 512, 515])


@pytest.mark.parametrize("number", [(257,), (-1,)])
def test_more_rows_behind_the_leaks_than_there_are(number: tuple[int, ...]) -> None:
    assert [v.what for v in violations(replace(behind(), behind=number), ODIN)] == ["rows behind the leaks"]


def test_rows_behind_the_leaks_of_another_number_of_chips() -> None:
    files = encode(behind(), ODIN)
    tree = json.loads(files[FILE])
    tree["behind"] = [3, 3]
    files[FILE] = f"{json.dumps(tree, sort_keys=True, separators=(',', ':'))}\n".encode()
    with pytest.raises(DecodeError, match="behind the leaks"):
        decode(files, ODIN)
