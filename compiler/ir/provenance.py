"""How a trace was computed, as it is written into the trace and printed with `--json`."""

from __future__ import annotations

from ...sim.engines.provenance import Provenance
from .record import Amount, Count, OneOrMore, Record


class SpikeDelivery(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How spikes were brought from where to where. to: a stage of neurons that are computed together, a core, or all
    neurons; of: likewise, or the inputs. neurons: how many hear them. spikes_a_step: sources that spiked in a step of a
    sample, on average. steps: manner -> in how many steps it was used."""

    to: str
    neurons: Count
    of: str
    spikes_a_step: Amount
    steps: dict[str, Count]


class TraceProvenance(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What computed a trace. engine: numpy, events or jax; devices: of JAX, that shared it out. steps: of the
    chip; batch: samples."""

    engine: str
    devices: OneOrMore
    steps: Count
    batch: Count
    delivered: tuple[SpikeDelivery, ...]


def provenance_record(found: Provenance) -> TraceProvenance:
    """Convert counts of spikes to the means that decided."""
    return TraceProvenance(
        engine=found.engine,
        devices=found.devices,
        steps=found.steps,
        batch=found.batch,
        delivered=tuple(
            SpikeDelivery(
                to=one.to,
                neurons=one.neurons,
                of=one.of,
                spikes_a_step=one.spikes / max(1, found.steps * found.batch),
                steps={str(manner): count for manner, count in sorted(one.steps.items())},
            )
            for one in found.delivered
        ),
    )
