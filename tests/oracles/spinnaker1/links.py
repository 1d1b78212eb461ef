"""Writes down which chips the vendor's host tools say there are, and how they are joined.

    python links.py VERSION COLUMNS ROWS ANSWER.json

The answer is a list of x, y, link and the x, y at its other end. Wants the vendor's host tools."""

import json
import sys
from pathlib import Path

from spinn_machine.config_setup import unittest_setup
from spinn_machine.virtual_machine import virtual_machine
from spinn_utilities.config_holder import set_config


def main() -> None:
    unittest_setup()
    set_config("Machine", "version", sys.argv[1])
    machine = virtual_machine(int(sys.argv[2]), int(sys.argv[3]))
    links = [
        (chip.x, chip.y, link.source_link_id, link.destination_x, link.destination_y)
        for chip in machine.chips
        for link in chip.router.links
    ]
    Path(sys.argv[4]).write_text(json.dumps(sorted(links)))


if __name__ == "__main__":
    main()
