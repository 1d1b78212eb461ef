"""Shows a network, a placement, the verdicts and a compile in notebooks: small pieces of the report page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ..front.inspection import Inspection
from ..ir.network import Network, Population
from ..ir.placement import Placement
from ..ir.report import Report
from ..ir.sweep import Sweep
from ..ir.verdicts import Verdicts
from .cards import cards
from .colours import colours
from .cores import Layout, cores_of
from .html import fill, render_html
from .judgement import judged
from .page import chain_view, plan_view
from .svg_floor_plan import floor_plan
from .sweep_page import render_sweep
from .words import left_out, many

MOST_ROWS = 32
FRAME_HEIGHT_PIXELS = 720
Table = tuple[Sequence[str], Sequence[Sequence[str]], str]


@dataclass(frozen=True)
class Page:
    """report.html of a compile; in a notebook, the whole page in a frame where nothing can run."""

    report: Report

    @property
    def html(self) -> str:
        """The text of report.html."""
        return render_html(self.report)

    def _repr_html_(self) -> str:
        return _frame(self.html)


def sweep_html(sweep: Sweep) -> str:
    """The page of a sweep, in a frame where nothing can run."""
    return _frame(render_sweep(sweep))


def _frame(page: str) -> str:
    style = f"width: 100%; height: {FRAME_HEIGHT_PIXELS}px; border: 1px solid #8886; border-radius: 8px"
    return f'<iframe sandbox srcdoc="{escape(page)}" style="{style}"></iframe>'


def verdicts_html(verdicts: Verdicts) -> str:
    """Both verdicts as cards, and the chain."""
    return _fragment(cards=cards(verdicts), judged=judged(verdicts), **chain_view(verdicts.fidelity))


def compiled_html(report: Report) -> str:
    """Verdicts and floor plan."""
    resources = report.resources
    where = f"{many(resources.cores, 'core')} on {many(resources.chips, 'chip')}"
    heading = f"{report.target}: {where}"
    return _fragment(
        heading=heading, cards=cards(report.verdicts), judged=judged(report.verdicts), **plan_view(report)
    )


def network_html(network: Network) -> str:
    """Populations and projections."""
    populations = list(network.populations.values())
    rows = [(p.name, _shape(p.shape), f"{p.size:,}", *_neuron(p)) for p in populations[:MOST_ROWS]]
    joined = [
        (
            f"{p.pre} → {p.post}",
            f"{sum(tap.nnz for tap in p.taps.values()):,}",
            ", ".join(map(str, sorted(p.taps))),
            ", ".join(p.path),
        )
        for p in network.projections[:MOST_ROWS]
    ]
    ports = [(name, _shape(shape)) for name, shape in (*network.inputs.items(), *network.outputs.items())]
    words = ", ".join(f"{name} {shape}" for name, shape in ports)
    return _fragment(
        heading=f"Network, dt {network.dt_seconds:g} s; {words}",
        tables=[
            (
                ("population", "shape", "neurons", "shows", "after a spike"),
                rows,
                left_out(len(populations), MOST_ROWS, "populations"),
            ),
            (
                ("projection", "synapses", "delays in steps", "through"),
                joined,
                left_out(len(network.projections), MOST_ROWS, "projections"),
            ),
        ],
    )


def inspection_html(found: Inspection) -> str:
    """The nodes of a file, and how it can be read."""
    table = (
        ("node", "kind", "shape", "parameters"),
        found.nodes[:MOST_ROWS],
        left_out(len(found.nodes), MOST_ROWS, "nodes"),
    )
    reading = found.confidence if found.dialect is None else f"{found.dialect.name}, {found.confidence}"
    return _fragment(heading=f"{many(len(found.nodes), 'node')}; reading: {reading}", tables=[table])


def placement_html(placement: Placement) -> str:
    """The cores in use, side by side in order of their number."""
    sizes: dict[str, int] = {}
    on: dict[str, set[int]] = {}
    for piece in placement.slices:
        sizes[piece.population] = sizes.get(piece.population, 0) + piece.size
        on.setdefault(piece.population, set()).add(piece.core)
    colour = colours(sorted(sizes))
    walks = {name: walk.words for name, walk in placement.traversals.items()}
    cores = cores_of(
        Layout(
            cores=placement.cores,
            cores_per_chip=placement.cores,
            slices=placement.slices,
            per_core=placement.used,
            available_on=placement.available_on,
            walks=walks,
        )
    )
    fullest = max(core.neurons for core in cores)
    plan = floor_plan(cores, placement.cores, placement.available, colour, neurons=fullest, caption="")
    populations = [
        {"name": name, "neurons": sizes[name], "cores": len(on[name]), "colour": colour[name]}
        for name in sorted(sizes)[:MOST_ROWS]
    ]
    certificate = placement.certificate
    heading = (
        f"Placement on {many(placement.cores, 'core')}, {certificate.status}: {certificate.value:,}, "
        f"bound {certificate.bound:,}"
    )
    cut = [left_out(len(sizes), MOST_ROWS, "populations")]
    return _fragment(heading=heading, plan=plan, populations=populations, cut=[line for line in cut if line])


def _fragment(**values: object) -> str:
    empty = {
        "heading": "",
        "cards": (),
        "plan": None,
        "core_maps": (),
        "populations": (),
        "cut": (),
        "chain": (),
        "tables": (),
    }
    return fill("notebook.html.j2", {**empty, **values})


def _shape(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape)) or "1"


def _neuron(population: Population) -> tuple[str, str]:
    """What it emits, and what its membrane does at a spike."""
    neuron = population.neuron
    if neuron.theta is None:
        return "its membrane", "–"
    words = {"to_value": "set to a value", "subtract": "threshold subtracted", "none": "kept"}
    return "spikes, filtered current" if neuron.alpha is not None else "spikes", words[neuron.reset]
