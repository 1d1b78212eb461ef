"""A network as each stage of the compile leaves it, as text: one small network, one chip of each family."""

from __future__ import annotations

import json
from pathlib import Path

import nir
import numpy as np
import pytest
from spikec.compiler.ir.listing import listing_text
from spikec.compiler.report.stages import STAGES, Stage, after
from syrupy.assertion import SnapshotAssertion

from .commandline import spikec
from .test_exports import options, two_layers


@pytest.mark.parametrize("target", ["loihi1", "loihi2", "ranc", "speck2f", "tinyodin", "xylo_audio3"])
@pytest.mark.parametrize("stage", STAGES)
def test_after(stage: Stage, target: str, snapshot: SnapshotAssertion) -> None:
    assert listing_text(after(two_layers(target), options(target), stage)) == snapshot


def test_the_command_line(tmp_path: Path) -> None:
    one = np.ones(3)
    cells = nir.IF(r=one, v_threshold=one, v_reset=0 * one)
    nodes = {"input": nir.Input(np.array([2])), "w": nir.Linear(np.ones((3, 2))), "cells": cells,
             "output": nir.Output(np.array([3]))}  # fmt: skip
    net = tmp_path / "net.nir"
    nir.write(net, nir.NIRGraph(nodes=nodes, edges=[("input", "w"), ("w", "cells"), ("cells", "output")]))
    words = ("inspect", net, "--dialect", "nir.euler", "--dt", "1", "--target", "ranc")
    said = spikec(*words, "--after", "retime")
    assert said.returncode == 0, said.stderr
    assert "population cells; chip step - float step 0" in said.stdout
    tables = json.loads(spikec(*words, "--after", "quantize", "--json").stdout)["tables"]
    assert [row["population"] for row in tables["populations"]] == ["cells"]
    assert spikec(*words, "--after", "nonsense").returncode == 2
