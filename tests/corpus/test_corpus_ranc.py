"""Networks of integrate-and-fire neurons on a grid, and with consent leaky ones: every one compiles, is placed without
a changed bit, and keeps what it has learnt; what does not fit is refused by a code."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from spikec.compiler.pipeline import Compiled, compile_graph
from spikec.sim.diagnostic import DiagnosticError

from .test_corpus_speck import network


@dataclass(frozen=True, kw_only=True)
class Case:
    """cores: at most. correct: of 200 labelled samples, at least; None where the file has no labels."""

    cores: int
    correct: int | None = None
    consent: bool = True


CASES = {
    "sj_cnn_digits_if": Case(cores=110, correct=125, consent=False),
    "sj_mlp_digits_lif": Case(cores=2, correct=185),
    "norse_mlp_digits_lifbox": Case(cores=2, correct=148),
    "snntorch_mlp_digits_sub": Case(cores=2, correct=183),
    "spyx_mlp_digits_lif": Case(cores=2, correct=184),
    "sinabs_lif_140_64_20": Case(cores=10),
    "snntorch_rleaky_140_64_20": Case(cores=14),
    "spyx_rif_140_48_20": Case(cores=8),
    "spyx_rlif_140_48_20": Case(cores=8),
    "snntorch_cnn_digits": Case(cores=20, correct=160),
    "spyx_cnn_nmnist": Case(cores=300),
}
REFUSED = {
    "rockpool_xylo_16_63_8": "SPK1004",
    "sj_cuba_140_64_20": "SPK1004",
    "spyx_psu_140_64_20": "SPK1004",
    "snntorch_shd_700_256_20": "SPK2032",
}


def compiled(name: str, *, consent: bool) -> Compiled:
    raw, options, stimulus = network(name)
    chosen = replace(options, target="ranc", allow_approximation=consent)
    return compile_graph(raw, chosen, stimulus=stimulus)


@pytest.mark.parametrize("name", CASES)
def test_it_compiles_and_keeps_what_it_has_learnt(name: str) -> None:
    case, found = CASES[name], compiled(name, consent=CASES[name].consent)
    assert found.placement_identical, found.verdicts.record["placement"]["findings"]
    assert dict(found.report)["resources"]["cores"] <= case.cores
    fidelity = found.verdicts.record["fidelity"]
    print(f"{name}: F1 {fidelity['output_f1']:.4f}, accuracy {fidelity['accuracy']}, {fidelity['overflows']}")
    assert fidelity["overflows"]["merged_arrivals"] == 0
    if case.correct is None:
        assert fidelity["output_f1"] > 0.1
        return
    right, of = map(int, fidelity["accuracy"]["chip"].split("/"))
    assert of == 200
    assert right >= case.correct


def test_relays_for_what_pools_save_cores_and_keep_as_much() -> None:
    """With consent: 8 and 16 maps are pooled by 4, which is more sources than axons for weights of 4 bits."""
    name = "sj_cnn_digits_if"
    found = compiled(name, consent=True)
    assert found.placement_identical, found.verdicts.record["placement"]["findings"]
    assert dict(found.report)["resources"]["cores"] <= 16
    right, _ = map(int, found.verdicts.record["fidelity"]["accuracy"]["chip"].split("/"))
    assert right >= 128


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        compiled(name, consent=True)
    assert REFUSED[name] in {d.code for d in raised.value.diagnostics}


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.consent])
def test_what_is_lost_with_a_leak_is_said_first(name: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        compiled(name, consent=False)
    (found,) = raised.value.diagnostics
    assert found.code == "SPK1020"
    assert "tau = " in dict(found.facts)["lost"]
