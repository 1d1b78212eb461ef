"""What today's public scripts from NIR to Lava get wrong (nir_to_lava.py, and lava-dl's reader), and the right values.

Each test is of one of their faults, as somebody who compares files with theirs would meet it.
"""

from __future__ import annotations

import nir
import numpy as np
import pytest
from spikec.compiler.compiled import Compiled
from spikec.compiler.options import Options
from spikec.compiler.pipeline import compile_graph
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.nir.file import from_nir
from spikec.sim.stimulus import Stimulus
from spikec.targets.machines.synapse_list import Machine

from .nets import compiled, content_of, lif, machine_of, row, run, several_kinds


def one(neuron: nir.NIRNode, weights: np.ndarray, **more: object) -> tuple[Compiled, Machine, np.ndarray]:
    """A layer of such neurons, as compiled and decoded, and its (n, inputs) weights in thresholds."""
    n, inputs = weights.shape
    stimulus = Stimulus(
        inputs={"input": np.ones((6, 1, inputs), np.uint8)}, labels=None, source={"kind": "made"}
    )
    graph = row((inputs,), (n,), w=nir.Linear(weights), a=neuron)
    made, _ = compiled(graph, stimulus=stimulus, **more)
    decoded = machine_of(made)
    flat, held = decoded.synapses.flat(), np.zeros((n, inputs))
    mine = (flat.source >= n) & (flat.source < n + inputs)  # behind them are events of the host
    np.add.at(held, (flat.post[mine], flat.source[mine] - n), flat.weight[mine].astype(float))
    return made, decoded, held / decoded.params["vth"][:, None]


def neurons(n: int, **values: float | np.ndarray) -> nir.LIF:
    many = {"tau": 4.0, "r": 4.0, "v_leak": 0.0, "v_threshold": 1.0, "v_reset": 0.0, **values}
    return nir.LIF(
        **{name: np.broadcast_to(np.asarray(value, float), (n,)).copy() for name, value in many.items()}
    )


def test_a_the_time_step_is_never_assumed() -> None:
    graph = row((2,), (2,), w=nir.Linear(np.eye(2)), a=lif(2))
    with pytest.raises(DiagnosticError) as refused:
        compile_graph(from_nir(graph)[0], Options(target="loihi2", dialect="nir.euler"))
    assert {d.code for d in refused.value.diagnostics} == {"SPK0304"}


@pytest.mark.parametrize("ratio", [0.3, 0.0123, 0.9999])
def test_b_decays_are_rounded_and_du_is_one_less(ratio: float) -> None:
    """A step keeps (4096 - dv) / 4096 of v, and (4095 - du) / 4096 of u."""
    many = np.ones(2)
    both = nir.CubaLIF(tau_mem=many / ratio, tau_syn=2 * many / ratio, r=many / ratio, v_leak=0 * many,
                       v_threshold=many, v_reset=0 * many, w_in=2 * many / ratio)  # fmt: skip
    _, decoded, _ = one(both, np.eye(2))
    assert decoded.params["dv"].tolist() == [min(round(4096 * ratio), 4095)] * 2
    assert decoded.params["du"].tolist() == [round(4096 * ratio / 2) - 1] * 2


@pytest.mark.parametrize("tau", [100.0, 256.0, 5000.0])
def test_c_a_slow_membrane_hears_its_input(tau: float) -> None:
    """Their gain of the input, dt / tau in 256ths, is 2 of 2.56 for tau = 100 and 0 from 257 steps on."""
    made, _, held = one(neurons(3, tau=tau, r=1.0, v_threshold=2.5 / tau), np.ones((3, 3)))
    np.testing.assert_allclose(held, (1 / tau) / (2.5 / tau), rtol=0.01)
    assert run(made, np.ones((6, 1, 3), np.uint8)).spikes.any()


def test_d_large_weights_are_not_cut_off() -> None:
    """Theirs end at 255 / 256; and weights of both signs are even."""
    weights = np.array([[2.5, -3.0], [1.0, 0.5]])
    _, _, held = one(neurons(2, v_threshold=4.0), weights)
    np.testing.assert_allclose(held, weights / 4.0, atol=0.01)
    made, _, held = one(neurons(2, v_threshold=4.0), weights, one_synapse=True)
    np.testing.assert_allclose(held, weights / 4.0, atol=0.01)
    for connection in content_of(made).connections:
        assert not (connection.synapses.weight % 2).any()


def test_e_every_neuron_has_its_own_parameters() -> None:
    """r, v_leak and v_reset count too: thresholds are taken from the reset, and a leak to elsewhere is a bias."""
    taus, thetas = np.array([2.0, 4.0, 8.0]), np.array([1.0, 1.0, 3.0])
    gains, rests = np.array([2.0, 8.0, 8.0]), np.array([0.0, 0.0, 0.5])
    _, decoded, held = one(neurons(3, tau=taus, r=gains, v_threshold=thetas, v_leak=rests), np.ones((3, 1)))
    assert decoded.params["dv"].tolist() == [2048, 1024, 512]
    np.testing.assert_allclose(held[:, 0], gains / taus / thetas, rtol=0.01)
    bias = (decoded.params["bias_mant"] << decoded.params["bias_exp"]) / (decoded.params["vth"] << 6)
    np.testing.assert_allclose(bias, rests / taus / thetas, atol=0.01)
    _, decoded, held = one(neurons(2, v_reset=-1.0, v_leak=-1.0), np.ones((2, 1)))
    np.testing.assert_allclose(held[:, 0], 1 / 2.0, rtol=0.01)


def test_f_there_are_no_further_synapses_or_steps() -> None:
    """No identity matrix before a layer: as many synapses as weights, and a spike is heard one step later."""
    graph = row((3,), (3,), w=nir.Linear(2 * np.eye(3)), a=lif(3), v=nir.Linear(2 * np.eye(3)), b=lif(3))
    events = np.zeros((5, 1, 3), np.uint8)
    events[0] = 1
    made, _ = compiled(
        graph,
        one_synapse=True,
        stimulus=Stimulus(inputs={"input": events}, labels=None, source={"kind": "made"}),
    )
    assert machine_of(made).synapses.count == 6
    found = run(made, events).spikes[:, 0]
    assert np.flatnonzero(found[:, :3].any(axis=1)).tolist() == [0]
    assert np.flatnonzero(found[:, 3:].any(axis=1)).tolist() == [1]


@pytest.mark.parametrize("r", [0.5, 1.0, 4.0])
def test_g_an_if_with_gain_fires_at_its_threshold_over_the_gain(r: float) -> None:
    many = np.ones(2)
    _, _, held = one(nir.IF(r=r * many, v_threshold=3 * many, v_reset=0 * many), np.ones((2, 1)))
    np.testing.assert_allclose(held[:, 0], r / 3.0, rtol=0.01)


def test_h_branches_delays_and_own_parameters_make_files_that_are_counted() -> None:
    made, _ = compiled(several_kinds(4), 4)
    assert made.report["verdicts"]["placement"]["identical"]
    assert made.report["resources"]["available"]["estimated_neurons"] == 8192 * 9 // 10
    assert {"lava.json", "lava.npz", "run_lava.py"} <= {*made.files}
