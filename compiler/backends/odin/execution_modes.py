"""Lists the execution modes of a network: its loop closed on the chip, or all spikes through the host."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from ....sim.diagnostic import DiagnosticError
from ....targets.chip import Latency
from ....targets.odin.model import OdinChip
from ...ir.network import Network
from ...ir.timed_network import TimedNetwork
from ...timed.on_chip_clock import on_chip_clock


@dataclass(frozen=True, kw_only=True)
class ExecutionMode:
    """One way in which a chip may run a network.

    closed: spikes stay on the chip. hop: steps from a spike to the earliest event that it becomes. split: a row
    holds weights of one sign. timed: the network under these latencies. reason: why the loop is not
    closed, or empty."""

    closed: bool
    hop: int
    split: bool
    timed: TimedNetwork
    reason: str


def execution_modes(network: Network, chip: OdinChip, chips: int) -> tuple[ExecutionMode, ...]:
    """List the execution modes of a network, the best first; at least one.

    A loop that is closed leads everything to its neurons within the step; where several chips take turns in a step
    the host does. On one chip what the host sends back comes a step later."""
    splits = (True,) if chip.execution.sign == "row" else (True, False)
    modes: list[ExecutionMode] = []
    try:
        at_once = on_chip_clock(network, _with_latency(chip, hop=0, delay=0))
        reason = "with its loop closed the network does not fit one chip"
        modes += [
            ExecutionMode(closed=True, hop=0, split=split, timed=at_once, reason="") for split in splits
        ]
    except DiagnosticError:
        reason = "a spike has to act in a later step, and a closed loop holds nothing back"
    for hop in (0, 1) if chips > 1 else (1,):
        later = on_chip_clock(network, _with_latency(chip, hop=hop, delay=chip.capacity.delay))
        modes += [
            ExecutionMode(closed=False, hop=hop, split=split, timed=later, reason=reason) for split in splits
        ]
    return tuple(modes)


def _with_latency(chip: OdinChip, *, hop: int, delay: int) -> OdinChip:
    replace = msgspec.structs.replace
    latency: Latency = replace(chip.latency, neuron_to_neuron=hop)
    return replace(chip, latency=latency, capacity=replace(chip.capacity, delay=delay))
