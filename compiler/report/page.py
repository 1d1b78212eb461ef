"""Computes everything the page shows from report.json: the template only lays it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import msgspec
from msgspec import UNSET

from ..ir.report import Panel, Rasters, Report, Resources, StageTime
from ..ir.verdicts import ChainLink, FidelityVerdict
from ..render import number, partition_lines
from .cards import cards
from .colours import colours
from .cores import Core, cores_of, held_and_limits
from .judgement import judged
from .rasters import MOST_STEPS
from .svg import Svg
from .svg_bar import bar
from .svg_chain import Link, chain
from .svg_curves import curve_key, curves
from .svg_floor_plan import MOST_CHIPS, MOST_SPOKEN, floor_plan
from .svg_raster import key, raster
from .words import left_out, many

MOST_ROWS = 256
LABEL = 11  # characters in front of each line of `partition_lines`
SECTIONS = (
    ("verdicts", "Verdicts"),
    ("plan", "Floor plan"),
    ("resources", "Resources"),
    ("fidelity", "Fidelity"),
    ("quantisation", "Quantisation"),
    ("rasters", "Rasters"),
    ("differences", "Differences"),
    ("diagnostics", "Diagnostics"),
    ("stages", "Times"),
    ("provenance", "Provenance"),
)
View = dict[str, object]


def view(report: Report) -> View:
    """Compute the template's variables."""
    chain_parts, raster_parts = chain_view(report.verdicts.fidelity), _raster_view(report.rasters)
    stages = () if report.stages is UNSET else report.stages
    parts: View = {
        **_head(report),
        **plan_view(report),
        **_core_rows(_cores(report)),
        **resource_view(report.resources),
        "search": [(line[:LABEL].strip(), line[LABEL:]) for line in partition_lines(report)],
        **chain_parts,
        **_rounding_view(report),
        **raster_parts,
        "cards": cards(report.verdicts),
        "judged": judged(report.verdicts),
        "findings": report.verdicts.placement.findings[:MOST_ROWS],
        "differences": report.fidelity_table[:MOST_ROWS],
        "differences_left_out": left_out(len(report.fidelity_table), MOST_ROWS, "rows"),
        "diagnostics": report.diagnostics[:MOST_ROWS],
        "diagnostics_left_out": left_out(len(report.diagnostics), MOST_ROWS, "diagnostics"),
        "stages": _stage_rows(stages),
        "provenance": _provenance(report),
    }
    empty = {
        "fidelity": not chain_parts["chain"],
        "rasters": not raster_parts["panels"],
        "differences": not report.fidelity_table,
        "diagnostics": not report.diagnostics,
        "stages": not stages,
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
    return {
        "warned": warned,
        "headline": f"{report.target}: {where}",
        "subtitle": f"read as {report.dialect.name}, dt {report.dialect.dt_seconds:g} s",
        "facts": facts,
    }


def plan_view(report: Report) -> View:
    """`plan`, `populations` (its legend) and `cut` (what it leaves out, in words)."""
    found = _cores(report)
    available = report.resources.available
    colour = colours([p.name for p in report.network.populations])
    on: dict[str, int] = dict.fromkeys(colour, 0)
    for core in found:
        for name in sorted({name for name, _, _ in core.pieces}):
            on[name] += 1
    chips = len({core.chip for core in found})
    cut = [
        left_out(chips, MOST_CHIPS, "chips"),
        f"Only the first {MOST_SPOKEN:,} cores tell more on hover." if len(found) > MOST_SPOKEN else "",
    ]
    return {
        "plan": floor_plan(
            found,
            report.resources.cores_per_chip,
            available,
            colour,
            neurons=report.resources.neurons_per_core,
        ),
        "populations": [
            {"name": p.name, "neurons": p.neurons, "cores": on[p.name], "colour": colour[p.name]}
            for p in report.network.populations[:MOST_ROWS]
        ],
        "available": available,
        "cut": [line for line in cut if line],
    }


def _cores(report: Report) -> list[Core]:
    return cores_of(report.resources, report.places, report.traffic)


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
    """`chain`, `chain_words`, `layers` and their column names; all empty where nothing ran."""
    if fidelity is None:
        return {"chain": None, "chain_words": "", "layers": [], "link_names": [], "layers_left_out": ""}
    links = fidelity.chain
    spiking = fidelity.output_rms is None
    measure = "output F1" if spiking else "share of samples with the same decision"
    drawn = [
        Link(
            name=_arrow(c.link),
            value=c.output_f1 if spiking else c.output_agreement,
            whole=k == len(links) - 1,
        )
        for k, c in enumerate(links)
    ]
    words = (
        "The first link changes the network's rules to those of the chip and its constructs (reset, spikes a step, …), "
        "the second its decays and thresholds to values that the chip has, the third runs the chip: all that is left, "
        "rounding above all. "
        "Losses of links may make up for one another."
    )
    names = sorted(links[-1].layers)
    return {
        "chain": chain(drawn, measure),
        "chain_words": words,
        "link_names": [_arrow(c.link) for c in links],
        "layers": [_layer_row(name, links) for name in names[:MOST_ROWS]],
        "layers_left_out": left_out(len(names), MOST_ROWS, "layers"),
    }


def _arrow(link: str) -> str:
    return link.replace("->", "→")


def _layer_row(name: str, links: Sequence[ChainLink]) -> View:
    cells: list[View] = []
    for link in links:
        layer = link.layers[name]
        f1 = layer.f1
        heat = 0 if f1 is None else round(60 * (1 - f1))
        words = number(f1) if layer.rms is None else f"rms {layer.rms:.3g}"
        cells.append({"words": words, "heat": heat})
    first = links[-1].layers[name].first_divergence
    rates = links[-1].layers[name].rate_distance
    return {
        "name": name,
        "cells": cells,
        "rates": "–" if rates is None else f"{rates:.2g}",
        "first": ", ".join(map(str, first)) if first else "–",
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


def _raster_view(rasters: Rasters) -> View:
    spiking = [panel.marks is not UNSET for panel in rasters.panels]
    keys = [*([key()] if any(spiking) else []), *([curve_key()] if not all(spiking) else [])]
    return {
        "sample": rasters.sample,
        "panels": [
            {"kind": p.kind, "name": p.name, "drawing": _drawn(p), "words": _panel_words(p)}
            for p in rasters.panels
        ],
        "raster_key": Svg("".join(k.text for k in keys)),
        "panels_left_out": ", ".join(rasters.left_out),
    }


def _drawn(panel: Panel) -> Svg:
    if panel.marks is not UNSET:
        return raster(panel, panel.marks)
    return curves(panel, *(() if values is UNSET else values for values in (panel.in_float, panel.chip)))


def _panel_words(panel: Panel) -> str:
    shown, neurons, steps = len(panel.shown), panel.neurons, panel.steps
    parts: list[str] = []
    if panel.marks is not UNSET:
        parts.append(f"{panel.matched:,} matched, {panel.missed:,} missed, {panel.extra:,} extra spikes.")
    if shown < neurons:
        parts.append(f"{shown} of {neurons:,} neurons: those that differ most, then the most active.")
    if steps > MOST_STEPS:
        parts.append(f"The first {MOST_STEPS} of {steps:,} steps.")
    return " ".join(parts)


def _stage_rows(stages: Sequence[StageTime]) -> list[View]:
    longest = max((s.seconds for s in stages), default=0.0) or 1.0
    return [{"stage": s.stage, "seconds": s.seconds, "bar": bar(s.seconds / longest)} for s in stages]


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
    return ", ".join(f"{key} = {value}" for key, value in sorted(record.items()))
