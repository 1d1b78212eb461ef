"""What a file is that was given in the place of another, by its first bytes."""

from __future__ import annotations

import gzip
import io
import pickle
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.file_kinds import kind_of
from spikec.sim.nir.file import graph_in
from spikec.sim.stimulus import load


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return file.getvalue()


def saved(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


def hdf5() -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w") as made:
        made["x"] = 1
    return file.getvalue()


FILES = {
    "Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 7\n",
    "torch saved": zipped("net/data.pkl", "net/data/0"),
    ".npz of arrays": zipped("input.npy"),
    "zip archive": zipped("notes.txt"),
    "damaged or cut short": zipped("input.npy")[:60],
    ".npy": saved(np.zeros((2, 3))),
    "pickle": pickle.dumps({"weight": 1}, protocol=2),
    "gzip": gzip.compress(b"x"),
    "web page": b"\n <!doctype HTML><html>",
    "HDF5": hdf5(),
}


@pytest.mark.parametrize("what", FILES)
def test_kinds(what: str) -> None:
    file = io.BytesIO(FILES[what])
    found = kind_of(file)
    assert found is not None
    assert what in found.what
    assert file.tell() == 0


@pytest.mark.parametrize(
    "data",
    [b"", b"PK", b"0 1 0 1", b"PK\x03\x04" + b"\0" * 40, FILES["torch saved"][:60]],
    ids=["nothing", "two letters", "digits", "an empty header", "cut off"],
)
def test_what_tells_nothing_raises_nothing(data: bytes) -> None:
    found = kind_of(io.BytesIO(data))
    assert found is None or "zip" in found.what


@pytest.mark.parametrize("what", sorted({*FILES} - {"HDF5"}))
def test_as_a_network(what: str) -> None:
    with pytest.raises(DiagnosticError, match="SPK0103") as caught:
        graph_in(FILES[what])
    assert what in caught.value.diagnostics[0].message
    assert caught.value.diagnostics[0].hint


@pytest.mark.parametrize("what", sorted({*FILES} - {".npz of arrays", "zip archive"}))
def test_as_a_stimulus(what: str, tmp_path: Path) -> None:
    (tmp_path / "s.npz").write_bytes(FILES[what])
    with pytest.raises(DiagnosticError, match="SPK0402") as caught:
        load(tmp_path / "s.npz", {"in": (3,)})
    assert what in caught.value.diagnostics[0].message
    assert caught.value.diagnostics[0].hint
