"""Networks of the corpus on one recurrent core: those that fit keep their spikes and what they have learnt."""

from __future__ import annotations

from dataclasses import replace

import pytest
from spikec.compiler.pipeline import Compiled, compile_graph
from spikec.sim.diagnostic import DiagnosticError

from ..effort import thinned
from .samples import figures, network, refusals

CASES = figures("reckon")
REFUSED = refusals("reckon")


def compiled(name: str, *, consent: bool) -> Compiled:
    raw, options, stimulus = network(name)
    return compile_graph(
        raw, replace(options, target="reckon", allow_approximation=consent), stimulus=stimulus
    )


@pytest.mark.parametrize("name", thinned(list(CASES), 3))
def test_it_keeps_its_spikes_and_what_it_has_learnt(name: str) -> None:
    """f1: of the last layer, at least. correct: of 200 labelled samples, where there are any. consent: whether it takes
    decays that the chip does not have."""
    case = CASES[name]
    found = compiled(name, consent=case["consent"])
    assert found.placement_identical
    fidelity = found.verdicts.fidelity
    assert fidelity.output_f1 is not None
    assert fidelity.output_f1 >= case["f1"]
    assert found.report.resources.cores == 1
    if "correct" in case:
        assert fidelity.accuracy is not None
        assert int(fidelity.accuracy.chip.split("/")[0]) >= case["correct"]


@pytest.mark.parametrize("name", thinned(list(REFUSED), 3))
def test_it_is_refused(name: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        compiled(name, consent=True)
    assert REFUSED[name] in {d.code for d in raised.value.diagnostics}
