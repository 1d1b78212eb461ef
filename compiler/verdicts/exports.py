"""Checks that a chip lets out exactly the network's outputs, each neuron on a line of its own, in order."""

from __future__ import annotations

import numpy as np

from ...targets.configuration import OutputSymbols, Symbols
from ...targets.machines.exports import Exports
from ..ir.quantized import QuantizedNetwork

EACH = 3  # sentences on one population, then their number


def export_differences(network: QuantizedNetwork, exports: Exports, symbols: Symbols) -> list[str]:
    """Sentences on every output that is missing, mixed up, or let out though nothing reads it. exports: of the decoded
    machine. symbols: may be wrong in any way."""
    wanted = [(name, p.name, not p.spiking) for name, p in network.exported]
    listed = [(o.name, o.population, o.membrane) for o in symbols.outputs]
    if wanted != listed:
        return [f"the symbols list outputs {listed}; the network has {wanted}"]
    found: list[str] = []
    named = np.zeros(exports.n_lines, dtype=np.int64)
    index = {p.name: p.machine_index for p in symbols.populations}
    for output, (_, p) in zip(symbols.outputs, network.exported, strict=True):
        line = output.line
        if line.shape != (p.size,) or p.name not in index or index[p.name].shape != (p.size,):
            found.append(
                f"{output.name}: the symbols do not name one output line for each of its {p.size} neurons"
            )
            continue
        if line.size and not 0 <= int(line.min()) <= int(line.max()) < exports.n_lines:
            found.append(
                f"{output.name}: not all of its neurons leave the chip; there are {exports.n_lines} output lines, "
                f"the symbols name line {int(line.max())}"
            )
            continue
        np.add.at(named, line, 1)
        wrong = _wrong_lines(output, exports, symbols, index[p.name])
        found += wrong[:EACH]
        if len(wrong) > EACH:
            found.append(f"{output.name}: {len(wrong) - EACH} more output lines like these")
    for at in np.flatnonzero(named > 1).tolist():
        found.append(f"output line {at} stands for {int(named[at])} neurons")
    spare = np.setdiff1d(exports.line, np.flatnonzero(named))
    if spare.size and not exports.always:
        found.append(
            f"output line {int(spare[0])} is let out, and no Output reads it ({spare.size} such lines)"
        )
    return found


def _wrong_lines(output: OutputSymbols, exports: Exports, symbols: Symbols, neurons: np.ndarray) -> list[str]:
    """Lines of the output that show something else than its neuron, or than an exact copy of it."""
    alike: dict[int, set[int]] = {int(n): {int(n)} for n in neurons}
    for copy in symbols.copies:
        if copy.population == output.population and copy.role == "copy" and copy.delay_steps == 0:
            for machine_index, neuron in zip(copy.machine_index.tolist(), copy.neuron.tolist(), strict=True):
                if 0 <= neuron < neurons.size:
                    alike[int(neurons[neuron])].add(machine_index)
    order = np.argsort(exports.line, kind="stable")
    line, driver, membrane = exports.line[order], exports.neuron[order], exports.membrane[order]
    start, end = np.searchsorted(line, output.line), np.searchsorted(line, output.line, side="right")
    found: list[str] = []
    for k, (a, b) in enumerate(zip(start.tolist(), end.tolist(), strict=True)):
        at, on = int(output.line[k]), driver[a:b].tolist()
        if len(on) != 1 or on[0] not in alike[int(neurons[k])]:
            who = "no neuron" if not on else ", ".join(f"machine neuron {n}" for n in on)
            found.append(
                f"{output.name}[{k}]: output line {at} shows {who}, not machine neuron {int(neurons[k])}"
            )
        elif bool(membrane[a]) != output.membrane:
            kinds = ("spikes", "its membrane")
            found.append(f"{output.name}[{k}]: output line {at} shows {kinds[bool(membrane[a])]}, "
                         f"not {kinds[output.membrane]}")  # fmt: skip
    return found
