"""Finds the weight vector of each piece from the synapses of its neurons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ....targets.paicore25.configuration import Vector
from .maps import POTENTIAL, ReadMap, Stream
from .pieces import Piece, Reads, shorter, steps_of


def reads_of(
    pieces: Sequence[Piece],
    place: np.ndarray,
    synapses: Mapping[Stream, tuple[np.ndarray, np.ndarray, np.ndarray]],
    read: ReadMap,
    bits: int,
) -> list[Reads]:
    """What each piece reads. place: (n,) bits by which each neuron stands further than the first of the stage; 0 where
    neurons do not walk. synapses: of each source, elements, neurons and weights, (k,) each. bits: of a weight."""
    number = np.zeros(place.size, dtype=np.int64)
    first = np.zeros(place.size, dtype=np.int64)
    for k, piece in enumerate(pieces):
        number[piece.neurons] = k
        first[piece.neurons] = place[piece.neurons[0]]
    none = [np.zeros(0, dtype=np.int64)]
    owner, at, weight = (
        (
            np.concatenate([*none, *parts])
            for parts in zip(
                *(
                    (number[rows], read.address[stream][cols] - place[rows] + first[rows], code)
                    for stream, (cols, rows, code) in synapses.items()
                ),
                strict=True,
            )
        )
        if synapses
        else (none[0], none[0], none[0])
    )
    order = np.argsort(owner * (1 + int(at.max(initial=0))) + at, kind="stable")
    owner, at, weight = owner[order], at[order], weight[order]
    new = weight != 0
    new[1:] &= (owner[1:] != owner[:-1]) | (at[1:] != at[:-1])
    owner, at, weight = owner[new], at[new], weight[new]
    edges = np.searchsorted(owner, np.arange(len(pieces) + 1))
    found: list[Reads] = []
    for k, piece in enumerate(pieces):
        mine = slice(int(edges[k]), int(edges[k + 1]))
        along, across = steps_of(piece, place) or (0, 0)
        if mine.start == mine.stop:
            found.append(Reads(vector=None, skew=0, along=0, across=0))
            continue
        vector, skew = shorter(at[mine], weight[mine], bits)
        found.append(Reads(vector=vector, skew=skew, along=along, across=across))
    return found


def adds_of(pieces: Sequence[Piece], position: np.ndarray, parts: int) -> list[Reads]:
    """What each piece of a stage that adds potentials reads: as many as there are parts, side by side. position: (n,)
    place of each neuron in its core."""
    step = POTENTIAL * parts
    ones = Vector(weights=np.ones(step, dtype=np.int64))
    return [
        Reads(vector=ones, skew=step * int(position[piece.neurons[0]]), along=step, across=step)
        for piece in pieces
    ]
