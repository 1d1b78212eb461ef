"""An exported file holds the chip's integers, loads with `nir.read`, and runs in float as the chip does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import nir
import numpy as np
import pytest
from scipy import sparse
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.export.agreement import Agreement, agreement, float_run, rounding_bound
from spikec.compiler.export.effective import Exported, export, write
from spikec.compiler.export.flat import flat
from spikec.compiler.export.written import node_name
from spikec.compiler.ir.on_chip import OnChip
from spikec.compiler.options import Options
from spikec.compiler.output.reopen import Reopened, reopen
from spikec.compiler.pipeline import compile_graph
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.sim.stimulus import Stimulus

from .graphs import affine, graph, integrate_and_fire, leaky, port

OPTIONS = Options(dialect="nir.euler", dt_seconds=1e-3)
STEPS, BATCH = 60, 3


def cuba(size: int, threshold: float, tau_mem: float, tau_syn: float, v_leak: float = 0.0) -> RawNode:
    values = {"tau_mem": tau_mem, "tau_syn": tau_syn, "r": 1.0, "v_leak": v_leak, "v_reset": 0.0}
    values |= {"v_threshold": threshold, "w_in": 1.0}
    return RawNode(kind="CubaLIF", params={name: np.full(size, value) for name, value in values.items()})


def delay(seconds: np.ndarray) -> RawNode:
    return RawNode(kind="Delay", params={"delay": seconds})


def two_layers(middle: RawNode, seed: int, mean: float = 0.5, **extra: RawNode) -> dict[str, RawNode]:
    random = np.random.default_rng(seed)
    return {
        "input": port("Input", 12),
        "w": affine(random.normal(mean, 1, (9, 12)), random.normal(0, 0.1, 9)),
        "middle": middle,
        "w2": affine(random.normal(mean, 1, (5, 9))),
        "last": leaky(5, 0.02, 7e-3),
        "output": port("Output", 5),
        **extra,
    }


CHAIN = [("input", "w"), ("w", "middle"), ("middle", "w2"), ("w2", "last"), ("last", "output")]


def subgraph_path(nodes: Mapping[str, RawNode]) -> RawGraph:
    """The same chain with its middle neuron inside a subgraph: a path with a slash in it."""
    inner = graph(
        {"in": port("Input", 9), "lif": nodes["middle"], "out": port("Output", 9)},
        [("in", "lif"), ("lif", "out")],
    )
    return graph({**nodes, "middle": RawNode(kind="NIRGraph", graph=inner)}, CHAIN)


def networks() -> dict[str, RawGraph]:
    random = np.random.default_rng(5)
    recurrent = affine(random.normal(0, 0.3, (9, 9)))
    ones = np.ones(5)
    slow = delay(random.integers(1, 5, 9) * 1e-3)
    lif = two_layers(leaky(9, 0.04, 9e-3), 1)
    picture = {
        "input": RawNode(kind="Input", params={"shape": np.array([2, 3, 2])}),
        "flat": RawNode(kind="Flatten", params={"start_dim": np.array(0), "end_dim": np.array(-1)}),
    }
    return {
        "leaky": graph(lif, CHAIN),
        "subgraph": subgraph_path(lif),
        "integrator": graph(two_layers(integrate_and_fire(9, 2e-2), 2, mean=1.0), CHAIN),
        "synapse": graph(two_layers(cuba(9, 0.01, 9e-3, 6e-3), 3), CHAIN),
        "leak_constant": graph(two_layers(cuba(9, 0.02, 9e-3, 6e-3, v_leak=0.01), 4), CHAIN),
        "recurrent": graph(
            two_layers(cuba(9, 0.02, 9e-3, 6e-3), 5, 1.0, rec=recurrent), [*CHAIN, ("middle", "rec"), ("rec", "middle")]
        ),
        "delayed": graph(
            two_layers(leaky(9, 0.04, 9e-3), 6, slow=slow),
            [("input", "w"), ("w", "slow"), ("slow", "middle"), *CHAIN[2:]],
        ),
        "several_axes": graph({**lif, **picture}, [("input", "flat"), ("flat", "w"), *CHAIN[1:]]),
        "read_out": graph(
            {**lif, "last": RawNode(kind="LI", params={"tau": np.full(5, 7e-3), "r": ones, "v_leak": 0 * ones})},
            CHAIN,
        ),
    }  # fmt: skip


def stimulus_of(raw: RawGraph) -> Stimulus:
    shape = tuple(int(n) for n in np.asarray(raw.nodes["input"].params["shape"]))
    values = (np.random.default_rng(0).random((STEPS, BATCH, *shape)) < 0.25).astype(np.uint8)
    return Stimulus(inputs={"input": values}, labels=None, source={"kind": "test"})


def opened(raw: RawGraph, options: Options = OPTIONS) -> Reopened:
    compiled = compile_graph(raw, options, stimulus=stimulus_of(raw))
    return reopen(raw, compiled.files, options, stimulus_of(raw))


def on_chip(made: Reopened) -> OnChip:
    return backend_of(made.target).on_chip(made.prepared, made.machine, made.symbols, made.target)


def agreed(made: Reopened, file: Exported) -> Agreement:
    return agreement(made, file.written, file.on_chip, stimulus_of(made.prepared.front.raw))


@pytest.mark.parametrize("name", sorted(networks()))
def test_the_float_run_of_the_file_keeps_the_bound(name: str, tmp_path: Path) -> None:
    made = opened(networks()[name])
    file = export(made)
    found = agreed(made, file)
    assert found.overflows == 0
    assert not file.diagnostics
    assert found.within_bound, found
    assert found.samples_alike == BATCH, found
    spiking = [p.f1 for p in found.populations.values() if p.f1 is not None]
    assert spiking == [1.0] * len(spiking)
    assert made.run().run.spikes.any(), "silent: the comparison would prove nothing"
    (tmp_path / "effective.nir").write_bytes(file.file)
    theirs = nir.read(tmp_path / "effective.nir")
    assert set(theirs.nodes) == set(made.prepared.front.raw.nodes)


@pytest.mark.parametrize("name", sorted(networks()))
def test_written_anew_it_runs_the_same(name: str) -> None:
    made = opened(networks()[name])
    chip = on_chip(made)
    written, left_out = flat(chip.network)
    assert not left_out
    found = agreement(made, written, chip, stimulus_of(networks()[name]))
    assert found.within_bound, found
    assert found.samples_alike == BATCH


def test_weights_and_thresholds_are_the_integers_over_units(tmp_path: Path) -> None:
    made = opened(networks()["leaky"])
    (tmp_path / "effective.nir").write_bytes(export(made).file)
    theirs = nir.read(tmp_path / "effective.nir")
    machine, post = made.machine, made.symbols.populations[1]
    assert post.name == "middle"
    units = post.scales["v"].units
    integers = np.zeros((9, 12))
    rows = {int(k): row for row, k in enumerate(post.machine_index)}
    first = next(port.first for port in made.symbols.inputs if port.name == "input")
    for source, target, weight in zip(
        machine.synapses.flat().source,
        machine.synapses.flat().post,
        machine.synapses.flat().weight,
        strict=True,
    ):
        column = source - machine.n_neurons - first
        if int(target) in rows and 0 <= column < 12:
            integers[rows[int(target)], column] += weight
    assert np.unique(integers).size > 50
    node = theirs.nodes["middle"]
    gain = node.r * 1e-3 / node.tau
    np.testing.assert_allclose(theirs.nodes["w"].weight * gain[:, None], integers * 64 / units, rtol=2e-7)
    vth = machine.params["vth"][post.machine_index]
    np.testing.assert_array_equal(node.v_threshold, vth * 64 / units)
    kept = 1 - 1e-3 / node.tau
    np.testing.assert_allclose(kept, (4096 - machine.params["decayV"][post.machine_index]) / 4096, rtol=1e-15)


def test_the_file_is_the_same_from_run_to_run() -> None:
    made = opened(networks()["leaky"])
    assert export(made).file == export(made).file


def test_a_wrong_weight_is_seen() -> None:
    """The agreement can fail: one weight less breaks the bound or the spikes."""
    made = opened(networks()["leaky"])
    chip = on_chip(made)
    network, changed = chip.network, []
    for p in network.projections:
        if (p.pre, p.post) == ("input", "middle"):
            weights = p.taps[0].toarray()
            weights[0, :] = 0
            p = replace(p, taps={0: sparse.csr_array(weights)})
        changed.append(p)
    broken = replace(chip, network=replace(network, projections=tuple(changed)))
    found = agreed(made, write(made, broken))
    assert found.samples_alike < BATCH or not found.within_bound


def test_a_refractory_neuron_is_read_with_its_option() -> None:
    held = replace(OPTIONS, dialect_options=(("refractory", 3),))
    made = opened(networks()["leaky"], held)
    file = export(made)
    assert file.dialect_options == {"refractory": 3}
    found = agreed(made, file)
    assert found.samples_alike == BATCH
    assert found.within_bound


def test_one_matrix_that_no_reader_would_take() -> None:
    network = on_chip(opened(networks()["leaky"])).network
    (first,) = network.into("middle")
    huge = replace(first, taps={0: sparse.csr_array((9000, 9000))})
    others = tuple(p for p in network.projections if p is not first)
    with pytest.raises(DiagnosticError) as raised:
        flat(replace(network, projections=(huge, *others)))
    assert [d.code for d in raised.value.diagnostics] == ["SPK3010"]


def test_the_bound_grows_with_the_steps_and_is_exact_without_decay() -> None:
    def bound(name: str, steps: int) -> float | None:
        chip = on_chip(opened(networks()[name]))
        return rounding_bound(chip.network.populations["middle"].neuron, chip.membranes["middle"], steps, 0.0)

    assert bound("integrator", 100) == 0
    short, long = bound("leaky", 1), bound("leaky", 50)
    assert short is not None
    assert long is not None
    assert 0 < short < long


def test_float_run_takes_the_chips_inputs() -> None:
    made = opened(networks()["leaky"])
    trace = float_run(made, export(made).written, stimulus_of(networks()["leaky"]))
    assert trace.outputs["output"].shape == (STEPS, BATCH, 5)


def test_names_have_no_slash_and_can_be_read_back() -> None:
    assert node_name("a/b%c") == "a%2Fb%25c"
