"""Small whole configurations of PAICORE 2.5: a fold, a layer that it sends to, a read-out of potentials."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from spikec.targets.paicore25.addresses import first_neurons, sent_to
from spikec.targets.paicore25.configuration import (
    RECORD,
    REGISTERS,
    Core,
    InputMap,
    OutputLine,
    PaicoreConfiguration,
    Vector,
)
from spikec.targets.paicore25.memory import completed
from spikec.targets.paicore25.signals import signal_tree

PLACES = ((2, 3), (3, 3), (3, 4))
INPUTS = 20


def registers(place: tuple[int, int], start: int) -> dict[str, int]:
    """8-bit weights, inputs and outputs of one bit."""
    send, receive = signal_tree(PLACES, PLACES[0])[place]
    return dict.fromkeys(REGISTERS, 0) | {
        "weight_sign": 1, "weight_width": 3, "busy_cycle": 2, "delay_cycle": 2, "width_cycle": 2,
        "test_x": -place[0], "test_y": -place[1], "tick_start": start, "global_send": send,
        "global_receive": receive,
    }  # fmt: skip


def neurons(count: int) -> np.ndarray:
    """Records that reset by subtraction and leak after it."""
    records = np.zeros(count, dtype=RECORD)
    records["full"], records["thr_pos"], records["thr_neg"] = 1, 60, -(1 << 31)
    records["thr_neg_mode"], records["reset_mode"], records["leak_multi_sequence"] = 1, 1, 1
    records["leak_multi_mode"], records["leak_tau"] = 1, -3
    records["vector"] = np.arange(count)
    return records


def configuration() -> PaicoreConfiguration:
    """20 inputs, a fold of 16 neurons, 5 neurons behind it with weights that have addresses, 3 potentials."""
    random = np.random.default_rng(7)
    folded = neurons(1)
    folded["fold"], folded["fold_number"] = 1, 16
    folded["fold_range_y"], folded["fold_range_x"], folded["fold_range_z"] = 4, 4, 1
    folded["fold_skew_y"], folded["fold_skew_x"], folded["fold_axon_y"], folded["fold_axon_x"] = 1, 2, 1, 1
    folded["x"], folded["axon"], folded["init_v"] = 1, 30, 12
    folded["v"] = -5
    first = Core(
        x=2, y=3, registers=registers(PLACES[0], 1), records=folded,
        fold_v=(random.integers(-900, 900, 15),), vectors=(Vector(random.integers(-20, 60, 4)),),
    )  # fmt: skip
    dense = neurons(5)
    dense["sparse"], dense["y"], dense["axon"] = 1, 1, np.arange(5) + 3
    dense["full"] = [1, 0, 1, 1, 0]
    for name in ("thr_pos", "thr_neg", "thr_neg_mode", "reset_mode", "leak_multi_sequence", "sparse"):
        dense[name] *= dense["full"]
    dense["leak_multi_mode"] *= dense["full"]
    dense["leak_tau"] *= dense["full"]
    weights = [
        Vector(random.integers(1, 127, 6), np.sort(random.choice(16, 6, replace=False))) for _ in range(5)
    ]
    dense["weight_skew"] = 30
    second = Core(
        x=3, y=3, registers=registers(PLACES[1], 2), records=dense,
        fold_v=(np.zeros(0, dtype=np.int64),) * 5, vectors=tuple(weights),
    )  # fmt: skip
    shown = neurons(3)
    shown["output_type"], shown["thr_pos"], shown["reset_mode"] = 1, (1 << 31) - 1, 2
    shown["x"], shown["y"], shown["axon"] = -3, -4, 32 * np.arange(3)
    third = Core(
        x=3, y=4, registers=registers(PLACES[2], 3), records=shown,
        fold_v=(np.zeros(0, dtype=np.int64),) * 3,
        vectors=tuple(Vector(random.integers(-60, 60, 9)) for _ in range(3)),
    )  # fmt: skip
    cores = tuple(completed(core) for core in (first, second, third))
    lines = first_neurons(third)
    address = sent_to(third)
    return PaicoreConfiguration(
        cores=cores,
        root=PLACES[0],
        n_inputs=INPUTS,
        inputs=(InputMap(0, INPUTS, 2, 3, 0, 0, 0, np.arange(INPUTS)),),
        outputs=tuple(OutputLine(2, k, True, address[lines[k] : lines[k + 1]]) for k in range(3)),
    )


def with_core(c: PaicoreConfiguration, number: int, **changed: object) -> PaicoreConfiguration:
    """With other fields of one core: registers or records by name, else fields of the core."""
    core = c.cores[number]
    names = core.records.dtype.names or ()
    records = core.records.copy()
    own = dict(core.registers)
    rest: dict[str, object] = {}
    for name, value in changed.items():
        if name in names:
            records[name] = value
        elif name in own:
            own[name] = int(value)  # pyright: ignore[reportArgumentType]
        else:
            rest[name] = value
    made = replace(core, registers=own, records=records, **rest)  # pyright: ignore[reportArgumentType]
    return replace(c, cores=(*c.cores[:number], made, *c.cores[number + 1 :]))
