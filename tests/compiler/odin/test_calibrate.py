"""What a stimulus decides with --calibrate, and only then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from spikec.compiler.backends.odin.event_order_sensitivity import shuffled
from spikec.compiler.ir.calibration import Tuning, tuning_of
from spikec.compiler.ir.report import read_report
from spikec.compiler.options import Options
from spikec.compiler.output.again import check_files
from spikec.compiler.output.saved import saved_options
from spikec.compiler.pipeline import Compiled, compile_graph
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.stimulus import Stimulus, halves

from ..graphs import affine, graph, leaky, port
from .nets import any_network, chip, made, quantized

SAMPLES = 6


def net() -> RawGraph:
    random = np.random.default_rng(2)
    nodes = {
        "in": port("Input", 12), "w": affine(random.normal(0.1, 0.4, (10, 12)), random.normal(0, 0.1, 10)),
        "n": leaky(10, 1.0, 6.0, r=6.0), "v": affine(random.normal(0.1, 0.5, (4, 10))),
        "m": leaky(4, 1.0, 6.0, r=6.0), "out": port("Output", 4),
    }  # fmt: skip
    return graph(nodes, [("in", "w"), ("w", "n"), ("n", "v"), ("v", "m"), ("m", "out")])


def stimulus() -> Stimulus:
    random = np.random.default_rng(3)
    events = (random.random((30, SAMPLES, 12)) < 0.3).astype(np.uint8)
    return Stimulus(inputs={"in": events}, labels=np.arange(SAMPLES) % 4, source={"kind": "recorded"})


def compiled(**more: Any) -> tuple[Compiled, Options]:
    options = Options(
        target="tinyodin", dialect="nir.euler", dt_seconds=1.0, allow_approximation=True, **more
    )
    return compile_graph(net(), options, stimulus=stimulus()), options


@pytest.fixture(scope="module")
def calibrated() -> Compiled:
    return compiled(calibrate=True)[0]


def test_halves_share_no_sample() -> None:
    whole = stimulus()
    first, second = halves(whole)
    assert first.labels is not None
    assert second.labels is not None
    np.testing.assert_array_equal(
        np.concatenate([first.inputs["in"], second.inputs["in"]], axis=1), whole.inputs["in"]
    )
    np.testing.assert_array_equal(np.concatenate([first.labels, second.labels]), whole.labels)
    one = replace(whole, inputs={"in": whole.inputs["in"][:, :1]}, labels=None)
    assert halves(one) == (one, one)


def test_a_search_looks_at_the_first_half_and_shows_the_other(calibrated: Compiled) -> None:
    report: dict[str, Any] = dict(calibrated.report)
    assert calibrated.placement_identical
    assert report["stimulus"]["batch"] == SAMPLES // 2
    plain, _ = compiled()
    kept: dict[str, Any] = dict(plain.report)
    assert kept["stimulus"]["batch"] == SAMPLES
    assert kept["options"]["tuning"] is None
    assert {name: len(parts) for name, parts in report["options"]["tuning"]["leak"].items()} == {
        "n": 10,
        "m": 4,
    }


def test_where_nothing_is_searched_all_samples_are_shown() -> None:
    options = Options(target="loihi1", dialect="nir.euler", dt_seconds=1.0, calibrate=True)
    found = compile_graph(net(), options, stimulus=stimulus())
    report: dict[str, Any] = dict(found.report)
    assert report["stimulus"]["batch"] == SAMPLES
    assert "--calibrate" in next(d.message for d in found.diagnostics if d.code == "SPK0520")


def test_a_search_is_no_worse_where_it_looked() -> None:
    first, _ = halves(stimulus())
    found = [compiled(calibrate=calibrate)[0].report["options"] for calibrate in (False, True)]
    scores: list[float] = []
    for options in found:
        tuning = tuning_of(dict(options)["tuning"])  # pyright: ignore
        again = Options(
            target="tinyodin", dialect="nir.euler", dt_seconds=1.0, allow_approximation=True, tuning=tuning
        )
        scores.append(compile_graph(net(), again, stimulus=first).verdicts["fidelity"]["output_f1"])
    assert scores[1] >= scores[0]


def test_what_was_decided_is_kept_with_the_output(calibrated: Compiled) -> None:
    """A later check reads the file anew and comes to the same numbers."""
    options = saved_options(read_report(calibrated.files["report.json"]))
    assert options.tuning == tuning_of(dict(calibrated.report)["options"]["tuning"])  # pyright: ignore
    verdicts: dict[str, Any] = check_files(net(), calibrated.files, options, halves(stimulus())[1])
    assert verdicts["placement"]["identical"]


def test_only_what_was_made_is_taken_back() -> None:
    tuning = Tuning(order="as numbered", gain={"a": 1.3}, threshold={}, leak={"a": [0.1, 0.2]})
    assert tuning_of(tuning.to_dict()) == tuning
    assert tuning_of(None) is None
    for wrong in ({"order": "none"}, {"leak": {"a": ["x"]}}, {"more": 1}, 3):
        with pytest.raises(TypeError):
            tuning_of(wrong)


def test_shuffled_rows_are_the_same_rows() -> None:
    on = chip("tinyodin")
    machine, _ = made(quantized(any_network(3), on), on)
    other = shuffled(machine)
    for a, b in zip(machine.row_order, other.row_order, strict=True):
        assert not np.array_equal(a, b)
        np.testing.assert_array_equal(np.sort(a), np.sort(b))
    for a, b in zip(other.row_order, shuffled(machine).row_order, strict=True):
        np.testing.assert_array_equal(a, b)
