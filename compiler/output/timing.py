"""How many clock cycles a time step takes, and the clock that the network's time step then asks for."""

from __future__ import annotations

from ...targets.configuration import Symbols
from ..backends.interface import backend_of
from ..ir.report import ClockHertz, CyclesReport, Timing
from ..ir.stages import Loaded, Prepared
from ..verdicts.chip_run import chip_events
from ..verdicts.proof import Proof


def timing(prepared: Prepared, loaded: Loaded, symbols: Symbols, proof: Proof) -> Timing | None:
    """Count the clock cycles of a step; None where no formula is public, or nothing ran."""
    if proof.chip is None:
        return None
    target, backend = prepared.target, backend_of(prepared.target)
    lag = prepared.quantized.network.max_lag_steps
    events = chip_events(symbols, proof.inputs, lag, target.input_counts)
    found = backend.cycles(target, loaded, proof.chip.run, events)
    if found is None:
        return None
    dt = prepared.front.dialect.dt_seconds
    return Timing(
        cycles=CyclesReport(worst=found.worst, most=found.most, mean=found.mean),
        dt_seconds=dt,
        clock_hertz=ClockHertz(worst=None if found.worst is None else found.worst / dt, most=found.most / dt),
        model=found.model,
    )
