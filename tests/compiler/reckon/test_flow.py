"""Networks compiled for one recurrent core: proven, near the float network, and what is told of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from spikec.compiler.backends.reckon.backend import ReckonBackend
from spikec.compiler.backends.reckon.configuration import configuration
from spikec.compiler.backends.reckon.synapses import steps_for_sum
from spikec.compiler.backends.reckon.verify_words import static_verdict
from spikec.compiler.compiled import Compiled
from spikec.compiler.options import Options
from spikec.compiler.prepare import prepare, read_front
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.engines.ordered import simulate_ordered
from spikec.targets.reckon import neuron
from spikec.targets.reckon.configuration import machine
from spikec.targets.reckon.spike_codes import told

from ..graphs import affine, graph, port
from .nets import CHIP, compile_net, core_of, li, lif, node, reading


def weights(post: int, pre: int, seed: int = 0, scale: float = 0.5) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.1, scale, (post, pre))


def two_layers(beta: float, *, bias: float = 0.05) -> tuple[dict, list]:
    nodes = {
        "input": port("Input", 8), "w": affine(weights(6, 8), np.full(6, bias)), "a": lif(6, beta),
        "v": affine(weights(3, 6, 1, 0.8), np.full(3, bias)), "b": lif(3, beta), "output": port("Output", 3),
    }  # fmt: skip
    return nodes, [("input", "w"), ("w", "a"), ("a", "v"), ("v", "b"), ("b", "output")]


def f1(compiled: Compiled, layer: str) -> float:
    found = compiled.verdicts.fidelity.layers[layer].f1
    assert found is not None
    return found


def rows_of(compiled: Compiled) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in compiled.report.fidelity_table:
        found.setdefault(row.feature, []).append(f"{row.status}: {row.done}; {row.effect}")
    return found


@pytest.mark.parametrize(
    ("reset", "beta"), [("v_reset", 0.9), ("subtract", 0.95), ("subtract", 0.9), ("v_reset", 0.4)]
)
def test_layers_in_one_core(reset: str, beta: float) -> None:
    """The first layer fires nearly as in float; the second a tick behind it, whatever the reset."""
    made = compile_net(*two_layers(beta), 8, dialect=reading(reset=reset))
    assert made.placement_identical
    assert f1(made, "a") > 0.97
    assert f1(made, "b") > 0.9
    core = core_of(made)
    assert core.to_zero == (reset == "v_reset")
    assert core.ticks == (7 if beta == 0.4 else 1)
    assert core.recurrent % 2 == 0


def test_what_a_step_of_several_ticks_brings() -> None:
    """Rows of the second layer's constant have their event in its own tick; without consent nothing is lost."""
    made = compile_net(*two_layers(0.4), 8)
    core = core_of(made)
    assert sorted(set(core.tick.tolist())) == [0, 1]
    told_of = rows_of(made)
    assert "exact: 7 time ticks of the chip are a step of the network; " in told_of["time step"]
    assert "decay of the membrane" not in told_of


@pytest.mark.parametrize(
    ("beta", "reset", "phase"),
    [
        (0.1, "subtract", "same"),
        (0.4, "subtract", "next_after_decay"),
        (0.4, "none", "same"),
        (0.8, "subtract", "next_after_decay"),
        (0.8, "v_reset", "same"),
    ],
)
def test_short_memories_in_a_loop(beta: float, reset: str, phase: str) -> None:
    """Neurons fire in the last tick of a step alone, so that loops and resets are what they are in the network."""
    nodes, edges = two_layers(beta)
    nodes["own"] = affine(weights(6, 6, 2, 0.3), np.zeros(6))
    edges = [*edges, ("a", "own"), ("own", "a")]
    dialect = reading(reset=reset, reset_phase=phase)
    made = compile_net(nodes, edges, 8, dialect=dialect, steps=60)
    core, told_of = core_of(made), rows_of(made)
    assert core.ticks == {0.1: 18, 0.4: 7, 0.8: 2}[beta]
    assert sorted(set(core.tick.tolist())) == [0, core.ticks - 1]
    assert made.placement_identical
    assert f1(made, "a") > 0.97
    assert f1(made, "b") > 0.92
    assert "take membranes below their thresholds" in told_of["gate"][0]
    assert "decay of the membrane" not in told_of


def test_spikes_held_back_in_a_gate() -> None:
    """Relays fire with the others; what starts elsewhere decays as it does in the network."""
    nodes, edges = two_layers(0.5)
    nodes |= {"hold": node("Delay", 6, delay=2.0), "own": affine(weights(6, 6, 2, 0.3), np.zeros(6))}
    edges = [*edges, ("a", "hold"), ("hold", "own"), ("own", "a")]
    made = compile_net(nodes, edges, 8, dialect=reading(reset="subtract"), steps=60)
    assert core_of(made).ticks == 6
    assert made.placement_identical
    assert f1(made, "a") > 0.97
    assert "delay" in rows_of(made)


def test_no_gate_without_rows_for_it() -> None:
    nodes, edges = two_layers(0.5)
    nodes |= {"input": port("Input", 245), "w": affine(weights(6, 245, 0, 0.1), np.full(6, 0.05))}
    with pytest.raises(DiagnosticError) as refused:
        compile_net(nodes, edges, 245, dialect=reading(reset="subtract"), rate=0.05)
    assert [d.code for d in refused.value.diagnostics] == ["SPK1020"]
    made = compile_net(nodes, edges, 245, dialect=reading(reset="subtract"), rate=0.05, consent=True)
    assert core_of(made).ticks == 1


def test_a_reset_before_the_decay_is_given_back() -> None:
    """A spike takes the threshold off behind the decay: the neuron's own synapse brings (1 - beta) of it back."""
    made = compile_net(*two_layers(0.9), 8, dialect=reading(reset="subtract"))
    core = core_of(made)
    own = np.diagonal(core.weights_rec[:, : core.reached]).astype(np.int64) << core.shift_rec
    threshold = np.repeat(core.threshold, 2)[: own.size]
    used = own != 0
    assert used.sum() == 9
    assert (np.abs(own - 0.1 * threshold)[used] <= (1 << core.shift_rec)).all()
    assert any(done.startswith("exact: taken off behind the decay") for done in rows_of(made)["reset"])


def test_spikes_leave_as_codes() -> None:
    """What the read-outs send tells every spike of the last layer, a tick later."""
    nodes, edges = two_layers(0.9)
    many = 20
    nodes |= {"v": affine(weights(many, 6, 1, 0.8)), "b": lif(many, 0.9), "output": port("Output", many)}
    made = compile_net(nodes, edges, 8)
    core = core_of(made)
    assert core.outputs == 10
    events = (np.random.default_rng(3).random((40, 2, 8)) < 0.5).astype(np.uint8)
    inputs = machine(core).n_inputs
    padded = np.ones((40, 2, inputs), dtype=np.uint8)
    padded[:, :, :8] = events
    run = simulate_ordered(machine(core), neuron, padded, states=True)
    sent = run.states["v"][:, :, core.neurons :]
    lines = machine(core).exports
    for line, number in zip(lines.line[~lines.membrane], lines.neuron[~lines.membrane], strict=True):
        readout, bit = divmod(int(line) - core.outputs, 8)
        np.testing.assert_array_equal(told(sent)[1:, :, readout, bit], run.spikes[:-1, :, number])
    assert (~lines.membrane).sum() == many


def test_read_outs_of_membranes() -> None:
    """LI with a constant behind spiking neurons, and its kappa."""
    nodes = {
        "input": port("Input", 8), "w": affine(weights(6, 8)), "a": lif(6, 0.95),
        "v": affine(weights(3, 6, 1), np.array([0.1, -0.2, 0.0])), "o": li(3, np.array([0.85, 0.9, 0.95])),
        "output": port("Output", 3),
    }  # fmt: skip
    edges = [("input", "w"), ("w", "a"), ("a", "v"), ("v", "o"), ("o", "output")]
    with pytest.raises(DiagnosticError, match="whose read-outs all keep the same"):
        compile_net(nodes, edges, 8)
    made = compile_net(nodes, edges, 8, consent=True)
    assert made.placement_identical
    core = core_of(made)
    assert (core.outputs, core.kappa) == (3, round(0.9 * 128))
    rms = made.verdicts.fidelity.layers["o"].rms
    assert rms is not None
    assert rms < 0.5
    assert any("one for all read-outs" in done for done in rows_of(made)["decay of the membrane"])


def test_spikes_that_wait_are_repeated() -> None:
    """A way around a layer waits for it, in neurons that repeat spikes; nothing else is lost."""
    nodes, edges = two_layers(0.9)
    nodes["skip"] = affine(weights(3, 8, 2))
    made = compile_net(nodes, [*edges, ("input", "skip"), ("skip", "b")], 8)
    assert made.placement_identical
    assert f1(made, "b") > 0.9
    assert "exact: 8 neurons repeat them a step later each; " in rows_of(made)["delay"]


def test_neurons_that_have_to_share_words() -> None:
    """More neurons than words, with decays and scales of many values: pairs are near, and what they cost is told."""
    rng = np.random.default_rng(5)
    n = 200
    nodes = {
        "input": port("Input", 6), "w": affine(rng.normal(0.1, 0.3, (n, 6)) * rng.uniform(0.5, 2, (n, 1))),
        "a": lif(n, rng.uniform(0.9, 0.99, n), rng.uniform(0.5, 2, n)), "v": affine(0.1 * rng.normal(0, 1, (2, n))),
        "b": lif(2, 0.9), "output": port("Output", 2),
    }  # fmt: skip
    edges = [("input", "w"), ("w", "a"), ("a", "v"), ("v", "b"), ("b", "output")]
    made = compile_net(nodes, edges, 6, consent=True)
    assert made.placement_identical
    assert core_of(made).recurrent <= CHIP.capacity.neurons
    assert f1(made, "a") > 0.9
    assert "bits of resolution" in rows_of(made)["two neurons a word"][0]


def test_resets_of_two_kinds() -> None:
    """One register for all: the kind of the most neurons stands, the others need consent."""
    nodes, edges = two_layers(0.9)
    mixed = reading(reset="subtract").with_overrides(by_path={"b": {"reset": "v_reset"}})
    with pytest.raises(DiagnosticError) as refused:
        compile_net(nodes, edges, 8, dialect=mixed)
    assert [d.code for d in refused.value.diagnostics] == ["SPK1020"]
    made = compile_net(nodes, edges, 8, dialect=mixed, consent=True)
    assert made.placement_identical
    assert not core_of(made).to_zero


def test_shifts_are_calibrated() -> None:
    """Never worse on its own stimulus than the rule."""
    plain = compile_net(*two_layers(0.9), 8)
    chosen = compile_net(*two_layers(0.9), 8, calibrate=True)
    assert chosen.placement_identical
    assert f1(chosen, "b") >= f1(plain, "b")


def faults(core):
    """Each a core that differs from the right one in one thing."""
    inputs, rec, out = (w.copy() for w in (core.weights_in, core.weights_rec, core.weights_out))
    inputs[1, 2] ^= 1
    used = np.argwhere(rec != 0)[0]
    rec[used[0], used[1]] ^= 4
    sent = np.argwhere(out != 0)
    out[tuple(sent[0])], out[tuple(sent[1])] = 0, 0
    alpha, threshold, v = core.alpha.copy(), core.threshold.copy(), core.v.copy()
    alpha[0], threshold[1], v[0] = alpha[0] - 1, threshold[1] + 1, 5
    yield "input weight", {"weights_in": inputs}
    yield "recurrent weight", {"weights_rec": rec}
    yield "output weight", {"weights_out": out}
    yield "alpha", {"alpha": alpha}
    yield "threshold", {"threshold": threshold}
    yield "start", {"v": v}
    yield "reset", {"to_zero": not core.to_zero}
    yield "shift", {"shift_in": core.shift_in ^ 1}
    yield "kappa", {"kappa": core.kappa + 1}
    yield "rows", {"element": core.element[::-1].copy()}
    yield "ticks", {"ticks": core.ticks + 1}
    yield "silence", {"send_every_step": False}


def test_every_fault_in_the_words_is_found() -> None:
    options = Options(target="reckon", reading=reading())
    front = read_front(graph(*two_layers(0.9)), options, CHIP)
    network = prepare(front, options, CHIP, None).quantized.network
    core, symbols = configuration(network, CHIP.capacity.outputs)
    assert static_verdict(network, core, symbols).identical
    for what, changed in faults(core):
        assert not static_verdict(network, replace(core, **changed), symbols).identical, what


def test_the_backend_names_its_engines() -> None:
    assert ReckonBackend().engines == ("numpy", "events")


def test_sums_of_weights_are_rounded_as_well() -> None:
    """Of ten weights that are all 0.3 above a step, three are rounded up if membranes last, two where they do not."""
    gap = np.full(10, 0.3)
    assert steps_for_sum(gap, 1.0).sum() == 3
    assert steps_for_sum(gap, 0.0).sum() == 2
    assert steps_for_sum(-gap, 1.0).sum() == -3
    mixed = np.array([0.4, -0.4, 0.1, -0.1])
    assert not steps_for_sum(mixed, 0.99).any()
    few = steps_for_sum(np.array([0.1, 0.45, 0.05]), 1.0)
    assert few.tolist() == [0, 1, 0]
