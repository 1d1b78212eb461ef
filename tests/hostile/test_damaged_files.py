"""Seeded random damage to good files: always a network or coded findings, never a crash, in bounded memory.

SPIKEC_MUTANTS sets how many files are tried (2,000 for a release); what is read goes on through flattening, shapes
and checks, and every 25th of those through the whole compile. `pytest -rP` shows times and memory.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from spikec.compiler.options import Options
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.prepare import read_front, resolve_target
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.nir.file import read

CORPUS = Path(__file__).parents[1] / "corpus"
GOOD = {
    "sj_cnn_digits_if": ("spikingjelly", 1e-4),
    "spyx_rlif_140_48_20": ("spyx.RLIF", 1e-3),
    "snntorch_mlp_digits_sub": ("snntorch.Leaky", 1e-4),
}
MUTANTS = int(os.environ.get("SPIKEC_MUTANTS", "18"))
COMPILED = 25
MORE_MEMORY_KIB = 512 * 1024


def flip_bits(data: bytearray, rng: np.random.Generator) -> None:
    for _ in range(int(rng.integers(1, 64))):
        data[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))


def truncate(data: bytearray, rng: np.random.Generator) -> None:
    del data[int(rng.integers(len(data))) :]


def overwrite_block(data: bytearray, rng: np.random.Generator) -> None:
    size = int(rng.integers(1, 4096))
    start = int(rng.integers(len(data) - size))
    data[start : start + size] = rng.bytes(size)


def outcome(path: Path, dialect: str, dt: float, *, whole: bool) -> set[str]:
    """Codes of the errors; empty when all went well."""
    options = Options(dialect=dialect, dt_seconds=dt)
    try:
        raw, _ = read(path)
        read_front(raw, options, resolve_target(options))
        if whole:
            assert compile_graph(raw, options).placement_identical
    except DiagnosticError as fault:
        return {d.code for d in fault.diagnostics if d.severity == "error"}
    return set()


@pytest.mark.parametrize("name", sorted(GOOD))
@pytest.mark.parametrize("damage", [flip_bits, truncate, overwrite_block], ids=lambda f: f.__name__)
def test_damage(
    tmp_path: Path,
    name: str,
    damage: Callable[[bytearray, np.random.Generator], None],
) -> None:
    rng = np.random.default_rng([len(name), len(damage.__name__)])
    original = (CORPUS / f"{name}.nir").read_bytes()
    path = tmp_path / "mutant.nir"
    path.write_bytes(original)
    assert outcome(path, *GOOD[name], whole=True) == set()
    base = _peak_kib()
    seconds: list[float] = []
    refused: list[set[str]] = []
    good = 0
    for _ in range(MUTANTS // 9):
        data = bytearray(original)
        damage(data, rng)
        path.write_bytes(data)
        start = time.perf_counter()
        codes = outcome(path, *GOOD[name], whole=good % COMPILED == COMPILED - 1)
        seconds.append(time.perf_counter() - start)
        good += not codes
        if codes:
            refused.append(codes)
    assert all(code.startswith("SPK") and code != "SPK9001" for codes in refused for code in codes)
    assert damage is not truncate or len(refused) == MUTANTS // 9
    assert _peak_kib() - base < MORE_MEMORY_KIB
    print(
        f"{name} {damage.__name__}: {len(seconds)} files, {len(refused)} refused, median {np.median(seconds):.2f} s, "
        f"longest {max(seconds):.2f} s, {(_peak_kib() - base) >> 10} MiB more at most"
    )


def _peak_kib() -> int:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(kind).ru_maxrss for kind in kinds)
