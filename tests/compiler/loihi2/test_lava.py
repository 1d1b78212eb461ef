"""The script beside the files, run in Lava and lava-dl: every output line is that of spikec's machine, step by step.

SPIKEC_LAVA_PYTHON names a Python that has both; without one nothing is run.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import nir
import numpy as np
import pytest
from spikec.compiler.output.reopen import reopen
from spikec.sim.stimulus import Stimulus
from spikec.targets.loihi2.lava_script import SCRIPT, TEMPLATE

from .nets import CHAINS, compiled, dense, several_kinds, spikes

PYTHON = os.environ.get("SPIKEC_LAVA_PYTHON", "")


def readout(seed: int) -> nir.NIRGraph:
    graph = dense(seed)
    graph.nodes["b"] = nir.LI(tau=np.full(4, 3.0), r=np.full(4, 3.0), v_leak=np.zeros(4))
    return graph


CASES = {
    **{f"{name}, layers": (graph, {"one_synapse": True}) for name, graph in CHAINS.items()},
    **{f"{name}, processes": (graph, {}) for name, graph in CHAINS.items()},
    "several kinds": (several_kinds, {}),
    "membranes": (readout, {}),
    "construct": (dense, {"dialect_options": (("reset", "subtract"),)}),
    "coarse": (CHAINS["convolution"], {"weight_bits": 5}),
}


@pytest.mark.skipif(not PYTHON, reason="SPIKEC_LAVA_PYTHON names no Python that has Lava and lava-dl")
@pytest.mark.parametrize("graded", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_lava_agrees(case: str, graded: bool, tmp_path: Path) -> None:
    graph, more = CASES[case]
    built = graph(2)
    stimulus = spikes(built, 2, steps=15, batch=1)
    if graded:
        sent = stimulus.inputs["input"]
        numbers = np.random.default_rng(1).integers(1, 4, sent.shape).astype(np.uint8)
        stimulus = Stimulus(inputs={"input": sent * numbers}, labels=None, source={"kind": "made"})
    made, _ = compiled(built, stimulus=stimulus, **more)
    for name, data in made.files.items():
        (tmp_path / name).write_bytes(data)
    words = [PYTHON, "-W", "ignore", tmp_path / SCRIPT, tmp_path / "stimulus.npz", tmp_path / "spikes.npz"]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    found = np.load(tmp_path / "spikes.npz")["lines"]
    wanted = reopen(made.raw, made.files, made.options, stimulus).run().exported
    np.testing.assert_array_equal(found, wanted)
    assert wanted.any()


def test_the_script_is_python() -> None:
    compile(TEMPLATE, SCRIPT, "exec")
