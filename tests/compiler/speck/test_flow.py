"""The whole compile for a chip of layers: both halves of the placement verdict, the report, and seeded faults."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.ir.stages import Prepared
from spikec.compiler.output.artifacts import read_symbols
from spikec.compiler.pipeline import Compiled, compile_graph
from spikec.compiler.prepare import prepare, resolve_target
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.stimulus import Stimulus
from spikec.targets.layout import DecodeError

from ..graphs import graph
from .nets import IAF, OPTIONS, conv, fire, front, linear, port, random, row, two_layers

FILE = "speck.json"


def stimulus(*shape: int, most: int = 3) -> Stimulus:
    events = np.random.default_rng(3).integers(0, most + 1, (12, 3, *shape)).astype(np.uint8)
    return Stimulus(inputs={"input": events}, labels=None, source={"kind": "made"})


def compiled(raw: RawGraph, *shape: int, most: int = 3) -> Compiled:
    return compile_graph(raw, OPTIONS, stimulus=stimulus(*shape, most=most))


def prepared(raw: RawGraph) -> Prepared:
    return prepare(front(raw), OPTIONS, resolve_target(OPTIONS), None)


def test_both_halves_are_identical_and_the_report_has_the_cores() -> None:
    found = compiled(two_layers(), 2, 9, 9)
    assert found.placement_identical, found.verdicts
    report: dict[str, Any] = dict(found.report)
    resources = report["resources"]
    assert (resources["cores"], report["places"]) == (2, [[0, 0], [0, 1]])
    assert resources["per_core"][0] == {
        "bias_entries": 4, "destinations": 1, "kernel_entries": 32, "neuron_entries": 256,
    }  # fmt: skip
    assert resources["available_on"][0]["neuron_entries"] == 1 << 16
    assert report["network"]["synapses"] <= 4 * 64 * 8 + 6 * 64
    traffic = report["traffic"]
    assert traffic[0]["out"] == traffic[1]["in"] > 0
    assert traffic[1]["out"] == traffic[1]["from_host"] == 0
    assert "html" in found.page.html


def test_counts_beyond_a_byte_go_through() -> None:
    found = compiled(
        row(
            input=port("Input", 1, 4, 4),
            w=conv(np.full((1, 1, 1, 1), 100.0)),
            n=fire(1, 4, 4),
            output=port("Output", 1, 4, 4),
        ),
        1, 4, 4,
        most=200,
    )  # fmt: skip
    assert found.placement_identical
    verdicts: dict[str, Any] = dict(found.verdicts)
    assert verdicts["fidelity"]["output_f1"] > 0.99
    assert verdicts["placement"]["dynamic"]["spikes"] > 1000 * 16


def test_a_layer_divided_over_cores_is_whole_again() -> None:
    """16 channels of 64 x 64 are all of a large core, so that 20 take two."""
    raw = row(
        input=port("Input", 1, 64, 64),
        w=conv(random(0, 20, 1, 1, 1)),
        n=fire(20, 64, 64),
        p=conv(random(1, 2, 20, 8, 8), stride=(8, 8)),
        m=fire(2, 8, 8),
        output=port("Output", 2, 8, 8),
    )
    found = compiled(raw, 1, 64, 64, most=1)
    assert found.placement_identical, found.verdicts
    report: dict[str, Any] = dict(found.report)
    assert report["resources"]["cores"] == 3
    assert report["resources"]["least_cores_of_any_partition"] == 2
    assert sum(piece["population"] == "n" for piece in report["resources"]["slices"]) == 2


def leaves(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(tree, dict | list):
        for key in tree if isinstance(tree, dict) else range(len(tree)):
            yield from leaves(tree[key], (*path, key))
    else:
        yield path


def with_fault(document: Any, path: tuple[Any, ...]) -> bytes:
    changed = json.loads(json.dumps(document))
    place = changed
    for key in path[:-1]:
        place = place[key]
    old = place[path[-1]]
    if isinstance(old, bool):
        new: Any = not old
    elif isinstance(old, int):
        new = old - 1 if old >= 127 else old + 1
    else:
        new = old + "x"
    place[path[-1]] = new
    return f"{json.dumps(changed, sort_keys=True, separators=(',', ':'))}\n".encode()


def test_the_static_half_finds_every_number_that_is_off_by_one() -> None:
    found, ready = compiled(two_layers(), 2, 9, 9), prepared(two_layers())
    flow, target = backend_of(ready.target), ready.target
    symbols = read_symbols(found.files["symbols.npz"])
    document = json.loads(found.files[FILE])
    places = list(leaves(document))
    assert len(places) > 700
    for path in places:
        files = {**found.files, FILE: with_fault(document, path)}
        try:
            loaded = flow.read_files(target, files)
        except DecodeError:
            continue
        verdict = flow.verify_words(ready.quantized.network, target, loaded, symbols)
        assert not verdict.identical, path
        assert verdict.findings


@pytest.mark.parametrize("population", [0, 1])
def test_symbols_that_name_other_neurons_are_found(population: int) -> None:
    found, ready = compiled(two_layers(), 2, 9, 9), prepared(two_layers())
    flow, target = backend_of(ready.target), ready.target
    loaded = flow.read_files(target, found.files)
    symbols = read_symbols(found.files["symbols.npz"])
    assert flow.verify_words(ready.quantized.network, target, loaded, symbols).identical
    own = symbols.populations[population].machine_index
    for index in (own[::-1], own + 1, own[:-1], np.zeros_like(own)):
        listed = list(symbols.populations)
        listed[population] = replace(listed[population], machine_index=index)
        wrong = replace(symbols, populations=tuple(listed))
        assert not flow.verify_words(ready.quantized.network, target, loaded, wrong).identical


def refused(raw: RawGraph) -> list[str]:
    with pytest.raises(DiagnosticError) as raised:
        compile_graph(raw, OPTIONS)
    return [f"{d.code} {d.message}" for d in raised.value.diagnostics]


def test_layers_that_no_core_holds() -> None:
    wide = row(
        input=port("Input", 1, 80, 80), w=conv(random(0, 2, 1, 1, 1)), n=fire(2, 80, 80),
        output=port("Output", 2, 80, 80),
    )  # fmt: skip
    found = refused(wide)
    assert [text.split()[0] for text in found] == ["SPK2031", "SPK2031"]
    assert "neuron map height 80" in found[0]


def test_more_layers_than_cores() -> None:
    nodes = {"input": port("Input", 4), "w0": linear(random(0, 4, 4)), "n0": fire(4)}
    for k in range(1, 10):
        nodes |= {f"w{k}": linear(random(k, 4, 4)), f"n{k}": fire(4)}
    found = refused(row(**nodes, output=port("Output", 4)))
    assert len(found) == 1
    assert found[0].startswith("SPK2030")
    assert "do not fit 9 cores together: they take at least 10" in found[0]


def test_three_receivers() -> None:
    nodes = {
        "input": port("Input", 4),
        "w": linear(random(0, 4, 4)),
        "n": fire(4),
        "output": port("Output", 4),
    }
    edges = [("input", "w"), ("w", "n")]
    for k in "abc":
        nodes |= {f"w{k}": linear(random(1, 4, 4)), k: fire(4)}
        edges += [("n", f"w{k}"), (f"w{k}", k), (k, "output")]
    assert "more than the 2 destinations" in refused(graph(nodes, edges))[0]


def test_a_spike_late_by_a_step_is_nothing_to_wait_for() -> None:
    """Every population emits a step late; on the chip each acts that much before, and the spikes are the same."""
    late = IAF.with_overrides(default={"layer_delay": 1})
    found = compile_graph(two_layers(), replace(OPTIONS, reading=late), stimulus=stimulus(2, 9, 9))
    assert found.placement_identical
    report: dict[str, Any] = dict(found.report)
    assert [p["lag_steps"] for p in report["network"]["populations"]] == [0, -1]
    in_time: dict[str, Any] = dict(compiled(two_layers(), 2, 9, 9).report)
    f1 = [r["verdicts"]["fidelity"]["output_f1"] for r in (report, in_time)]
    assert f1[0] == pytest.approx(f1[1], abs=0.05)


def test_pins_are_kept_or_refused() -> None:
    pinned = replace(OPTIONS, pins=(("n1", 3), ("n2", 6)))
    found = compile_graph(two_layers(), pinned, stimulus=stimulus(2, 9, 9))
    assert found.placement_identical
    assert dict(found.report)["places"] == [[0, 3], [0, 6]]
    for pins, words in (
        ((("n3", 0),), "no population n3"),
        ((("n1", 9),), "cores 0 to 8"),
        ((("n1", 2), ("n2", 2)), "n1, n2 do not fit"),
    ):
        with pytest.raises(DiagnosticError, match=words):
            compile_graph(two_layers(), replace(OPTIONS, pins=pins), stimulus=stimulus(2, 9, 9))
