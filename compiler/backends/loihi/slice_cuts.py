"""Proposes where to cut populations: for each, the fewest pieces that fit a core, and a few ways with more pieces.

A population needs more output slots when its destinations are cut more, so all cuts are found together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations, pairwise

import numpy as np

from ....sim.diagnostic import Diagnostic, DiagnosticError, error, raise_errors
from ....sim.nir.path import stored_at
from ...mapping.said import Say, silent
from .slice_demand import RESOURCES, Cuts, Demand, Demands

MORE_PIECES = 3
EVERY_CUT = 5
_ROUNDS = 64
_FREE_ROUNDS = 8
"""Rounds in which cuts follow each other freely; then a neuron keeps the most output slots that it ever took, so that
cuts which chase each other come to rest."""


def pieces(cuts: Cuts) -> list[tuple[int, int]]:
    """List the pieces of a cut as (first neuron, last neuron + 1)."""
    return list(pairwise(cuts))


def equal_cuts(size: int, count: int) -> Cuts:
    """Cut into `count` pieces whose sizes differ by at most one, larger ones first."""
    small, larger = divmod(size, count)
    return tuple(i * small + min(i, larger) for i in range(count + 1))


def every_cut(size: int) -> list[Cuts]:
    """List all 2**(size - 1) ways to cut `size` neurons into runs, fewest pieces first."""
    inner = (c for k in range(size) for c in combinations(range(1, size), k))
    return [(0, *c, size) for c in inner]


def demands_of(demands: Demands, cuts: Mapping[str, Cuts]) -> dict[str, list[Demand]]:
    """Compute the resource demand of each piece: population -> demands in order of the pieces."""
    result: dict[str, list[Demand]] = {}
    for name in sorted(cuts):
        fanout = demands.fanout(name, cuts)
        result[name] = [demands.demand(name, a, b, fanout) for a, b in pieces(cuts[name])]
    return result


def all_fit(demands: Demands, cuts: Mapping[str, Cuts]) -> bool:
    """Whether every piece fits a core on its own."""
    return all(demands.fits(d) for piece_demands in demands_of(demands, cuts).values() for d in piece_demands)


def longest_cuts(demands: Demands, say: Say = silent) -> dict[str, Cuts]:
    """Cut every population into pieces that are as long as a core allows: the fewest contiguous pieces.

    Raises DiagnosticError: SPK2001 where one neuron does not fit a core (for output slots: while its destinations are
    cut so), SPK2002 where no cut is stable."""
    names = sorted(p.name for p in demands.network.populations)
    sizes = {p.name: p.size for p in demands.network.populations}
    cuts: dict[str, Cuts] = {name: (0, sizes[name]) for name in names}
    most: dict[str, np.ndarray] = {}
    for turn in range(_ROUNDS):
        diagnostics: list[Diagnostic] = []
        before = dict(cuts)
        for name in names:
            say(f"cuts, round {turn + 1}: {sum(len(cut) - 1 for cut in cuts.values()):,} pieces")
            fanout = demands.fanout(name, cuts)
            if turn >= _FREE_ROUNDS:
                fanout = most[name] = _at_least(fanout, most.get(name, fanout))
            cut = _longest(demands, name, sizes[name], fanout)
            if isinstance(cut, Diagnostic):
                diagnostics.append(cut)
            else:
                cuts[name] = cut
        raise_errors(diagnostics)
        if cuts == before:
            return cuts
    raise DiagnosticError((_unstable(cuts),))


def _at_least(fanout: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Of two running sums, that of the larger step of the two at each place."""
    return np.cumsum(np.maximum(np.diff(fanout, prepend=0), np.diff(other, prepend=0)))


def cut_options(demands: Demands, say: Say = silent) -> dict[str, list[Cuts]]:
    """List ways to cut each population, fewest pieces first; the first ones of all populations fit together."""
    longest = longest_cuts(demands, say)
    first = {name: equal_cuts(cuts[-1], len(cuts) - 1) for name, cuts in longest.items()}
    if not all_fit(demands, first):
        first = longest
    options: dict[str, list[Cuts]] = {}
    for name in sorted(first):
        say(f"other cuts of {name}")
        size, fewest = longest[name][-1], len(longest[name]) - 1
        fanout = demands.no_slots(
            name
        )  # what the chosen cuts of the destinations need is the search's concern
        candidates = [longest[name]]
        candidates += [equal_cuts(size, k) for k in range(fewest, min(fewest + MORE_PIECES, size) + 1)]
        if size <= EVERY_CUT:
            candidates += every_cut(size)
        kept = [first[name]]
        for cuts in candidates:
            if cuts not in kept and all(
                demands.fits(demands.demand(name, a, b, fanout)) for a, b in pieces(cuts)
            ):
                kept.append(cuts)
        options[name] = kept
    return options


def _longest(demands: Demands, name: str, size: int, fanout: np.ndarray) -> Cuts | Diagnostic:
    cuts = [0]
    length = demands.capacity[0]
    while cuts[-1] < size:
        first, rest = cuts[-1], min(size - cuts[-1], demands.capacity[0])

        def fits(n: int, first: int = first) -> bool:
            return demands.fits(demands.demand(name, first, first + n, fanout))

        length = _longest_run(fits, rest, min(length, rest))
        if length == 0:
            return _too_large(demands, name, first, demands.demand(name, first, first + 1, fanout))
        cuts.append(first + length)
    return tuple(cuts)


def _longest_run(fits: Callable[[int], bool], most: int, guess: int) -> int:
    """The longest run of 0..most neurons that fits, tried around `guess` first: pieces are much alike."""
    low, high = 0, most
    step = 1
    if guess and fits(guess):
        low = guess
        while low < most:
            if not fits(min(most, low + step)):
                high = min(most, low + step) - 1
                break
            low, step = min(most, low + step), 2 * step
    else:
        high = max(guess - 1, 0)
    while low < high:  # low fits (or is empty), high + 1 does not
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _too_large(demands: Demands, name: str, neuron: int, demand: Demand) -> Diagnostic:
    over = [
        (resource, need, have)
        for resource, need, have in zip(RESOURCES, demand.amounts(), demands.capacity, strict=True)
        if need > have
    ]
    resource, need, have = over[0]
    return error(
        "SPK2001",
        f"one neuron of {name} needs more {words(resource)} than a core has: {need:,} of {have:,}",
        where=stored_at(name),
        hint=_HINTS[resource],
        neuron=str(neuron),
        **{words(r).replace(" ", "_"): f"{n:,} needed, {h:,} available" for r, n, h in over},
        tried=_TRIED[resource == "output_slots"],
    )


def _unstable(cuts: Mapping[str, Cuts]) -> Diagnostic:
    most = max(sorted(cuts), key=lambda name: len(cuts[name]))
    return error(
        "SPK2002",
        f"no cut into cores holds: each cut of one population needs another cut of its sources; {most} is at"
        f" {len(cuts[most]) - 1:,} pieces after {_ROUNDS} rounds",
        where=stored_at(most),
        hint="fewer or narrower recurrent layers, or weights of fewer bits, need fewer output slots",
    )


_TRIED = (
    "cutting the population down to pieces of one neuron",
    "pieces as long as a core allows, and the mapper; other cuts of its destinations were not tried",
)


def words(resource: str) -> str:
    """Spell a resource's name in words."""
    return resource.replace("_", " ")


_HINTS = {
    "compartments": "the chip has too few compartments a core",
    "input_axons": "reduce the neuron's inputs: prune the layer, or put a pool before it",
    "output_slots": "reduce the number of cores that the neuron reaches: make its destinations smaller",
    "synapse_memory_bits": "reduce the neuron's inputs, or quantise their weights to fewer bits",
    "compartment_profiles": "the chip has no compartment profile",
    "threshold_profiles": "the chip has no threshold profile",
    "synapse_formats": "fewer projections into the population, or one weight exponent for several",
}
