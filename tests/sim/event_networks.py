"""Random crossbars, as cores of the engine and as chips of the oracle."""

from __future__ import annotations

import numpy as np
from spikec.targets.machines.crossbar_events import EventCore, Learning

from .event_oracle import Cell, Odin, TinyOdin


def _bits(rng: np.random.Generator, share: float, *shape: int) -> np.ndarray:
    return (rng.random(shape) < share).astype(np.int64)


def tinyodin(
    rng: np.random.Generator, *, busy: bool, closed: bool, last: int, source: bool = False, depth: int = 128
) -> EventCore:
    """busy: thresholds so low that a closed loop keeps itself going for a while."""
    n = 256
    thr = rng.choice([0, 3, 60, 2047, 2048, 4095], n, p=[0.02, 0.2, 0.5, 0.1, 0.08, 0.1])
    v = rng.choice([-2048, -2040, -5, 0, 2, 2040, 2047], n)
    weights = rng.integers(-8, 8, (n, n))
    if busy:
        thr = rng.integers(1, 40, n)
    if busy and closed:
        thr, v = rng.integers(1, 4, n), rng.integers(-1, 3, n)
        weights[:last] = np.where(_bits(rng, 0.05, last, n) == 1, weights[:last], -1)
        weights[last:] = rng.integers(0, 8, (n - last, n))
    return EventCore(
        params={
            "threshold": thr.astype(np.int64),
            "leak": rng.integers(0, 128, n),
            "disable": _bits(rng, 0.1, n),
        },
        initial={"v": v.astype(np.int64)},
        weights=weights.astype(np.int8),
        inhibitory=np.zeros(n, dtype=np.bool_),
        mapped=np.ones((n, n), dtype=np.bool_),
        last_neuron=last,
        closed_loop=closed,
        queue=depth,
        report_rows=source,
    )


def odin(rng: np.random.Generator, *, closed: bool, source: bool = False) -> EventCore:
    n = 256
    thr = rng.choice([0, 9, 60, 255], n, p=[0.01, 0.29, 0.6, 0.1])
    weights, inhibitory = rng.integers(0, 8, (n, n)), _bits(rng, 0.3, n)
    if closed:  # such that it comes to rest
        thr, inhibitory = np.maximum(thr, 9), _bits(rng, 0.9, n)
        weights[inhibitory == 0] *= _bits(rng, 0.8, n, n)[inhibitory == 0]
    params = {
        "leak": rng.integers(0, 128, n) // 8,
        "leak_enable": _bits(rng, 0.8, n),
        "threshold": thr.astype(np.int64),
        "calcium_enable": _bits(rng, 0.8, n),
        "theta_membrane": rng.integers(0, 40, n),
        "theta1": rng.integers(0, 3, n),
        "theta2": rng.integers(1, 8, n),
        "theta3": rng.integers(1, 8, n),
        "calcium_leak": rng.integers(0, 5, n),
        "disable": _bits(rng, 0.1, n),
    }
    initial = {
        "v": rng.integers(0, 256, n),
        "calcium": rng.integers(0, 8, n),
        "calcium_count": rng.integers(0, 32, n),
    }
    on = _bits(rng, 0.5, 3).astype(bool).tolist()
    return EventCore(
        params=params,
        initial=initial,
        weights=weights.astype(np.int8),
        inhibitory=inhibitory.astype(np.bool_),
        mapped=_bits(rng, 0.8, n, n).astype(np.bool_),
        last_neuron=n - 1,
        closed_loop=closed,
        queue=32,
        report_rows=source,
        learning=Learning(unmapped_learn=on[0], unmapped_deliver=on[1], single_learn=on[2]),
    )


def tinyodin_chip(core: EventCore) -> TinyOdin:
    p, v = core.params, core.initial["v"]
    return TinyOdin(
        cells=[
            Cell(int(v[n]), int(p["threshold"][n]), int(p["leak"][n]), bool(p["disable"][n]))
            for n in range(core.n_neurons)
        ],
        w=core.weights.tolist(),
        closed=core.closed_loop,
        last=core.last_neuron,
        source=core.report_rows,
        depth=core.queue,
    )


def odin_chip(core: EventCore) -> Odin:
    p, s = ({name: values.tolist() for name, values in part.items()} for part in (core.params, core.initial))
    cells = [
        Cell(
            v=s["v"][n],
            thr=p["threshold"][n],
            leak=p["leak"][n] * p["leak_enable"][n],
            disable=bool(p["disable"][n]),
            ca_en=bool(p["calcium_enable"][n]),
            thetamem=p["theta_membrane"][n],
            theta=(p["theta1"][n], p["theta2"][n], p["theta3"][n]),
            ca_leak=p["calcium_leak"][n],
            ca=s["calcium"][n],
            cnt=s["calcium_count"][n],
        )
        for n in range(core.n_neurons)
    ]
    chip = Odin(
        cells=cells,
        w=core.weights.tolist(),
        closed=core.closed_loop,
        last=core.last_neuron,
        source=core.report_rows,
        depth=core.queue,
        mapped=core.mapped.tolist(),
        inhibitory=core.inhibitory.tolist(),
        update_unmapped=core.learning.unmapped_learn,
        propagate_unmapped=core.learning.unmapped_deliver,
        sdsp_on_syn=core.learning.single_learn,
    )
    chip.program()
    return chip


def tinyodin_codes(rng: np.random.Generator, many: int, *, rows: tuple[int, int]) -> np.ndarray:
    """Spikes on rows low .. high - 1, some leaks, some virtual events."""
    spikes = rng.integers(*rows, many)
    leaks = 256 | rng.choice([255, 0, 3, 200], many) | rng.choice([0, 512], many)
    virtual = 512 | rng.integers(0, 256, many)
    return np.select([rng.random(many) < 0.8, rng.random(many) < 0.5], [spikes, leaks], virtual)


def odin_codes(rng: np.random.Generator, many: int, *, rows: tuple[int, int]) -> np.ndarray:
    place = rng.integers(*rows, many) << 8
    virtual = place | rng.integers(0, 32, many) << 3 | 1
    single = 1 << 16 | place | rng.integers(0, 256, many)
    others = place | rng.choice([0xFF, 0x7F, 0x80, 0x00], many, p=[0.3, 0.4, 0.2, 0.1])
    draw = rng.random(many)
    return np.select([draw < 0.7, draw < 0.8, draw < 0.9], [place | 7, virtual, single], others)
