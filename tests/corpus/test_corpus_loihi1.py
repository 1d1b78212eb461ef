"""Every network of the corpus on loihi1: placement identical; fidelity of the dense and recurrent ones.

Bounds: without calibration a network whose reset the chip has keeps F1 >= 0.80 (0.89 on average), another one comes
within 0.02 of what the float network reaches under the chip's rules, and no trained network loses more than three
points. (The networks with convolutions that are not trained have a handful of output spikes.)
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from spikec.compiler.options import Options
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.prepare import read_front, resolve_target
from spikec.sim.nir.file import read
from spikec.sim.stimulus import load

from ..effort import THOROUGH, thinned
from .samples import some

CORPUS = Path(os.environ.get("SPIKEC_CORPUS_DIR", Path(__file__).parent))
SPATIAL = {"Conv1d", "Conv2d", "SumPool2d", "AvgPool2d"}


MOST_NEURONS = 2_000
"""Of the networks that are compiled by day; all are where SPIKEC_EXAMPLES is set."""


def networks() -> list[dict[str, Any]]:
    entries = json.loads((CORPUS / "manifest.json").read_text())["networks"]
    here = [e for e in entries if (CORPUS / f"{e['name']}.npz").exists() and e.get("out_kind")]
    return [e for e in here if THOROUGH or e["neurons"] <= MOST_NEURONS]


NAMES = [e["name"] for e in networks()]
DENSE = [e["name"] for e in networks() if not SPATIAL & set(e["node_kinds"])]
FEW = 2


@cache
def compiled(name: str) -> dict[str, Any]:
    entry = next(e for e in networks() if e["name"] == name)
    raw, _ = read(CORPUS / f"{name}.nir")
    options = Options(
        dialect=entry["dialect"],
        dt_seconds=entry["dt"],
        dialect_options=tuple(sorted(entry["dialect_overrides"].items())),
    )
    front = read_front(raw, options, resolve_target(options))
    stimulus = load(CORPUS / f"{name}.npz", front.network.inputs)
    if name not in DENSE and not entry["trained"]:
        stimulus = some(stimulus, FEW)  # nothing but its placement is looked at
    return dict(compile_graph(raw, options, stimulus=stimulus).report)


@pytest.mark.parametrize("name", thinned(NAMES, 2))
def test_placement_is_identical(name: str) -> None:
    placement = compiled(name)["verdicts"]["placement"]
    assert placement["identical"], placement["findings"]
    assert placement["dynamic"]["spikes"] > 0


@pytest.mark.parametrize("name", thinned(NAMES, 2))
def test_accuracy_of_trained_networks(name: str) -> None:
    verdict = compiled(name)["verdicts"]["fidelity"]
    if verdict["accuracy"] is None:
        pytest.skip("not trained")
    fraction = verdict["accuracy_fraction"]
    assert fraction["chip"] >= fraction["float"] - 0.03


@pytest.mark.parametrize("name", DENSE)
def test_fidelity(name: str) -> None:
    verdict = compiled(name)["verdicts"]["fidelity"]
    if verdict["output_f1"] is None:
        assert verdict["output_agreement"] == 1.0
        return
    rules = verdict["chip_rules"]["output_f1"]
    if rules == 1.0:
        assert verdict["output_f1"] >= 0.80
    else:
        assert verdict["output_f1"] >= rules - 0.02


def test_mean_f1_of_hard_reset_networks() -> None:
    found = [compiled(name)["verdicts"]["fidelity"] for name in DENSE]
    hard = [
        v["output_f1"] for v in found if v["output_f1"] is not None and v["chip_rules"]["output_f1"] == 1.0
    ]
    if not hard:
        pytest.skip("this corpus holds no network whose reset the chip has")
    assert sum(hard) / len(hard) >= 0.89


def test_mean_distance_to_the_float_network_under_the_chips_rules() -> None:
    found = [compiled(name)["verdicts"]["fidelity"] for name in DENSE]
    spiking = [v for v in found if v["output_f1"] is not None and v["chip_rules"]["output_f1"] < 1.0]
    if not spiking:
        pytest.skip("this corpus holds no network whose reset differs from the chip's")
    gaps = [v["chip_rules"]["output_f1"] - v["output_f1"] for v in spiking]
    assert sum(gaps) / len(gaps) <= 0.02
