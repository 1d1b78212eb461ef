"""What an inference takes, counted anew from the decoded words and the run."""

from __future__ import annotations

import io
import itertools
from dataclasses import replace

import numpy as np
import pytest
from spikec.compiler.ir.quantized import Kernels, QuantizedInput, QuantizedNetwork, QuantizedPopulation
from spikec.compiler.ir.report import Report
from spikec.compiler.options import Options
from spikec.compiler.output.artifacts import read_symbols
from spikec.compiler.pipeline import Compiled, compile_graph
from spikec.compiler.verdicts.chip_run import chip_events
from spikec.compiler.verdicts.cost import energy
from spikec.compiler.verdicts.fan_out import fan_outs
from spikec.compiler.verdicts.number_ranges import BINS
from spikec.sim.engines.delivery.convolution import convolve
from spikec.sim.engines.synapse_list import simulate
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.npzguard import members, read_arrays
from spikec.sim.stimulus import Stimulus
from spikec.targets import load, names
from spikec.targets.loihi1 import emit, neuron
from spikec.targets.machines.convolution import ConvolutionCore, Destination

from .graphs import affine, graph, grid_weights, integrate_and_fire, port

OPTIONS = Options(dialect="nir.euler", dt_seconds=1e-3, dialect_options=(("if_gain", "one"),))


def two_layers() -> RawGraph:
    random = np.random.default_rng(3)
    nodes = {
        "input": port("Input", 12),
        "w1": affine(grid_weights(random, (20, 12), 0.5)),
        "hidden": integrate_and_fire(20, 300),
        "w2": affine(grid_weights(random, (5, 20), 0.5)),
        "out": integrate_and_fire(5, 300),
        "output": port("Output", 5),
    }
    way = ["input", "w1", "hidden", "w2", "out", "output"]
    return graph(nodes, list(itertools.pairwise(way)))


@pytest.fixture(scope="module")
def made() -> Compiled:
    values = (np.random.default_rng(4).random((30, 3, 12)) < 0.4).astype(np.uint8)
    stimulus = Stimulus(inputs={"input": values}, labels=np.array([0, 1, 2]), source={"kind": "test"})
    return compile_graph(two_layers(), OPTIONS, stimulus=stimulus)


def test_operations_are_what_the_decoded_synapses_bring(made: Compiled) -> None:
    """Each event of the run times the synapses of its source, one by one."""
    target = load("loihi1")
    machine = emit.machine(emit.decode(emit.read_files(made.files, target)))
    file = io.BytesIO(made.files["stimulus.npz"])
    inputs = {"input": read_arrays(file, members(file))["input"]}
    report: Report = made.report
    events = chip_events(
        read_symbols(made.files["symbols.npz"]), inputs, report.network.max_lag_steps, (0, 1)
    )
    spikes = simulate(machine, neuron, target.latency, events).spikes
    fired = np.concatenate([spikes.sum(axis=(0, 1)), events.sum(axis=(0, 1), dtype=np.int64)])
    operations = int(fired[machine.synapses.flat().source].sum())
    cost = report.cost
    assert cost is not None
    assert operations > 0
    assert cost.synaptic_operations == pytest.approx(operations / 3, rel=1e-5)
    assert cost.spikes == pytest.approx(int(spikes.sum()) / 3)
    assert cost.chip_steps == len(events) == 30 + report.network.max_lag_steps
    assert cost.seconds == pytest.approx(len(events) * 1e-3)
    assert cost.neuron_updates == len(events) * 25


def test_energy_is_the_published_figures_times_how_often_they_apply(made: Compiled) -> None:
    cost, public = made.report.cost, load("loihi1").energy
    assert cost is not None
    assert cost.energy is not None
    assert public is not None
    wanted = 23.6 * cost.synaptic_operations + 81.0 * cost.neuron_updates
    assert cost.energy.picojoules == pytest.approx(wanted)
    assert cost.energy.source == public.source


def test_no_energy_without_a_figure() -> None:
    without = {name for name in names() if energy(load(name), 1.0, 1.0) is None}
    assert without == {
        "dynapcnn", "loihi2", "paicore25", "ranc", "speck2e", "speck2f", "spinnaker1", "tinyodin", "xylo_audio2",
        "xylo_audio3", "xylo_imu",
    }  # fmt: skip


def test_a_pooled_convolution_reaches_what_one_spike_changes() -> None:
    """Each neuron of the first layer fires alone; what the second one then adds up is not 0 so often."""
    random = np.random.default_rng(8)
    first = layer(0, (1, 6, 6), random.integers(-2, 3, (2, 1, 1, 1)), (Destination(core=1, pooling=2),))
    second = layer(1, (2, 3, 3), random.integers(-2, 3, (4, 2, 2, 2)), ())
    assert (first.neuron_shape, second.neuron_shape) == ((2, 6, 6), (4, 2, 2))
    network = replace(compiled_kernels(), kernels=kernels((first, second)))
    found = fan_outs(network)["a", "b"].reshape(first.neuron_shape)
    for c, y, x in np.ndindex(*first.neuron_shape):
        counts = np.zeros((1, *second.input_shape), dtype=np.int64)
        counts[0, c, y // 2, x // 2] = 1
        assert found[c, y, x] == np.count_nonzero(convolve(second, counts)[0] - second.bias[:, None, None])


def layer(
    number: int, shape: tuple[int, int, int], kernel: np.ndarray, to: tuple[Destination, ...]
) -> ConvolutionCore:
    return ConvolutionCore(
        core=number, input_shape=shape, kernel=kernel.astype(np.int8), bias=np.zeros(len(kernel), dtype=np.int64),
        initial_v=np.zeros(0, dtype=np.int64), threshold=5, low_threshold=-9, reset_to_zero=False, stride=(1, 1),
        padding=(0, 0), destinations=to,
    )  # fmt: skip


def compiled_kernels() -> QuantizedNetwork:
    def population(name: str, shape: tuple[int, ...]) -> QuantizedPopulation:
        return QuantizedPopulation(name=name, shape=shape, params={}, core_params={}, scales={}, lag_steps=0)

    return QuantizedNetwork(
        target="test",
        populations=(population("a", (2, 6, 6)), population("b", (4, 2, 2))),
        inputs=(QuantizedInput(name="in", shape=(1, 6, 6)),),
        projections=(),
        outputs={},
        max_lag_steps=0,
    )


def kernels(layers: tuple[ConvolutionCore, ...]) -> Kernels:
    return Kernels(layers=layers, inputs=(0,), single_spike=False)


def test_histograms_hold_every_weight_and_every_membrane(made: Compiled) -> None:
    ranges, report = made.report.ranges, made.report
    assert ranges.weights_left_out == ""
    assert [(row.pre, row.post) for row in ranges.weights] == [("hidden", "out"), ("input", "hidden")]
    for row in ranges.weights:
        for counts in (row.in_float.counts, row.chip.counts, row.error.counts):
            assert len(counts) == BINS
            assert sum(counts) == row.weights
        assert row.format_low is not None
        assert row.format_low < row.low < 0 < row.high < -row.format_low
    for row in ranges.membranes:
        size = next(p.neurons for p in report.network.populations if p.name == row.population)
        assert sum(row.histogram.counts) == row.sites == 31 * 3 * size


def test_confusion_counts_every_sample_under_its_label(made: Compiled) -> None:
    table, fidelity = made.report.confusion, made.report.verdicts.fidelity
    assert table is not None
    assert fidelity is not None
    assert fidelity.accuracy is not None
    for rows, told in ((table.in_float, fidelity.accuracy.in_float), (table.chip, fidelity.accuracy.chip)):
        assert [sum(row) for row in rows] == [1, 1, 1, 0, 0]
        assert f"{sum(rows[k][k] for k in range(5))}/3" == told
