"""Presets, options in the frameworks' own words, and what is said of wrong ones."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.dialect.dialect import CHOICES, Dialect, NodeDialect, names, option_names, preset
from spikec.sim.nir.raw_graph import RawGraph, RawNode


def codes(**arguments: Any) -> list[str]:
    with pytest.raises(DiagnosticError) as caught:
        preset(**arguments)
    return [found.code for found in caught.value.diagnostics]


def two_layers() -> RawGraph:
    ones = np.ones(2)
    neuron = RawNode(kind="LIF", params={"tau": ones, "r": ones, "v_leak": 0 * ones, "v_threshold": ones})
    weight = RawNode(kind="Linear", params={"weight": np.eye(2)})
    port = {"shape": np.array([2])}
    # Named against the order of the graph: z comes before a. z is recurrent.
    nodes = {
        "a": neuron, "in": RawNode(kind="Input", params=port), "out": RawNode(kind="Output", params=port),
        "w": weight, "z.lif": neuron,
    }  # fmt: skip
    edges = (("in", "z.lif"), ("z.lif", "w"), ("w", "z.lif"), ("z.lif", "a"), ("a", "out"))
    return RawGraph(nodes=nodes, edges=edges)


@pytest.mark.parametrize("name", names())
def test_every_preset_is_a_full_record_that_json_takes(name: str) -> None:
    dialect = preset(name, dt_seconds=1e-3)
    assert json.loads(json.dumps(dialect.to_dict()))["name"] == name
    for kind in ("IF", "LIF", "LI", "I", "CubaLIF", "CubaLI", "Threshold", "NIRGraph", "Flatten"):
        node = dialect.for_node("any", kind)
        assert all(getattr(node, key) in CHOICES[key] for key in CHOICES)
    assert set(CHOICES) < {field.name for field in fields(NodeDialect)} < set(option_names(name)) | {"name"}


def test_literal_reading_is_the_default_record() -> None:
    dialect = preset("nir.euler", dt_seconds=1e-3)
    assert (dialect.default, dialect.by_kind, dialect.by_path) == (NodeDialect(), {}, {})


@pytest.mark.parametrize(
    ("reset", "delay", "leaky", "synaptic"),
    [
        ("subtract", True, ("subtract", "next_after_decay"), ("subtract", "next_after_decay")),
        ("subtract", False, ("subtract", "same_raised"), ("subtract", "same_raised")),
        ("zero", True, ("v_reset", "next_before_decay"), ("v_reset", "next_overwrite")),
        ("zero", False, ("v_reset", "same"), ("v_reset", "same")),
        ("none", True, ("none", "same"), ("none", "same")),
    ],
)
def test_snntorch_resets(reset: str, delay: bool, leaky: tuple[str, str], synaptic: tuple[str, str]) -> None:
    dialect = preset("snntorch", options={"reset": reset, "reset_delay": delay})
    assert dialect.dt_seconds == 1e-4
    lif, cuba = dialect.for_node("", "LIF"), dialect.for_node("", "CubaLIF")
    assert (lif.reset, lif.reset_phase) == leaky
    assert (cuba.reset, cuba.reset_phase) == synaptic


def test_snntorch_nulls_the_step_of_recurrent_layers_only() -> None:
    dialect = preset("snntorch", options={"reset": "zero"}, graph=two_layers())
    assert dialect.for_node("z.lif", "LIF").reset_phase == "next_overwrite"
    assert dialect.for_node("a", "LIF").reset_phase == "next_before_decay"


def test_lists_go_by_graph_order_and_paths_beat_them() -> None:
    graph = two_layers()
    dialect = preset("rockpool", dt_seconds=1e-3, options={"max_spikes": [31, 1]}, graph=graph)
    assert [dialect.for_node(path, "LIF").multi for path in ("z.lif", "a")] == [31, 1]
    options = {"max_spikes": [31, 1], "z.lif.max_spikes": 7, "z.lif.bias_extra": 0.25, "v_min": -1.0}
    dialect = preset("rockpool", dt_seconds=1e-3, options=options, graph=graph)
    node = dialect.for_node("z.lif", "LIF")
    assert (node.multi, node.bias_extra, node.v_min) == (7, 0.25, -1.0)
    assert dialect.for_node("a", "LIF").v_min == -1.0
    assert dialect.for_node("a", "LIF").bias_extra == 0.0


def test_an_option_for_everywhere_beats_what_a_preset_says_of_a_kind() -> None:
    dialect = preset("spyx", dt_seconds=1e-3, options={"fire_on": "new", "rec_delay": 1})
    assert dialect.for_node("", "LIF").fire_on == "new"
    assert preset("spyx", dt_seconds=1e-3).with_overrides(default={"fire_on": "new"}).for_node(
        "", "LIF"
    ).fire_on == "new"  # fmt: skip


def test_rockpool_biases_by_layer() -> None:
    dialect = preset("rockpool", dt_seconds=1e-3, options={"bias": [0.5, -1]}, graph=two_layers())
    assert [dialect.for_node(path, "LIF").bias_extra for path in ("z.lif", "a")] == [0.5, -1]


def test_sinabs_options() -> None:
    options = {"spike_fn": "SingleSpike", "min_v_mem": -1.0, "norm_input": False, "reset_fn": "MembraneReset"}
    node = preset("sinabs.LIF", options=options).for_node("", "LIF")
    assert (node.multi, node.v_min, node.gain, node.reset) == (1, -1.0, "one", "v_reset")
    node = preset("sinabs.LIF", options={"spike_fn": "MaxSpike", "max_num_spikes_per_bin": 4}).default
    assert (node.multi, node.v_min, node.gain, node.reset) == (4, None, "r*(1-decay)", "subtract")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"name": "snntorch.Lapicque"}, ["SPK0301"]),
        ({"name": "nir"}, ["SPK0301"]),
        ({"name": "snntorch", "options": {"reset_dealy": True, "bias": 1}}, ["SPK0302", "SPK0302"]),
        ({"name": "snntorch", "options": {"reset": "Zero", "reset_delay": 1}}, ["SPK0303", "SPK0303"]),
        ({"name": "nir.euler", "dt_seconds": 1e-3, "options": {"multi": 0}}, ["SPK0303"]),
        ({"name": "nir.euler", "dt_seconds": 1e-3, "options": {"tau_scale": float("inf")}}, ["SPK0303"]),
        ({"name": "nir.euler", "dt_seconds": 1e-3, "options": {"rec_delay": False}}, ["SPK0303"]),
        ({"name": "nir.euler"}, ["SPK0304"]),
        ({"name": "nir.euler", "dt_seconds": 0.0}, ["SPK0304"]),
        ({"name": "nir.euler", "dt_seconds": float("nan")}, ["SPK0304"]),
        ({"name": "rockpool", "dt_seconds": 1.0, "options": {"max_spikes": [1, 2]}}, ["SPK0305"]),
        (
            {"name": "rockpool", "dt_seconds": 1.0, "options": {"max_spikes": [1]}, "graph": two_layers()},
            ["SPK0305"],
        ),
        ({"name": "snntorch", "options": {"nowhere.reset": "zero"}, "graph": two_layers()}, ["SPK0305"]),
        ({"name": "snntorch", "options": {"a.reset": "Zero"}, "graph": two_layers()}, ["SPK0303"]),
        ({"name": "snntorch", "options": {"reset_phase": "next_overwrite"}}, ["SPK0308"]),
    ],
)
def test_faults_have_codes(arguments: dict[str, Any], expected: list[str]) -> None:
    assert codes(**arguments) == expected


def test_an_unknown_name_lists_what_exists() -> None:
    with pytest.raises(DiagnosticError) as caught:
        preset("spyx.Lif", dt_seconds=1e-3)
    assert "spyx.LIF" in caught.value.diagnostics[0].hint


def test_overrides_are_checked() -> None:
    dialect = Dialect(name="x", dt_seconds=1.0)
    assert dialect.with_overrides(by_path={"a": {"multi": None}}).for_node("a", "IF") == replace(
        NodeDialect(), multi=None
    )
    with pytest.raises(DiagnosticError):
        dialect.with_overrides(by_kind={"IF": {"fire": "=>"}})
    with pytest.raises(DiagnosticError):
        dialect.with_overrides(default={"Fire": ">"})
