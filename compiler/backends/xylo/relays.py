"""Quantises relays and copies: neurons that repeat the spikes of a source one step later, exactly."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ....targets.configuration import StateScale
from ....targets.machines.synapse_rows import as_rows
from ....targets.xylo.model import Spikes
from ...ir.network import Network
from ...ir.quantized import QuantizedPopulation, ReceptorProjection
from .lower import CLOCK, Lowered
from .scale import Matrix, relay_threshold

ROLE = "relay"
COPY = "copy"
BIAS = "bias"


def relay_name(source: str, k: int) -> str:
    """Name the population that repeats `source` for the k-th time; `source` itself for k = 0."""
    return source if k == 0 else f"relay@{k}:{source}"


def copy_name(source: str) -> str:
    """Name the population that repeats `source` to the outputs."""
    return f"copy:{source}"


def place_in(elements: np.ndarray, cols: np.ndarray) -> np.ndarray:
    """Find `cols` among the sorted `elements` of a relay population: (k,) indices."""
    return np.searchsorted(elements, cols).astype(np.int64)


def relays(
    network: Network, lowered: Lowered, shifts: Mapping[Matrix, int], spikes: Spikes
) -> tuple[list[QuantizedPopulation], list[ReceptorProjection]]:
    """Quantise the clock, where it is used, and the relays, sorted by source and k: populations and synapses."""
    populations: list[QuantizedPopulation] = []
    projections: list[ReceptorProjection] = []
    if any(link.source == CLOCK for link in lowered.links):
        populations.append(_clock(spikes.hidden))
    for source, k in sorted(lowered.relayed):
        of_input = source in network.inputs and k == 1
        threshold = relay_threshold(shifts, of_input=of_input)
        elements = lowered.relayed[source, k]
        name, n = relay_name(source, k), elements.size
        before = relay_name(source, k - 1)
        cols = elements if k == 1 else place_in(lowered.relayed[source, k - 1], elements)
        lag = k - 1 if source in network.inputs else lowered.lag.get(source, 0) + k
        populations.append(_population(name, (n,), threshold, lag, ROLE, spikes.hidden))
        matrix: Matrix = "in" if of_input else "rec"
        projections.append(_diagonal(before, name, cols, 2 * threshold, shifts[matrix]))
        projections.append(_diagonal(name, name, np.arange(n), -threshold, shifts["rec"]))
    return populations, projections


def copies(
    network: Network, lowered: Lowered, shifts: Mapping[Matrix, int], spikes: Spikes
) -> tuple[list[QuantizedPopulation], list[ReceptorProjection]]:
    """Quantise the output neurons that copy hidden ones, in the order of their sources: populations and synapses."""
    populations: list[QuantizedPopulation] = []
    projections: list[ReceptorProjection] = []
    threshold = 1 << shifts["out"]
    for source in lowered.order.copied:
        name, shape = copy_name(source), network.populations[source].shape
        every = np.arange(network.populations[source].size)
        populations.append(_population(name, shape, threshold, lowered.lag[source] + 1, COPY, spikes.output))
        projections.append(_diagonal(source, name, every, 2 * threshold, shifts["out"]))
        projections.append(_diagonal(relay_name(source, 1), name, every, -threshold, shifts["out"]))
    return populations, projections


def neuron_params(
    n: int, *, dash_syn: np.ndarray | int, dash_mem: np.ndarray | int, bias: np.ndarray | int,
    threshold: np.ndarray | int, max_spikes: int, dash_syn2: np.ndarray | int = 0,
) -> dict[str, np.ndarray]:  # fmt: skip
    """List every parameter of the chip's neuron, (n,) int64 each; the second synapse is not used unless told."""
    values = {
        "dash_syn": dash_syn,
        "dash_syn2": dash_syn2,
        "dash_mem": dash_mem,
        "bias": bias,
        "threshold": threshold,
        "max_spikes": max_spikes,
    }
    return {
        name: np.broadcast_to(np.asarray(value, dtype=np.int64), (n,)).copy()
        for name, value in values.items()
    }


def _population(
    name: str, shape: tuple[int, ...], threshold: int, lag: int, role: str, most: int
) -> QuantizedPopulation:
    """A membrane that forgets everything (dash 0) is the synapse's current of the step, spikes times threshold."""
    return QuantizedPopulation(
        name=name,
        shape=shape,
        params=neuron_params(
            int(np.prod(shape, dtype=np.int64)),
            dash_syn=1,
            dash_mem=0,
            bias=0,
            threshold=threshold,
            max_spikes=most,
        ),
        core_params={},
        scales={
            state: StateScale(units=float(threshold), offset=0.0) for state in ("i_syn", "i_syn2", "v_mem")
        },
        lag_steps=lag,
        role=role,
    )


def _clock(most: int) -> QuantizedPopulation:
    """A bias of the threshold on a membrane that forgets everything: a spike in every step from the first on."""
    one = StateScale(units=1.0, offset=0.0)
    return QuantizedPopulation(
        name=CLOCK,
        shape=(1,),
        params=neuron_params(1, dash_syn=1, dash_mem=0, bias=1, threshold=1, max_spikes=most),
        core_params={},
        scales={"i_syn": one, "i_syn2": one, "v_mem": one},
        lag_steps=0,
        role=BIAS,
    )


def _diagonal(pre: str, post: str, cols: np.ndarray, weight: int, shift: int) -> ReceptorProjection:
    n = cols.size
    return ReceptorProjection(
        pre=pre,
        post=post,
        synapses=as_rows(cols, np.arange(n), np.full(n, weight >> shift)),
        shift=shift,
    )
