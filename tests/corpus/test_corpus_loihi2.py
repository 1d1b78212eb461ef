"""Networks of the corpus on loihi2: placement identical, F1 of spikes at least 0.93, no trained network loses three
points; and what netx can hold is written for it, and read again."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from spikec.compiler.compiled import Compiled
from spikec.compiler.options import Options
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.prepare import read_front, resolve_target
from spikec.sim.nir.file import read
from spikec.sim.stimulus import load

from ..effort import thinned
from .samples import CORPUS

SPATIAL = {"Conv1d", "Conv2d", "SumPool2d", "AvgPool2d"}
MOST_NEURONS = 2_000
LEAST_F1 = 0.93
FOR_NETX = ("sj_mlp_digits_lif", "sj_cnn_digits_if", "spyx_psu_140_64_20")


def networks() -> dict[str, dict[str, Any]]:
    entries = json.loads((CORPUS / "manifest.json").read_text())["networks"]
    here = [e for e in entries if (CORPUS / f"{e['name']}.npz").exists() and e.get("out_kind")]
    return {e["name"]: e for e in here if e["neurons"] <= MOST_NEURONS}


DENSE = [name for name, e in networks().items() if not SPATIAL & set(e["node_kinds"])]


@cache
def compiled(name: str, *, one_synapse: bool = False) -> Compiled:
    entry = networks()[name]
    raw, _ = read(CORPUS / f"{name}.nir")
    options = Options(
        target="loihi2",
        dialect=entry["dialect"],
        dt_seconds=entry["dt"],
        dialect_options=tuple(sorted(entry["dialect_overrides"].items())),
        one_synapse=one_synapse,
    )
    front = read_front(raw, options, resolve_target(options))
    return compile_graph(raw, options, stimulus=load(CORPUS / f"{name}.npz", front.network.inputs))


@pytest.mark.parametrize("name", thinned(DENSE, 3))
def test_a_network(name: str) -> None:
    verdicts = compiled(name).report["verdicts"]
    assert verdicts["placement"]["identical"], verdicts["placement"]["findings"]
    fidelity = verdicts["fidelity"]
    assert fidelity["output_f1"] is None or fidelity["output_f1"] >= LEAST_F1
    if fidelity["accuracy"] is not None:
        fraction = fidelity["accuracy_fraction"]
        assert fraction["chip"] >= fraction["float"] - 0.03


@pytest.mark.parametrize("name", thinned(FOR_NETX, 2))
def test_a_chain_is_written_for_netx(name: str) -> None:
    made = compiled(name, one_synapse=True)
    assert "network.net" in made.files
    assert made.report["verdicts"]["placement"]["identical"]
