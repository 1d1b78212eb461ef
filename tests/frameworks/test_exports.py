"""The export code of the documentation works with each framework, and spikec finds how the file is read.

Runs where `SPIKEC_FRAMEWORKS` names the folder of their environments (tests/frameworks/make_environments.sh).
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from spikec.compiler.options import Options
from spikec.compiler.prepare import read_graph
from spikec.compiler.read_by_run import read_by_run
from spikec.sim.nir.file import read
from spikec.sim.reference.reference import reference

FOLDER = os.environ.get("SPIKEC_FRAMEWORKS", "")
TUTORIALS = Path(__file__).parents[2] / "docs" / "tutorials" / "frameworks"
SCRIPTS = sorted(TUTORIALS.glob("export_*.py"))


def test_there_is_a_script_for_each_tutorial() -> None:
    pages = {path.stem for path in TUTORIALS.glob("*.md")}
    assert {script.stem.removeprefix("export_") for script in SCRIPTS} == pages - {"index"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem.removeprefix("export_"))
def test_what_a_framework_writes_is_read_as_it_ran(script: Path, tmp_path: Path) -> None:
    framework = script.stem.removeprefix("export_")
    python = Path(FOLDER) / framework / "bin" / "python"
    if not FOLDER or not python.exists():
        pytest.skip("SPIKEC_FRAMEWORKS names no folder with its environment")
    subprocess.run([python, script], cwd=tmp_path, check=True, capture_output=True, timeout=300)
    raw, _ = read(tmp_path / "net.nir")
    options, _ = read_by_run(raw, Options(), (tmp_path / "samples.npz").read_bytes())
    assert options.dialect is not None
    assert options.dialect.partition(".")[0] == framework
    with np.load(tmp_path / "samples.npz", allow_pickle=False) as arrays:
        (name,) = (node for node in raw.nodes if raw.nodes[node].kind == "Input")
        made = reference(raw, read_graph(raw, options).dialect, stimulus={name: arrays["input"]})
        assert arrays["output"].any()
        assert np.array_equal(made.outputs["output"], arrays["output"])
