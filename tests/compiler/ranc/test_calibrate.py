"""What a stimulus decides with --calibrate: thresholds and leaks, which are kept with the output."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from spikec.compiler.backends.ranc.quantize import quantize
from spikec.compiler.ir.calibration import Tuning
from spikec.compiler.ir.report import read_report
from spikec.compiler.options import Options
from spikec.compiler.output.again import check_files
from spikec.compiler.output.saved import saved_options
from spikec.compiler.pipeline import Compiled, compile_graph
from spikec.compiler.timed.on_chip_clock import on_chip_clock
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.stimulus import Stimulus

from ..graphs import affine, leaky
from ..speck.nets import port, row
from .nets import any_network, chip
from .test_flow import OPTIONS, SOFT


def net() -> RawGraph:
    random = np.random.default_rng(2)
    return row(
        input=port("Input", 12),
        w1=affine(random.normal(0.1, 0.4, (10, 12))),
        n1=leaky(10, 1.0, 0.8),
        w2=affine(random.normal(0.1, 0.5, (4, 10))),
        n2=leaky(4, 1.0, 0.8),
        output=port("Output", 4),
    )


STIMULUS = Stimulus(
    inputs={"input": (np.random.default_rng(3).random((30, 6, 12)) < 0.3).astype(np.uint8)},
    labels=None,
    source={"kind": "made"},
)


def compiled(**more: Any) -> tuple[Compiled, Options]:
    hard = replace(SOFT, default=replace(SOFT.default, reset="v_reset"))
    options = replace(OPTIONS, reading=hard, allow_approximation=True, **more)
    return compile_graph(net(), options, stimulus=STIMULUS), options


@pytest.fixture(scope="module")
def calibrated() -> Compiled:
    return compiled(calibrate=True)[0]


def test_the_search_is_no_worse_where_it_looked_and_is_kept(calibrated: Compiled) -> None:
    tuning = dict(calibrated.report)["options"]["tuning"]
    assert set(tuning["leak"]) == {"n1", "n2"}
    assert {len(parts) for parts in tuning["leak"].values()} == {10, 4}
    assert calibrated.placement_identical
    first = replace(STIMULUS, inputs={"input": STIMULUS.inputs["input"][:, :3]})
    _, options = compiled()
    found = [
        compile_graph(net(), replace(options, tuning=t), stimulus=first).verdicts["fidelity"]["output_f1"]
        for t in (None, saved_options(read_report(calibrated.files["report.json"])).tuning)
    ]
    assert found[1] >= found[0]


def test_a_finished_compile_is_read_to_the_same(calibrated: Compiled) -> None:
    options = saved_options(read_report(calibrated.files["report.json"]))
    verdicts: dict[str, Any] = check_files(net(), calibrated.files, options, STIMULUS)
    assert verdicts["placement"]["identical"]
    other = check_files(
        net(), calibrated.files, replace(options, tuning=Tuning(threshold={"n1": 1.7})), STIMULUS
    )
    assert not dict(other)["placement"]["identical"]


def test_thresholds_and_leaks_are_those_that_are_given() -> None:
    made = any_network(3)
    name = sorted(made.populations)[0]
    size = made.populations[name].size
    tuning = Tuning(threshold={name: 2.0}, leak={name: [0.25] * size})
    plan = on_chip_clock(made, chip())
    plain, given = (quantize(plan, chip(), weight_bits=8, tuning=t).neurons[name] for t in (None, tuning))
    np.testing.assert_allclose(given.theta, 2 * plain.theta)
    np.testing.assert_allclose(given.population.neuron.bias, plain.population.neuron.bias / 2 - 0.25)
    for half, whole in zip(given.population.links, plain.population.links, strict=True):
        np.testing.assert_allclose(half.weights.toarray(), whole.weights.toarray() / 2)
