"""Puts what a report lists by name in the order in which spikes pass: inputs first, outputs last."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from ..ir.report import Panel, Rasters, Report
from ..ir.verdicts import ChainLink
from .nodes import nodes_of

Place = Mapping[str, int]


def in_reading_order(report: Report) -> Report:
    """The same report: its populations, layers, rasters and number ranges as the picture of the network has them, from
    top to bottom; what is not in the picture comes last."""
    place = {node.name: k for k, node in enumerate(nodes_of(report))}
    populations = sorted(report.network.populations, key=lambda one: _of(place, one.name))
    ranges, fidelity = report.ranges, report.verdicts.fidelity
    weights = sorted(ranges.weights, key=lambda row: (_of(place, row.pre), _of(place, row.post)))
    membranes = sorted(ranges.membranes, key=lambda row: _of(place, row.population))
    if fidelity is not None:
        fidelity = replace(fidelity, chain=tuple(_link(place, link) for link in fidelity.chain))
    return replace(
        report,
        network=replace(report.network, populations=tuple(populations)),
        ranges=replace(ranges, weights=tuple(weights), membranes=tuple(membranes)),
        rasters=tuple(_rasters(place, one) for one in report.rasters),
        verdicts=replace(report.verdicts, fidelity=fidelity),
    )


def _of(place: Place, name: str) -> int:
    return place.get(name, len(place))


def _link(place: Place, link: ChainLink) -> ChainLink:
    return replace(link, layers=dict(sorted(link.layers.items(), key=lambda pair: _of(place, pair[0]))))


def _rasters(place: Place, one: Rasters) -> Rasters:
    """Outputs stay in front: a reader looks there first."""

    def key(panel: Panel) -> tuple[bool, int]:
        return panel.kind != "output", _of(place, panel.name)

    return replace(one, panels=tuple(sorted(one.panels, key=key)))
