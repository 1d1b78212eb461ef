"""The script builds what `xylo.json` says: run with a stand-in for the vendor's package that keeps what it is given.

The stand-in knows no limits: this says nothing about what the vendor's validator accepts.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from spikec.targets.xylo.attributes import FILE, encode
from spikec.targets.xylo.vendor_script import SCRIPT

from ..shipped import XYLOS as NAMES, revision
from .test_xylo_files import random

STAND_IN = '''
import json, os
from pathlib import Path
from types import SimpleNamespace

class Name(str):
    """An enumeration and its members."""
    def __getattr__(self, member):
        return Name(f"{self}.{member}")

class Object:
    def __init__(self, *parts):
        for part in parts:
            setattr(self, part, Object())

class ReservoirNeuron(Object): pass
class HiddenNeuron(Object): pass
class OutputNeuron(Object): pass

def content(value):
    if isinstance(value, Object):
        kind = type(value).__name__
        return {**{k: content(v) for k, v in vars(value).items()}, **({"kind": kind} if kind != "Object" else {})}
    return [content(v) for v in value] if isinstance(value, list) else value

def validate_configuration(configuration):
    Path(os.environ["RECORDED"]).write_text(json.dumps(content(configuration)))
    return (configuration.readout.weight_bit_shift == 0, "shifted")

def chip(hidden):
    return SimpleNamespace(
        configuration=SimpleNamespace(
            XyloConfiguration=lambda: Object("input", hidden, "readout", "debug"),
            ReservoirNeuron=ReservoirNeuron, HiddenNeuron=HiddenNeuron, OutputNeuron=OutputNeuron,
        ),
        InputSource=Name("InputSource"), OperationMode=Name("OperationMode"),
        validate_configuration=validate_configuration,
    )

xyloCore2, xyloAudio3, xyloImu = chip("reservoir"), chip("hidden"), chip("hidden")
'''


def expected(tree: dict[str, Any], hidden: str) -> dict[str, Any]:
    """The tree as the stand-in records it: kinds of neurons, no attribute for no alias."""
    kinds = {hidden: f"{hidden.title()}Neuron", "readout": "OutputNeuron"}
    for part, kind in kinds.items():
        tree[part]["neurons"] = [
            {name: value for name, value in {**neuron, "kind": kind}.items() if value is not None}
            for neuron in tree[part]["neurons"]
        ]
    tree.setdefault("debug", {})
    return tree


@pytest.mark.parametrize("valid", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_script_builds_the_configuration(name: str, valid: bool, tmp_path: Path) -> None:
    chip = revision(name)
    configuration = replace(random(11, name), shift_out=0 if valid else 1)
    assert bool((configuration.alias_target >= 0).any()), "a network with an alias"
    for file, body in encode(configuration, chip).items():
        (tmp_path / file).write_bytes(body)
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
    assert done.stdout == f"{name}: {'valid' if valid else 'not valid'} shifted\n"
    tree = json.loads((tmp_path / FILE).read_text())["configuration"]
    assert json.loads(recorded.read_text()) == expected(tree, chip.attributes.hidden)
