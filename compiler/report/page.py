"""Computes everything the page shows from report.json: the template only lays it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import cast

import msgspec

from ..ir.confusion import Confusion
from ..ir.report import Report, Resources
from ..ir.verdicts import FidelityVerdict
from ..text.render import partition_lines
from .cards import cards, cost_cards
from .chain import arrow, chain_rows, chain_summary, layer_rows
from .colours import colours
from .command_line import command_line
from .cores import Core, cores_of, held_and_limits
from .judgement import judged
from .nodes import nodes_of
from .range_view import range_view
from .raster_view import raster_view
from .reading_order import in_reading_order
from .svg_bar import bar
from .svg_core import core_map, core_words
from .svg_floor_plan import MOST_CHIPS, MOST_SPOKEN, floor_plan
from .svg_network import network_picture
from .words import left_out, many

MOST_ROWS = 256
FEW_CORES = 6
"""Cores in use up to which each is drawn large."""
LABEL = 11  # characters in front of each line of `partition_lines`
SECTIONS = (
    ("verdicts", "Verdicts"),
    ("network", "Network"),
    ("fidelity", "Fidelity"),
    ("confusion", "Confusion"),
    ("rasters", "Rasters"),
    ("ranges", "Number ranges"),
    ("plan", "Cores"),
    ("resources", "Resources"),
    ("quantisation", "Roundings"),
    ("differences", "Differences"),
    ("diagnostics", "Diagnostics"),
    ("provenance", "Provenance"),
)
View = dict[str, object]


def view(report: Report) -> View:
    """Compute the template's variables."""
    report = in_reading_order(report)
    chain_parts, raster_parts = chain_view(report.verdicts.fidelity), raster_view(report.rasters)
    ranges, confusions = range_view(report.ranges), _confusion_view(report.confusion)
    parts: View = {
        **_head(report),
        "picture": network_picture(nodes_of(report), report.network.edges, _colours(report)),
        **_edge_rows(report),
        **plan_view(report),
        **_core_rows(_cores(report)),
        **resource_view(report.resources),
        "search": [(line[:LABEL].strip(), line[LABEL:]) for line in partition_lines(report)],
        **chain_parts,
        **confusions,
        **_rounding_view(report),
        **raster_parts,
        **ranges,
        "cards": [*cards(report.verdicts), *cost_cards(report)],
        "judged": judged(report.verdicts),
        "findings": report.verdicts.placement.findings[:MOST_ROWS],
        "differences": report.fidelity_table[:MOST_ROWS],
        "differences_left_out": left_out(len(report.fidelity_table), MOST_ROWS, "rows"),
        "diagnostics": report.diagnostics[:MOST_ROWS],
        "diagnostics_left_out": left_out(len(report.diagnostics), MOST_ROWS, "diagnostics"),
        "provenance": _provenance(report),
    }
    empty = {
        "fidelity": not chain_parts["chain"],
        "confusion": not confusions["confusions"],
        "rasters": not raster_parts["samples"],
        "ranges": not any(ranges.values()),
        "differences": not report.fidelity_table,
        "diagnostics": not report.diagnostics,
    }
    return {**parts, "contents": [(id, name) for id, name in SECTIONS if not empty.get(id)]}


def _head(report: Report) -> View:
    network, resources = report.network, report.resources
    neurons = sum(p.neurons for p in network.populations)
    stimulus = report.stimulus
    facts = [
        ("populations", f"{len(network.populations):,}"),
        ("neurons", f"{neurons:,}"),
        ("synapses", f"{network.synapses:,}"),
        ("largest lag", many(network.max_lag_steps, "step")),
        ("stimulus", f"{many(stimulus.steps, 'step')} x {many(stimulus.batch, 'sample')}"),
    ]
    if network.host:
        facts.append(("on the host", ", ".join(network.host)))
    where = f"{many(resources.cores, 'core')} on {many(resources.chips, 'chip')}"
    warned = sorted({d.code for d in report.diagnostics if d.severity == "warning"})
    name, date = (str(report.options.get(key, "")) for key in ("name", "date"))
    return {
        "warned": warned,
        "headline": name or "A network without a name",
        "date": date,
        "subtitle": f"compiled for {report.target}, {where}; read as {report.dialect.name}, "
        f"dt {report.dialect.dt_seconds:g} s",
        "digest": report.source_sha256[:16] or report.configuration_sha256[:16],
        "command": command_line(report),
        "facts": facts,
    }


def plan_view(report: Report) -> View:
    """`plan`, `core_maps` (cores one by one, where there are few), `populations` (its legend) and `cut` (what it leaves
    out, in words)."""
    found = _cores(report)
    available = report.resources.available
    colour = _colours(report)
    on: dict[str, int] = dict.fromkeys(colour, 0)
    for core in found:
        for name in sorted({name for name, _, _ in core.pieces}):
            on[name] += 1
    chips = len({core.chip for core in found})
    cut = [
        left_out(chips, MOST_CHIPS, "chips"),
        f"Only the first {MOST_SPOKEN:,} cores tell more on hover." if len(found) > MOST_SPOKEN else "",
    ]
    each = report.resources.neurons_per_core
    few = found if len(found) <= FEW_CORES else []
    return {
        "core_maps": [(core_words(core, neurons=each), core_map(core, colour, neurons=each)) for core in few],
        "plan": floor_plan(
            found,
            report.resources.cores_per_chip,
            available,
            colour,
            neurons=each,
        ),
        "populations": [
            {"name": p.name, "neurons": p.neurons, "cores": on[p.name], "colour": colour[p.name]}
            for p in report.network.populations[:MOST_ROWS]
        ],
        "available": available,
        "cut": [line for line in cut if line],
    }


def _colours(report: Report) -> dict[str, str]:
    return colours([p.name for p in report.network.populations])


def _cores(report: Report) -> list[Core]:
    return cores_of(report.resources, report.places, report.traffic)


def _edge_rows(report: Report) -> View:
    place = {node.name: k for k, node in enumerate(nodes_of(report))}
    found = sorted(report.network.edges, key=lambda edge: (place[edge.pre], place[edge.post]))
    rows = [
        {
            "pre": edge.pre,
            "post": edge.post,
            "through": edge.through,
            "synapses": f"{edge.synapses:,}" if edge.kind != "read" else "–",
            "spikes": "–" if edge.spikes is None else f"{edge.spikes:.4g}",
            "operations": "–" if edge.operations is None else f"{edge.operations:,.4g}",
        }
        for edge in found[:MOST_ROWS]
    ]
    return {"edges": rows, "edges_left_out": left_out(len(found), MOST_ROWS, "edges")}


def _core_rows(found: Sequence[Core]) -> View:
    return {"cores": found[:MOST_ROWS], "cores_left_out": left_out(len(found), MOST_ROWS, "cores")}


def resource_view(resources: Resources) -> View:
    """`resources` rows, and `binding` in words."""
    binding = resources.binding
    rows: list[View] = []
    for name in sorted(resources.available):
        held = held_and_limits(resources, name)
        most, limit = max(held, key=lambda pair: pair[0] / pair[1])
        mean = sum(used for used, _ in held) / len(held)
        here = name == binding.resource
        mark = sum(used / its for used, its in held) / len(held) if len(held) > 1 else None
        drawn = bar(most / limit, mark=mark, class_="binding" if here else "")
        rows.append({"name": name, "most": most, "mean": mean, "limit": limit, "binding": here, "bar": drawn})
    words = binding.resource.replace("_", " ")
    mark = "; the mark is the mean of the cores in use" if resources.cores > 1 else ""
    text = (
        f"Bars: the fullest core{mark}. Binding: {words}, {binding.share:.0%} of all there is on these cores."
    )
    return {"resources": rows, "binding": text}


def chain_view(fidelity: FidelityVerdict | None) -> View:
    """`chain`, its `measure` and `chain_words`, `layers` and their column names; all empty where nothing ran."""
    if fidelity is None:
        return {
            "chain": [], "measure": "", "chain_words": "", "layers": [], "link_names": [], "layers_left_out": "",
        }  # fmt: skip
    rows, measure = chain_rows(fidelity)
    links = fidelity.chain
    return {
        "chain": rows,
        "measure": measure,
        "chain_words": chain_summary(fidelity),
        "link_names": [arrow(c.link) for c in links],
        "layers": layer_rows(links, MOST_ROWS),
        "layers_left_out": left_out(len(links[-1].layers), MOST_ROWS, "layers"),
    }


def _confusion_view(confusion: Confusion | None) -> View:
    """`confusions`: of the float network and of the chip, a row a label."""
    if confusion is None:
        return {"confusions": []}
    tables = (("float", confusion.in_float), ("chip", confusion.chip))
    most = max((max(row) for _, table in tables for row in table), default=0) or 1
    return {
        "confusions": [
            {
                "name": name,
                "rows": [
                    [
                        {"count": count, "right": label == k, "heat": round(75 * (count / most) ** 0.5)}
                        for k, count in enumerate(row)
                    ]
                    for label, row in enumerate(table)
                ],
                "right": sum(row[label] for label, row in enumerate(table)),
                "all": sum(map(sum, table)),
            }
            for name, table in tables
        ]
    }


def _rounding_view(report: Report) -> View:
    names = [p.name for p in report.network.populations]
    rows = report.roundings
    largest: dict[tuple[str, str], float] = {}
    for row in rows:
        kind = (row.what, row.unit)
        largest[kind] = max(largest.get(kind, 0.0), row.worst)
    order = {name: k for k, name in enumerate(names)}
    shown: list[tuple[int, View]] = []
    for row in rows[:MOST_ROWS]:
        top = largest[row.what, row.unit] or 1.0
        drawn = bar(row.worst / top, mark=row.mean / top if row.worst else None)
        population = _population(row.place, names)
        shown.append(
            (order.get(population, len(order)), {**asdict(row), "population": population, "bar": drawn})
        )
    shown.sort(key=lambda pair: pair[0])
    return {
        "roundings": [row for _, row in shown],
        "roundings_left_out": left_out(len(rows), MOST_ROWS, "rows"),
    }


def _population(place: str, names: Sequence[str]) -> str:
    """The population that a place (`pop`, `pre -> pop`) belongs to."""
    return next((n for n in names if place == n or place.endswith(f"-> {n}")), place)


def _provenance(report: Report) -> list[tuple[str, str]]:
    dialect, stimulus = report.dialect, report.stimulus
    reading = {"by_kind": dialect.by_kind, "by_path": dialect.by_path, "default": dialect.default}
    rows = [
        ("spikec", report.spikec),
        ("target", report.target),
        ("source SHA-256", report.source_sha256),
        ("configuration SHA-256", report.configuration_sha256),
        ("dialect", f"{dialect.name}, dt {dialect.dt_seconds:g} s"),
        *((f"dialect, {key.replace('_', ' ')}", _flat(value)) for key, value in reading.items() if value),
        ("stimulus", _flat(msgspec.to_builtins(stimulus))),
        ("options", _flat(report.options)),
    ]
    return [(name, str(value)) for name, value in rows]


def _flat(record: Mapping[str, object]) -> str:
    return ", ".join(f"{key} = {_sorted(value)}" for key, value in sorted(record.items()))


def _sorted(value: object) -> object:
    """Sort dicts in a value by their keys at any depth, as report.json has them."""
    if isinstance(value, Mapping):
        record = cast("Mapping[str, object]", value)
        return {key: _sorted(record[key]) for key in sorted(record)}
    return [_sorted(one) for one in cast("list[object]", value)] if isinstance(value, list) else value
