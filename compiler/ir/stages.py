"""What each stage of a compile hands to the next one."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import numpy as np

from ...sim.diagnostic import Diagnostic
from ...targets.chip import Chip
from ...targets.configuration import Symbols
from .fidelity_row import FidelityRow, Overrides
from .network import FlatGraph, Network
from .placement import Placement
from .quantized import QuantizedNetwork
from .report import AccumulatorBound, CoreTraffic, Resources
from .timed_network import TimedNetwork

if TYPE_CHECKING:
    from ...sim.dialect.dialect import Dialect
    from ...sim.engines.synapse_list import Run
    from ...sim.nir.raw_graph import RawGraph


@dataclass(frozen=True, kw_only=True)
class Ports:
    """inputs, outputs: Input or Output -> shape of one sample in one step, sorted by name. values: that all nodes
    together send on in one step of a sample."""

    inputs: Mapping[str, tuple[int, ...]]
    outputs: Mapping[str, tuple[int, ...]]
    values: int = 0


@dataclass(frozen=True, kw_only=True)
class ReadGraph:
    """A file as its dialect reads it, before any chip is asked: the reading, the flat graph with all shapes."""

    dialect: Dialect
    flat: FlatGraph
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ports(self) -> Ports:
        """Its Inputs and Outputs, and what is between them."""
        return Ports(
            inputs={path: self.flat.node(path).output_shape or () for path in sorted(self.flat.inputs)},
            outputs={path: self.flat.node(path).input_shape or () for path in sorted(self.flat.outputs)},
            values=sum(math.prod(node.output_shape or ()) for node in self.flat.nodes()),
        )


@dataclass(frozen=True, kw_only=True)
class Front:
    """A read file: the reading, the flat graph before fusion, and the whole float network under the chip's rules.

    clipped: `raw` with weights cut off where the compile found that to serve the chip; else `raw` itself. flat and
    network are of it. chip_dialect: `dialect` with the chip's overrides (see `timed/legalize.py`). constructs: NIR path
    of a neuron node -> name of its construct. given_up: NIR path of one -> constructs that the chip has no room for,
    and what there is too little of for each."""

    raw: RawGraph
    clipped: RawGraph
    dialect: Dialect
    chip_dialect: Dialect
    flat: FlatGraph
    network: Network
    rows: tuple[FidelityRow, ...]
    diagnostics: tuple[Diagnostic, ...]
    constructs: Mapping[str, str]
    given_up: Mapping[str, Mapping[str, str]]


class Quantized(Protocol):
    """The network at the fork point, with what its backend wants to know of it later."""

    @property
    def network(self) -> QuantizedNetwork:
        """The network at the fork point."""
        ...

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Notes and warnings of the quantisation."""
        ...


Q = TypeVar("Q", bound=Quantized)


@dataclass(frozen=True, kw_only=True)
class Prepared(Generic[Q]):
    """The network up to the fork point. host: populations that the host runs. timed: the others, on the chip's clock.
    quantized: what more it holds than a `Quantized` is known to the target's backend."""

    front: Front
    target: Chip
    host: tuple[str, ...]
    timed: TimedNetwork
    quantized: Q
    rows: tuple[FidelityRow, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def network(self) -> Network:
        """The chip's part of the float network, in float steps."""
        return self.timed.network


class Loaded(Protocol):
    """What is loaded into a chip, as its files hold it."""

    def digest(self) -> str:
        """SHA-256 of all that is loaded."""
        ...


C = TypeVar("C")


@dataclass(frozen=True, kw_only=True)
class LoadedFiles(Generic[C]):
    """configuration: the chip's own record. files: as they are loaded, all others follow from them."""

    configuration: C
    files: Mapping[str, bytes]

    def digest(self) -> str:
        """SHA-256 over names, sizes and bytes of the files."""
        sha = hashlib.sha256()
        for name in sorted(self.files):
            sha.update(f"{name}\0{len(self.files[name])}\0".encode())
            sha.update(self.files[name])
        return sha.hexdigest()


@dataclass(frozen=True, kw_only=True)
class Placed:
    """diagnostics: notes, as of a lock that did not serve. resources: of the chip, beside cores, slices and
    certificate."""

    placement: Placement
    diagnostics: tuple[Diagnostic, ...]
    resources: Resources


@dataclass(frozen=True, kw_only=True)
class Emitted:
    """files: of the configuration alone. places: of each core its chip and its number there. packets: given the
    spikes (T, B, N) of the machine and the spikes a step of each input element, what each core sends and hears; None
    where nothing travels."""

    files: Mapping[str, bytes]
    symbols: Symbols
    places: list[list[int]]
    packets: Callable[[np.ndarray, np.ndarray], tuple[CoreTraffic, ...]] | None


@dataclass(frozen=True, kw_only=True)
class ResourceEstimate:
    """cores: how many a network takes, of `available`. share: of the capacity of the used cores that the binding
    resource fills, 0..1. reason: why that does not fit, or empty."""

    cores: int
    available: int
    binding: str
    share: float
    reason: str


@dataclass(frozen=True, kw_only=True)
class Cycles:
    """Clock cycles of a time step. worst: no step takes more, None where nothing bounds it. most, mean: of the steps
    and samples of a run. model: where the formula is from and what it leaves out."""

    worst: float | None
    most: float
    mean: float
    model: str


@dataclass(frozen=True, kw_only=True)
class Legalized:
    """overrides: the reading as the chip's neurons do it, by NIR path. rows: what that changes. asks: errors where it
    needs the user's consent. refused: by NIR path, the error for a node that the chip refuses. constructs: by NIR path,
    the name of what makes the node's neurons of the chip's."""

    overrides: Overrides
    rows: list[FidelityRow]
    asks: list[Diagnostic]
    refused: Mapping[str, Diagnostic]
    constructs: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Headroom:
    """What can arrive at a population in one step, in integers of the chip, held against what its accumulator takes.

    arriving: (n,) float64, of each neuron, if every source spikes. exponent, grid_units: of the chip's weights.
    past_limit: neurons of which more can arrive than `limit`. proven: no run can pass the limit."""

    arriving: np.ndarray
    limit: int
    past_limit: int
    proven: bool
    exponent: int = 0
    grid_units: int = 1

    @property
    def bound(self) -> AccumulatorBound:
        """Of the neuron at which most can arrive."""
        return AccumulatorBound(
            exponent=self.exponent,
            grid_units=self.grid_units,
            arriving_units=float(self.arriving.max(initial=0.0)),
            arriving_limit=self.limit,
            compartments_past_limit=self.past_limit,
            proven=self.proven,
        )


@dataclass(frozen=True, kw_only=True)
class StaticVerdict:
    """findings: the first 20 of `n_findings`; each names core, compartment, neuron or synapse by NIR path."""

    identical: bool
    findings: tuple[str, ...]
    n_findings: int


@dataclass(frozen=True, kw_only=True)
class ChipRun:
    """layers: population -> (T, B, n) what it emits, at float steps (spikes, or float32 membranes of a
    read-out). exported: (T, B, lines) int64, what leaves the chip, in chip steps. outputs: Output path -> (T, B, ...)
    float32, made of what leaves the chip alone. run: the raw one, in chip steps."""

    run: Run
    exported: np.ndarray
    layers: Mapping[str, np.ndarray]
    outputs: Mapping[str, np.ndarray]
