"""Records of what a chip loads, and of the symbols that tie it to the network."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Exactly what is loaded: image name -> 1-D uint64 words (one word type an image, see the chip's layout).

    Image names are `<chip>/<core>/<image>` and, for host-side tables, `host/<image>`.
    """

    target: str
    images: Mapping[str, np.ndarray]

    def digest(self) -> str:
        """SHA-256 over names, lengths and words, in sorted order of names."""
        sha = hashlib.sha256(self.target.encode())
        for name in sorted(self.images):
            words = np.ascontiguousarray(self.images[name], dtype="<u8")
            sha.update(f"\0{name}\0{words.size}\0".encode())
            sha.update(words.tobytes())
        return sha.hexdigest()


@dataclass(frozen=True, kw_only=True)
class StateScale:
    """A chip state of a population: float value = integer / `units` + `offset`."""

    units: float
    offset: float


@dataclass(frozen=True, kw_only=True)
class PopulationSymbols:
    """Where a population is: `machine_index` (n,) gives the machine neuron of each of its neurons, row-major
    over `shape`. `lag_steps`: chip step = float step + lag. `role`: original, bias, relay, threshold, level.
    counts_for: the population of whose spikes these are some, to be added to its own."""

    name: str
    shape: tuple[int, ...]
    machine_index: np.ndarray
    lag_steps: int
    role: str
    scales: Mapping[str, StateScale] = field(default_factory=dict)
    counts_for: str = ""


@dataclass(frozen=True, kw_only=True)
class InputSymbols:
    """Input elements `first .. first + size - 1` of the machine. A `constant` port is driven by the host with a
    spike in every chip step from `onset_step` on, where `once` in that step alone; others carry the stimulus of NIR
    path `name` with no lag."""

    name: str
    shape: tuple[int, ...]
    first: int
    size: int
    constant: bool = False
    onset_step: int = 0
    once: bool = False

    @property
    def sent(self) -> tuple[object, ...]:
        """What it is and when it spikes."""
        return (self.name, self.shape, self.size, self.constant, self.onset_step, self.once)


@dataclass(frozen=True, kw_only=True)
class CopySymbols:
    """Machine neurons that spike as those of population `population` do, `delay_steps` later: machine neuron
    machine_index[k] as neuron neuron[k] of it, both (k,) int64. role: copy (the same in all states, delay 0), or
    splitter (of the spikes alone)."""

    population: str
    role: str
    delay_steps: int
    machine_index: np.ndarray
    neuron: np.ndarray


@dataclass(frozen=True, kw_only=True)
class OutputSymbols:
    """Where the neurons of population `name` leave the chip: neuron k on output line line[k], (n,) int64. `population`
    lets them out: the same, or a copy of it with a lag of its own. membrane: as values of its membrane, not spikes."""

    name: str
    population: str
    line: np.ndarray
    membrane: bool


@dataclass(frozen=True, kw_only=True)
class Symbols:
    """Debug information: which population, index or input element each part of a machine is.

    copies: beside the populations' own, on chips where a neuron has few targets. outputs: of every population that
    an Output reads."""

    populations: tuple[PopulationSymbols, ...]
    inputs: tuple[InputSymbols, ...]
    copies: tuple[CopySymbols, ...] = ()
    outputs: tuple[OutputSymbols, ...] = ()
