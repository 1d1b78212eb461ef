"""Networks of convolution on a Speck: every one compiles, as many spikes in the right place as the vendor's own
discretisation reaches or more, and what is lost is said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from spikec.compiler.pipeline import Compiled, compile_graph
from spikec.sim.diagnostic import DiagnosticError

from ..effort import THOROUGH, thinned
from .samples import figures, manifest, network


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


MOST_NEURONS = 10_000
"""Of the networks that are compiled by day; all are where SPIKEC_EXAMPLES is set."""
CASES = {
    name: Case(**record)
    for name, record in figures("speck2f").items()
    if THOROUGH or manifest()[name]["neurons"] <= MOST_NEURONS
}


def compiled(name: str, *, consent: bool) -> Compiled:
    raw, options, stimulus = network(name)
    return compile_graph(raw, replace(options, allow_approximation=consent), stimulus=stimulus)


@pytest.mark.parametrize("name", thinned(CASES, 2))
def test_it_compiles_and_keeps_its_spikes(name: str) -> None:
    case, found = CASES[name], compiled(name, consent=CASES[name].consent)
    assert found.placement_identical, found.verdicts["placement"]["findings"]
    report: dict[str, Any] = dict(found.report)
    assert report["resources"]["cores"] == case.cores
    fidelity = found.verdicts["fidelity"]
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
