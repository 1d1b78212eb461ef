"""Measures on a stimulus how far sums and membranes of neurons go that a construct makes of a current.

The current of such a neuron is its membrane, for which the chip's scale has to leave room. Whatever could arrive at
once is far more than what does; so the scale is chosen for what the float network shows, with a margin that the backend
adds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from ...sim.trace import Trace
from ..ir.calibration import Reach, Tuning
from ..ir.network import Network
from ..ir.stages import Prepared
from ..options import Options
from .fidelity import host_inputs, layers_of

if TYPE_CHECKING:
    from scipy.sparse import csr_array

PART = 1 << 22
"""Sums that are computed at a time."""
GRADES = 8
"""Of a factor of two: what is measured is rounded up to one, so that the last bits of a float run decide nothing."""

Rasters = Mapping[str, np.ndarray]


def with_reach(
    prepared: Prepared, options: Options, floats: Trace, inputs: Mapping[str, np.ndarray]
) -> Options:
    """Measure the populations that constructs make; the options hold it, in `tuning`. floats: the float run of the file
    on the inputs. What the options bring along already is kept."""
    tuning = options.tuning or Tuning()
    known, timed = prepared.network.populations, prepared.timed.populations
    tied = [name for name, p in timed.items() if p.made and name in known and name not in tuning.reach]
    if not tied:
        return options
    options.say("measure what arrives")
    rasters = {
        **host_inputs(prepared, floats, inputs),
        **layers_of(prepared, floats, prepared.front.dialect),
    }
    apart = prepared.target.sums_apart
    reach = {name: _reach(prepared.network, name, rasters, apart=apart) for name in tied}
    return replace(options, tuning=msgspec.structs.replace(tuning, reach={**tuning.reach, **reach}))


def _reach(network: Network, name: str, rasters: Rasters, *, apart: bool) -> Reach:
    """Follow the neurons of a population through all steps and samples. apart: also what arrives of each sign."""
    neuron = network.populations[name].neuron
    theta = np.zeros(neuron.beta.size) if neuron.theta is None else neuron.theta
    taken = theta if neuron.reset_after_decay else neuron.beta * theta
    spikes = rasters[name].reshape(*rasters[name].shape[:2], -1)
    late = neuron.emission_delay
    up = down = high = low = furthest = 0.0
    membrane = current = slow = np.zeros(spikes.shape[1:])
    slower = None if neuron.alpha is None else np.maximum(neuron.alpha, neuron.beta)
    if neuron.v_start is not None:
        membrane = membrane + neuron.v_start
    for step, sums in enumerate(_sums(network, name, rasters)):
        slow = sums if slower is None else slower * slow + sums
        furthest = max(furthest, float(np.abs(slow).max(initial=0.0)))
        current = sums if neuron.alpha is None else neuron.alpha * current + sums
        arriving = current + neuron.bias
        at = step - 1 + late
        before = spikes[at] if 0 <= at < len(spikes) else np.zeros(membrane.shape)
        if neuron.v_min is not None:
            membrane = np.maximum(membrane, neuron.v_min)
        if neuron.reset == "to_value":
            membrane = np.where(before > 0, 0.0, membrane)
            before = np.zeros(membrane.shape)
        membrane = neuron.beta * membrane + arriving - before * taken
        up, down = max(up, float(arriving.max(initial=0.0))), max(down, float(-arriving.min(initial=0.0)))
        high, low = max(high, float(membrane.max(initial=0.0))), max(low, float(-membrane.min(initial=0.0)))
    found = {"up": up, "down": down, "high": high, "low": low, "current": furthest}
    if apart:
        for key, sign in (("excites", 1.0), ("inhibits", -1.0)):
            found[key] = _largest(network, name, rasters, sign)
    return Reach(**{key: _grade(value) for key, value in found.items()})


def _largest(network: Network, name: str, rasters: Rasters, sign: float) -> float:
    """The largest current of the weights of one sign alone."""
    neuron, most = network.populations[name].neuron, 0.0
    current = np.zeros(0)
    for sums in _sums(network, name, rasters, sign):
        current = sums if neuron.alpha is None or not current.size else neuron.alpha * current + sums
        most = max(most, float((current + np.maximum(sign * neuron.bias, 0)).max(initial=0.0)))
    return most


def _sums(network: Network, name: str, rasters: Rasters, sign: float | None = None) -> Iterator[np.ndarray]:
    """(B, n) float64: what arrives at a population in each step, constants included. sign: 1 or -1, of the weights of
    this sign alone, their sizes."""
    from scipy import sparse

    size = network.populations[name].size
    steps, batch = rasters[name].shape[:2]
    length = max(1, PART // max(1, batch * size))
    parts = [
        (p.pre, delay, sparse.csr_array(_of_sign(matrix, sign).T))
        for p in network.into(name)
        for delay, matrix in sorted(p.taps.items())
    ]
    onsets = [
        (onset, vector if sign is None else np.maximum(sign * vector, 0))
        for p in network.into(name)
        for onset, vector in sorted(p.bias.items())
    ]
    for begin in range(0, steps, length):
        end = min(begin + length, steps)
        total = np.zeros(((end - begin) * batch, size))
        for pre, delay, matrix in parts:
            low, high = max(0, begin - delay), end - delay
            if high <= low:
                continue  # nothing is there yet
            sent = sparse.csr_array(
                rasters[pre][low:high].reshape((high - low) * batch, -1).astype(np.float64)
            )
            total[((low + delay - begin) * batch) :] += sparse.csr_array(sent @ matrix).toarray()
        sums = total.reshape(end - begin, batch, size)
        for onset, vector in onsets:
            sums[max(0, onset - begin) :] += vector
        yield from sums


def _of_sign(matrix: csr_array, sign: float | None) -> csr_array:
    return matrix if sign is None else (sign * matrix).maximum(0)


def _grade(value: float) -> float:
    return 0.0 if value <= 0 else 2.0 ** (math.ceil(GRADES * math.log2(value)) / GRADES)
