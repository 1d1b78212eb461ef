"""Loihi 1 configurations on disk: the same bytes again, and damaged or hostile files refused."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest
from spikec.targets import load
from spikec.targets.loihi1 import emit, words
from spikec.targets.loihi1.content import CoreContent, InputRoutes

from .loihi1_contents import two_cores

TARGET = load("loihi1")


def test_files_round_trip_and_are_stable() -> None:
    cores, routes = two_cores()
    configuration = emit.encode(cores, 4, routes)
    files = emit.bundle_files(configuration)
    assert sorted(files) == ["configuration.json", "loihi1.npz"]
    again = emit.read_files(files, TARGET)
    assert again.digest() == configuration.digest()
    assert emit.bundle_files(again) == files
    with np.load(io.BytesIO(files["loihi1.npz"]), allow_pickle=False) as archive:
        assert sorted(archive.files) == sorted(configuration.images)
        assert np.array_equal(archive["2/7/cxCfg"], configuration.images["2/7/cxCfg"])
    index = json.loads(files["configuration.json"])
    assert index["words"]["host/inputRoutes"] == 3
    assert index["layouts"]["vthProfileCfg"] == [{"bits": 17, "field": "vth", "low_bit": 0, "signed": False}]
    assert sorted(index["layouts"]) == sorted(w.name for w in (*words.CORE_IMAGES, *words.HOST_IMAGES))


def test_damaged_files_are_refused_or_read() -> None:
    files = emit.bundle_files(emit.encode(*two_cores_with(4)))
    rng = np.random.default_rng(2)
    refused = 0
    for _ in range(600):
        name = sorted(files)[rng.integers(2)]
        body = bytearray(files[name])
        body[rng.integers(len(body))] ^= 1 << int(rng.integers(8))
        cut = int(rng.integers(len(body))) if rng.integers(4) == 0 else len(body)
        try:
            emit.decode(emit.read_files({**files, name: bytes(body[:cut])}, TARGET))
        except emit.DecodeError:
            refused += 1
    assert refused > 300


def two_cores_with(n_inputs: int) -> tuple[list[CoreContent], int, InputRoutes]:
    cores, routes = two_cores()
    return cores, n_inputs, routes


def member(name: str, body: bytes, method: int = zipfile.ZIP_STORED) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as archive:
        archive.writestr(name, body)
    return whole.getvalue()


def npy(array: np.ndarray, shape: str | None = None) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    text = stream.getvalue()
    return text if shape is None else text.replace(b"(3,), }" + b" " * 11, shape.encode())


@pytest.mark.parametrize(
    "archive",
    [
        b"",
        b"no archive",
        member("0/0/cxCfg.npy", b"no array"),
        member("0/0/cxCfg", npy(np.zeros(3, np.uint64))),
        member("0/0/cxCfg.npy", npy(np.zeros(3, np.int32))),
        member("0/0/cxCfg.npy", npy(np.zeros((3, 1), np.uint64))),
        member("0/0/cxCfg.npy", npy(np.zeros(3, np.uint64)), zipfile.ZIP_DEFLATED),
        member("0/0/cxCfg.npy", npy(np.zeros(3, np.uint64), "(999999999999,), }")),
        member("0/0/cxCfg.npy", npy(np.array([{}], dtype=object))),
    ],
    ids=["empty", "no archive", "no array", "no suffix", "type", "axes", "packed", "size", "objects"],
)
def test_hostile_archives_are_refused(archive: bytes) -> None:
    index = json.dumps({"format": "spikec-loihi1/1", "target": "loihi1", "words": {"0/0/cxCfg": 3}}).encode()
    with pytest.raises(emit.DecodeError):
        emit.read_files({"loihi1.npz": archive, "configuration.json": index}, TARGET)


@pytest.mark.parametrize(
    "index",
    [b"", b"[]", b"{}", b"[" * 100_000, b'{"format": "spikec-loihi1/1"}', b"\xff", b'{"format": "other/1"}'],
)
def test_hostile_indices_are_refused(index: bytes) -> None:
    files = emit.bundle_files(emit.encode(*two_cores_with(4)))
    with pytest.raises(emit.DecodeError, match=r"configuration\.json"):
        emit.read_files({**files, "configuration.json": index}, TARGET)


def test_missing_files_are_named() -> None:
    files = emit.bundle_files(emit.encode(*two_cores_with(4)))
    for name in files:
        with pytest.raises(emit.DecodeError, match=name):
            emit.read_files({other: body for other, body in files.items() if other != name}, TARGET)
