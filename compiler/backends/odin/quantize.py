"""The float network in whole numbers, in the first of the ways in which it fits."""

from __future__ import annotations

from dataclasses import dataclass

from ....sim.diagnostic import Diagnostic
from ....targets.odin.model import Revision
from ...ir.calibration import Tuning
from ...ir.network import Network
from ...options import Options
from .assemble import Assembled, Scaled, assemble, scaled
from .capacity import fit
from .execution_modes import ways
from .quantized_network import QuantizedNetwork


@dataclass(frozen=True, kw_only=True)
class Quantized:
    assembled: Assembled
    chip: Revision
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def network(self) -> QuantizedNetwork:
        return self.assembled.network


def quantize(network: Network, chip: Revision, options: Options) -> Quantized:
    """Where it fits in no way, the way that takes the fewest chips. Raises DiagnosticError: SPK1004."""
    tried: list[tuple[int, int, Assembled]] = []
    tuning, found_scales = options.tuning or Tuning(), dict[int, Scaled]()
    for way in ways(network, chip, options.chips):
        key = id(way.retimed)  # ways that differ in their rows alone have the same
        if key not in found_scales:
            found_scales[key] = scaled(network, way.retimed, chip, tuning)
        made = assemble(network, way, chip, tuning, found_scales[key])
        found = fit(made.network, chip, options.chips)
        if not found.findings:
            return Quantized(assembled=made, chip=chip)
        if not way.closed:
            tried.append((chip.capacity.chips + 1 if found.chips is None else found.chips, -len(tried), made))
    return Quantized(assembled=min(tried, key=lambda entry: entry[:2])[2], chip=chip)
