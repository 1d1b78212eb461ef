"""Resets by subtraction on a chip that has none: a synapse of each neuron onto itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.backends.shared.cuba.tied_amounts import digits, grid, most_tied
from spikec.compiler.backends.shared.cuba.ties import _shared
from spikec.compiler.ir.quantized import QuantizedNetwork
from spikec.compiler.verdicts.chip_run import chip_events
from spikec.targets import load

from ...effort import EXAMPLES
from .nets import Drawn, drawn

READINGS: list[dict[str, Any]] = [
    {"reset_phase": "same"},
    {"reset_phase": "next_before_decay"},
    {"reset_phase": "next_after_decay"},
    {"fire_on": "old", "rec_delay": 0},
    {"fire_on": "old", "rec_delay": 1},
    {"fire": ">="},
]
LOIHI = load("loihi1")
SEEDS = range(max(1, EXAMPLES // 10))


@pytest.mark.parametrize("reading", READINGS, ids=str)
@pytest.mark.parametrize("kind", ["LIF", "IF"])
@pytest.mark.parametrize("seed", SEEDS)
def test_spikes_are_those_of_the_float_network(seed: int, kind: str, reading: dict[str, Any]) -> None:
    """Decays are halves and quarters, weights on a grid, thresholds off it: rounding alone moves no spike of LIF. IF
    lose 1/4096 of themselves a step, of which their row speaks."""
    compiled = drawn(seed, kind, **reading).compiled()
    fidelity = compiled.report.verdicts.fidelity
    assert compiled.placement_identical
    assert fidelity is not None
    assert fidelity.chip_rules.output_f1 in (1.0, None)
    assert fidelity.output_f1 is None or fidelity.output_f1 > (0.999 if kind == "LIF" else 0.97)
    assert not any(fidelity.overflows.values())
    native = drawn(seed, kind, **reading).compiled(native_reset=True).report.verdicts.fidelity
    assert native is not None
    assert native.output_f1 is None or native.output_f1 < 0.97


@pytest.mark.parametrize("share", ["theta", "beta * theta"])
def test_weights_onto_itself_are_the_threshold_that_the_register_holds(share: str) -> None:
    phase = "next_after_decay" if share == "theta" else "same"
    prepared = drawn(3, "LIF", reset_phase=phase).prepared()
    network: QuantizedNetwork[Any] = prepared.quantized.network
    assert {(t.source, t.post) for t in network.tied} == {("n1", "n1"), ("n2", "n2")}
    for name, population in prepared.timed.populations.items():
        total = np.zeros(population.size, dtype=np.int64)
        for p in network.projections:
            if p.tied and p.post == name:
                assert p.pre == name
                np.add.at(total, p.rows, p.code << p.format["wgtExp"])
        vth = network.population(name).params["vth"]
        kept = 1.0 if share == "theta" else prepared.network.populations[name].neuron.beta
        np.testing.assert_array_equal(total, -np.rint(kept * vth).astype(np.int64))


@pytest.mark.parametrize("bits", [(8,), (1, 2, 4), (3, 6)], ids=str)
@pytest.mark.parametrize("exponents", [(-7, 7), (0, 7), (-2, 5)], ids=str)
def test_digits_of_a_weight_add_up(bits: tuple[int, ...], exponents: tuple[int, int]) -> None:
    import msgspec

    synapse = msgspec.structs.replace(LOIHI.synapse, weight_bits=bits, exponent=exponents)
    chip = msgspec.structs.replace(LOIHI, synapse=synapse)
    step, most = grid(chip), most_tied(chip)
    random = np.random.default_rng(1)
    for top in (step, most // 3, most):
        sizes = random.integers(0, top // step + 1, 20) * step
        found = digits(sizes, chip)
        np.testing.assert_array_equal(sum(digit << place for place, digit in found), sizes)
        assert all(int(digit.max()) < 1 << max(bits) for _, digit in found)
        spare = 8 - max(bits)
        assert all(exponents[0] <= place - spare <= exponents[1] for place, _ in found)


def test_shared_formats_hold_every_tie() -> None:
    """Up to the largest, whose coarse part alone would be past the largest mantissa of both signs."""
    most = most_tied(LOIHI)
    weights = np.array([0, 1, -255, 32_511, -32_639, most, -most])
    forms = _shared(weights, LOIHI)
    np.testing.assert_array_equal(sum(mantissas << exponent for exponent, _, mantissas in forms), weights)
    largest = [int(np.abs(mantissas).max()) for _, _, mantissas in forms]
    assert largest[0] <= 254
    assert max(largest[1:]) <= 255


def ran(case: Drawn, network: QuantizedNetwork[Any]) -> tuple[Any, Any]:
    backend = backend_of(LOIHI)
    machine, symbols = backend.unplaced(network, LOIHI)
    events = chip_events(symbols, case.stimulus.inputs, network.max_lag_steps, (0, 1))
    from spikec.sim.engines.choice import Span

    span = Span(steps=len(events), batch=events.shape[1], at_once=len(events))
    return backend.start(machine, LOIHI, span, states=True)(events), symbols


@pytest.mark.parametrize("levels", [2, 3])
def test_levels_count_the_thresholds_in_a_membrane(levels: int) -> None:
    """All levels have the same membrane, and as many fire as thresholds fit, at most all."""
    from spikec.compiler.ir.calibration import Tuning

    case = drawn(5, "LIF", multi=None, reset_phase="same")
    prepared = case.prepared(tuning=Tuning(levels={"n1": levels, "n2": levels}))
    network: QuantizedNetwork[Any] = prepared.quantized.network
    run, symbols = ran(case, network)
    places = {p.name: p.machine_index for p in symbols.populations}
    vth = network.population("n1").params["vth"]
    names = ["n1", *(f"level@{k}:n1" for k in range(2, levels + 1))]
    membranes = [run.states["u"][:, :, places[name]] for name in names]
    for other in membranes[1:]:
        np.testing.assert_array_equal(membranes[0], other)
    before = np.concatenate([np.zeros_like(membranes[0][:1]), membranes[0][:-1]])
    fired = [run.spikes[:, :, places[name]].astype(bool) for name in names]
    for k, spikes in enumerate(fired, 1):
        # What was compared a step before leaves 1/4096 of itself, unless a spike cleared it.
        quiet = np.concatenate([np.zeros_like(spikes[:1]), spikes[:-1]])
        rest = np.where(quiet, 0, np.abs(before) >> 12) * np.sign(before)
        far = np.abs(membranes[0] - (k * vth << 6)) > np.abs(rest) + 8
        np.testing.assert_array_equal(spikes[far], (membranes[0] > (k * vth << 6))[far])
    assert sum(int(spikes.sum()) for spikes in fired[1:]) > 0


def test_levels_are_one_layer_and_one_output() -> None:
    case = drawn(5, "LIF", multi=None, reset_phase="same")
    compiled = case.compiled()
    assert compiled.placement_identical
    fidelity = compiled.report.verdicts.fidelity
    assert fidelity is not None
    assert fidelity.output_f1 is not None
    assert fidelity.output_f1 > 0.99
    assert compiled.trace.layers["n1"].max() > 1
    fewer = case.compiled(max_levels=1)
    assert fewer.trace.layers["n1"].max() == 1


def faulty(network: QuantizedNetwork[Any], change: str) -> QuantizedNetwork[Any]:
    """What a compiler with a fault in its constructs would quantise."""
    if change == "threshold":
        populations = tuple(
            replace(p, params={**p.params, "vth": p.params["vth"] + (p.name == "n1")})
            for p in network.populations
        )
        return replace(network, populations=populations)
    if change == "voltage":
        populations = tuple(
            replace(p, params={**p.params, "decayV": p.params["decayV"] - (p.name == "n2")})
            for p in network.populations
        )
        return replace(network, populations=populations)
    at = next(k for k, p in enumerate(network.projections) if p.tied)
    wrong = network.projections[at]
    weight = wrong.synapses.weight.copy()
    weight[0] += 1
    changed = replace(wrong, synapses=replace(wrong.synapses, weight=weight))
    kept = network.projections[:at], network.projections[at + 1 :]
    if change == "lost":
        return replace(network, projections=(*kept[0], *kept[1]))
    return replace(network, projections=(*kept[0], changed, *kept[1]))


@pytest.mark.parametrize("change", ["weight", "lost", "threshold", "voltage"])
def test_a_fault_in_a_construct_is_seen_in_the_words(change: str) -> None:
    """Words and network agree: what is wrong is that they are not what the construct asks for."""
    prepared = drawn(7, "LIF").prepared()
    network, backend = faulty(prepared.quantized.network, change), backend_of(LOIHI)
    from spikec.compiler.options import Options

    placed = backend.place(network, LOIHI, Options(), {}, None)
    emitted = backend.emit(network, placed.placement, LOIHI)
    verdict = backend.verify_words(network, LOIHI, backend.read_files(LOIHI, emitted.files), emitted.symbols)
    assert not verdict.identical
    assert all("asks for" in text or "asked for" in text or "decayV" in text for text in verdict.findings)
    right = prepared.quantized.network
    placed = backend.place(right, LOIHI, Options(), {}, None)
    emitted = backend.emit(right, placed.placement, LOIHI)
    assert backend.verify_words(
        right, LOIHI, backend.read_files(LOIHI, emitted.files), emitted.symbols
    ).identical
