"""Declares `Backend`, the interface between the compiler and a family of chips; all else is the same for every chip.

A family has a folder beside this file, or is a package of its own (see examples/own_chip).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

import numpy as np

from ...sim.diagnostic import DiagnosticError, error
from ...sim.engines.choice import ANY, Execution, Span, SumEngine
from ...targets.chip import Chip
from ...targets.configuration import Symbols
from ...targets.families import family_named
from ...targets.host_io import HostIO
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
    from ...sim.dialect.dialect import Dialect
    from ...sim.engines.synapse_list import Advance, Run
    from ...sim.nir.raw_graph import RawGraph
    from ...sim.stimulus import Stimulus
    from ..ir.calibration import Tuning
    from ..ir.family_rules import FamilyRules
    from ..ir.fidelity_row import FidelityRow
    from ..ir.network import FlatGraph
    from ..ir.on_chip import OnChip
    from ..ir.stages import ChipRun, Prepared
    from ..ir.timed_network import TimedNetwork
    from ..options import Options

T = TypeVar("T", bound=Chip)
Q = TypeVar("Q", bound=Quantized)
M = TypeVar("M", bound=AnyMachine)
L = TypeVar("L", bound=Loaded)


@runtime_checkable
class Backend(Protocol[T, Q, M, L]):
    """Compiles for the chips of one family.

    T: the chip as its toml declares it. Q: the quantised network, with what the family keeps of the quantisation for
    its report. M: the machine, the integer arrays that a configured chip computes with. L: the configuration that is
    loaded, as its files hold it."""

    @property
    def honours(self) -> frozenset[str]:
        """Fields of `Options` that this family honours, among those that not all families do."""
        ...

    @property
    def membrane(self) -> str:
        """Name of the membrane's state in its machines and `scales`."""
        ...

    @property
    def synapse(self) -> str:
        """Name of the synapse's state in its machines and `scales`."""
        ...

    def weight_widths(self, target: T) -> tuple[int, ...]:
        """List the widths in bits among which `Options.weight_bits` chooses, ascending; none where the chip has no
        choice. `quantize` is asked for one of these."""
        ...

    def pin_sites(self, target: T) -> int:
        """Count the places that a pin can name; asked only where pins are honoured."""
        ...

    @property
    def has_vectors(self) -> bool:
        """Whether `vectors` writes files with which a chip, its sources or its simulator can be tested."""
        ...

    @property
    def engines(self) -> tuple[SumEngine, ...]:
        """Name the engines among which `start` chooses for a decoded machine; none where one alone runs it. Where
        jax is among them, it can share a run out over several devices."""
        ...

    def configure(self, target: T, options: Options) -> T:
        """Apply options to the chip: several chips on a board, fewer neurons a core than there is room for."""
        ...

    def family_rules(self, flat: FlatGraph, dialect: Dialect, target: T) -> FamilyRules:
        """Find how the chip departs from the reading in ways that its `[dialect]` table does not declare."""
        ...

    def calibrate(
        self, prepared: Prepared[Q], target: T, stimulus: Stimulus, score: Callable[[Tuning], float]
    ) -> Tuning | None:
        """Choose scales, thresholds and the like on a stimulus; None where the family has nothing to choose.

        prepared: the network without calibration. score: of a calibration, the spike F1 at the outputs, 0..1."""
        ...

    def without_room(self, timed: TimedNetwork, target: T) -> Mapping[str, str]:
        """Find constructs that the chip has no room for, while it has for its own neurons in their place: population ->
        what there is too little of, in words. It is asked again about the network without them."""
        ...

    def quantize(self, timed: TimedNetwork, target: T, options: Options) -> Q:
        """Convert the network to the chip's integers: weights, thresholds, decays, delays, orders and whatever else
        could change a bit of what the chip computes.

        Raises DiagnosticError: SPK10xx for what the chip cannot compute."""
        ...

    def neuron_rows(self, timed: TimedNetwork, quantized: Q) -> list[FidelityRow]:
        """List the differences that rounded neuron parameters and pipeline latencies make: rows of the fidelity
        table."""
        ...

    def headroom(self, quantized: Q, population: str) -> Headroom:
        """Bound what can arrive at the neurons of a population in one step, against what the accumulator holds."""
        ...

    def place(
        self,
        network: QuantizedNetwork,
        target: T,
        options: Options,
        rates: Mapping[str, np.ndarray],
        tell: Callable[[str], None] | None,
    ) -> Placed:
        """Assign every neuron to a core and a place there.

        rates: population or input -> (n,) spikes a step, empty where no stimulus is given. tell: called with progress,
        in words.

        Raises DiagnosticError: SPK20xx where the network does not fit."""
        ...

    def estimate(self, network: QuantizedNetwork, target: T, options: Options) -> ResourceEstimate:
        """Count the cores that the network takes. Raises DiagnosticError: SPK20xx where no number would do."""
        ...

    def next_larger(self, target: T, options: Options, cores: int) -> Options | None:
        """Change the options so that the target has at least `cores` cores; None where no such system exists."""
        ...

    def emit(self, network: QuantizedNetwork, placement: Placement, target: T) -> Emitted:
        """Encode a placed network into the files of the configuration, with their symbols."""
        ...

    def read_files(self, target: T, files: Mapping[str, bytes]) -> L:
        """Read the configuration back from its files.

        Raises DecodeError for files that `emit` does not write."""
        ...

    def machine(self, target: T, loaded: L) -> M:
        """Decode a configuration into the machine that it makes of the chip.

        Raises DecodeError for words that no encoder writes, and for what the target cannot hold."""
        ...

    def host_io(self, target: T, loaded: L) -> HostIO:
        """List what the host sends to a configured chip for each input element, and where it sees each output line.

        Raises DecodeError as `machine`."""
        ...

    def verify_words(
        self, network: QuantizedNetwork, target: T, loaded: L, symbols: Symbols
    ) -> StaticVerdict:
        """Check, without running anything, that the decoded words are the quantised network and nothing else."""
        ...

    def unplaced(self, network: QuantizedNetwork, target: T) -> tuple[M, Symbols]:
        """Build the unplaced machine: the quantised network without a chip's limits, through no placement and no
        word; a placed chip must run bit for bit like it."""
        ...

    def start(
        self, machine: M, target: T, span: Span, *, states: bool, execution: Execution = ANY
    ) -> Advance:
        """Begin a run of a machine from its initial state, which is then handed its events, (T, B, n_inputs) counts of
        them, unsigned integers, some steps at a time. However many at a time, the bits are the same.

        states: also record membranes and synapses. execution: ANY, or for a decoded machine one of `engines`."""
        ...

    def vectors(
        self, target: T, loaded: L, spikes: np.ndarray, events: np.ndarray, samples: Sequence[int]
    ) -> Mapping[str, bytes]:
        """Write what a chip is sent and what it answers, and the bench that plays it: file name -> bytes, with all
        files of the configuration that the bench reads.

        spikes: (T, B, N) of the machine. events: (T, B, n_inputs), behind them. samples: the number of each of the B
        samples in its stimulus."""
        ...

    def measure_effects(
        self,
        rows: Sequence[FidelityRow],
        machine: M,
        chip: ChipRun,
        rerun: Callable[[M], ChipRun],
    ) -> list[FidelityRow]:
        """Complete `rows` of the fidelity table by effects that only a run of the chip can measure.

        chip: the run of `machine`. rerun: runs another machine of the same neurons on the same input."""
        ...

    def cycles(self, target: T, loaded: L, run: Run, events: np.ndarray) -> Cycles | None:
        """Count clock cycles of `run` on (T, B, n_inputs) `events`; None where no formula is public."""
        ...

    def on_chip(self, prepared: Prepared[Q], machine: M, symbols: Symbols, target: T) -> OnChip:
        """Convert what the chip holds back into the float network that it computes, and say what that leaves out.

        machine: decoded from the words of `prepared`. Raises DiagnosticError: SPK3011 where no float network says what
        the chip's neurons do."""
        ...

    def effective(self, prepared: Prepared) -> RawGraph:
        """Write the file again with the decays and thresholds that the chip realises."""
        ...


def backend_of(target: Chip) -> Backend:
    """Load the backend of a chip's family. Raises DiagnosticError: SPK0509 where there is none that can be used."""
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
        from .loihi2.backend import Loihi2Backend
        from .odin.backend import OdinBackend
        from .paicore25.backend import PaicoreBackend
        from .ranc.backend import RancBackend
        from .reckon.backend import ReckonBackend
        from .speck.backend import SpeckBackend
        from .spinnaker1.backend import SpinnakerBackend
        from .xylo.backend import XyloBackend

        return (
            LoihiBackend(),
            Loihi2Backend(),
            OdinBackend(),
            PaicoreBackend(),
            RancBackend(),
            ReckonBackend(),
            SpeckBackend(),
            SpinnakerBackend(),
            XyloBackend(),
        )
