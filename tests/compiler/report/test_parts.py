"""Rasters, traffic, stopwatch and drawings, each against a count by hand."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
from spikec.compiler.ir.report import CoreTraffic
from spikec.compiler.output.artifacts import read_symbols
from spikec.compiler.output.stopwatch import Stopwatch
from spikec.compiler.pipeline import Compiled
from spikec.compiler.report.cores import Core
from spikec.compiler.report.rasters import MOST_CURVES, MOST_NEURONS, MOST_PANELS, MOST_STEPS, pairs, rasters
from spikec.compiler.report.svg import Svg, tag
from spikec.compiler.report.svg_bar import bar
from spikec.compiler.report.svg_floor_plan import MOST_CHIPS, floor_plan, grid
from spikec.compiler.report.svg_raster import raster
from spikec.compiler.verdicts.chip_run import chip_events
from spikec.sim.engines.synapse_list import simulate
from spikec.sim.npzguard import members, read_arrays
from spikec.targets import load
from spikec.targets.loihi1 import emit, neuron
from spikec.targets.machines.synapse_list import Machine

AVAILABLE = {"compartments": 100, "input_axons": 10}


def panels(found: dict[str, object]) -> Any:
    return found["panels"]


def test_marks_tell_what_is_matched_missed_and_extra() -> None:
    wanted, found = np.zeros((4, 2, 3)), np.zeros((4, 2, 3))
    wanted[0, 0, 1] = found[0, 0, 1] = 1
    wanted[1, 0, 1] = 2
    found[1, 0, 1] = 1
    found[2, 0, 0] = 1
    wanted[3, 0, 2] = 1
    found[3, 1, 2] = 1
    panel = panels(rasters(pairs("layer", {"a": wanted}, {"a": found})))[0]
    assert panel["shown"] == [0, 1, 2]
    assert panel["marks"] == ["0040", "1300", "0002"]
    assert (panel["matched"], panel["missed"], panel["extra"]) == (2, 2, 1)
    (drawn,) = rasters(pairs("layer", {"a": wanted}, {"a": found})).panels
    drawing = raster(drawn, panel["marks"]).text
    assert drawing.count("<path") - drawing.count('class="grid"') == 3
    hits = re.search(r'class="hit" d="([^"]*)"', drawing)
    assert hits is not None
    assert hits.group(1).count("M") == 2


def test_rasters_are_bounded_and_say_what_is_left_out() -> None:
    random = np.random.default_rng(0)
    many = {f"l{k:02}": (random.random((MOST_STEPS + 9, 1, 300)) < 0.1).astype(np.uint8) for k in range(15)}
    found = rasters(pairs("layer", many, {name: a ^ 1 for name, a in many.items()}))
    assert len(panels(found)) == MOST_PANELS
    assert found["left_out"] == ["l12", "l13", "l14"]
    assert all(len(p["marks"]) == MOST_NEURONS for p in panels(found))
    assert all(len(row) == MOST_STEPS for row in panels(found)[0]["marks"])
    assert panels(found)[0]["neurons"] == 300


def test_the_neurons_that_differ_are_among_those_shown() -> None:
    wanted = np.ones((5, 1, 1000), dtype=np.uint8)
    found = wanted.copy()
    found[2, 0, 777] = 0
    assert 777 in panels(rasters(pairs("layer", {"a": wanted}, {"a": found})))[0]["shown"]


def test_values_become_curves_and_a_layer_behind_an_output_is_shown_once() -> None:
    values = np.random.default_rng(1).normal(size=(6, 1, 20))
    spikes = (values > 0).astype(np.uint8)
    output = pairs("output", {"out": spikes.astype(np.float32)}, {"out": spikes.astype(np.float32)})
    layers = pairs("layer", {"a": spikes, "b": values}, {"a": spikes, "b": values + 0.5})
    found = panels(rasters([*output, *layers]))
    assert [p["name"] for p in found] == ["out", "b"]
    assert len(found[1]["float"]) == MOST_CURVES
    np.testing.assert_allclose(found[1]["chip"][0], np.array(found[1]["float"][0]) + 0.5, rtol=1e-3)


def test_traffic_is_what_the_decoded_machine_sends(compiled: Compiled) -> None:
    """Counted anew: distinct (source, core, axon) of the decoded words, times the rate of the source."""
    target = load("loihi1")
    configuration = emit.read_files(compiled.files, target)
    machine: Machine = emit.machine(emit.decode(configuration))
    report: Any = compiled.report
    dynamic = report["verdicts"]["placement"]["dynamic"]
    sites = dynamic["steps"] * dynamic["batch"]
    packets = np.unique(
        np.stack(
            (
                machine.synapses.flat().source,
                machine.core[machine.synapses.flat().post],
                machine.synapses.flat().axon,
            )
        ),
        axis=1,
    )
    inner = packets[:, packets[0] < machine.n_neurons]
    out = np.zeros(2)
    spikes = spikes_of(compiled).reshape(-1, machine.n_neurons).sum(axis=0)
    np.add.at(out, machine.core[inner[0]], spikes[inner[0]])
    heard = np.zeros(2)
    np.add.at(heard, inner[1], spikes[inner[0]])
    assert dynamic["spikes"] == spikes.sum() > 0
    np.testing.assert_allclose([t["out"] for t in report["traffic"]], out / sites, rtol=1e-5)
    np.testing.assert_allclose([t["in"] for t in report["traffic"]], heard / sites, rtol=1e-5)
    assert sum(t["from_host"] for t in report["traffic"]) > 0


def spikes_of(compiled: Compiled) -> np.ndarray:
    """(T, B, N) of the machine, run once more."""
    target = load("loihi1")
    machine = emit.machine(emit.decode(emit.read_files(compiled.files, target)))
    file = io.BytesIO(compiled.files["stimulus.npz"])
    stimulus = read_arrays(file, members(file))["input"]
    report: Any = compiled.report
    symbols = read_symbols(compiled.files["symbols.npz"])
    events = chip_events(symbols, {"input": stimulus}, report["network"]["max_lag_steps"], (0, 1))
    return simulate(machine, neuron, target.latency, events).spikes


def test_stages_last_until_the_next_one() -> None:
    ticks, heard = iter([1.0, 3.0, 3.5]), list[str]()
    watch = Stopwatch(heard.append, clock=lambda: next(ticks))
    watch.say("read")
    watch.say("place")
    assert [(s.stage, s.seconds) for s in watch.stages()] == [("read", 2.0), ("place", 0.5)]
    assert heard == ["read", "place"]


def test_elements_escape_what_they_are_given() -> None:
    made = tag("text", "<b>\x1b", Svg("<i/>"), class_='a"b', stroke_width=1.5, x=None)
    assert made.text == '<text class="a&quot;b" stroke-width="1.5">&lt;b&gt;\\x1b<i/></text>'


def core(number: int, chip: int, place: int, used: int) -> Core:
    return Core(
        number=number, chip=chip, place=place, pieces=(("a", used, f"neurons 0 to {used - 1}"),),
        used={"compartments": used, "input_axons": 1}, traffic=CoreTraffic(out=1.0, from_cores=2.0, from_host=0.5),
    )  # fmt: skip


def test_the_floor_plan_of_many_chips() -> None:
    cores = [core(k, k // 128, k % 128, 1 + k % 100) for k in range(300)]
    drawing = floor_plan(cores, 128, AVAILABLE, {"a": "red"}, neurons=100).text
    assert drawing.count('class="core used"') == 300
    assert drawing.count('class="core"') == 3 * 128 - 300
    assert "chip 2: 44 of 128 cores" in drawing
    assert "core 299 (chip 2, place 43)" in drawing
    crowd = [core(k, k, 0, 1) for k in range(MOST_CHIPS + 5)]
    assert (
        floor_plan(crowd, 4, AVAILABLE, {"a": "red"}, neurons=100).text.count('class="core used"')
        == MOST_CHIPS
    )


def test_the_fill_of_a_square_is_its_share_of_neurons() -> None:
    half = floor_plan([core(0, 0, 0, 50)], 1, AVAILABLE, {"a": "red"}, neurons=100).text
    height = re.search(r'class="seg p0"[^>]*v([0-9.]+)h', half)
    assert height is not None
    assert float(height.group(1)) == 16.0
    assert 'class="gauge"' in half
    assert (
        'class="gauge full"' in floor_plan([core(0, 0, 0, 95)], 1, AVAILABLE, {"a": "red"}, neurons=100).text
    )


def test_grids() -> None:
    assert [grid(n) for n in (1, 4, 128, 144, 7)] == [(1, 1), (2, 2), (16, 8), (12, 12), (3, 3)]


def test_bars_never_hide_what_is_there() -> None:
    assert 'width="0"' in bar(0.0).text
    assert 'width="0.8"' in bar(1e-9).text
    assert 'width="200"' in bar(7.0).text.replace('class="track" width="200"', "")
