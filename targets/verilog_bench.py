"""Fills in the Verilog bench of a family of chips; what the benches have in common is a file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

BENCH = "testbench.sv"
READ_LINE = "read_line.sv"
"""The task that reads the next line of a file; the module has a localparam LINE, bits of the longest line."""


def filled_bench(package: str, values: Mapping[str, object]) -> bytes:
    """The bench that lies in a package, with `@name@` replaced by each value, and `@read_line@` by the task.

    Raises KeyError for a name in the bench that has no value, and for a value that the bench does not name."""
    text = (files(package) / BENCH).read_text("utf-8")
    task = (files(__package__ or "") / READ_LINE).read_text("utf-8").rstrip("\n")
    for name, value in {"read_line": task, **values}.items():
        if f"@{name}@" not in text:
            raise KeyError(name)
        text = text.replace(f"@{name}@", str(value))
    return text.encode()
