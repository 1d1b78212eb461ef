"""A few large weights are cut off where they would leave a chip no numbers for all the others."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.compiler.compiled import Compiled
from spikec.compiler.front.clip_weights import clip_rows, clip_weights
from spikec.compiler.ir.calibration import Tuning
from spikec.compiler.options import Options
from spikec.compiler.output.page import page_files
from spikec.compiler.output.rebuild import rebuilt
from spikec.compiler.pipeline import compile_graph
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.sim.stimulus import Stimulus

from .graphs import affine, graph, integrate_and_fire, port

STEPS, FAN_IN, NEURONS = 80, 32, 16


def network(outlier: float, seed: int = 0) -> RawGraph:
    """Small weights but for one."""
    matrix = np.random.default_rng(seed).uniform(-0.17, 0.2, (NEURONS, FAN_IN))
    matrix[0, 0] = outlier
    nodes = {
        "in": port("Input", FAN_IN),
        "w": affine(matrix),
        "n": integrate_and_fire(NEURONS, 1.0),
        "out": port("Output", NEURONS),
    }
    return graph(nodes, [("in", "w"), ("w", "n"), ("n", "out")])


def stimulus(seed: int = 1, first_element: int = STEPS) -> Stimulus:
    """first_element: steps in which the element behind the large weight may spike."""
    spikes = np.random.default_rng(seed).random((STEPS, 2, FAN_IN)) < 0.2
    spikes[first_element:, :, 0] = False
    return Stimulus(inputs={"in": spikes.astype(np.uint8)}, labels=None, source={})


def compiled(raw: RawGraph, given: Stimulus | None, target: str = "speck2f", **more: object) -> Compiled:
    reset = {} if "dialect_options" in more else {"dialect_options": ()}
    options = Options(target=target, dialect="nir.euler", dt_seconds=1.0, **{**reset, **more})
    return compile_graph(raw, options, stimulus=given)


def codes(made: Compiled) -> set[str]:
    return {found.code for found in made.diagnostics}


def output_f1(made: Compiled) -> float:
    assert made.verdicts.fidelity is not None
    return made.verdicts.fidelity.output_f1 or 0.0


def test_a_weight_that_changes_nothing_when_cut_off_is_cut_off() -> None:
    raw, given = network(60.0), stimulus()
    made = compiled(raw, given)
    assert "SPK1013" in codes(made)
    assert "SPK4212" not in codes(made)
    (row,) = [row for row in made.report.fidelity_table if row.feature == "weights"]
    assert (row.where, row.effect) == ("w", "alone: output F1 1.0000")
    as_it_should_be = compiled(network(2.0), given)
    assert output_f1(made) >= output_f1(as_it_should_be) - 0.05
    assert rebuilt(raw, {**made.files, **page_files(made.report)}, given).differences == ()


@pytest.mark.parametrize("outlier", [0.2, 1.0])
def test_weights_that_all_keep_their_numbers_stay(outlier: float) -> None:
    made = compiled(network(outlier), stimulus())
    assert "SPK1013" not in codes(made)


def test_without_a_stimulus_of_the_user_nothing_is_known() -> None:
    made = compiled(network(60.0), None)
    assert "SPK1013" not in codes(made)
    assert "SPK4212" in codes(made)


def test_a_weight_that_does_something_is_cut_off_on_consent_alone() -> None:
    """With a reset by subtraction the neuron spikes 60 times for one event."""
    raw, given = network(60.0), stimulus(first_element=2)
    subtract = (("reset", "subtract"),)
    kept = compiled(raw, given, dialect_options=subtract)
    cut = compiled(raw, given, dialect_options=subtract, allow_approximation=True)
    assert "SPK1013" not in codes(kept)
    assert "SPK1013" in codes(cut)
    assert output_f1(cut) > output_f1(kept)
    assert cut.verdicts.fidelity is not None
    first = cut.verdicts.fidelity.chain[0]
    assert (first.link, (first.output_f1 or 0.0) < 1) == ("source -> chip rules", True)


def test_a_search_for_other_numbers_keeps_the_limit() -> None:
    made = compiled(network(60.0), stimulus(), target="tinyodin", calibrate=True, allow_approximation=True)
    tuning = made.options.tuning
    assert tuning is not None
    assert ("SPK1013" in codes(made)) == bool(tuning.clip)


def test_numbers_that_were_chosen_before_are_kept() -> None:
    chosen = Tuning(clip={"w": 5.0})
    made = compiled(network(60.0), stimulus(), tuning=chosen)
    assert made.options.tuning == chosen
    untouched = compiled(network(60.0), stimulus(), tuning=Tuning())
    assert untouched.options.tuning == Tuning()
    assert "SPK1013" not in codes(untouched)


def test_weights_inside_subgraphs() -> None:
    inner = graph({"w": affine(np.array([[3.0, -0.5]]))}, [])
    raw = graph({"part": RawNode(kind="NIRGraph", params={}, graph=inner)}, [])
    clipped = clip_weights(raw, {"part/w": 1.0})
    inside = clipped.nodes["part"].graph
    assert inside is not None
    np.testing.assert_array_equal(inside.nodes["w"].params["weight"], [[1.0, -0.5]])
    np.testing.assert_array_equal(inner.nodes["w"].params["weight"], [[3.0, -0.5]])
    (row,) = clip_rows(raw, {"part/w": 1.0})
    assert (row.where, row.wanted, row.done) == ("part/w", "weights = up to 3", "1 of 2 cut off at 1")
    assert clip_weights(raw, {}) is raw
