"""Trained networks of 8 x 8 digits on open silicon: right answers on samples 100 to 199, as compiled and after a search
on samples 0 to 99, beside those of the float network.

    python -m tests.benchmarks.digits_on_silicon

Each takes as many chips as it needs, and what the chips cannot do is allowed; the table says how many spikes are
where they should be (F1). Takes minutes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from spikec.compiler.options import Options
from spikec.compiler.pipeline import Compiled, compile_graph
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.nir.file import read
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.stimulus import Stimulus, halves

CORPUS = Path(__file__).parents[1] / "corpus"
NETWORKS = (
    "norse_mlp_digits_lifbox",
    "sj_mlp_digits_lif",
    "snntorch_mlp_digits_sub",
    "spyx_mlp_digits_lif",
    "sj_cnn_digits_if",
    "snntorch_cnn_digits",
)
ONCE = "one comparison a step"
TARGETS = ("tinyodin", "odin", "ranc")
CHIPS = (1, 2, 5, 8, 9)


def network(name: str) -> tuple[RawGraph, Options, Stimulus]:
    networks: list[dict[str, Any]] = json.loads((CORPUS / "manifest.json").read_text())["networks"]
    entry = next(e for e in networks if e["name"] == name)
    raw, _ = read(CORPUS / f"{name}.nir")
    with np.load(CORPUS / f"{name}.npz") as recorded:
        held = dict(recorded)
    options = Options(
        dialect=entry["dialect"],
        dt_seconds=entry["dt"],
        dialect_options=tuple(sorted(entry["dialect_overrides"].items())),
        allow_approximation=True,
    )
    (port,) = [key for key, node in raw.nodes.items() if node.kind == "Input"]
    stimulus = Stimulus(inputs={port: held["input"]}, labels=held["labels"], source={"kind": "recorded"})
    return raw, options, stimulus


def compiled(raw: RawGraph, options: Options, stimulus: Stimulus) -> Compiled | str:
    """On the fewest chips of CHIPS that hold it, with its constructs where some do, or why on none."""
    found: Compiled | str = ""
    for chips in CHIPS:
        try:
            made = compile_graph(raw, replace(options, chips=chips), stimulus=stimulus)
        except DiagnosticError as problem:
            if isinstance(found, str):
                found = f"{problem.diagnostics[0].code}: {problem.diagnostics[0].message}"
            continue
        rooms = [row.done for row in made.report.fidelity_table if row.feature == ONCE]
        if not any(done.startswith("after every event") for done in rooms):
            return made
        found = made if isinstance(found, str) else found
    return found


def figures(found: Compiled) -> tuple[str, str, float]:
    """Float and chip right of how many, F1."""
    fidelity = found.verdicts["fidelity"]
    return fidelity["accuracy"]["float"], fidelity["accuracy"]["chip"], fidelity["output_f1"]


def lines() -> Iterator[str]:
    yield "| network | target | chips | float | as compiled | F1 | after the search | F1 |"
    yield "|---|---|---|---|---|---|---|---|"
    for name in NETWORKS:
        raw, options, stimulus = network(name)
        _, second = halves(stimulus)
        for target in TARGETS:
            here = replace(options, target=target)
            plain = compiled(raw, here, second)
            if isinstance(plain, str):
                yield f"| {name} | {target} | - | {plain} | | | | |"
                continue
            right, chip, f1 = figures(plain)
            row = (
                f"| {name} | {target} | {plain.report['resources']['chips']} | {right} | {chip} | {f1:.3f} |"  # pyright: ignore
            )
            searched = compiled(raw, replace(here, calibrate=True), stimulus)
            if isinstance(searched, str):
                yield f"{row} - | - |"
                continue
            _, chip, f1 = figures(searched)
            yield f"{row} {chip} | {f1:.3f} |"


if __name__ == "__main__":
    for line in lines():
        print(line, flush=True)
