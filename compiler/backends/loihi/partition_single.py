"""Places a network on one core, where one core holds everything: no search can do better."""

from __future__ import annotations

from ....targets.loihi1.model import LoihiChip
from ...ir.placement import Certificate, Placement, Slice
from ..shared.cuba.quantized_network import QuantizedNetwork
from .core_usage import capacities, usage


def on_one_core(network: QuantizedNetwork, target: LoihiChip) -> Placement | None:
    """Place all populations on core 0 in canonical order; None where a limit or a shared register forbids it."""
    if sum(p.size for p in network.populations) > target.capacity.compartments:
        return None
    if len({tuple(sorted(p.core_params.items())) for p in network.populations}) > 1:
        return None
    slices: list[Slice] = []
    slot = 0
    for p in network.populations:
        slices.append(Slice(population=p.name, first=0, size=p.size, core=0, slot=slot))
        slot += p.size
    available = capacities(target)
    used = usage(network, slices, target)
    if any(used[0][name] > available[name] for name in available):
        return None
    slots = used[0]["output_slots"]
    weight = 10 ** len(str(slots))
    value = weight + slots
    certificate = Certificate(
        objective=f"{weight:,} * cores + output slots (packets when every neuron spikes)",
        value=value,
        bound=value,
        status="optimal",
        family="all placements: one core is the least, and on one core every axon needs its own slot",
    )
    return Placement(slices=tuple(slices), cores=1, used=used, available=available, certificate=certificate)
