"""Networks of integrate-and-fire neurons on a grid, and with consent leaky ones: every one compiles, is placed without
a changed bit, and keeps what it has learnt; what does not fit is refused by a code."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from spikec.compiler.pipeline import Compiled, compile_graph
from spikec.sim.diagnostic import DiagnosticError

from ..effort import THOROUGH, thinned
from .samples import expected, figures, manifest, network, refusals


@dataclass(frozen=True, kw_only=True)
class Case:
    """cores: at most. correct: of 200 labelled samples, at least; None where the file has no labels."""

    cores: int
    correct: int | None = None
    consent: bool = True


MOST_PARAMETERS, MOST_NEURONS = 50_000, 500
"""Of the networks that are compiled by day; all are where SPIKEC_EXAMPLES is set."""


def by_day(name: str) -> bool:
    return THOROUGH or (
        manifest()[name]["params"] <= MOST_PARAMETERS and manifest()[name]["neurons"] <= MOST_NEURONS
    )


CASES = {name: Case(**record) for name, record in figures("ranc").items() if by_day(name)}
REFUSED = {name: code for name, code in refusals("ranc").items() if by_day(name)}
WITH_CONSENT = {
    name: record["with_consent"] for name, record in expected("ranc").items() if "with_consent" in record
}
"""Of what compiles without: fewer cores, as much kept."""


def compiled(name: str, *, consent: bool) -> Compiled:
    raw, options, stimulus = network(name)
    chosen = replace(options, target="ranc", allow_approximation=consent)
    return compile_graph(raw, chosen, stimulus=stimulus)


@pytest.mark.parametrize("name", thinned(CASES, 2))
def test_it_compiles_and_keeps_what_it_has_learnt(name: str) -> None:
    case, found = CASES[name], compiled(name, consent=CASES[name].consent)
    assert found.placement_identical, found.verdicts["placement"]["findings"]
    assert dict(found.report)["resources"]["cores"] <= case.cores
    fidelity = found.verdicts["fidelity"]
    print(f"{name}: F1 {fidelity['output_f1']:.4f}, accuracy {fidelity['accuracy']}, {fidelity['overflows']}")
    assert fidelity["overflows"]["merged_arrivals"] == 0
    if case.correct is None:
        assert fidelity["output_f1"] > 0.1
        return
    right, of = map(int, fidelity["accuracy"]["chip"].split("/"))
    assert of == 200
    assert right >= case.correct


@pytest.mark.parametrize("name", WITH_CONSENT)
def test_relays_for_what_pools_save_cores_and_keep_as_much(name: str) -> None:
    """Maps are pooled by more sources than there are axons for weights of 4 bits."""
    found = compiled(name, consent=True)
    assert found.placement_identical, found.verdicts["placement"]["findings"]
    assert dict(found.report)["resources"]["cores"] <= WITH_CONSENT[name]["cores"]
    right, _ = map(int, found.verdicts["fidelity"]["accuracy"]["chip"].split("/"))
    assert right >= WITH_CONSENT[name]["correct"]


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        compiled(name, consent=True)
    assert REFUSED[name] in {d.code for d in raised.value.diagnostics}


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.consent])
def test_what_is_lost_with_a_leak_is_said_first(name: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        compiled(name, consent=False)
    (found,) = (each for each in raised.value.diagnostics if each.severity == "error")
    assert found.code == "SPK1020"
    assert "tau = " in dict(found.facts)["lost"]
