"""Stimulus files are read under limits, and drawn stimuli are the same everywhere."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spikec.sim import npzguard, run_memory
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.stimulus import load, poisson

SHAPES = {"input": (3,)}
GOOD = np.arange(12, dtype=np.float32).reshape(2, 2, 3) - 5.5


def codes(call: Callable[[], object]) -> list[str]:
    with pytest.raises(DiagnosticError) as caught:
        call()
    return [found.code for found in caught.value.diagnostics]


def test_one_input_by_its_short_name(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "s.npz", input=GOOD, labels=np.array([4, 0]), output=np.zeros(3))
    found = load(tmp_path / "s.npz", SHAPES)
    assert np.array_equal(found.inputs["input"], GOOD)
    assert not found.inputs["input"].flags.writeable
    assert found.labels is not None
    assert found.labels.tolist() == [4, 0]
    assert (found.steps, found.batch) == (2, 2)
    assert found.source["name"] == "s.npz"
    assert str(tmp_path) not in str(found.source)


def test_several_inputs_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "s.npz", **{"input/a": GOOD, "input/b": np.ones((2, 2, 1, 4), bool)})
    found = load(tmp_path / "s.npz", {"a": (3,), "b": (4,)})
    assert found.inputs["b"].shape == (2, 2, 4)
    assert found.inputs["b"].dtype == np.uint8
    assert found.labels is None


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        ({"inputs": GOOD}, ["SPK0406"]),
        ({"input": GOOD, "input/typo": GOOD}, ["SPK0406"]),
        ({"input": GOOD[..., :2]}, ["SPK0407"]),
        ({"input": GOOD[0, 0]}, ["SPK0407"]),
        ({"input": GOOD[:0]}, ["SPK0407"]),
        ({"input": np.where(GOOD > 3, np.nan, GOOD)}, ["SPK0408"]),
        ({"input": np.where(GOOD > 3, np.inf, GOOD)}, ["SPK0408"]),
        ({"input": GOOD.astype(complex)}, ["SPK0404"]),
        ({"input": np.full((2, 2, 3), "x")}, ["SPK0404"]),
        ({"input": np.full((2, 2, 3), None)}, ["SPK0404"]),
        ({"input": GOOD, "labels": np.array([1, 2, 3])}, ["SPK0409"]),
        ({"input": GOOD, "labels": np.array([0.5, 2])}, ["SPK0409"]),
        ({"input": GOOD, "labels": np.array([-1, 2])}, ["SPK0409"]),
    ],
)
def test_faults_have_codes(tmp_path: Path, arrays: dict[str, np.ndarray], expected: list[str]) -> None:
    np.savez(tmp_path / "s.npz", **arrays)
    assert codes(lambda: load(tmp_path / "s.npz", SHAPES)) == expected


def test_inputs_of_different_length(tmp_path: Path) -> None:
    np.savez(tmp_path / "s.npz", **{"input/a": GOOD, "input/b": GOOD[:1]})
    assert codes(lambda: load(tmp_path / "s.npz", {"a": (3,), "b": (3,)})) == ["SPK0407"]


def test_no_file(tmp_path: Path) -> None:
    assert codes(lambda: load(tmp_path / "none.npz", SHAPES)) == ["SPK0401"]
    assert codes(lambda: load(tmp_path, SHAPES)) == ["SPK0401"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip at all" * 99])
def test_not_an_archive(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "s.npz").write_bytes(content)
    assert codes(lambda: load(tmp_path / "s.npz", SHAPES)) == ["SPK0402"]


def npy(shape: str, body: bytes, descr: str = "'<f4'") -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + body


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        (npy("(1099511627776, 1, 3)", b"x" * 12), ["SPK0403", "SPK0405"]),
        (npy("(1, 1, 3)", b"x" * 8), ["SPK0403"]),
        (npy("(1, 1, 3)", bytes(12) + b"more"), ["SPK0403"]),
        (npy("(-1, -1, 3)", bytes(12)), ["SPK0403"]),
        (npy("(1, 1, 3)", bytes(24), "'|O'"), ["SPK0404"]),
        (npy("(1, 1, 3)", bytes(12), "[('a', '<f4')]"), ["SPK0404"]),
        (npy("__import__('os')", bytes(12)), ["SPK0403"]),
        (b"\x93NUMPY\x09\x00", ["SPK0403"]),
        (b"", ["SPK0403"]),
    ],
)
def test_hostile_members(tmp_path: Path, member: bytes, expected: list[str]) -> None:
    with zipfile.ZipFile(tmp_path / "s.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("input.npy", member)
    assert codes(lambda: load(tmp_path / "s.npz", SHAPES)) == expected


def test_a_flipped_bit_is_seen(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, input=GOOD)
    content = bytearray(buffer.getvalue())
    content[content.index(GOOD.tobytes()) + 5] ^= 4
    (tmp_path / "s.npz").write_bytes(bytes(content))
    assert codes(lambda: load(tmp_path / "s.npz", SHAPES)) == ["SPK0403"]


def test_sizes_are_summed_before_anything_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez_compressed(tmp_path / "s.npz", **{"input/a": GOOD, "input/b": GOOD})
    monkeypatch.setattr(npzguard, "MAX_BYTES", GOOD.nbytes * 2 - 1)
    assert codes(lambda: load(tmp_path / "s.npz", {"a": (3,), "b": (3,)})) == ["SPK0405"]


def test_what_a_run_fills_is_known_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two steps of two samples in 4 GiB."""
    np.savez(tmp_path / "s.npz", input=GOOD)
    fits = (run_memory.USUAL_GIB << 30) // 4
    assert load(tmp_path / "s.npz", SHAPES, fits).steps == 2
    assert poisson(SHAPES, 0.5, 2, 2, bytes_a_step=fits).steps == 2
    monkeypatch.setattr(npzguard, "_read", None)
    assert codes(lambda: load(tmp_path / "s.npz", SHAPES, fits + 1)) == ["SPK0412"]
    assert codes(lambda: poisson(SHAPES, 0.5, 2, 2, bytes_a_step=fits + 1)) == ["SPK0412"]
    monkeypatch.undo()
    monkeypatch.setenv(run_memory.VARIABLE, "5")
    assert load(tmp_path / "s.npz", SHAPES, fits + 1).batch == 2


def test_drawn_spikes_are_fixed_by_their_arguments() -> None:
    first = poisson({"b": (50,), "a": (4, 5)}, 0.3, 40, 6, seed=9)
    again = poisson({"a": (4, 5), "b": (50,)}, 0.3, 40, 6, seed=9)
    assert first.source == again.source
    assert {name: x.tobytes() for name, x in first.inputs.items()} == {
        name: x.tobytes() for name, x in again.inputs.items()
    }
    assert first.inputs["a"].shape == (40, 6, 4, 5)
    assert abs(first.inputs["b"].mean() - 0.3) < 0.02
    assert not np.array_equal(
        first.inputs["b"], poisson({"b": (50,), "a": (4, 5)}, 0.3, 40, 6, seed=8).inputs["b"]
    )
    # The stream itself: a change here would change every recorded seed.
    assert np.flatnonzero(poisson({"x": (16,)}, 0.25, 1, 1, seed=0).inputs["x"]).tolist() == STREAM


STREAM = [2, 3, 11, 13, 15]


@pytest.mark.parametrize(
    "bad", [{"rate": 1.5}, {"rate": float("nan")}, {"steps": 0}, {"batch": 0}, {"seed": -1}]
)
def test_impossible_draws(bad: dict[str, float]) -> None:
    arguments: dict[str, Any] = {"rate": 0.5, "steps": 2, "batch": 1, "seed": 0, **bad}
    assert codes(lambda: poisson({"x": (1,)}, **arguments)) == ["SPK0410"]


def crafted(header: bytes) -> bytes:
    """An array of numpy's format 1.0 with any text for a header."""
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(64)


@pytest.mark.parametrize(
    "header",
    [
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2, 3), ",
        b"(" * 4000 + b")" * 4000,
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2, 3\x00), }",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (" + b"9" * 5000 + b",), }",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (True, 2, 3), }",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (-2, -2, 3), }",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (2.0, 2, 3), }",
        b"  'descr'\n  x",
        b"{'descr': [('a', '<f4', 9**99)], 'fortran_order': False, 'shape': (2,), }",
        b"[]",
        b"",
    ],
)
def test_a_header_that_is_none(header: bytes, tmp_path: Path) -> None:
    """What Python's tokenizer says of it is as little a fault of the program as what numpy says."""
    with zipfile.ZipFile(tmp_path / "s.npz", "w") as archive:
        archive.writestr("input.npy", crafted(header))
    assert codes(lambda: load(tmp_path / "s.npz", SHAPES)) == ["SPK0403"]
