"""Single neurons against loops written from each framework's own update, without the dialect record."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.dialect.dialect import Dialect, NodeDialect, preset
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.sim.reference.reference import reference

STEPS = 300
DT = 1e-3
TAU, TAU_SYN = 8e-3, 3e-3
Emission = list[float]


def drive(scale: float = 1.0, mean: float = 0.15) -> np.ndarray:
    return (np.random.default_rng(5).normal(mean, 0.6, STEPS) * scale).astype(np.float32)


def run(kind: str, dialect: Dialect, x: np.ndarray, **params: float) -> tuple[np.ndarray, np.ndarray]:
    """What one neuron emits and its membrane, (T,) each."""
    one = np.array([1])
    nodes = {
        "in": RawNode(kind="Input", params={"shape": one}),
        "n": RawNode(kind=kind, params={name: np.array([value]) for name, value in params.items()}),
        "out": RawNode(kind="Output", params={"shape": one}),
    }
    graph = RawGraph(nodes=nodes, edges=(("in", "n"), ("n", "out")))
    trace = reference(graph, dialect, stimulus={"in": x.reshape(-1, 1, 1)}, return_all_states=True)
    assert np.array_equal(trace.outputs["out"], trace.layers["n"])
    return trace.layers["n"].ravel().astype(float), trace.states["n"]["v"].ravel()


def check(
    kind: str, dialect: Dialect, loop: Callable[[np.ndarray], Iterator[tuple[float, float]]], x: np.ndarray,
    **params: float,
) -> None:  # fmt: skip
    """Spikes equal, membranes within rounding, and neither silent nor always on."""
    spikes, membrane = run(kind, dialect, x, **params)
    want = np.array(list(loop(x.astype(np.float64))))
    assert np.array_equal(spikes, want[:, 0])
    assert np.allclose(membrane, want[:, 1], atol=2e-5)
    assert 5 < np.count_nonzero(spikes) < STEPS - 5


@pytest.mark.parametrize("reset", ["subtract", "zero"])
@pytest.mark.parametrize("delay", [True, False])
def test_snntorch_leaky(reset: str, delay: bool) -> None:
    beta, theta = 0.9, 1.0

    def loop(x: np.ndarray) -> Iterator[tuple[float, float]]:
        v = 0.0
        for now in x:
            fired = v > theta
            if delay and reset == "zero" and fired:
                v = 0.0
            v = beta * v + now - (theta if delay and reset == "subtract" and fired else 0.0)
            spike = v > theta
            if not delay and spike:
                v = 0.0 if reset == "zero" else v - theta
            yield float(spike), v

    tau = 1e-4 / (1 - beta)
    dialect = preset("snntorch.Leaky", options={"reset": reset, "reset_delay": delay})
    # Small enough that one subtraction always brings V below theta.
    x = np.minimum(drive(), np.float32(1.0))
    check("LIF", dialect, loop, x, tau=tau, r=tau / 1e-4, v_leak=0.0, v_reset=0.0, v_threshold=theta)


@pytest.mark.parametrize("reset", ["subtract", "zero"])
def test_snntorch_synaptic(reset: str) -> None:
    alpha, beta, theta = 0.5, 0.8, 1.2

    def loop(x: np.ndarray) -> Iterator[tuple[float, float]]:
        i = v = 0.0
        for now in x:
            fired = v > theta
            i = alpha * i + now
            v = beta * v + i
            if fired:
                v = v - theta if reset == "subtract" else 0.0
            yield float(v > theta), v

    tau, tau_syn = 1e-4 / (1 - beta), 1e-4 / (1 - alpha)
    dialect = preset("snntorch.Synaptic", options={"reset": reset})
    check(
        "CubaLIF", dialect, loop, drive(0.7), tau_mem=tau, tau_syn=tau_syn, r=tau / 1e-4, w_in=tau_syn / 1e-4,
        v_leak=0.0, v_reset=0.0, v_threshold=theta,
    )  # fmt: skip


@pytest.mark.parametrize("decay_input", [True, False])
def test_spikingjelly_lif(decay_input: bool) -> None:
    tau, theta, rest = 4.0, 0.6, -0.2

    def loop(x: np.ndarray) -> Iterator[tuple[float, float]]:
        v = rest
        for now in x:
            v = v + (now - (v - rest)) / tau if decay_input else v + now - (v - rest) / tau
            spike = v >= theta
            v = rest if spike else v
            yield float(spike), v

    check(
        "LIF", preset("spikingjelly", dt_seconds=DT), loop, drive(3.0 if decay_input else 0.7), tau=tau * DT,
        r=1.0 if decay_input else tau, v_leak=rest, v_reset=rest, v_threshold=theta,
    )  # fmt: skip


def test_spikingjelly_if_fires_at_threshold() -> None:
    x = np.full(STEPS, 0.25, np.float32)
    spikes, _ = run("IF", preset("spikingjelly", dt_seconds=DT), x, r=1 / DT, v_threshold=1.0, v_reset=0.0)
    assert np.flatnonzero(spikes).tolist() == list(range(3, STEPS, 4))
    spikes, _ = run("IF", preset("nir.euler", dt_seconds=DT), x, r=1 / DT, v_threshold=1.0, v_reset=0.0)
    assert np.flatnonzero(spikes).tolist() == list(range(4, STEPS, 5))


def test_norse_lifbox() -> None:
    theta, leak, reset = 0.5, 0.1, -0.1

    def loop(x: np.ndarray) -> Iterator[tuple[float, float]]:
        v = leak
        for now in x:
            v = v + DT / TAU * (leak - v + now)
            spike = v > theta
            v = reset if spike else v
            yield float(spike), v

    x = drive(4.0)
    params = {"r": 1.0, "v_leak": leak, "v_reset": reset, "v_threshold": theta}
    check("LIF", preset("norse.LIFBox", dt_seconds=DT), loop, x, tau=TAU, **params)
    scaled = preset("norse.LIFBox", dt_seconds=DT, options={"tau_scale": 1000.0})
    check("LIF", scaled, loop, x, tau=TAU / 1000, **params)


def test_norse_lifcell_sees_the_current_before_its_decay() -> None:
    theta = 0.4

    def loop(x: np.ndarray) -> Iterator[tuple[float, float]]:
        i = v = 0.0
        for now in x:
            jump = i + now
            v = v + DT / TAU * (jump - v)
            i = jump - DT / TAU_SYN * jump
            spike = v > theta
            v = 0.0 if spike else v
            yield float(spike), v

    check(
        "CubaLIF", preset("norse.LIFCell", dt_seconds=DT), loop, drive(1.5), tau_mem=TAU, tau_syn=TAU_SYN,
        r=1.0, w_in=1.0, v_leak=0.0, v_threshold=theta,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("spike_fn", "floor"), [("MultiSpike", None), ("MultiSpike", -0.4), ("SingleSpike", -1.0)]
)
def test_sinabs_iaf(spike_fn: str, floor: float | None) -> None:
    theta = 0.5

    def loop(x: np.ndarray) -> Iterator[tuple[float, float]]:
        v = 0.0
        for now in x:
            v += now
            count = 0.0
            if v >= theta:
                count = math.trunc(v / theta) if spike_fn == "MultiSpike" else 1.0
            v -= count * theta
            v = v if floor is None else max(v, floor)
            yield count, v

    options = {"spike_fn": spike_fn, "min_v_mem": floor}
    check("IF", preset("sinabs.IAF", options=options), loop, drive(), r=1.0, v_threshold=theta)


@pytest.mark.parametrize("norm", [True, False])
def test_sinabs_lif_and_expleak(norm: bool) -> None:
    tau, theta = 6.0, 0.5
    kept = math.exp(-1 / tau)

    def loop(x: np.ndarray, fires: bool = True) -> Iterator[tuple[float, float]]:
        v = 0.0
        for now in x:
            v = kept * v + (1 - kept if norm else 1.0) * now
            count = float(math.trunc(v / theta)) if fires and v > 0 else 0.0
            v -= count * theta
            yield count, v

    dialect = preset("sinabs.LIF", options={"norm_input": norm})
    x = drive(5.0 if norm else 1.0)
    check("LIF", dialect, loop, x, tau=tau, r=1.0, v_leak=0.0, v_threshold=theta)
    emitted, _ = run("LI", dialect, x, tau=tau, r=1.0, v_leak=0.0)
    assert np.allclose(emitted, [v for _, v in loop(x.astype(float), False)], atol=1e-5)


@pytest.mark.parametrize(("cap", "bias"), [(2**16, 0.0), (1, 0.05), (2, 0.0)])
def test_rockpool_lif(cap: int, bias: float) -> None:
    theta = 0.7
    a, b = math.exp(-DT / TAU_SYN), math.exp(-DT / TAU)

    def loop(x: np.ndarray) -> Iterator[tuple[float, float]]:
        i = v = 0.0
        for now in x:
            i = (i + now) * a
            v = b * v + i + bias
            count = min(math.floor(v / theta), cap) if v >= theta else 0
            v -= count * theta
            yield float(count), v

    dialect = preset("rockpool.LIF", dt_seconds=DT, options={"max_spikes": cap, "bias_extra": bias})
    check(
        "CubaLIF", dialect, loop, drive(0.6, 0.1), tau_mem=TAU, tau_syn=TAU_SYN, r=TAU * b / DT, v_leak=0.0,
        v_threshold=theta,
    )  # fmt: skip


def test_rockpool_expsyn() -> None:
    a = math.exp(-DT / TAU)
    emitted, _ = run("LI", preset("rockpool", dt_seconds=DT), drive(), tau=TAU, r=TAU * a / DT, v_leak=0.0)
    i, want = 0.0, []
    for now in drive().astype(float):
        i = (i + now) * a
        want.append(i)
    assert np.allclose(emitted, want, atol=1e-5)


@pytest.mark.parametrize("beta", [0.85, 1.02])
def test_spyx_lif_clips_its_decay_and_spikes_a_step_late(beta: float) -> None:
    theta = 1.0
    used = min(beta, 1.0)

    def loop(x: np.ndarray) -> Iterator[tuple[float, float]]:
        v = 0.0
        for now in x:
            spike = float(v > theta)
            v = used * v + now - spike * theta
            yield spike, v

    check(
        "LIF", preset("spyx.LIF", dt_seconds=DT), loop, drive(0.8), tau=DT / (1 - beta), r=beta, v_leak=0.0,
        v_reset=0.0, v_threshold=theta,
    )  # fmt: skip


def test_spyx_cubalif_and_if() -> None:
    alpha, beta, theta = 0.6, 0.8, 1.0

    def cuba(x: np.ndarray) -> Iterator[tuple[float, float]]:
        i = v = 0.0
        for now in x:
            spike = float(v > theta)
            v -= spike * theta
            i = alpha * i + now
            v = beta * v + i
            yield spike, v

    def plain(x: np.ndarray) -> Iterator[tuple[float, float]]:
        v = 0.0
        for now in x:
            spike = float(v > theta)
            v = v + now - spike * theta
            yield spike, v

    dialect = preset("spyx", dt_seconds=DT)
    check(
        "CubaLIF", dialect, cuba, drive(0.5), tau_mem=DT / (1 - beta), tau_syn=DT / (1 - alpha), r=beta,
        w_in=1.0, v_leak=0.0, v_threshold=theta,
    )  # fmt: skip
    check("IF", dialect, plain, drive(), r=1.0, v_threshold=theta)


def test_literal_equations() -> None:
    theta, reset, leak, r, w = 0.8, 0.1, 0.2, 2.5, 1.4

    def lif(x: np.ndarray) -> Iterator[tuple[float, float]]:
        v = 0.0
        for now in x:
            v += DT / TAU * (leak - v + r * now)
            spike = v > theta
            v = reset if spike else v
            yield float(spike), v

    def cuba(x: np.ndarray) -> Iterator[tuple[float, float]]:
        i = v = 0.0
        for now in x:
            i += DT / TAU_SYN * (w * now - i)
            v += DT / TAU * (leak - v + r * i)
            spike = v > theta
            v = reset if spike else v
            yield float(spike), v

    dialect = preset("nir.euler", dt_seconds=DT)
    shared = {"r": r, "v_leak": leak, "v_reset": reset, "v_threshold": theta}
    check("LIF", dialect, lif, drive(3.0), tau=TAU, **shared)
    check("CubaLIF", dialect, cuba, drive(3.0), tau_mem=TAU, tau_syn=TAU_SYN, w_in=w, **shared)
    x = drive()
    emitted, _ = run("I", dialect, x, r=70.0)
    assert np.allclose(emitted, np.cumsum(70.0 * DT * x.astype(float)), atol=1e-4)
    i, v, want = 0.0, 0.0, []
    for now in x.astype(float):
        i += DT / TAU_SYN * (w * now - i)
        v += DT / TAU * (leak - v + r * i)
        want.append(v)
    emitted, _ = run("CubaLI", dialect, x, tau_mem=TAU, tau_syn=TAU_SYN, r=r, w_in=w, v_leak=leak)
    assert np.allclose(emitted, want, atol=1e-5)


def record(**changes: Any) -> Dialect:
    return Dialect(name="test", dt_seconds=DT, default=NodeDialect(if_gain="one", **changes))


def test_refractory_steps_hold_the_membrane_and_silence() -> None:
    x = np.full(20, 0.6, np.float32)
    spikes, v = run("IF", record(refractory=3), x, r=1.0, v_threshold=1.0, v_reset=-0.25)
    assert np.flatnonzero(spikes).tolist() == [1, 7, 13, 19]
    assert v[1:6].tolist() == pytest.approx([-0.25, -0.25, -0.25, -0.25, 0.35])


def test_late_reset_with_refractory_steps() -> None:
    x = np.full(12, 0.6, np.float32)
    late = record(refractory=1, reset="subtract", reset_phase="next_after_decay")
    spikes, v = run("IF", late, x, r=1.0, v_threshold=1.0)
    assert np.flatnonzero(spikes)[:3].tolist() == [1, 4, 6]
    assert v[:5].tolist() == pytest.approx([0.6, 1.2, 0.2, 0.8, 1.4])


def test_other_fields_of_the_record() -> None:
    x = np.array([1, 0, 0, 0], np.float32)
    params = {"r": 1.0, "v_leak": 0.0}
    emitted, _ = run("LI", record(decay="given", li_gain="one"), x, tau=0.5, **params)
    assert emitted.tolist() == [1.0, 0.5, 0.25, 0.125]
    cuba = {"tau_syn": 0.5, "tau_mem": 0.5, **params}
    given = {"decay": "given", "syn_decay": "given", "li_gain": "one", "syn_gain": "one"}
    emitted, _ = run("CubaLI", record(**given, syn_view="old"), x, **cuba)
    assert emitted.tolist() == [0.0, 1.0, 1.0, 0.75]
    emitted, _ = run("CubaLI", record(**given, syn_view="jump"), x, **cuba)
    assert emitted.tolist() == [1.0, 1.0, 0.75, 0.5]
    spikes, v = run("IF", record(v_min="-theta"), -2 * x, r=1.0, v_threshold=1.5)
    assert v.tolist() == [-1.5] * 4
    spikes, v = run("IF", record(reset="none"), 2 * x, r=1.0, v_threshold=1.5)
    assert (spikes.tolist(), v.tolist()) == ([1.0] * 4, [2.0] * 4)


def test_products_are_rounded_before_they_are_added() -> None:
    """A fused multiply-add would differ from the frameworks in thousands of these steps."""
    generator = np.random.default_rng(1)
    x = generator.standard_normal((1000, 1, 64)).astype(np.float32)
    beta = generator.uniform(0.5, 0.99, 64).astype(np.float32)
    nodes = {
        "in": RawNode(kind="Input", params={"shape": np.array([64])}),
        "n": RawNode(kind="LI", params={"tau": beta, "r": np.ones(64), "v_leak": np.zeros(64)}),
    }
    graph = RawGraph(nodes=nodes, edges=(("in", "n"),))
    trace = reference(graph, record(decay="given", li_gain="one"), stimulus={"in": x})
    v = np.zeros(64, np.float32)
    for now, got in zip(x[:, 0], trace.layers["n"][:, 0], strict=True):
        v = beta * v + now
        assert np.array_equal(v, got)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"tau": 0.0, "r": 1.0, "v_leak": 0.0}, "SPK0284"),
        ({"tau": 1.0, "v_leak": 0.0}, "SPK0285"),
    ],
)
def test_impossible_parameters(params: dict[str, float], code: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        run("LI", record(), drive(), **params)
    assert [found.code for found in caught.value.diagnostics] == [code]
    assert caught.value.diagnostics[0].where == "/node/nodes/n"
