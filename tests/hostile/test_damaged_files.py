"""Seeded random damage to good files: always a graph or a coded finding, never a crash of this process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.limits import Limits
from spikec.sim.nirfile import read

CORPUS = Path(__file__).parents[1] / "corpus"
GOOD = ("sj_cnn_digits_if", "spyx_rlif_140_48_20")
MUTANTS_OF_A_KIND = 25
READER_CODES = {f"SPK01{n:02d}" for n in range(1, 19)}


def flip_bits(data: bytearray, rng: np.random.Generator) -> None:
    for _ in range(int(rng.integers(1, 64))):
        data[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))


def truncate(data: bytearray, rng: np.random.Generator) -> None:
    del data[int(rng.integers(len(data))) :]


def overwrite_block(data: bytearray, rng: np.random.Generator) -> None:
    size = int(rng.integers(1, 4096))
    start = int(rng.integers(len(data) - size))
    data[start : start + size] = rng.bytes(size)


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("damage", [flip_bits, truncate, overwrite_block], ids=lambda f: f.__name__)
def test_damage(tmp_path: Path, name: str, damage: object) -> None:
    rng = np.random.default_rng([len(name), len(damage.__name__)])  # pyright: ignore[reportAttributeAccessIssue]
    original = (CORPUS / f"{name}.nir").read_bytes()
    refused: list[set[str]] = []
    for index in range(MUTANTS_OF_A_KIND):
        data = bytearray(original)
        damage(data, rng)  # pyright: ignore[reportCallIssue]
        path = tmp_path / f"{index}.nir"
        path.write_bytes(data)
        try:
            read(path, limits=Limits(cpu_seconds=4, wall_seconds=10))
        except DiagnosticError as fault:
            refused.append({d.code for d in fault.diagnostics})
    assert all(codes <= READER_CODES for codes in refused)
    assert damage is not truncate or len(refused) == MUTANTS_OF_A_KIND
