"""What the manifest says of the networks of the corpus, and parts of what was recorded of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from spikec.compiler.options import Options
from spikec.sim.nir.file import read
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.stimulus import Stimulus

CORPUS = Path(__file__).parent


@cache
def manifest() -> dict[str, dict[str, Any]]:
    """Name -> all that is said of a network."""
    networks: list[dict[str, Any]] = json.loads((CORPUS / "manifest.json").read_text())["networks"]
    return {entry["name"]: entry for entry in networks}


def expected(target: str) -> dict[str, Mapping[str, Any]]:
    """Name -> what has to come out on a target, of the networks that say so: `refused`, a code, or figures."""
    return {name: entry["on"][target] for name, entry in manifest().items() if target in entry.get("on", {})}


def figures(target: str) -> dict[str, dict[str, Any]]:
    """Of the networks that compile; without the notes for a reader."""
    return {
        name: {key: value for key, value in record.items() if key not in ("note", "with_consent")}
        for name, record in expected(target).items()
        if "refused" not in record
    }


def refusals(target: str) -> dict[str, str]:
    """Name -> the code with which a network is refused."""
    return {name: record["refused"] for name, record in expected(target).items() if "refused" in record}


def network(name: str) -> tuple[RawGraph, Options, Stimulus]:
    """With the reading of its exporter, for a Speck."""
    entry = manifest()[name]
    raw, _ = read(CORPUS / f"{name}.nir")
    with np.load(CORPUS / f"{name}.npz") as recorded:
        held = dict(recorded)
    options = Options(
        target="speck2f",
        dialect=entry["dialect"],
        dt_seconds=entry["dt"],
        dialect_options=tuple(sorted(entry["dialect_overrides"].items())),
    )
    (port,) = [key for key, node in raw.nodes.items() if node.kind == "Input"]
    stimulus = Stimulus(inputs={port: held["input"]}, labels=held.get("labels"), source={"kind": "recorded"})
    return raw, options, stimulus


def some(stimulus: Stimulus, samples: int) -> Stimulus:
    """The first so many samples."""
    labels = stimulus.labels
    return replace(
        stimulus,
        inputs={name: values[:, :samples] for name, values in stimulus.inputs.items()},
        labels=None if labels is None else labels[:samples],
    )
