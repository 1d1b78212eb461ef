"""Asks emulated cores what they do: in a Python that has unicorn and the vendor's binaries.

SPIKEC_SPINNAKER_PYTHON names it; README.md of the family says how it is made.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from spikec.targets.spinnaker1.core_image import CoreImage
from spikec.targets.spinnaker1.memory import N_REGIONS, core_memory, placed_memory
from spikec.targets.spinnaker1.recording_words import VALUES
from spikec.targets.spinnaker1.regions import COMMAND_PORT, Region

PYTHON = os.environ.get("SPIKEC_SPINNAKER_PYTHON", "")
needs_binaries = pytest.mark.skipif(
    not PYTHON, reason="SPIKEC_SPINNAKER_PYTHON names no Python that has unicorn and the sPyNNaker wheel"
)
BASE = 0x00100000
SDRAM = 0x60000000
CORE = 3
"""Of a chip of its own."""


class Ran(NamedTuple):
    """What a core did. sent: rows of tick and key. recorded: variable -> (ticks, neurons) raw."""

    sent: list[tuple[int, int]]
    recorded: dict[str, np.ndarray]


def run_binaries(
    folder: Path,
    cores: Sequence[CoreImage],
    deliver: Sequence[tuple[int, int, list[int]]],
    keys: Sequence[tuple[int, int]],
    ticks: int,
) -> list[Ran]:
    """Boot the vendor's binary on each core and run them tick by tick.

    deliver: key, mask and the cores that take it. keys: tick and key that the host sends."""
    request = {
        "cores": [_described(core) for core in cores],
        "deliver": [list(each) for each in deliver],
        "keys": [list(each) for each in keys],
        "ticks": ticks,
    }
    (folder / "request.json").write_text(json.dumps(request))
    script = Path(__file__).with_name("run.py")
    _run([PYTHON, str(script), str(folder)])
    answer = json.loads((folder / "answer.json").read_text())
    return [_ran(each) for each in answer]


def _described(core: CoreImage) -> dict[str, object]:
    memory = placed_memory(core_memory(core), SDRAM + BASE)
    table = np.frombuffer(memory, "<u4")[2 : 2 + 3 * N_REGIONS].reshape(N_REGIONS, 3)
    return {
        "binary": core.kind,
        "number": CORE,
        "base": BASE,
        "port": COMMAND_PORT,
        "words": {str(BASE): memory.hex()},
        "neurons": core.n_neurons,
        "channels": [k for k, name in enumerate(VALUES) if name in core.recorded],
        "recording": int(table[Region.RECORDING, 0]) - SDRAM,
    }


def _ran(answer: dict[str, object]) -> Ran:
    sent, recorded = answer["sent"], answer["recorded"]
    assert isinstance(sent, list)
    assert isinstance(recorded, dict)
    return Ran(
        [(tick, key) for tick, key in sent],
        {VALUES[int(channel)]: np.array(rows, dtype=np.int64) for channel, rows in recorded.items()},
    )


def run_boards(folder: Path, files: Mapping[str, bytes], events: np.ndarray) -> np.ndarray:
    """Load files with the script beside them onto emulated boards and run them: (samples, ticks, lines) int32, of
    (samples, ticks, elements) events."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    np.save(folder / "events.npy", events)
    script = Path(__file__).with_name("boards.py")
    words = [PYTHON, script, folder, folder / "events.npy", folder / "lines.npy"]
    _run([str(word) for word in words])
    return np.load(folder / "lines.npy", allow_pickle=False)


def _run(words: list[str]) -> None:
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": ""}
    )
    assert done.returncode == 0, done.stdout + done.stderr


def vendor_links(folder: Path, columns: int, rows: int) -> list[list[int]]:
    """Rows of x, y, link and the x, y at its other end, of boards with so many columns and rows of chips."""
    answer = folder / "links.json"
    script = Path(__file__).with_name("links.py")
    _run([PYTHON, str(script), "5", str(columns), str(rows), str(answer)])
    return json.loads(answer.read_text())
