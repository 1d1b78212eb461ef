"""Networks of the corpus on tinyODIN and ODIN: placed as they are, as many right answers as there are, and what is lost
to a chip that tests its threshold after every event."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.options import Options
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.prepare import prepare, read_front, resolve_target
from spikec.compiler.verdicts.placement import placement_verdict
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.stimulus import Stimulus

from ..effort import THOROUGH, thinned
from .samples import figures, manifest, network, refusals, some

SAMPLES, MOST_NEURONS = 40, 500
"""Of the networks that are compiled by day; all are where SPIKEC_EXAMPLES is set."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """chips: as many as it takes. f1, correct: at least, on the first SAMPLES; nothing where that is not measured, as a
    float run takes most of the time. consent: it leaks, or resets by subtraction."""

    chips: int = 1
    loop: str = "closed"
    f1: float = 0.0
    correct: int = 0
    consent: bool = False


CASES = {
    (target, name): Case(**record)
    for target in ("tinyodin", "odin")
    for name, record in figures(target).items()
    if THOROUGH or manifest()[name]["neurons"] <= MOST_NEURONS
}
REFUSED = refusals("tinyodin")
FEW = 3


def asked(target: str, name: str) -> tuple[RawGraph, Options, Stimulus]:
    case = CASES[target, name]
    raw, options, stimulus = network(name)
    return (
        raw,
        replace(options, target=target, chips=case.chips, allow_approximation=case.consent),
        some(stimulus, SAMPLES),
    )


@pytest.mark.parametrize(("target", "name"), thinned(CASES, 2))
def test_it_is_placed_as_it_is(target: str, name: str) -> None:
    raw, options, stimulus = asked(target, name)
    chip, case = resolve_target(options), CASES[target, name]
    inputs = {port: values[:, :FEW] for port, values in stimulus.inputs.items()}
    prepared = prepare(read_front(raw, options, chip), options, chip, None)
    backend, made = backend_of(prepared.target), prepared.quantized.network
    placed = backend.place(made, chip, options, {}, None)
    emitted = backend.emit(made, placed.placement, chip)
    loaded = backend.read_files(chip, emitted.files)
    verdict, run = placement_verdict(made, prepared.network, chip, loaded, emitted.symbols, inputs, print)
    assert verdict.identical, verdict.findings
    assert verdict.dynamic.spikes > 50
    assert placed.placement.cores == placed.placement.certificate.bound == case.chips
    assert made.order is not None
    assert ("closed" if made.order.closed_loop else "open") == case.loop
    assert run is not None
    assert run.run.counters["dropped_spikes"].sum() == 0


@pytest.mark.parametrize(("target", "name"), [key for key, case in CASES.items() if case.f1])
def test_it_answers(target: str, name: str) -> None:
    raw, options, stimulus = asked(target, name)
    found, case = compile_graph(raw, options, stimulus=stimulus), CASES[target, name]
    assert found.placement_identical
    report: dict[str, Any] = dict(found.report)
    fidelity = found.verdicts["fidelity"]
    f1, rules, accuracy = fidelity["output_f1"], fidelity["chip_rules"]["output_f1"], fidelity["accuracy"]
    print(f"{target} {name}: {case.chips} chip(s), F1 {f1:.3f}, in float {rules:.3f}, {accuracy}")
    assert f1 >= case.f1
    assert int(accuracy["chip"].split("/")[0]) >= case.correct
    (order,) = (row for row in report["fidelity_table"] if row["feature"] == "event order")
    assert order["effect"].startswith("rows shuffled: F1 0.")
    (several,) = (row for row in report["fidelity_table"] if row["feature"] == "spikes a step")
    assert 0 < float(several["effect"].split("%")[0]) < 50


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_chips_do_not_take_is_refused(name: str) -> None:
    raw, options, stimulus = network(name)
    options = replace(options, target="tinyodin", allow_approximation=True, chips=64)
    with pytest.raises(DiagnosticError) as raised:
        compile_graph(raw, options, stimulus=some(stimulus, SAMPLES))
    assert {d.code for d in raised.value.diagnostics} == {REFUSED[name]}
