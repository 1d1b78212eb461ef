"""Lower limits that a shell has set already (`ulimit`) are kept, and are no fault."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import nir
import numpy as np
import pytest

READ = """
import resource
import sys
from pathlib import Path
what, most = int(sys.argv[2]), int(sys.argv[3])
resource.setrlimit(what, (most, most))
from spikec.sim.nir.file import read
print(len(read(Path(sys.argv[1]))[0].nodes))
"""


@pytest.mark.parametrize(
    ("what", "most"),
    [
        (resource.RLIMIT_CPU, 20),
        (resource.RLIMIT_AS, 4 << 30),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ],
)
def test_a_file_is_read_under_it(what: int, most: int, tmp_path: Path) -> None:
    one = np.ones(2)
    nodes = {
        "input": nir.Input(np.array([2])),
        "cells": nir.IF(r=one, v_threshold=one),
        "output": nir.Output(np.array([2])),
    }
    net = tmp_path / "net.nir"
    nir.write(net, nir.NIRGraph(nodes=nodes, edges=[("input", "cells"), ("cells", "output")]))
    done = subprocess.run(
        [sys.executable, "-c", READ, str(net), str(what), str(most)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "3"), done.stderr
