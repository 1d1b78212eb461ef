"""Networks of convolution on a Speck: every one compiles, as many spikes in the right place as the vendor's own
discretisation reaches or more, and what is lost is said."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spikec.compiler.options import Options
from spikec.compiler.pipeline import Compiled, compile_graph
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.nirfile import read
from spikec.sim.rawgraph import RawGraph
from spikec.sim.stimulus import Stimulus

CORPUS = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Case:
    """f1: at least, at the output. vendor: what Sinabs 3.1.3 has on the same file after its user has put scalars for
    thresholds, or written the network by hand where it is not imported (tests.benchmarks.fidelity_peers). correct: at
    least, of the labelled samples."""

    cores: int
    f1: float
    vendor: float
    correct: int = 0
    consent: bool = False


CASES = {
    "sj_cnn_digits_if": Case(cores=3, f1=0.90, vendor=0.883, correct=142),
    "sinabs_speck_nmnist": Case(cores=5, f1=0.55, vendor=0.512),
    # 3 spikes reach the output, and Sinabs has all of them and no other once its user has also put SingleSpike
    "sinabs_speck_dvs128": Case(cores=4, f1=0.80, vendor=0.286),
    "snntorch_cnn_digits": Case(cores=3, f1=0.57, vendor=0.533, correct=160, consent=True),
    "spyx_cnn_nmnist": Case(cores=3, f1=0.80, vendor=0.619, consent=True),
}


def network(name: str) -> tuple[RawGraph, Options, Stimulus]:
    networks: list[dict[str, Any]] = json.loads((CORPUS / "manifest.json").read_text())["networks"]
    entry = next(e for e in networks if e["name"] == name)
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


def compiled(name: str, *, consent: bool) -> Compiled:
    raw, options, stimulus = network(name)
    return compile_graph(raw, replace(options, allow_approximation=consent), stimulus=stimulus)


@pytest.mark.parametrize("name", CASES)
def test_it_compiles_and_keeps_its_spikes(name: str) -> None:
    case, found = CASES[name], compiled(name, consent=CASES[name].consent)
    assert found.placement_identical, found.verdicts.record["placement"]["findings"]
    report: dict[str, Any] = dict(found.report)
    assert report["resources"]["cores"] == case.cores
    fidelity = found.verdicts.record["fidelity"]
    f1, accuracy = fidelity["output_f1"], fidelity["accuracy"]
    print(f"{name}: F1 {f1:.4f} (Sinabs {case.vendor}), {case.cores} cores, accuracy {accuracy}")
    assert f1 >= case.f1
    assert f1 > case.vendor
    assert fidelity["overflows"] == {"beyond_16_bits": 0}
    if accuracy is not None:
        right, of = map(int, accuracy["chip"].split("/"))
        assert of == 200
        assert right >= case.correct


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.consent])
def test_what_is_lost_with_a_leak_is_said_first(name: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        compiled(name, consent=False)
    (found,) = raised.value.diagnostics
    assert found.code == "SPK1020"
    assert "tau = " in dict(found.facts)["lost"]
