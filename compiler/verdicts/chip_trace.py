"""Names what a run of the chip did by the parts of the network."""

from __future__ import annotations

import numpy as np

from ...sim.trace import Trace
from ...targets.chip import Chip
from ...targets.configuration import Symbols
from ..backends.interface import backend_of
from ..ir.stages import ChipRun


def trace_of(chip: ChipRun, symbols: Symbols, target: Chip, *, states: bool = False) -> Trace:
    """Read a run as a trace: layers and outputs at float steps, states (where the run has them) at chip steps."""
    layers = {
        p.name: chip.layers[p.name].reshape(*chip.layers[p.name].shape[:2], *p.shape)
        for p in symbols.populations
        if p.name in chip.layers
    }
    kept = _states(chip, symbols, target) if states else {}
    return Trace(outputs=chip.outputs, layers=layers, states=kept, provenance=chip.run.provenance)


def _states(chip: ChipRun, symbols: Symbols, target: Chip) -> dict[str, dict[str, np.ndarray]]:
    backend = backend_of(target)
    common = {backend.synapse: "i", backend.membrane: "v"}
    return {
        p.name: {
            common.get(name, name): chip.run.states[name][:, :, p.machine_index].reshape(
                *chip.run.spikes.shape[:2], *p.shape
            )
            for name in sorted(chip.run.states)
        }
        for p in symbols.populations
    }
