"""Writes the script beside `xylo.json` that builds the vendor's configuration object and has the vendor validate it."""

from __future__ import annotations

from ..samna import WHERE_FROM
from .model import XyloChip

SCRIPT = "build_xylo.py"


def vendor_script(chip: XyloChip) -> bytes:
    """Write the Python source; it runs where samna is installed, and needs no device."""
    neuron = "ReservoirNeuron" if chip.attributes.hidden == "reservoir" else "HiddenNeuron"
    text = (
        TEMPLATE.replace("@MODULE@", chip.attributes.module)
        .replace("@WHERE_FROM@", WHERE_FROM)
        .replace("@NEURON@", neuron)
    )
    return text.encode()


TEMPLATE = '''\
"""Builds the configuration in xylo.json with samna, the vendor's package, and validates it. No device is needed.

    python build_xylo.py        exit code 0 if the vendor's validator accepts it, 1 if not

@WHERE_FROM@

From Python: `build(samna.@MODULE@, json.loads(...)["configuration"])` gives the object to load.
"""

import json
import sys
from pathlib import Path

NEURONS = {"reservoir": "@NEURON@", "hidden": "@NEURON@", "readout": "OutputNeuron"}


def build(chip, tree):
    """A configuration of the samna module `chip` with the attributes in `tree`; the others keep their defaults."""
    configuration = chip.configuration.XyloConfiguration()
    assign(chip, configuration, tree, "")
    return configuration


def assign(chip, place, tree, part):
    for name, value in tree.items():
        if isinstance(value, dict):
            assign(chip, getattr(place, name), value, name)
        elif name == "neurons":
            place.neurons = [neuron(chip, NEURONS[part], attributes) for attributes in value]
        elif isinstance(value, str):
            kind, member = value.split(".")
            setattr(place, name, getattr(getattr(chip, kind), member))
        else:
            setattr(place, name, value)


def neuron(chip, kind, attributes):
    made = getattr(chip.configuration, kind)()
    for name, value in attributes.items():
        if value is not None:
            setattr(made, name, value)
    return made


def main():
    import samna

    document = json.loads((Path(__file__).parent / "xylo.json").read_text())
    valid, message = samna.@MODULE@.validate_configuration(build(samna.@MODULE@, document["configuration"]))
    print(f"{document['target']}: {'valid' if valid else 'not valid'} {message}".rstrip())
    return 0 if valid else 1


if __name__ == "__main__":
    sys.exit(main())
'''
