"""Reads a quantised network by its stages: which synapses reach them, whose potentials they add, and who hears them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...ir.quantized import QuantizedPopulation
from .input_copies import shared_out
from .maps import Stream
from .quantized_network import QuantizedNetwork

Synapses = Mapping[Stream, tuple[np.ndarray, np.ndarray, np.ndarray]]
"""Of one stage: elements of a source, neurons and weights, (k,) int64 each."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Wiring:
    """stages: by name, sorted. shapes: of stages and inputs. synapses: of stages that spikes reach. adds: of the
    others, the stages whose potentials they add. heard: stage or input -> the stages that hear it, with the delay in
    chip steps. families: stages that potentials join, each after those that it adds. exported: stages that the host
    reads, in order. places: inputs whose elements stand for places of the map of neurons that hears them."""

    stages: Mapping[str, QuantizedPopulation]
    shapes: Mapping[str, tuple[int, ...]]
    synapses: Mapping[str, Synapses]
    adds: Mapping[str, tuple[str, ...]]
    heard: Mapping[str, tuple[tuple[str, int], ...]]
    families: tuple[tuple[str, ...], ...]
    exported: tuple[str, ...]
    places: frozenset[str]


def wiring_of(network: QuantizedNetwork) -> Wiring:
    """Read a network."""
    stages = {p.name: p for p in sorted(network.populations, key=lambda p: p.name)}
    sends = {name for name, p in stages.items() if p.core_params["sends_potential"]}
    synapses: dict[str, dict[Stream, tuple[np.ndarray, np.ndarray, np.ndarray]]] = {
        name: {} for name, p in stages.items() if not p.core_params["adds_potentials"]
    }
    adds: dict[str, list[str]] = {name: [] for name in stages if name not in synapses}
    heard: dict[str, set[tuple[str, int]]] = {}
    for q in network.projections:
        if q.pre in sends:
            adds[q.post].append(q.pre)
            heard.setdefault(q.pre, set()).add((q.post, 0))
            continue
        flat = q.synapses.flat()
        cols, rows, code, delay = (
            part.astype(np.int64) for part in (flat.source, flat.post, flat.weight, flat.delay)
        )
        for steps in np.unique(delay).tolist():
            mine = slice(None) if (delay == steps).all() else delay == steps
            there = synapses[q.post]
            copies = 1 if q.pre in stages else stages[q.post].core_params["input_copies"]
            for copy, part in enumerate(shared_out(code[mine], copies)):
                none = (cols[:0], rows[:0], code[:0])
                before = there.get((q.pre, steps, copy), none)
                there[q.pre, steps, copy] = (
                    np.concatenate([before[0], cols[mine]]),
                    np.concatenate([before[1], rows[mine]]),
                    np.concatenate([before[2], part]),
                )
            heard.setdefault(q.pre, set()).add((q.post, steps))
    return Wiring(
        stages=stages,
        shapes={p.name: p.shape for p in (*network.populations, *network.inputs)},
        synapses=synapses,
        adds={name: tuple(sorted(found)) for name, found in adds.items()},
        heard={name: tuple(sorted(found)) for name, found in heard.items()},
        families=_families(stages, adds),
        exported=tuple(p.name for _, p in network.exported),
        places=frozenset(port.name for port in network.inputs if port.constant and len(port.shape) > 1),
    )


def _families(
    stages: Mapping[str, QuantizedPopulation], adds: Mapping[str, list[str]]
) -> tuple[tuple[str, ...], ...]:
    """By the stage at the end of each: those that send potentials are in the family of the one that adds them."""
    within = {pre for found in adds.values() for pre in found}

    def chain(name: str) -> tuple[str, ...]:
        return (*(one for pre in sorted(adds.get(name, [])) for one in chain(pre)), name)

    return tuple(chain(name) for name in sorted(stages) if name not in within)
