"""What the compiler asks of a family of chips; all else is the same for every chip.

A family has a folder beside this file, or is a package of its own (see examples/own_chip).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

import numpy as np

from ...sim.diagnostic import DiagnosticError, error
from ...targets.chip import Chip
from ...targets.configuration import Symbols
from ...targets.families import family_named
from ...targets.machines.any_machine import AnyMachine
from ..ir.placement import Placement
from ..ir.quantized import QuantizedNetwork
from ..ir.stages import (
    Cycles,
    Emitted,
    Headroom,
    Loaded,
    Placed,
    Quantized,
    ResourceEstimate,
    StaticVerdict,
)

if TYPE_CHECKING:
    from ...sim.dialect import Dialect
    from ...sim.engine import Run
    from ...sim.rawgraph import RawGraph
    from ...sim.stimulus import Stimulus
    from ..ir.family_rules import FamilyRules
    from ..ir.fidelity_row import FidelityRow
    from ..ir.network import FlatGraph, Network
    from ..ir.realised import Realised
    from ..ir.stages import ChipRun, Front, Prepared
    from ..options import Options
    from ..timed.retime import Retimed

T = TypeVar("T", bound=Chip)
Q = TypeVar("Q", bound=Quantized)
M = TypeVar("M", bound=AnyMachine)
L = TypeVar("L", bound=Loaded)


@runtime_checkable
class Backend(Protocol[T, Q, M, L]):
    """Compiles for the chips of one family.

    T: the chip as its toml declares it. Q: the network at the fork point, with what the family wants to know of it
    later. M: what a configured chip computes with. L: what is loaded, as the files hold it.

    honours: those fields of `Options` that not all families honour, and this one does. membrane, synapse: the names of
    these states of its machines."""

    @property
    def honours(self) -> frozenset[str]: ...

    @property
    def membrane(self) -> str: ...

    @property
    def synapse(self) -> str: ...

    def configure(self, target: T, options: Options) -> T:
        """The chip as the options configure it: boards of several chips, cores that are not to be filled."""
        ...

    def family_rules(self, flat: FlatGraph, dialect: Dialect, target: T) -> FamilyRules:
        """What the chip does with readings beyond what its `[dialect]` table says."""
        ...

    def calibrate(self, front: Front, target: T, options: Options, stimulus: Stimulus) -> Options:
        """Choose numbers on a stimulus, where `calibrate` asks for it; the options hold what was chosen."""
        ...

    def quantize(self, network: Network, retimed: Retimed, target: T, options: Options) -> Q:
        """Write the network in the chip's integers: fixes everything that could change a bit of what it computes."""
        ...

    def neuron_rows(self, network: Network, retimed: Retimed, quantized: Q) -> list[FidelityRow]:
        """Rows of the fidelity table that single neurons and pipeline latencies cause."""
        ...

    def headroom(self, quantized: Q, population: str) -> Headroom:
        """Bound what can arrive at the neurons of a population in one step."""
        ...

    def place(
        self,
        network: QuantizedNetwork,
        target: T,
        options: Options,
        rates: Mapping[str, np.ndarray],
        tell: Callable[[str], None] | None,
    ) -> Placed:
        """Decide where every neuron is. rates: population or input -> (n,) spikes a step, empty where no stimulus is
        given. tell: hears of progress.

        Raises DiagnosticError: SPK20xx where the network does not fit."""
        ...

    def estimate(self, network: QuantizedNetwork, target: T, options: Options) -> ResourceEstimate:
        """Count what the network takes. Raises DiagnosticError: SPK20xx where no number of cores would do."""
        ...

    def next_larger(self, target: T, options: Options, cores: int) -> Options | None:
        """Options under which the target has so many cores; None where there is no larger system."""
        ...

    def emit(self, network: QuantizedNetwork, placement: Placement, target: T) -> Emitted:
        """Write the files of the configuration."""
        ...

    def read_files(self, target: T, files: Mapping[str, bytes]) -> L:
        """Read the configuration back from its files.

        Raises DecodeError for files that `emit` does not write."""
        ...

    def machine(self, target: T, loaded: L) -> M:
        """Decode what was loaded into what the chip then computes with. Raises DecodeError."""
        ...

    def verify_words(
        self, network: QuantizedNetwork, target: T, loaded: L, symbols: Symbols
    ) -> StaticVerdict:
        """Check that what was loaded is the quantised network and nothing else, without running it."""
        ...

    def unplaced(self, network: QuantizedNetwork, target: T) -> tuple[M, Symbols]:
        """The quantised network as a machine without limits, which passes through no placement and no word."""
        ...

    def simulate(self, machine: M, target: T, events: np.ndarray, *, states: bool) -> Run:
        """Run a machine from its initial state on (T, B, n_inputs) unsigned events."""
        ...

    def measure_effects(
        self,
        prepared: Prepared,
        rows: Sequence[FidelityRow],
        machine: M,
        symbols: Symbols,
        inputs: Mapping[str, np.ndarray],
        chip: ChipRun,
    ) -> list[FidelityRow]:
        """Complete the fidelity table by what only a run of the chip can tell. inputs: what reached it."""
        ...

    def cycles(self, target: T, loaded: L, run: Run, events: np.ndarray) -> Cycles | None:
        """Count clock cycles of `run` on (T, B, n_inputs) `events`; None where no formula is public."""
        ...

    def as_on_chip(self, machine: M, symbols: Symbols, target: T) -> Realised:
        """The network that a decoded machine computes, in float.

        Raises DiagnosticError: SPK3012 where no NIR node says what the chip's neurons do."""
        ...

    def effective(self, prepared: Prepared) -> RawGraph:
        """The file with the decays and thresholds that the chip realises."""
        ...


def backend_of(target: Chip) -> Backend:
    """The backend of a chip's family. Raises DiagnosticError: SPK0509 where there is none that can be used."""
    return _backend(target.family)


@cache
def _backend(family: str) -> Backend:
    known = family_named(family)
    if known is None:
        raise _unusable(family, "its package is not installed, or cannot be used")
    try:
        made: object = resolve_name(known.backend)()
    except Exception as problem:  # of a package, which may do anything when it is imported
        raise _unusable(family, f"{known.backend}: {type(problem).__name__}: {problem}") from problem
    if not isinstance(made, Backend):
        missing = [name for name in vars(Backend) if name[0] != "_" and not hasattr(made, name)]
        raise _unusable(family, f"{known.backend} lacks {', '.join(missing)}")
    return made


def _unusable(family: str, reason: str) -> DiagnosticError:
    return DiagnosticError((error("SPK0509", f"the backend of family {family} cannot be used: {reason}"),))


if TYPE_CHECKING:

    def built_in() -> tuple[Backend, ...]:
        """For the type checker alone, which holds each of ours against the protocol."""
        from .loihi.backend import LoihiBackend
        from .odin.backend import OdinBackend
        from .ranc.backend import RancBackend
        from .speck.backend import SpeckBackend
        from .xylo.backend import XyloBackend

        return LoihiBackend(), OdinBackend(), RancBackend(), SpeckBackend(), XyloBackend()
