"""Resets that Xylo's neurons lack, made of synapses and second neurons: exact where nothing is rounded, and checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.compiler.backends.xylo.assemble import Choices, Quantized, assemble
from spikec.compiler.backends.xylo.assign import assign
from spikec.compiler.backends.xylo.configuration import configuration
from spikec.compiler.backends.xylo.currents import STEPS, currents_for
from spikec.compiler.backends.xylo.quantized_network import QuantizedNetwork
from spikec.compiler.backends.xylo.resets import overshoot_name
from spikec.compiler.backends.xylo.room import without_room
from spikec.compiler.backends.xylo.unplaced import expand
from spikec.compiler.backends.xylo.verify_words import static_verdict
from spikec.compiler.ir.network import Network
from spikec.compiler.ir.quantized import ReceptorProjection
from spikec.compiler.ir.timed_network import TimedNetwork
from spikec.compiler.options import Options
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.timed.constructs.choose import with_constructs
from spikec.sim.dialect.dialect import Dialect, NodeDialect
from spikec.sim.engines.ordered import simulate_ordered
from spikec.targets.machines.synapse_rows import as_rows
from spikec.targets.xylo import neuron as xylo_neuron
from spikec.targets.xylo.attributes import encode
from spikec.targets.xylo.configuration import machine
from spikec.targets.xylo.files import decode
from spikec.targets.xylo.limits import violations
from spikec.targets.xylo.model import XyloChip

from ...shipped import XYLOS, revision
from ..graphs import affine, graph, leaky, port
from ..proven import assert_proven, pairs
from .nets import AUDIO3, chip_run, cuba, network, poisson, timed, with_biases

KINDS = {"overshoot-neuron": "to_value", "self-synapse": "subtract"}


def lif(n: int, beta: float, theta: float, construct: str, **more: object):
    """What a construct stands for; one by a self synapse loses its threshold behind the decay."""
    after = construct == "self-synapse"
    return cuba(n, None, beta, theta, reset=KINDS[construct], reset_after_decay=after, **more)


def made(net: Network, construct: str, names: tuple[str, ...], chip: XyloChip = AUDIO3) -> TimedNetwork:
    return with_constructs(timed(net, chip), dict.fromkeys(names, construct), chip)


def two_layers(seed: int, beta: float, construct: str, *, recurrent: bool = False) -> Network:
    random = np.random.default_rng(seed)
    h, o = int(random.integers(2, 7)), int(random.integers(1, 4))
    links = [("in", "h", random.normal(0.2, 0.5, (h, 4))), ("h", "o", random.normal(0.2, 0.5, (o, h)))]
    if recurrent:
        links.append(("h", "h", random.normal(0.0, 0.2, (h, h)), 1))
    neurons = {"h": lif(h, beta, 1.0, construct), "o": lif(o, beta, 1.0, construct)}
    net = network(4, neurons, links, "o")
    return with_biases(net, {"h": {0: random.normal(0.0, 0.05, h)}}) if seed % 3 == 0 else net


@pytest.mark.parametrize("name", XYLOS)
@pytest.mark.parametrize("construct", sorted(KINDS))
@settings(max_examples=8, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10000), beta=st.floats(0.3, 1.0), recurrent=st.booleans())
def test_placed_is_unplaced(name: str, construct: str, seed: int, beta: float, recurrent: bool) -> None:
    """Every bit; one spike a step; and a second neuron has the currents of the first in every step."""
    chip = revision(name)
    net = two_layers(seed, beta, construct, recurrent=recurrent)
    quantized = assemble(made(net, construct, ("h", "o"), chip), chip, Choices())
    loaded, symbols = configuration(quantized.network, assign(quantized.network, chip), chip)
    verdict = static_verdict(quantized.network, decode(encode(loaded, chip), chip), symbols)
    events = poisson(40, 6, 4, 0.4, seed)
    unplaced, _ = chip_run(quantized, events, chip)
    fed = np.concatenate([events, np.zeros_like(events[: quantized.network.max_lag_steps])])
    placed = simulate_ordered(machine(loaded), xylo_neuron, fed, states=True)
    _, names = expand(quantized.network, chip)
    assert_proven(violations(loaded, chip), verdict, placed, unplaced, pairs(symbols, names))
    at = {p.name: p.machine_index for p in names.populations}
    assert unplaced.spikes[:, :, at["h"]].max() <= 1
    if construct == "overshoot-neuron":
        for state in ("i_syn", "i_syn2"):
            first, second = (unplaced.states[state][:, :, at[n]] for n in ("h", overshoot_name("h")))
            np.testing.assert_array_equal(first, second)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10000), after=st.booleans())
def test_a_reset_by_subtraction_is_exact_where_nothing_is_rounded(seed: int, after: bool) -> None:
    """A decay of a half, and integers that are multiples of 2**7, for 6 steps: the float rule, spike for spike."""
    random = np.random.default_rng(seed)
    weights = random.integers(-4, 9, (5, 4)) / 4
    beta, steps = 0.5, 6
    neuron = replace(lif(5, beta, 1.0, "self-synapse"), reset_after_decay=after)
    relay = cuba(5, None, 0.0, 0.5)
    net = network(4, {"h": neuron, "o": relay}, [("in", "h", weights), ("h", "o", np.eye(5))], "o")
    shifts = {"in": 7, "rec": 7, "out": 0}
    quantized = assemble(made(net, "self-synapse", ("h",)), AUDIO3, Choices(shifts=shifts))
    events = poisson(steps, 40, 4, 0.5, seed)
    _, spikes = chip_run(quantized, events)
    v, z = np.zeros((40, 5)), np.zeros((40, 5))
    for t in range(steps):
        v = (beta * v - z if after else beta * (v - z)) + events[t] @ weights.T
        z = (v >= 1.0).astype(np.float64)
        np.testing.assert_array_equal(spikes["h"][t], z)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10000))
def test_a_reset_to_a_value_leaves_less_than_half_a_grain(seed: int) -> None:
    """On the same grid, the rule of the construct to the last spike of both neurons."""
    random = np.random.default_rng(seed)
    weights = random.integers(-4, 9, (5, 4)) / 4
    beta, steps = 0.5, 6
    relay = cuba(5, None, 0.0, 0.5)
    neurons = {"h": lif(5, beta, 1.0, "overshoot-neuron"), "o": relay}
    net = network(4, neurons, [("in", "h", weights), ("h", "o", np.eye(5))], "o")
    shifts = {"in": 7, "rec": 7, "out": 0}
    quantized = assemble(made(net, "overshoot-neuron", ("h",)), AUDIO3, Choices(shifts=shifts))
    h = quantized.made["h"]
    assert h.grain is not None
    theta, grain = float(h.theta[0]), float(h.grain[0])
    units = quantized.scales.units["h"]
    events = poisson(steps, 40, 4, 0.5, seed)
    _, spikes = chip_run(quantized, events)
    v, z, n = np.zeros((40, 5)), np.zeros((40, 5)), np.zeros((40, 5))
    for t in range(steps):
        rest = v - (theta - grain / 2) * z - grain * n
        assert np.abs(rest[(z > 0) & (n < 31)]).max(initial=0.0) <= grain / 2
        v = beta * rest + units * (events[t] @ weights.T)
        z = (v >= theta).astype(np.float64)
        n = z * np.minimum(31, 1 + np.floor((v - theta) / grain))
        np.testing.assert_array_equal(spikes["h"][t], z)
        np.testing.assert_array_equal(spikes[overshoot_name("h")][t], n)


@pytest.mark.parametrize("name", XYLOS)
def test_currents_come_near_every_decay(name: str) -> None:
    """Two to a twelfth of what arrived from a decay of a half on, and to a fifth from a quarter on; shares sum to 1,
    and the next step is right."""
    chip = revision(name)
    beta = np.linspace(0.25, 0.995, 150)
    currents = currents_for(beta, chip)
    gap = np.abs(currents.answer() - beta ** np.arange(STEPS)[:, None]).max(axis=0)
    np.testing.assert_allclose(currents.share.sum(axis=0), 1.0)
    np.testing.assert_allclose(currents.content.sum(axis=0), 1.0)
    if chip.capacity.synapses > 1:
        assert gap[beta >= 0.5].max() < 0.08
        assert gap.max() < 0.2
        assert np.abs(currents.beta - beta).max() < 2e-3
    else:
        assert currents.even


def test_several_spikes_a_step_take_as_many_thresholds() -> None:
    net = network(
        1,
        {"h": lif(1, 0.5, 1.0, "self-synapse", multi=31), "o": cuba(1, None, 0.0, 0.5)},
        [("in", "h", np.array([[1.0]])), ("h", "o", np.eye(1))],
        "o",
    )
    quantized = assemble(made(net, "self-synapse", ("h",)), AUDIO3, Choices())
    events = np.zeros((4, 1, 1), dtype=np.uint8)
    events[0] = 4
    _, spikes = chip_run(quantized, events)
    assert spikes["h"][:, 0, 0].tolist() == [4, 0, 0, 0]


def altered(
    network: QuantizedNetwork, change: Callable[[ReceptorProjection], ReceptorProjection]
) -> QuantizedNetwork:
    return replace(network, projections=tuple(change(p) for p in network.projections))


def with_params(quantized: QuantizedNetwork, name: str, register: str, by: int) -> QuantizedNetwork:
    return replace(
        quantized,
        populations=tuple(
            replace(p, params={**p.params, register: p.params[register] + by}) if p.name == name else p
            for p in quantized.populations
        ),
    )


def one_more(pre: str, post: str) -> Callable[[ReceptorProjection], ReceptorProjection]:
    def change(p: ReceptorProjection) -> ReceptorProjection:
        if (p.pre, p.post, p.receptor) != (pre, post, 0):
            return p
        codes = p.code.copy()
        codes[0] += 1
        return replace(p, synapses=as_rows(p.cols, p.rows, codes))

    return change


def hard() -> Quantized:
    return assemble(
        made(two_layers(1, 0.9, "overshoot-neuron"), "overshoot-neuron", ("h", "o")), AUDIO3, Choices()
    )


FAULTS: dict[str, tuple[Callable[[QuantizedNetwork], QuantizedNetwork], str]] = {
    "a reset that is too small": (lambda n: altered(n, one_more("h", "h")), "asks for"),
    "a grain that is too small": (lambda n: altered(n, one_more("overshoot:h", "h")), "asks for"),
    "a second neuron of other inputs": (
        lambda n: altered(n, one_more("in", "overshoot:h")),
        "weights from inputs not as of the neuron that it counts for",
    ),
    "a second neuron that is early": (
        lambda n: with_params(n, "overshoot:h", "bias", 1),
        "bias below the threshold not as of",
    ),
    "a second neuron that forgets otherwise": (
        lambda n: with_params(n, "overshoot:h", "dash_syn", 1),
        "dash_syn not as of",
    ),
    "another grain than is taken": (lambda n: with_params(n, "overshoot:h", "threshold", 64), "asks for"),
    "a membrane that remembers": (lambda n: with_params(n, "h", "dash_mem", 3), "dash_mem is 3"),
    "a threshold that fits twice": (lambda n: with_params(n, "h", "threshold", -500), "threshold is 15884"),
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_words_that_are_no_construct_are_found(fault: str) -> None:
    """The network itself is wrong here, and the words hold it."""
    change, said = FAULTS[fault]
    quantized = hard()
    wrong = change(quantized.network)
    loaded, symbols = configuration(wrong, assign(wrong, AUDIO3), AUDIO3)
    verdict = static_verdict(wrong, loaded, symbols)
    assert not verdict.identical
    assert any(said in finding for finding in verdict.findings), verdict.findings
    right, symbols = configuration(quantized.network, assign(quantized.network, AUDIO3), AUDIO3)
    assert static_verdict(quantized.network, right, symbols).identical


@pytest.mark.parametrize(("bias", "off"), [(0.1, 0.1), (1.0, 1.0), (30.0, 30.0), (1e5, 1e6)])
def test_a_bias_of_many_thresholds_stays_in_its_register(bias: float, off: float) -> None:
    """Beside the 16,384 by which it lifts a threshold that no membrane holds twice."""
    net = two_layers(1, 0.9, "overshoot-neuron")
    net = with_biases(net, {"h": {0: np.full(net.populations["h"].size, bias)}})
    network = assemble(made(net, "overshoot-neuron", ("h", "o")), AUDIO3, Choices()).network
    low, high = AUDIO3.ranges.bias
    for population in network.populations:
        assert population.params["bias"].min() >= low
        assert population.params["bias"].max() <= high
    (worst,) = (r.worst for r in network.roundings if (r.place, r.what) == ("h", "bias"))
    assert worst < off


def test_constructs_are_given_up_where_the_chip_is_too_small_for_them_alone() -> None:
    """100 neurons behind inputs and as many that count for them are more than inputs reach; 64 inputs never fit."""
    construct = "overshoot-neuron"

    def net(inputs: int, hidden: int, bias: float = 0.0) -> TimedNetwork:
        neurons = {"h": lif(hidden, 0.9, 1.0, construct, bias=bias), "o": lif(3, 0.9, 1.0, construct)}
        links = [("in", "h", np.full((hidden, inputs), 0.3)), ("h", "o", np.full((3, hidden), 0.1))]
        return made(network(inputs, neurons, links, "o"), construct, ("h", "o"))

    assert without_room(net(4, 60), AUDIO3) == {}
    assert without_room(net(4, 100), AUDIO3) == {"h": "too many hidden neurons behind inputs: 200 > 128"}
    assert without_room(net(64, 100), AUDIO3) == {}
    # 128 fit by themselves; the neuron that brings the bias has to come before them.
    assert without_room(net(4, 64), AUDIO3) == {}
    assert list(without_room(net(4, 64, bias=0.1), AUDIO3)) == ["h"]


def test_what_is_given_up_is_said_in_a_row() -> None:
    """The first layer has the chip's own reset then, with consent; the last keeps its construct."""
    nodes = {
        "in": port("Input", 4), "w": affine(np.full((100, 4), 0.3)), "h": leaky(100, 1.0, 8.0),
        "v": affine(np.full((3, 100), 0.1)), "o": leaky(3, 1.0, 8.0), "out": port("Output", 3),
    }  # fmt: skip
    raw = graph(nodes, [("in", "w"), ("w", "h"), ("h", "v"), ("v", "o"), ("o", "out")])
    dialect = Dialect(name="test", dt_seconds=1.0, default=NodeDialect(fire=">="))
    options = Options(target="xylo_audio3", reading=dialect, allow_approximation=True)
    compiled = compile_graph(raw, options)
    assert compiled.placement_identical
    rows = [row for row in compiled.report.fidelity_table if row.feature == "construct"]
    assert [(row.where, row.wanted, row.done) for row in rows] == [
        (
            "h",
            "neurons made by overshoot-neuron",
            "the chip's own reset: too many hidden neurons behind inputs: 200 > 128",
        )
    ]
    counted = [row.where for row in compiled.report.fidelity_table if row.feature == "overshoot"]
    assert counted == ["o"]
