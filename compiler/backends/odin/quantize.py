"""Quantises a network in the first of its execution modes in which it fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ....sim.diagnostic import Diagnostic
from ....targets.odin.model import OdinChip
from ...ir.calibration import Tuning
from ...ir.network import Network
from ...options import Options
from .assemble import Assembled, Scaled, assemble, scaled
from .capacity import fit
from .execution_modes import ExecutionMode, execution_modes
from .lowered import Plan, plans
from .quantized_network import QuantizedNetwork
from .routes import events_of


@dataclass(frozen=True, kw_only=True)
class Quantized:
    """The quantised network of the mode that was chosen, with its float neurons and scales. raised: populations whose
    rest was to be above the floor. lowered: those that were to compare their threshold once a step;
    once_chips: that this takes at least, None where no number would do."""

    assembled: Assembled
    chip: OdinChip
    raised: frozenset[str] = frozenset()
    lowered: frozenset[str] = frozenset()
    once_chips: int | None = None
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def network(self) -> QuantizedNetwork:
        """The network at the fork point."""
        return self.assembled.network


def quantize(
    network: Network,
    chip: OdinChip,
    options: Options,
    raised: frozenset[str] = frozenset(),
    lowered: frozenset[str] = frozenset(),
) -> Quantized:
    """Quantise a network; where it fits in no execution mode, in the one that takes the fewest chips.

    raised: populations whose rest is to be above the floor; a mode in which only that does not fit goes without.
    lowered: populations that are to compare their threshold once a step; those that do not fit go without.
    Raises DiagnosticError: SPK1004."""
    modes = execution_modes(network, chip, options.chips)
    once, chips = _once_a_step(modes, chip, options, lowered)
    if once is not None:
        return Quantized(assembled=once, chip=chip, raised=raised, lowered=lowered, once_chips=chips)
    tried: list[tuple[int, int, Assembled]] = []
    tuning, found_scales = options.tuning or Tuning(), dict[tuple[int, frozenset[str]], Scaled]()
    for mode in modes:
        for lifted in dict.fromkeys((raised, frozenset[str]())):
            key = id(mode.timed), lifted  # ways that differ in their rows alone have the same
            if key not in found_scales:
                found_scales[key] = scaled(mode.timed, chip, tuning, lifted)
            assembled = assemble(mode, chip, tuning, found_scales[key])
            fitted = fit(assembled.network, chip, options.chips)
            if not fitted.findings:
                return Quantized(
                    assembled=assembled, chip=chip, raised=raised, lowered=lowered, once_chips=chips
                )
            if not mode.closed:
                least = chip.capacity.chips + 1 if fitted.chips is None else fitted.chips
                tried.append((least, -len(tried), assembled))
                break  # where the host answers, rest takes neither rows nor neurons
    least_chips = min(tried, key=lambda entry: entry[:2])[2]
    return Quantized(assembled=least_chips, chip=chip, raised=raised, lowered=lowered, once_chips=chips)


def _once_a_step(
    modes: tuple[ExecutionMode, ...], chip: OdinChip, options: Options, lowered: frozenset[str]
) -> tuple[Assembled | None, int | None]:
    """Compare thresholds once a step, with the finest weights that fit, if the coarsest do. Also the chips that these
    take at least, None where no number would do.

    A spike is answered by a host that sends its row several times, and the order of rows means nothing, so that they
    hold both signs. Leaks raise, so that no other population may need more of them."""
    some = plans(lowered, modes[0].timed.populations)
    once = [mode for mode in modes if not mode.closed and mode.split == modes[-1].split] if some else []
    coarsest, least = _fitting(some[-1:], once, chip, options)
    if coarsest is None:
        return None, least
    finest, _ = _fitting(some[:-1], once, chip, options)
    return finest or coarsest, least


def _fitting(
    some: Sequence[Plan], modes: Sequence[ExecutionMode], chip: OdinChip, options: Options
) -> tuple[Assembled | None, int | None]:
    """Find the first of some plans that fits; and the fewest chips that one would take."""
    least: list[int] = []
    for plan in some:
        for mode in modes:
            rounded = scaled(mode.timed, chip, options.tuning or Tuning(), plan=plan)
            assembled = assemble(mode, chip, options.tuning or Tuning(), rounded)
            if rounded.way is None or events_of(assembled.network).leaks != rounded.way.leaks:
                continue
            fitted = fit(assembled.network, chip, options.chips)
            least += [] if fitted.chips is None else [fitted.chips]
            if not fitted.findings:
                return assembled, fitted.chips
    return None, min(least, default=None)
