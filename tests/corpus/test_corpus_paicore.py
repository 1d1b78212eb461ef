"""Networks of the corpus on PAICORE 2.5: all fit in few cores, and keep their spikes and what they have learnt."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from spikec.compiler.pipeline import Compiled, compile_graph

from ..effort import thinned
from .samples import figures, manifest, network, some

CASES = figures("paicore25")
WIDE = {"sj_mlp_digits_lif": 0.99, "sj_cnn_digits_if": 0.99, "norse_mlp_digits_lifbox": 0.93}
LARGE = ("dvs", "cifar", "nmnist")
SAMPLES = 2


@cache
def compiled(name: str, *, consent: bool, wide: bool = False) -> Compiled:
    raw, options, stimulus = network(name)
    if wide:
        stimulus = some(stimulus, 40)
    elif any(part in name for part in LARGE):
        stimulus = some(stimulus, SAMPLES)
    options = replace(options, target="paicore25", allow_approximation=consent, split_weights=wide)
    return compile_graph(raw, options, stimulus=stimulus)


def test_every_network_is_there() -> None:
    assert set(CASES) == set(manifest())
    assert all(case["cores"] <= 9 for case in CASES.values())


@pytest.mark.parametrize("name", thinned([name for name in CASES if "dvs" not in name], 3))
def test_it_keeps_its_spikes_and_what_it_has_learnt(name: str) -> None:
    """f1: of the last layer, at least; rms of a read-out, at most. correct: of 200 labelled samples, where there are
    any. consent: whether it takes decays that no shift comes near to."""
    case = CASES[name]
    found = compiled(name, consent=case["consent"])
    assert found.placement_identical, found.verdicts.placement.findings
    assert found.report.resources.cores == case["cores"]
    fidelity = found.verdicts.fidelity
    if "rms" in case:
        assert fidelity.output_rms is not None
        assert fidelity.output_rms <= case["rms"]
    else:
        assert fidelity.output_f1 is not None
        assert fidelity.output_f1 >= case["f1"]
    if "correct" in case:
        assert fidelity.accuracy is not None
        assert int(fidelity.accuracy.chip.split("/")[0]) >= case["correct"]


@pytest.mark.parametrize("name", thinned(WIDE, 2))
def test_weights_twice_as_wide_lose_hardly_a_spike(name: str) -> None:
    """--split-weights: with chip steps that come within 0.0005 of a decay."""
    found = compiled(name, consent=False, wide=True)
    assert found.placement_identical, found.verdicts.placement.findings
    assert found.verdicts.fidelity.output_f1 is not None
    assert found.verdicts.fidelity.output_f1 >= WIDE[name]
