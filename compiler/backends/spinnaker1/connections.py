"""Which cores hear which, and how long their rows are: what placement, routing and memory follow from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ....targets.spinnaker1.synaptic_word import MAX_ROW_LENGTH
from .partition import Cut
from .quantized_network import QuantizedNetwork

SOURCE_ELEMENTS = 1 << 15
"""Input elements of one block of keys."""
ROW_HEAD_WORDS = 3
ALIGNED_WORDS = 4


def input_cuts(network: QuantizedNetwork) -> dict[str, Cut]:
    """Cut inputs into blocks of elements, which all are sent from one core."""
    return {
        port.name: Cut(min(port.size, SOURCE_ELEMENTS), -(-port.size // SOURCE_ELEMENTS), 0)
        for port in network.inputs
    }


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """The rows of a source on the cores of a population. words: (cores of the population, elements of the source)
    int64, synapses of each row. cut: of the source."""

    words: np.ndarray
    cut: Cut

    @cached_property
    def heard(self) -> np.ndarray:
        """(cores of the population, cores of the source) bool: whether there is any synapse between them."""
        padded = np.zeros((len(self.words), self.cut.cores * self.cut.neurons), dtype=np.bool_)
        padded[:, : self.words.shape[1]] = self.words > 0
        return np.asarray(padded.reshape(len(self.words), self.cut.cores, self.cut.neurons).any(axis=2))

    def entries(self, core: int) -> Iterator[tuple[int | None, slice]]:
        """The entries of the population table of a core: one for all cores of the source (None) where it hears all of
        them, else one for each that it hears, with the elements that are there."""
        heard, neurons = self.heard[core], self.cut.neurons
        if heard.all():
            yield None, slice(0, self.words.shape[1])
            return
        for k in np.flatnonzero(heard).tolist():
            yield k, slice(k * neurons, min((k + 1) * neurons, self.words.shape[1]))

    def matrix_words(self, core: int) -> int:
        """Count the words of the blocks of a core: rows are as long as the longest of their block."""
        total = 0
        for _, elements in self.entries(core):
            length = self.words[core, elements]
            for first in range(0, int(length.max(initial=0)), MAX_ROW_LENGTH):
                longest = int(np.clip(length - first, 0, MAX_ROW_LENGTH).max())
                size = length.size * (ROW_HEAD_WORDS + longest)
                total += -(-size // ALIGNED_WORDS) * ALIGNED_WORDS
        return total


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
