"""A network of the vendor's framework on the chip: as many spikes in the right place as its own tools never reach."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from spikec.compiler.backends.xylo.assemble import Choices, assemble
from spikec.compiler.backends.xylo.assign import assign
from spikec.compiler.backends.xylo.capacity import findings
from spikec.compiler.backends.xylo.configuration import configuration
from spikec.compiler.backends.xylo.family_rules import family_rules
from spikec.compiler.backends.xylo.quantize import quantize
from spikec.compiler.backends.xylo.unplaced import expand
from spikec.compiler.backends.xylo.verify_words import static_verdict
from spikec.compiler.front.connect import connect
from spikec.compiler.front.flatten import flatten
from spikec.compiler.front.fuse_threshold import fuse_threshold
from spikec.compiler.front.infer_shapes import infer_shapes
from spikec.compiler.ir.network import Network
from spikec.compiler.ir.timed_network import TimedNetwork
from spikec.compiler.timed.constructs.choose import with_constructs
from spikec.compiler.timed.legalize import legalize
from spikec.compiler.timed.on_chip_clock import on_chip_clock
from spikec.sim.compare import spikes_alike
from spikec.sim.dialect.dialect import Dialect, preset
from spikec.sim.engines.ordered import simulate_ordered
from spikec.sim.nir.file import read
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.reference.reference import reference
from spikec.targets.xylo import neuron
from spikec.targets.xylo.attributes import encode
from spikec.targets.xylo.configuration import machine
from spikec.targets.xylo.files import decode
from spikec.targets.xylo.limits import violations
from spikec.targets.xylo.model import XyloChip

from ..compiler.proven import assert_proven, pairs
from ..shipped import XYLOS as NAMES, revision

CORPUS = Path(__file__).parent
NAME = "rockpool_xylo_16_63_8"
VENDOR_F1 = 0.757  # Rockpool 3.1.0, channel_quantize, run by its own simulator


def recorded_network(name: str) -> tuple[RawGraph, Dialect, dict[str, np.ndarray]]:
    networks: list[dict[str, Any]] = json.loads((CORPUS / "manifest.json").read_text())["networks"]
    entry = next(e for e in networks if e["name"] == name)
    raw, _ = read(CORPUS / f"{name}.nir")
    options = entry["dialect_overrides"]
    with np.load(CORPUS / f"{name}.npz") as recorded:
        return (
            raw,
            preset(entry["dialect"], dt_seconds=entry["dt"], options=options, graph=raw),
            dict(recorded),
        )


def float_network() -> tuple[Network, dict[str, np.ndarray]]:
    raw, dialect, recorded = recorded_network(NAME)
    flat, _ = infer_shapes(flatten(raw, dialect)[0])
    return connect(fuse_threshold(flat)[0], dialect), recorded


def timed(network: Network, chip: XyloChip) -> TimedNetwork:
    largest = 1 << 20
    like = SimpleNamespace(
        name=chip.name, latency=chip.latency, max_delay=largest, synapse=SimpleNamespace(max_delay=largest)
    )
    return on_chip_clock(network, like)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("calibrated", [False, True])
def test_every_revision_runs_it_and_keeps_its_spikes(name: str, calibrated: bool) -> None:
    """Calibrated: on the even samples, measured on the odd ones; else on all."""
    chip = revision(name)
    network, recorded = float_network()
    rasters = {"input": recorded["input"][:, ::2]}
    rasters |= {p: recorded[f"layer/{p}"][:, ::2] for p in network.populations}
    quantized = quantize(timed(network, chip), chip, rasters if calibrated else None)
    assert findings(quantized.network, chip) == []
    made, symbols = configuration(quantized.network, assign(quantized.network, chip), chip)
    loaded = decode(encode(made, chip), chip)
    verdict = static_verdict(quantized.network, loaded, symbols)
    lag = quantized.network.max_lag_steps
    events = np.concatenate([recorded["input"], np.zeros_like(recorded["input"][:lag])])
    placed = simulate_ordered(machine(loaded), neuron, events, states=True)
    free, names = expand(quantized.network, chip)
    wanted = simulate_ordered(free, neuron, events, states=True)
    assert_proven(violations(made, chip), verdict, placed, wanted, pairs(symbols, names))
    np.testing.assert_array_equal(placed.spikes, wanted.spikes)

    last = symbols.populations[-1]
    found = placed.spikes[last.lag_steps :][:, :, last.machine_index]
    first, step = (1, 2) if calibrated else (0, 1)
    f1 = spikes_alike(recorded["output"][:, first::step], found[:, first::step]).f1
    print(f"{name} {'calibrated, odd samples' if calibrated else 'all samples'}: F1 {f1:.4f}")
    assert f1 is not None
    assert f1 >= 0.90 > VENDOR_F1
    assert not placed.counters["accumulator_saturations"].any()


@pytest.mark.parametrize(
    ("name", "native", "least"),
    [
        ("sj_mlp_digits_lif", 0.73, 0.90),
        ("norse_mlp_digits_lifbox", 0.32, 0.65),
        ("spyx_mlp_digits_lif", 0.64, 0.63),
        ("snntorch_mlp_digits_sub", 0.50, 0.78),
    ],
)
def test_networks_without_synapses_come_near_the_float_network(
    name: str, native: float, least: float
) -> None:
    """64 inputs are more than any revision has, so this is the machine without limits. native: what the float network
    reaches with the chip's own reset."""
    chip = revision("xylo_audio3")
    raw, dialect, recorded = recorded_network(name)
    flat, _ = infer_shapes(flatten(raw, dialect)[0])
    legal = legalize(flat, dialect, chip, family_rules(flat, chip))
    assert not legal.asks
    rules = dialect.with_overrides(by_path=legal.overrides)
    network = connect(fuse_threshold(flat)[0], rules)
    plan = with_constructs(timed(network, chip), legal.constructs, chip)
    quantized = assemble(plan, chip, Choices())
    machine, symbols = expand(quantized.network, chip)

    (port,) = network.inputs
    events, wanted = recorded["input"][:, ::4], recorded["output"][:, ::4]
    steps, lag = events.shape[0], quantized.network.max_lag_steps
    fed = np.concatenate([events, np.zeros_like(events[:lag])]).reshape(steps + lag, events.shape[1], -1)
    last = symbols.populations[-1]
    spikes = simulate_ordered(machine, neuron, fed).spikes[:, :, last.machine_index]
    (copied,) = quantized.network.copied
    late = network.populations[copied].neuron.emission_delay
    found = np.zeros(wanted.shape)
    found[late:] = spikes[last.lag_steps :][: steps - late].reshape(steps - late, *wanted.shape[1:])
    under_rules = next(iter(reference(raw, rules, stimulus={port: events}).outputs.values()))
    rules_f1 = spikes_alike(wanted, under_rules.reshape(wanted.shape)).f1
    f1 = spikes_alike(wanted, found).f1
    print(f"{name}: F1 {f1:.4f}, in float {rules_f1:.4f}, with the chip's own reset in float {native:.2f}")
    assert rules_f1 == 1.0
    assert f1 is not None
    assert f1 >= least
