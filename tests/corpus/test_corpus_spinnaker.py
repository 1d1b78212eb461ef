"""Every network of the corpus compiles for SpiNNaker 1, is placed without a changed bit on as few cores as neighbouring
neurons need, and keeps what it has learnt."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from spikec.compiler.pipeline import compile_graph

from ..effort import THOROUGH, thinned
from .samples import figures, manifest, network


@dataclass(frozen=True, kw_only=True)
class Case:
    """cores: at most. f1: of the outputs, at least; None where rules alone change more. correct: of 200 labelled
    samples, at least; None where the file has no labels."""

    cores: int
    f1: float | None = None
    correct: int | None = None


MOST_NEURONS = 2_000
"""Of the networks that are compiled by day; all are where SPIKEC_EXAMPLES is set."""
CASES = {
    name: Case(**record)
    for name, record in figures("spinnaker1").items()
    if THOROUGH or manifest()[name]["neurons"] <= MOST_NEURONS
}


@pytest.mark.parametrize("name", list(thinned(list(CASES), 2)))
def test_it_compiles_and_keeps_what_it_has_learnt(name: str) -> None:
    case = CASES[name]
    raw, options, stimulus = network(name)
    found = compile_graph(raw, replace(options, target="spinnaker1"), stimulus=stimulus)
    assert found.placement_identical, found.verdicts["placement"]["findings"]
    assert dict(found.report)["resources"]["cores"] <= case.cores
    fidelity = found.verdicts["fidelity"]
    assert fidelity["overflows"]["membrane_wraps"] == fidelity["overflows"]["current_wraps"] == 0
    if case.f1 is not None:
        assert fidelity["output_f1"] >= case.f1
    if case.correct is not None:
        assert int(fidelity["accuracy"]["chip"].split("/")[0]) >= case.correct
