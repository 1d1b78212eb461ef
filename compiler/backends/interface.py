"""What the compiler does in its own way for chips of one organisation: a module each, chosen by what a target declares.

All else (reading, flattening, fusion, cut, retiming, verdicts, report, files) is the same for every chip.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from ...sim.diagnostic import Diagnostic
from ...targets.chip import Chip
from ...targets.configuration import Symbols
from ...targets.machines.synapse_list import Machine
from ..ir.placement import Placement
from ..ir.quantized import QuantizedNetwork
from ..ir.stages import Cycles, Emitted, Loaded, Placed, Quantized, Size

if TYPE_CHECKING:
    from ...sim.dialect import Dialect
    from ...sim.engine import Run
    from ...sim.rawgraph import RawGraph
    from ...sim.stimulus import Stimulus
    from ..ir.fidelity_row import FidelityRow, Overrides
    from ..ir.network import FlatGraph, Network
    from ..ir.realised import Realised
    from ..ir.stages import ChipRun, Front, Prepared, StaticVerdict
    from ..options import Options
    from ..timed.retime import Retimed


class Backend(Protocol):
    """Functions of a module. Targets are of the organisation that the module is for. MEMBRANE, SYNAPSE: the names of
    these states of its machines. OPTIONS: those fields of `Options` that not all flows honour, and it does."""

    @property
    def OPTIONS(self) -> frozenset[str]: ...

    @property
    def MEMBRANE(self) -> str: ...

    @property
    def SYNAPSE(self) -> str: ...

    def resolve(self, target: Any, options: Options) -> Chip:
        """The target as the options configure it."""
        ...

    def chip_rules(
        self, flat: FlatGraph, dialect: Dialect, target: Any, options: Options
    ) -> tuple[Overrides, list[FidelityRow], list[Diagnostic]]:
        """What the chip does otherwise, as overrides of the reading by NIR path, as rows, and as errors where it is
        too much."""
        ...

    def tuned(self, front: Front, target: Any, options: Options, stimulus: Stimulus) -> Options:
        """The options with what a stimulus that was given decides about numbers, if it is to (`calibrate`)."""
        ...

    def quantize(self, network: Network, retimed: Retimed, target: Any, options: Options) -> Quantized:
        """Everything that can change a bit."""
        ...

    def neuron_rows(self, network: Network, retimed: Retimed, quantized: Any) -> list[FidelityRow]:
        """Rows that single neurons and lags cause."""
        ...

    def envelope(self, quantized: Any, population: str) -> tuple[dict[str, object], np.ndarray]:
        """The static bound on what arrives at a population, for the report, and per neuron in the chip's units."""
        ...

    def place(
        self,
        network: QuantizedNetwork,
        target: Any,
        options: Options,
        rates: Mapping[str, np.ndarray],
        tell: Callable[[str], None] | None,
    ) -> Placed:
        """Where everything is. rates: population or input -> (n,) spikes per step, empty where no stimulus is given.

        Raises DiagnosticError: SPK20xx where the network does not fit."""
        ...

    def size(self, network: QuantizedNetwork, target: Any, options: Options) -> Size:
        """What the network takes. Raises DiagnosticError: SPK20xx where no number of cores would do."""
        ...

    def larger(self, target: Any, options: Options, cores: int) -> Options | None:
        """Options under which the target has so many cores; None where there is no larger one."""
        ...

    def emit(self, network: QuantizedNetwork, placement: Placement, target: Any) -> Emitted:
        """The files of the configuration."""
        ...

    def read_files(self, target: Any, files: Mapping[str, bytes]) -> Loaded:
        """Raises DecodeError for files that `emit` does not write."""
        ...

    def machine(self, target: Any, loaded: Any) -> Machine:
        """What the loaded means. Raises DecodeError."""
        ...

    def static_verdict(
        self, network: QuantizedNetwork, target: Any, loaded: Any, symbols: Symbols
    ) -> StaticVerdict:
        """Whether what was loaded is the network and nothing else."""
        ...

    def expand(self, network: QuantizedNetwork, target: Any) -> tuple[Machine, Symbols]:
        """The machine without limits."""
        ...

    def simulate(self, machine: Any, target: Any, events: np.ndarray, *, states: bool) -> Run:
        """(T, B, n_inputs) uint8 events through the machine."""
        ...

    def measured(
        self,
        prepared: Prepared,
        rows: Sequence[FidelityRow],
        machine: Any,
        symbols: Symbols,
        inputs: Mapping[str, np.ndarray],
        chip: ChipRun,
    ) -> list[FidelityRow]:
        """The fidelity table with what only a run of the chip can tell. inputs: what reached it."""
        ...

    def cycles(self, target: Any, loaded: Any, run: Run, events: np.ndarray) -> Cycles | None:
        """Of `run` on (T, B, n_inputs) `events`; None where no formula is public."""
        ...

    def realised(self, machine: Any, symbols: Symbols, target: Any) -> Realised:
        """The network that a decoded machine computes, in float. Raises DiagnosticError: SPK3012 where that cannot be
        said."""
        ...

    def effective(self, prepared: Prepared) -> RawGraph:
        """The file with the decays and thresholds that the chip realises."""
        ...


FAMILIES = {"cores": "loihi", "ordered": "xylo", "layers": "speck", "events": "odin", "grid": "ranc"}


def backend_of(target: Chip) -> Backend:
    return cast(Backend, importlib.import_module(f"..{FAMILIES[target.organisation]}.backend", __name__))
