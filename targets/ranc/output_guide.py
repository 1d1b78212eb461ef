"""What the family says to somebody who loads its chips by hand."""

from __future__ import annotations

from importlib.resources import files

from ..output_guide import OutputGuide, read_output_guide
from .model import RancChip
from .timing import sweep_clocks
from .vectors import has_bench
from .words import width

BENCH = """\
`testbench.sv` plays `packets.txt` on the public Verilog sources and compares what the output bus says with
`expected.txt`. `RTL` stands for the folder of the sources (UA-RCL/RANC on GitHub,
`hardware/IP/RANCNetwork/src/sources`):

    iverilog -g2005 -s testbench -o bench testbench.sv RTL/*.v && vvp -n bench

It prints `PASS: ...`, or `FAIL: ...` with the first difference. Use Icarus Verilog: the sources assign variables
both blocking and non-blocking, which Verilator 5.006 refuses.
"""
NO_BENCH = """\
There is no bench: no public Verilog source has a reset potential of another width than the potential, as this chip has.
"""


def output_guide(chip: RancChip) -> OutputGuide:
    """Fill in widths and clocks."""
    return read_output_guide(
        files(__package__ or "") / "output_guide.toml",
        name=chip.name,
        bits=width(chip.packet()),
        sweep=f"{sweep_clocks(chip):,}",
        testing=BENCH if has_bench(chip) else NO_BENCH,
    )
