"""Icarus Verilog, where it is installed; continuous integration has to have it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

MODELS = Path(__file__).parent


def needed() -> None:
    """Skips the test on a machine without Icarus, fails it where SPIKEC_REQUIRE_ICARUS is set."""
    if shutil.which("iverilog") is None or shutil.which("vvp") is None:
        if os.environ.get("SPIKEC_REQUIRE_ICARUS"):
            pytest.fail("Icarus Verilog is not installed")
        pytest.skip("Icarus Verilog is not installed (Debian package iverilog)")


def simulate(
    folder: Path,
    files: Mapping[str, bytes],
    sources: Sequence[str | Path],
    *options: str,
    language: str = "2012",
    strict: bool = True,
) -> subprocess.CompletedProcess[str]:
    """Write `files` into `folder`, elaborate `sources` of them with the top module `testbench`, and run it there.

    language: the year of the standard. strict: a source that does not elaborate without a warning fails the test."""
    needed()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    made = ["iverilog", f"-g{language}", "-Wall", "-s", "testbench", "-o", "bench.vvp", *options]
    made += map(str, sources)
    built = subprocess.run(made, cwd=folder, capture_output=True, text=True, check=False, timeout=100)
    assert built.returncode == 0, built.stderr
    assert not (strict and built.stderr), built.stderr
    ran = ["vvp", "-n", "bench.vvp"]
    return subprocess.run(ran, cwd=folder, capture_output=True, text=True, check=False, timeout=100)
