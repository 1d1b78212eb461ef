"""The script builds what `speck.json` says: run with a stand-in for the vendor's package that keeps what it is given.

The stand-in knows no limits: this says nothing about what the vendor's validator accepts.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from spikec.targets.speck.attributes import FILE, encode
from spikec.targets.speck.configuration import Readout
from spikec.targets.speck.vendor_script import SCRIPT

from ..shipped import SPECKS as NAMES, revision
from .test_speck_files import random

STAND_IN = """
import json, os
from pathlib import Path
from types import SimpleNamespace

class Object:
    pass

class Layer(Object):
    def __init__(self):
        self.destinations = [Object(), Object()]

def configuration():
    made = Object()
    made.cnn_layers = [Layer() for _ in range(9)]
    made.dvs_layer, made.readout = Object(), Object()
    return made

def content(value):
    if isinstance(value, Object):
        return {name: content(v) for name, v in vars(value).items()}
    return [content(v) for v in value] if isinstance(value, list) else value

def validate_configuration(made):
    Path(os.environ["RECORDED"]).write_text(json.dumps(content(made)))
    return (made.cnn_layers[0].destinations[0].__dict__.get("pooling") != 4, "pooled")

def chip(name):
    return SimpleNamespace(
        configuration=SimpleNamespace(**{name: configuration}), validate_configuration=validate_configuration
    )

speck2e, speck2f, dynapcnn = chip("SpeckConfiguration"), chip("SpeckConfiguration"), chip("DynapcnnConfiguration")
"""


@pytest.mark.parametrize("valid", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_script_builds_the_configuration(name: str, valid: bool, tmp_path: Path) -> None:
    chip = revision(name)
    configuration = random(6, name)
    if chip.readout:
        readout = Readout(threshold=7, output_mode=2, low_pass_filter_disable=False)
        configuration = replace(configuration, readout=readout)
    for file, body in encode(configuration, chip).items():
        (tmp_path / file).write_bytes(body)
    tree = json.loads((tmp_path / FILE).read_text())
    layers = tree["configuration"]["cnn_layers"]
    used = next(layer for layer in layers if layer)
    layers[:] = [used, *[layer for layer in layers if layer is not used]]
    used["destinations"][0]["pooling"] = 1 if valid else 4
    (tmp_path / FILE).write_text(json.dumps(tree))
    (tmp_path / "samna.py").write_text(STAND_IN)
    recorded = tmp_path / "recorded.json"
    done = subprocess.run(
        [sys.executable, SCRIPT],
        cwd=tmp_path,
        env={"RECORDED": str(recorded)},
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    assert done.returncode == (0 if valid else 1)
    assert done.stdout == f"{name}: {'valid' if valid else 'not valid'} pooled\n"
    expected = tree["configuration"]
    for layer in layers:
        layer.setdefault("destinations", [{}, {}])
    expected.setdefault("readout", {})
    assert json.loads(recorded.read_text()) == expected
