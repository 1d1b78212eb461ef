"""A compiled network's own bench, run in Icarus Verilog on a model of the chip's pins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from spikec.compiler.pipeline import compile_graph

from ..targets.icarus import MODELS, needed, simulate
from .samples import network


@pytest.mark.parametrize("name", ["sj_mlp_digits_lif"])
def test_a_compiled_network_passes_its_bench(tmp_path: Path, name: str) -> None:
    needed()
    raw, options, stimulus = network(name)
    short = replace(
        stimulus, inputs={port: events[:10, :2] for port, events in stimulus.inputs.items()}, labels=None
    )
    chosen = replace(options, target="tinyodin", allow_approximation=True)
    files = compile_graph(raw, chosen, stimulus=short).files
    assert files["chip00_expected.txt"]
    run = simulate(tmp_path, files, ["testbench.sv", MODELS / "tinyodin_model.sv"], language="2005")
    assert run.stdout.startswith("PASS: ")
