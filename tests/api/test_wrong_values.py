"""Every option by its name reaches the compile; every wrong one is refused, and all of them are said at once."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
import spikec

from .nets import READING, spikes

RIGHT: dict[str, tuple[Any, Any]] = {
    "weight_bits": (np.int64(6), 6),
    "split_weights": (True, True),
    "host_prefix": ([], ()),
    "allow_host": (np.False_, False),
    "allow_approximation": (True, True),
    "chips": (2, 2),
    "max_neurons_per_core": (4, 4),
    "pins": ({"hidden": 0}, (("hidden", 0),)),
    "dialect_options": (
        {"reset": "v_reset", "v_min": np.float64(-2)},
        (("reset", "v_reset"), ("v_min", -2.0)),
    ),
    "seed": (3, 3),
}
WRONG: dict[str, tuple[Any, ...]] = {
    "weight_bits": (99, 1, 4.0, "8", True, None),
    "split_weights": (1, "yes", None),
    "host_prefix": ("hidden", [1], 5),
    "allow_host": (0, None),
    "allow_approximation": ("no",),
    "calibrate": (2,),
    "chips": (0, -1, 1.5, 65_537),
    "max_neurons_per_core": (0, "4"),
    "pins": ({"hidden": -1}, {"hidden": "a"}, {1: 2}, ["hidden"], 5, None),
    "dialect_options": (5, "reset", [("reset",)], {1: 2}, {"reset": {1, 2}}, {"v_min": float("nan")}, None),
    "dialect": (5, b"norse"),
    "dt": (-1, 0, float("inf"), "1e-3", True),
    "lock": (5, "absent.json"),
    "progress": ("loud",),
    "seed": (-1, 0.5),
}


def refused(net: Path, **options: Any) -> spikec.DiagnosticError:
    with pytest.raises(spikec.DiagnosticError) as found:
        spikec.compile(net, **{**READING, **options})
    return found.value


@pytest.mark.parametrize("name", RIGHT)
def test_an_option(name: str, net: Path) -> None:
    given, held = RIGHT[name]
    made = spikec.compile(net, **READING, stimulus=spikes(), **{name: given})
    assert getattr(made.options, name) == held
    assert type(getattr(made.options, name)) is type(held)
    assert made.placement_identical


def test_progress_and_lock(net: Path, compiled: spikec.Compiled, out: Path) -> None:
    said: list[str] = []
    made = spikec.compile(
        net, **READING, stimulus=spikes(), progress=said.append, lock=out / "placement.lock.json"
    )
    assert "placement verdict: words" in said
    assert made.options.lock == compiled.files["placement.lock.json"]
    by_bytes = spikec.compile(net, **READING, stimulus=spikes(), lock=made.options.lock)
    assert by_bytes.files == made.files


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in WRONG.items() for v in values], ids=repr)
def test_a_wrong_value(name: str, value: Any, net: Path) -> None:
    problem = refused(net, **{name: value})
    (found,) = problem.diagnostics
    assert found.code == "SPK0531"
    assert name in found.message
    assert repr(value) in found.message or name == "lock"


def test_an_option_that_is_none(net: Path) -> None:
    text = str(refused(net, wieght_bits=4))
    assert text.startswith(
        "error[SPK0530]: there is no option `wieght_bits`\n   hint     did you mean `weight_bits`?"
    )
    assert "did you mean `dt`?" in str(refused(net, dt_seconds=1.0))
    assert "allow_approximation" in str(refused(net, xyz=1))
    for function in (spikec.fit, spikec.compile):
        with pytest.raises(spikec.DiagnosticError, match="SPK0530"):
            function(net, **READING, weigth_bits=1)


def test_all_are_said_at_once_and_before_the_network_is_read() -> None:
    problem = refused(Path("absent.nir"), weight_bits=99, chips=0, colour="red")
    assert sorted(d.code for d in problem.diagnostics) == ["SPK0530", "SPK0531", "SPK0531"]


def test_what_an_error_says(net: Path) -> None:
    problem = refused(net, dialect="snntroch")
    text = str(problem)
    assert text.startswith(
        "error[SPK0301]: no dialect `snntroch`\n   hint     did you mean `snntorch`? dialects: hxtorch,"
    )
    assert text.endswith("   more     spikec explain SPK0301")
    assert str(pickle.loads(pickle.dumps(problem))) == text


def test_an_error_shows_its_place() -> None:
    from .nets import network

    graph = network()
    graph.nodes["hidden"].tau[2] = -1.0
    with pytest.raises(spikec.DiagnosticError) as found:
        spikec.compile(graph, **READING)
    assert "   where    /node/nodes/hidden" in str(found.value)
    assert "-1" in str(found.value)


def test_names_of_a_file_are_escaped(net: Path) -> None:
    assert "\x1b" not in str(refused(net, dialect="\x1b[31m"))


def test_a_stage_that_fails_takes_no_note_away() -> None:
    """The dialect that was recognised is told though the network then does not fit."""
    random = np.random.default_rng(1)
    one = np.ones(40)
    cells = nir.LIF(tau=0.01 * one, r=100 * one, v_leak=0 * one, v_threshold=one)
    nodes = {"input": nir.Input(np.array([64])), "fc": nir.Linear(random.random((40, 64))), "cells": cells,
             "output": nir.Output(np.array([40]))}  # fmt: skip
    net = nir.NIRGraph(nodes=nodes, edges=[("input", "fc"), ("fc", "cells"), ("cells", "output")])
    with pytest.raises(spikec.DiagnosticError) as refused:
        spikec.compile(net, "xylo_audio2", dialect="nir.euler", allow_approximation=True, dt=1e-4)
    codes = [d.code for d in refused.value.diagnostics]
    assert any(d.severity != "error" for d in refused.value.diagnostics), codes
    assert codes[-1].startswith("SPK20")
