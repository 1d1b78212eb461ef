"""Shows a network as a stage of the compile left it."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Literal, get_args

from ..backends.interface import backend_of
from ..ir.listing import Tables, network_tables, placement_tables, quantized_tables, timed_tables
from ..ir.record import Record
from ..prepare import prepare, read_front, resolve_target

if TYPE_CHECKING:
    from ...sim.nir.raw_graph import RawGraph
    from ...sim.stimulus import Stimulus
    from ..options import Options

Stage = Literal["connect", "cut", "retime", "quantize", "place"]
STAGES: tuple[Stage, ...] = get_args(Stage)


class StageListing(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A network as a stage left it. tables: title -> rows, each the same columns -> a number, a text or null."""

    stage: Stage
    tables: Tables


def after(raw: RawGraph, options: Options, stage: Stage, stimulus: Stimulus | None = None) -> Tables:
    """Compile up to a stage and list what it made of the network.

    connect: populations and projections, in float, under the chip's rules. cut: what is left for the chip. retime:
    when each population acts. quantize: the chip's integers. place: which neurons are on which core. stimulus: what
    decides which populations the host runs; None: those that are asked for.

    Raises DiagnosticError with a stage's findings."""
    target = resolve_target(options)
    front = read_front(raw, options, target)
    if stage == "connect":
        return {**network_tables(front.network), "replaced": [asdict(row) for row in front.rows]}
    prepared = prepare(front, replace(options, progress=None), target, stimulus)
    if stage == "cut":
        return {
            "on the host": [{"population": name} for name in prepared.host],
            **network_tables(prepared.network),
        }
    if stage == "retime":
        return timed_tables(prepared.timed)
    network = prepared.quantized.network
    if stage == "quantize":
        return quantized_tables(network)
    placed = backend_of(target).place(network, target, options, {}, None)
    return placement_tables(placed.placement)
