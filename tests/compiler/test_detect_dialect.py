"""What the detection says of files that it cannot or must not settle."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.compiler.front.detect_dialect import detect, recovered_dt
from spikec.sim.dialect.dialect import preset
from spikec.sim.nir.raw_graph import RawGraph, RawNode

TAU = np.array([0.005, 0.01, 0.04])
BETA = 1 - 1e-3 / TAU


def chain(neuron: RawNode, *, names: tuple[str, str, str] = ("input", "lif", "output")) -> RawGraph:
    first, middle, last = names
    shape = np.array([3])
    nodes = {
        first: RawNode(kind="Input", params={"shape": shape}),
        middle: neuron,
        last: RawNode(kind="Output", params={"shape": shape}),
    }
    return RawGraph(nodes=dict(sorted(nodes.items())), edges=((first, middle), (middle, last)))


def lif(**changes: np.ndarray) -> RawNode:
    ones = np.ones(3)
    params = {"tau": TAU, "r": ones, "v_leak": 0 * ones, "v_reset": 0 * ones, "v_threshold": ones, **changes}
    return RawNode(kind="LIF", params=dict(sorted(params.items())))


def test_a_file_without_traces_is_unknown() -> None:
    found = detect(chain(lif()))
    assert (found.dialect, found.confidence) == (None, "unknown")
    assert [d.code for d in found.diagnostics] == ["SPK0307"]


def test_spyx_is_certain_and_tells_its_step_even_with_negative_tau() -> None:
    beta = np.array([0.8, 0.9, 1.02])
    node = lif(tau=1e-3 / (1 - beta), r=beta)
    found = detect(chain(node, names=("input", "layer_0", "output")))
    assert found.confidence == "certain"
    assert found.dialect == preset("spyx", dt_seconds=1e-3)


def test_spyx_names_with_other_numbers_are_not_spyx() -> None:
    node = lif(r=np.array([0.8, 0.9, 0.2]))
    assert detect(chain(node, names=("input", "layer_0", "output"))).confidence == "unknown"


def test_snntorch_does_not_write_its_reset() -> None:
    found = detect(chain(lif(r=TAU / 1e-4)))
    assert (found.dialect, found.confidence) == (None, "ambiguous")
    assert len(found.candidates) == 4
    assert found.candidates[0] == (
        '--dialect snntorch --dt 0.0001 --dialect-option reset="subtract" --dialect-option reset_delay=true'
    )


def test_literal_equations_and_spikingjelly_without_its_names() -> None:
    ones = np.ones(3)
    params = {"r": 1e3 * ones, "v_reset": 0 * ones, "v_threshold": ones}
    node = RawNode(kind="IF", params=params)
    assert detect(chain(node)).candidates == (
        "--dialect spikingjelly --dt 0.001",
        "--dialect nir.euler --dt 0.001",
    )
    named = detect(chain(node, names=("input_1", "_0", "output")))
    assert named.confidence == "likely"
    assert named.dialect == preset("spikingjelly", dt_seconds=1e-3)


@pytest.mark.parametrize("dt", [1e-3, 2.5e-4])
def test_rockpool_step_is_solved_from_its_gain(dt: float) -> None:
    r = (TAU * np.exp(-dt / TAU) / dt).astype(np.float32)
    ones = np.ones(3)
    params = {"tau_mem": TAU, "tau_syn": TAU, "r": r, "v_leak": 0 * ones, "v_threshold": ones}
    graph = chain(RawNode(kind="CubaLIF", params=params), names=("input", "0_LIFTorch", "output"))
    assert recovered_dt(graph, "rockpool.LIF") == pytest.approx(dt, rel=1e-6)
    assert detect(graph).confidence == "ambiguous"


def test_a_missing_step_can_be_given() -> None:
    ones = np.ones(3)
    node = RawNode(kind="LI", params={"tau": TAU, "r": ones, "v_leak": 0 * ones})
    graph = chain(node, names=("input", "layer_0", "output"))
    assert detect(graph).confidence == "ambiguous"
    assert detect(graph).candidates == ("--dialect spyx --dt SECONDS",)
    found = detect(graph, dt_seconds=2e-3)
    assert found.dialect == preset("spyx", dt_seconds=2e-3)


def test_a_given_step_against_the_file_is_a_warning() -> None:
    graph = chain(lif(r=BETA), names=("input", "layer_0", "output"))
    found = detect(graph, dt_seconds=2e-3)
    assert found.dialect == preset("spyx", dt_seconds=2e-3)
    assert [d.code for d in found.diagnostics] == ["SPK0309", "SPK0310"]


def test_a_graph_without_neurons_or_with_broken_parameters_is_unknown() -> None:
    assert detect(RawGraph(nodes={}, edges=())).confidence == "unknown"
    for broken in (np.array([np.nan] * 3), np.zeros(3), np.array(["x"]), np.ones(2)):
        assert detect(chain(lif(r=broken, tau=np.zeros(3)))).confidence == "unknown"
        assert detect(chain(lif(r=broken), names=("input", "layer_0", "output"))).confidence == "unknown"
