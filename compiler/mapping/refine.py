"""Improves a partition: clusters move, then vertices, then light cores are merged into others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .graph import GroupedGraph, Limits
from .items import Items, cluster_items, make_state, vertex_items
from .metric import reached
from .said import Say, silent

EXACT = 0.0
SMOOTHED = (0.3, 0.3, 0.1, EXACT, EXACT)
HEAT, SHARE, SWEEPS = 3.0, 0.95, 60  # of annealing: at first, in mean rates of a group; falling to nothing
_PINS_VISITED = 100_000_000  # by all sweeps of an annealing, and by a round of exchanges
_TOUCHED = 2_000_000_000
"""Pairs of a target and a core that its source reaches, by all sweeps of one call: each visit looks at all of them."""
_ROUNDS = 30
LIGHT = 0.6  # of the scarcest resource: fuller cores are not emptied, it hardly ever works
SCARCE = 4
"""Neurons, axons, memory and slots: what a core runs out of. It may have all the layers that it can and be light."""
_UNBOUNDED = np.iinfo(np.int64).max


def smoothing(share: float) -> np.ndarray:
    """Tabulate what a group counts towards joining k of its targets, (SMOOTH + 1,).

    With share > 0 a vertex prefers the core where more of its kind are, so that the few left elsewhere follow one by
    one until they save a packet."""
    from .refine_kernels import SMOOTH

    table = 1 - share / np.arange(1, SMOOTH + 2)
    table[0] = 0.0
    return table


def sweeps(
    items: Items,
    core: np.ndarray,
    which: np.ndarray,
    steps: Sequence[tuple[float, float]],
    seed: int,
    say: Say = silent,
) -> np.ndarray:
    """The best partition seen over sweeps of (heat in RATE_UNITS, smoothing share), one for each of `steps`, of
    the items `which`. A run of cold sweeps ends early where one changes nothing; there are fewer where each is much
    work."""
    from .refine_kernels import shuffle, sweep

    state = make_state(items, core, int(core.max()) + 1, seed)
    best, packets = core.copy(), int(state.packets[0])
    order = which.copy()
    settled = None
    each = int(state.slot_used[items.in_group].sum())
    for turn, (heat, share) in enumerate(steps[: _TOUCHED // max(each, 1)]):
        say(f"sweep {turn + 1} of {len(steps)} over {len(which):,} items on {len(state.load):,} cores")
        if settled == (heat, share):
            continue
        shuffle(order, state.random)
        moved = sweep(items, state, order, heat, smoothing(share))
        settled = (heat, share) if moved == 0 else None
        if state.packets[0] < packets:
            best, packets = state.core.copy(), int(state.packets[0])
    return best


def anneal(
    graph: GroupedGraph,
    limits: Limits,
    core: np.ndarray,
    vertices: np.ndarray,
    seed: int,
    say: Say = silent,
) -> np.ndarray:
    """Anneal these vertices of a partition: heat and smoothing fall to nothing together. Without sources no partition
    has packets, and there is nothing to search for."""
    if not len(graph.group_rate):
        return core
    pins = int(np.diff(graph.in_start)[vertices].sum())
    count = max(SWEEPS // 5, min(SWEEPS, _PINS_VISITED // max(pins, 1)))
    if count > _TOUCHED // max(touched(graph, core), 1):
        return core
    heat = HEAT * float(graph.group_rate.mean())
    steps = [(heat * (1 - i / count), SHARE * (1 - i / count)) for i in range(count)]
    return sweeps(vertex_items(graph, limits), core, vertices, [*steps, *[(0.0, EXACT)] * 3], seed, say)


def touched(graph: GroupedGraph, core: np.ndarray) -> int:
    """Count pairs of a target and a core that its source reaches: what the visits of one sweep look at."""
    group, _ = reached(graph, core)
    return int((np.bincount(group, minlength=graph.groups) * np.diff(graph.target_start)).sum())


def refine(graph: GroupedGraph, limits: Limits, core: np.ndarray, seed: int, say: Say = silent) -> np.ndarray:
    """Improve a partition within the limits, on the same cores or fewer, with at most the packets of `core`."""
    fine = vertex_items(graph, limits)
    everything = np.arange(graph.vertices)
    for _ in range(2):
        label = columns(graph, core)
        start = np.zeros(int(label.max()) + 1, dtype=np.int64)
        start[label] = core
        coarse = cluster_items(graph, limits, label)
        core = sweeps(coarse, start, np.arange(len(start)), [(0.0, EXACT)] * 12, seed, say)[label]
        core = sweeps(fine, core, everything, [(0.0, share) for share in SMOOTHED], seed, say)
    return numbered(exchanged(fine, merge(fine, core, seed), seed, say))


def exchanged(items: Items, core: np.ndarray, seed: int, say: Say = silent) -> np.ndarray:
    """Exchange pairs of items until no exchange helps, or as many rounds as the time for them allows."""
    from .refine_kernels import exchange

    state = make_state(items, core, int(core.max()) + 1, seed)
    each = len(items.in_group) * int(np.bincount(core).max())
    order = np.arange(len(core))
    for turn in range(min(_ROUNDS, _PINS_VISITED // max(each, 1))):
        say(f"exchanges, round {turn + 1}")
        if exchange(items, state, order, smoothing(EXACT)) == 0:
            break
    return state.core.copy()


def columns(graph: GroupedGraph, core: np.ndarray) -> np.ndarray:
    """Label vertices 0, 1 ..: those at one position of one layer on one core share a label. (vertices,)"""
    place = np.concatenate([np.tile(np.arange(part.positions), part.channels) for part in graph.layers])
    keys = (core * len(graph.layers) + graph.layer) * (int(place.max()) + 1) + place
    return np.unique(keys, return_inverse=True)[1]


def merge(items: Items, core: np.ndarray, seed: int, *, at_any_price: bool = False) -> np.ndarray:
    """Empty cores, the lightest first, into others where that costs no packets, or at any price."""
    from .refine_kernels import drain

    state = make_state(items, core, int(core.max()) + 1, seed)
    load = (state.load / np.maximum(items.limits, 1))[:, :SCARCE].max(axis=1)
    for light in np.argsort(load, kind="stable"):
        if load[light] > LIGHT:
            break
        on_core = np.flatnonzero(state.core == light)
        ceiling = _UNBOUNDED if at_any_price else int(state.packets[0])
        if len(on_core):
            drain(items, state, on_core, smoothing(EXACT), ceiling)
    return state.core.copy()


def numbered(core: np.ndarray) -> np.ndarray:
    """Number the cores of a partition 0, 1 .. in order of their first vertex."""
    _, first, label = np.unique(core, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[label]
