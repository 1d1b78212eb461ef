"""The bench of a core in Icarus Verilog: it passes what is right, and finds what is not."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from spikec.compiler.backends.reckon.bench import bench_files
from spikec.targets.reckon.configuration import ReckonConfiguration
from spikec.targets.reckon.files import LOAD, encode
from spikec.targets.reckon.vectors import EXPECTED, MEMBRANES
from spikec.targets.verilog_bench import BENCH

from ..shipped import revision
from ..sim.reckon_networks import core
from .icarus import MODELS, simulate

MODEL = MODELS / "reckon_model.sv"
PINS = ("-D", "PINS_ONLY", "-D", "NO_CLOCKS")
SAMPLES = (3, 0)


def files(c: ReckonConfiguration) -> dict[str, bytes]:
    events = (np.random.default_rng(1).random((6, len(SAMPLES), c.inputs)) < 0.5).astype(np.uint8)
    chip = revision("reckon")
    return {**encode(c, chip), **bench_files(c, chip, events, SAMPLES)}


def small(seed: int = 3, **kind: bool | int) -> ReckonConfiguration:
    return core(np.random.default_rng(seed), inputs=3, recurrent=4, outputs=2, **kind)


@pytest.mark.parametrize(
    ("seed", "kind"), [(1, {}), (2, {"heavy": True}), (3, {"loaded": True}), (4, {"ticks": 2})]
)
def test_cores_that_are_right(tmp_path: Path, seed: int, kind: dict[str, bool | int]) -> None:
    c = small(seed, **kind)
    run = simulate(tmp_path, files(c), [BENCH, MODEL], *PINS)
    ticks = 2 * (6 * c.ticks + 1)
    assert run.stdout.startswith(f"PASS: 2 samples, {ticks} steps, "), run.stdout
    assert f" {2 * c.outputs * ticks} bytes out" in run.stdout
    assert run.returncode == 0


def changed(made: dict[str, bytes], what: str) -> dict[str, bytes]:
    expected = made[EXPECTED].splitlines(keepends=True)
    numbers = [k for k, line in enumerate(expected) if not line.startswith(b"//")]
    if what == "byte":
        at = numbers[5]
        expected[at] = expected[at][:9] + b"%08x\n" % (int(expected[at][9:], 16) ^ 1)
    if what == "missing":
        del expected[numbers[-1]]
    if what == "more":
        expected.append(expected[numbers[-1]])
    if what == "weight":
        words = made[LOAD].split(b"\n")
        first = words.index(b"// input weights, row by row") + 2
        for at in range(first, first + 2 * 3, 2):
            words[at] = b"%08x" % (int(words[at], 16) ^ 0x80808080)
        return {**made, LOAD: b"\n".join(words)}
    return {**made, EXPECTED: b"".join(expected)}


@pytest.mark.parametrize("what", ["byte", "missing", "more", "weight"])
def test_differences_are_found(tmp_path: Path, what: str) -> None:
    run = simulate(tmp_path, changed(files(small()), what), [BENCH, MODEL], *PINS)
    assert run.stdout.startswith("FAIL: sample number "), run.stdout
    assert run.returncode != 0


SOURCES = os.environ.get("SPIKEC_RECKON_SOURCES")


@pytest.mark.skipif(not SOURCES, reason="SPIKEC_RECKON_SOURCES does not name a checkout of ReckOn's sources")
def test_the_public_sources(tmp_path: Path) -> None:
    """Membranes and clocks too."""
    source = Path(SOURCES or "") / "src"
    rtl = [source / f"{name}.v" for name in ("reckon", "srnn", "spi_slave", "fifo")]
    run = simulate(tmp_path, files(small()), [BENCH, *rtl, *sorted(source.glob("lfsr/*.v"))], strict=False)
    assert run.stdout.startswith("PASS: 2 samples, "), run.stdout
    assert files(small())[MEMBRANES]
