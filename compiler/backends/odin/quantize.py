"""Quantises a network in the first of its execution modes in which it fits."""

from __future__ import annotations

from dataclasses import dataclass

from ....sim.diagnostic import Diagnostic
from ....targets.odin.model import OdinChip
from ...ir.calibration import Tuning
from ...ir.network import Network
from ...options import Options
from .assemble import Assembled, Scaled, assemble, scaled
from .capacity import fit
from .execution_modes import execution_modes
from .quantized_network import QuantizedNetwork


@dataclass(frozen=True, kw_only=True)
class Quantized:
    """The quantised network of the mode that was chosen, with its float neurons and scales. raised: populations whose
    rest was to be above the floor."""

    assembled: Assembled
    chip: OdinChip
    raised: frozenset[str] = frozenset()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def network(self) -> QuantizedNetwork:
        """The network at the fork point."""
        return self.assembled.network


def quantize(
    network: Network, chip: OdinChip, options: Options, raised: frozenset[str] = frozenset()
) -> Quantized:
    """Quantise a network; where it fits in no execution mode, in the one that takes the fewest chips.

    raised: populations whose rest is to be above the floor; a mode in which only that does not fit goes without.
    Raises DiagnosticError: SPK1004."""
    tried: list[tuple[int, int, Assembled]] = []
    tuning, found_scales = options.tuning or Tuning(), dict[tuple[int, frozenset[str]], Scaled]()
    for mode in execution_modes(network, chip, options.chips):
        for lifted in dict.fromkeys((raised, frozenset[str]())):
            key = id(mode.timed), lifted  # ways that differ in their rows alone have the same
            if key not in found_scales:
                found_scales[key] = scaled(mode.timed, chip, tuning, lifted)
            assembled = assemble(mode, chip, tuning, found_scales[key])
            fitted = fit(assembled.network, chip, options.chips)
            if not fitted.findings:
                return Quantized(assembled=assembled, chip=chip, raised=raised)
            if not mode.closed:
                least = chip.capacity.chips + 1 if fitted.chips is None else fitted.chips
                tried.append((least, -len(tried), assembled))
                break  # where the host answers, rest takes neither rows nor neurons
    return Quantized(assembled=min(tried, key=lambda entry: entry[:2])[2], chip=chip, raised=raised)
