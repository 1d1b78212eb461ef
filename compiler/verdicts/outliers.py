"""Chooses where to cut off the few large weights that leave a chip no numbers for all the others.

A chip scales the weights onto a population together. Where so many round to 0 that neurons lose their last synapse, or
that most synapses are gone, half, a quarter, ... of the largest weight are tried on the stimulus. A limit is taken if
the float network does with it exactly what it does without, or, with the user's consent, also where it does not; and of
these the one with which the chip comes nearest to the float network, if that is nearer than without any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from ...sim.diagnostic import DiagnosticError
from ...sim.nir.raw_graph import RawGraph
from ...sim.reference.reference import reference
from ...sim.stimulus import Stimulus
from ...sim.trace import Trace
from ...targets.chip import Chip
from ..front.clip_weights import WEIGHT, clip_weights
from ..ir.calibration import Tuning
from ..ir.network import LINEAR_KINDS, FlatGraph
from ..ir.stages import Prepared
from ..options import Options
from ..prepare import read_front
from .calibration_score import Search
from .silence import lost

MOST_HALVINGS = 12
MOST_GONE = 0.5
"""Where more of the synapses onto a population round to 0, its largest weights are looked at."""


def without_outliers(prepared: Prepared, options: Options, stimulus: Stimulus) -> Options:
    """Find the weights to be cut off; the options hold where, in `tuning`. prepared: the network as it is.

    Numbers that the options bring along already are kept, and nothing is looked for."""
    if options.tuning is not None:
        return options
    paths = [path for name in _starved(prepared) for path in _weights_onto(prepared, name)]
    if not paths:
        return options
    options.say("look at the largest weights")
    front, target, quiet = prepared.front, prepared.target, replace(options, progress=None)
    search = Search.of(front, target, quiet, prepared, stimulus)
    source = reference(front.raw, front.dialect, stimulus=stimulus.inputs)
    clip: dict[str, float] = {}
    most = search.score(Tuning())
    for path in paths:
        for limit in _limits(front.flat, path):
            tried = {**clip, path: limit}
            clipped = clip_weights(front.raw, tried)
            same = _same(source, reference(clipped, front.dialect, stimulus=stimulus.inputs))
            if not same and not options.allow_approximation:
                break
            reached = _score(search, front.raw, quiet, target, tried)
            if reached > most:
                clip, most = tried, reached
    return options if not clip else replace(options, tuning=Tuning(clip=clip))


def _starved(prepared: Prepared) -> list[str]:
    """Populations that rounding leaves without many of their synapses."""
    found: list[str] = []
    for name in prepared.timed.populations:
        loss = lost(prepared, name)
        if loss.neurons or loss.synapses > MOST_GONE * loss.weights:
            found.append(name)
    return found


def _weights_onto(prepared: Prepared, name: str) -> list[str]:
    """NIR paths of the nodes that hold the weights onto a population."""
    flat = prepared.front.flat
    found: list[str] = []
    ahead, seen = [prepared.front.network.populations[name].paths[0]], set[str]()
    while ahead:
        path = ahead.pop()
        for source in flat.graph.predecessors(path):
            if source in seen or flat.node(source).kind not in LINEAR_KINDS:
                continue
            seen.add(source)
            ahead.append(source)
            if WEIGHT in flat.node(source).params:
                found.append(source)
    return sorted(found)


def _limits(flat: FlatGraph, path: str) -> Iterator[float]:
    """Half, a quarter, ... of the largest weight, down to the median of those that are not 0."""
    sizes = np.abs(np.asarray(flat.node(path).params[WEIGHT], dtype=np.float64))
    sizes = sizes[sizes > 0]
    if not sizes.size:
        return
    largest, median = float(sizes.max()), float(np.median(sizes))
    for k in range(1, MOST_HALVINGS + 1):
        if (limit := largest / 2**k) < median:
            return
        yield limit


def _same(source: Trace, other: Trace) -> bool:
    """Whether two float runs have the same outputs and the same spikes, all of them."""
    return all(
        np.array_equal(runs[0][name], runs[1][name])
        for runs in ((source.outputs, other.outputs), (source.layers, other.layers))
        for name in runs[0]
    )


def _score(search: Search, raw: RawGraph, options: Options, target: Chip, clip: Mapping[str, float]) -> float:
    """How near the chip comes with weights cut off; 0 where it then does not compile."""
    tuned = replace(options, tuning=Tuning(clip=dict(clip)))
    try:
        return replace(search, front=read_front(raw, tuned, target)).score(Tuning(clip=dict(clip)))
    except DiagnosticError:
        return 0.0
