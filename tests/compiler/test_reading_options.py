"""The reading that an exported file carries is the one it was written in, for every node."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from spikec.compiler.export.reading_options import LITERAL, reading_options
from spikec.compiler.front.detect_dialect import detect, recovered_dt
from spikec.compiler.options import Options
from spikec.compiler.prepare import resolve_dialect
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.dialect.dialect import Dialect, preset
from spikec.sim.nir.file import graph_in
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.nir.write import image_of

from .exported import cuba, fire, layers, with_leak

GRAPH = layers(with_leak(9), cuba(5, 1.0), 1)
READINGS = {
    "literal": preset("nir.euler", dt_seconds=1e-3),
    "snnTorch": preset("snntorch.Leaky", options={"reset": "zero", "reset_delay": False}),
    "Sinabs": preset("sinabs", options={"min_v_mem": "-theta", "norm_input": False}),
    "Spyx": preset("spyx", dt_seconds=1e-3),
    "one node": preset("norse", dt_seconds=1e-3, options={"middle.multi": None, "last.fire": ">="}, graph=GRAPH),
    "both": preset("rockpool", dt_seconds=1e-2, options={"multi": 31, "last.v_min": -1.5}, graph=GRAPH),
}  # fmt: skip


def same(a: Dialect, b: Dialect, graph: RawGraph) -> bool:
    return a.dt_seconds == b.dt_seconds and all(
        a.for_node(path, node.kind) == b.for_node(path, node.kind) for path, node in graph.walk()
    )


def carried(dialect: Dialect, graph: RawGraph) -> RawGraph:
    """The graph as a file that carries the reading, read again."""
    name, options = reading_options(dialect, graph)
    told = {"dialect": name, "dialect_options": options, "dt_seconds": dialect.dt_seconds}
    return graph_in(image_of(replace(graph, reading=json.dumps(told))))[0]


@pytest.mark.parametrize("name", sorted(READINGS))
def test_options_give_the_reading_back(name: str) -> None:
    dialect = READINGS[name]
    preset_name, options = reading_options(dialect, GRAPH)
    again = preset(preset_name, dt_seconds=dialect.dt_seconds, options=options, graph=GRAPH)
    assert same(again, dialect, GRAPH)


@pytest.mark.parametrize("name", sorted(READINGS))
def test_a_file_that_carries_it_is_read_so(name: str) -> None:
    raw = carried(READINGS[name], GRAPH)
    found = detect(raw)
    assert found.confidence == "certain"
    assert found.dialect is not None
    assert same(found.dialect, READINGS[name], raw)
    assert recovered_dt(raw, "snntorch") == READINGS[name].dt_seconds


def test_a_reading_on_a_chip_is_that_of_its_preset() -> None:
    on_chip = replace(READINGS["Spyx"], name="spyx on loihi1")
    assert reading_options(on_chip, GRAPH) == ("spyx", {})
    assert reading_options(replace(on_chip, name="made for tests"), GRAPH)[0] == LITERAL


def test_a_reading_that_names_no_dialect_is_refused_as_one_on_the_command_line() -> None:
    told = json.dumps({"dialect": "brian", "dialect_options": {}, "dt_seconds": 1.0})
    with pytest.raises(DiagnosticError) as raised:
        detect(replace(layers(fire(9), fire(5), 1), reading=told))
    assert [d.code for d in raised.value.diagnostics] == ["SPK0301"]


def test_other_metadata_are_left_alone() -> None:
    raw, _ = graph_in(image_of(GRAPH, {"note": "mine", "dialect": "anything"}))
    assert raw.reading == ""
    assert dict(raw.nodes).keys() == dict(GRAPH.nodes).keys()


def test_an_option_that_is_asked_for_is_added_to_those_of_the_file() -> None:
    told = {"dialect": "nir.euler", "dt_seconds": 1e-3, "dialect_options": {"reset": "subtract", "multi": 3}}
    raw = replace(GRAPH, reading=json.dumps(told))
    dialect, _ = resolve_dialect(raw, Options(dialect_options=(("multi", 2),)))
    found = dialect.for_node("n", "LIF")
    assert (dialect.dt_seconds, found.reset, found.multi) == (1e-3, "subtract", 2)
