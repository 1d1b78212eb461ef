"""Which cores hear which, and how long their rows are: what placement, routing and memory follow from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ....targets.spinnaker1.synaptic_word import MAX_ROW_LENGTH
from .partition import Cut
from .quantized_network import QuantizedNetwork

SOURCE_ELEMENTS = 1 << 15
"""Input elements of one block of keys."""
MOST_ENTRIES = 32
"""Of the population table of a core for the cores of one source; more take too much of its fast memory."""
ROW_HEAD_WORDS = 3
ALIGNED_WORDS = 4


def input_cuts(network: QuantizedNetwork) -> dict[str, Cut]:
    """Cut inputs into blocks of elements, which all are sent from one core."""
    return {
        port.name: Cut(min(port.size, SOURCE_ELEMENTS), -(-port.size // SOURCE_ELEMENTS), 0)
        for port in network.inputs
    }


class Stored(NamedTuple):
    """Entries and addresses of a population table, and words of blocks."""

    entries: int
    blocks: int
    words: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """The rows of a source on the cores of a population. words: (cores of the population, elements of the source)
    int64, synapses of each row. cut: of the source."""

    words: np.ndarray
    cut: Cut

    @cached_property
    def heard(self) -> np.ndarray:
        """(cores of the population, cores of the source) bool: whether packets go from one to the other: where there is
        any synapse; from all cores of the source where there are synapses from more than MOST_ENTRIES."""
        padded = np.zeros((len(self.words), self.cut.cores * self.cut.neurons), dtype=np.bool_)
        padded[:, : self.words.shape[1]] = self.words > 0
        heard = padded.reshape(len(self.words), self.cut.cores, self.cut.neurons).any(axis=2)
        return heard | (heard.sum(axis=1, keepdims=True) > MOST_ENTRIES)

    def entries(self, core: int) -> Iterator[tuple[int | None, slice]]:
        """The entries of the population table of a core: one for all cores of the source (None) where it hears all of
        them, else one for each that it hears, with the elements that are there."""
        heard, neurons = self.heard[core], self.cut.neurons
        if heard.all():
            yield None, slice(0, self.words.shape[1])
            return
        for k in np.flatnonzero(heard).tolist():
            yield k, slice(k * neurons, min((k + 1) * neurons, self.words.shape[1]))

    def stored(self, core: int) -> Stored:
        """Count what a core stores: rows are as long as the longest of their block, and at most MAX_ROW_LENGTH."""
        entries = blocks = words = 0
        for _, elements in self.entries(core):
            length = self.words[core, elements]
            entries += 1
            for first in range(0, int(length.max(initial=0)), MAX_ROW_LENGTH):
                longest = int(np.clip(length - first, 0, MAX_ROW_LENGTH).max())
                size = length.size * (ROW_HEAD_WORDS + longest)
                words += -(-size // ALIGNED_WORDS) * ALIGNED_WORDS
                blocks += 1
        return Stored(entries, blocks, words)


def rows_between(network: QuantizedNetwork, found: Mapping[str, Cut]) -> dict[str, dict[str, Rows]]:
    """Population -> source -> its rows there. found: how populations and inputs are cut."""
    sizes = {part.name: part.size for part in (*network.populations, *network.inputs)}
    counts: dict[tuple[str, str], np.ndarray] = {}
    for p in network.projections:
        width, cut = sizes[p.pre], found[p.post]
        total = counts.setdefault((p.post, p.pre), np.zeros(cut.cores * width, dtype=np.int64))
        for part in p.synapses.parts():
            source, post, *_ = p.synapses.flat(part)
            total += np.bincount(
                (post // cut.neurons).astype(np.int64) * width + source, minlength=total.size
            )
    made: dict[str, dict[str, Rows]] = {p.name: {} for p in network.populations}
    for (post, pre), total in sorted(counts.items()):
        made[post][pre] = Rows(words=total.reshape(found[post].cores, sizes[pre]), cut=found[pre])
    return made
