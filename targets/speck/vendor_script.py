"""Writes the script beside `speck.json` that builds the vendor's configuration object and has the vendor validate
it.
"""

from __future__ import annotations

from ..samna import WHERE_FROM
from .model import SpeckChip

SCRIPT = "build_speck.py"


def vendor_script(chip: SpeckChip) -> bytes:
    """Write the Python source; it runs where samna is installed, and needs no device."""
    text = (
        TEMPLATE.replace("@MODULE@", chip.attributes.module)
        .replace("@WHERE_FROM@", WHERE_FROM)
        .replace("@CLASS@", chip.attributes.kind)
    )
    return text.encode()


TEMPLATE = '''\
"""Builds the configuration in speck.json with samna, the vendor's package, and validates it. No device is needed.

    python build_speck.py        exit code 0 if the vendor's validator accepts it, 1 if not

@WHERE_FROM@

From Python: `build(samna.@MODULE@, json.loads(...)["configuration"])` gives the object to load.
"""

import json
import sys
from pathlib import Path

WHOLE = ("dimensions",)  # a structure that is assigned at once


def build(chip, tree):
    """A configuration of the samna module `chip` with the attributes in `tree`; the others keep their defaults."""
    configuration = chip.configuration.@CLASS@()
    for core, attributes in enumerate(tree["cnn_layers"]):
        assign(configuration.cnn_layers[core], attributes)
    for part in ("dvs_layer", "readout"):
        if part in tree:
            assign(getattr(configuration, part), tree[part])
    return configuration


def assign(place, tree):
    for name, value in tree.items():
        if name == "destinations":
            for k, attributes in enumerate(value):
                assign(place.destinations[k], attributes)
        elif isinstance(value, dict) and name not in WHOLE:
            assign(getattr(place, name), value)
        else:
            setattr(place, name, value)


def main():
    import samna

    chip = samna.@MODULE@
    document = json.loads((Path(__file__).parent / "speck.json").read_text())
    valid, message = chip.validate_configuration(build(chip, document["configuration"]))
    print(f"{document['target']}: {'valid' if valid else 'not valid'} {message}".rstrip())
    return 0 if valid else 1


if __name__ == "__main__":
    sys.exit(main())
'''
