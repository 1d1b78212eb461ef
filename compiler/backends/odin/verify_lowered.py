"""Checks of a decoded machine that lowered neurons are lowered first, raised by the leak, and lose their threshold."""

from __future__ import annotations

import numpy as np

from ....targets.machines.crossbar_events import EventMachine
from ..shared.static import Findings, Names, numbered
from .lowered import PHASES
from .quantized_network import QuantizedNetwork


def compare_lowered(
    network: QuantizedNetwork, machine: EventMachine, names: Names, findings: Findings
) -> None:
    """Add a finding for each neuron that is asked to compare its threshold once a step, and whose register fires at
    something else, or starts elsewhere; which the first row of a step, the leaks and the row behind these do not bring
    back to where it was; or whose spike does not take its threshold off in the next step.

    names.machine: number in the network -> machine neuron."""
    if not network.lowered:
        _behind(machine, np.full(0, -1), findings)
        return
    number, routes = numbered(network), machine.routes
    first_of, size = np.array(machine.first_neuron), [core.n_neurons for core in machine.cores]
    lowers, raises = (_phase(network, machine, element) for element in (0, 1))
    _behind(machine, np.array([raises]), findings)
    for name, asked in sorted(network.lowered.items()):
        for k, at in enumerate(names.machine[number[name]].tolist()):
            c = int(np.searchsorted(first_of, at, side="right")) - 1
            core, slot = machine.cores[c], at - int(first_of[c])
            if not 0 <= slot < size[c]:
                continue
            here = routes.core == c
            weight = core.delivered[routes.row, slot] * here if core.n_rows else np.zeros(routes.row.size)
            place = np.empty(core.n_rows, dtype=np.int64)
            place[machine.row_order[c]] = np.arange(core.n_rows)
            threshold = int(asked.threshold[k]) - asked.rise
            brought = _sent(weight, routes.source == at, routes.delay == 1)
            held = {
                "threshold": (int(core.params["threshold"][slot]), asked.rise),
                "v": (int(core.initial["v"][slot]), int(asked.start[k]) - threshold),
                "what a spike takes off in the next step": (-brought, threshold),
                "what the first row lowers by": (-_sent(weight, routes.source == lowers), asked.fall),
                "what the last row raises by": (_sent(weight, routes.source == raises), asked.rise),
                "what leaks raise by": (
                    int(core.params["leak"][slot]) * machine.leaks,
                    asked.fall - asked.rise,
                ),
            }
            for what, (found, expected) in held.items():
                if found != expected:
                    findings.add(f"{name} {k}: {what}: {found}; one comparison a step asks for {expected}")
            heard = here & (weight != 0)
            first_behind = core.n_rows - machine.behind_leaks[c]
            others = place[routes.row[heard & (routes.source != lowers) & (routes.source != raises)]]
            down, up = (place[routes.row[heard & (routes.source == phase)]] for phase in (lowers, raises))
            if down.size and others.size and down.max() > others.min():
                findings.add(f"{name} {k}: a row comes before the one that lowers it")
            if (up < first_behind).any() or (others >= first_behind).any():
                findings.add(f"{name} {k}: rows and leaks of a step are not in the order of one comparison")


def _behind(machine: EventMachine, raises: np.ndarray, findings: Findings) -> None:
    """Add a finding for each core where other rows are behind the leaks than those of the sources that raise."""
    routes = machine.routes
    for c, behind in enumerate(machine.behind_leaks):
        expected = np.unique(routes.row[(routes.core == c) & np.isin(routes.source, raises)]).size
        if behind != expected:
            findings.add(f"chip {c}: {behind} rows are sent behind the leaks; expected {expected}")


def _phase(network: QuantizedNetwork, machine: EventMachine, element: int) -> int:
    """The source of a machine that lowers, or the one that raises."""
    neurons = sum(p.size for p in network.populations)
    return machine.n_neurons + int(numbered(network)[PHASES][element]) - neurons


def _sent(weight: np.ndarray, *which: np.ndarray) -> int:
    """The sum of what some routes bring."""
    return int(weight[np.logical_and.reduce(which)].sum())
