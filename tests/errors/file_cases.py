"""SPK01xx: what is wrong with a file before it is a network."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from .netfiles import chain, lif, linear, port, small, weights, write
from .running import Case, Words, inspect


def no_such_file(folder: Path) -> Words:
    return inspect(folder / "absent.nir")


def a_pipe(folder: Path) -> Words:
    os.mkfifo(folder / "pipe.nir")
    return inspect(folder / "pipe.nir")


def a_huge_file(folder: Path) -> Words:
    net = folder / "net.nir"
    with net.open("wb") as file:
        file.truncate((1 << 30) + 1)
    return inspect(net)


def text(folder: Path) -> Words:
    (folder / "net.nir").write_text('{"nodes": {}}', encoding="utf-8")
    return inspect(folder / "net.nir")


def half_a_file(folder: Path) -> Words:
    net = small(folder / "net.nir")
    net.write_bytes(net.read_bytes()[: net.stat().st_size // 2])
    return inspect(net)


def another_file(folder: Path) -> Words:
    with h5py.File(folder / "net.nir", "w") as file:
        file["data"] = np.zeros(3)
    return inspect(folder / "net.nir")


def spoiled(spoil: Callable[[h5py.Group], None]) -> Case:
    """The small network, its node `w` changed."""

    def case(folder: Path) -> Words:
        net = small(folder / "net.nir")
        with h5py.File(net, "r+") as file:
            place = file["node/nodes/w"]
            assert isinstance(place, h5py.Group)
            spoil(place)
        return inspect(net)

    return case


def replace(place: h5py.Group, value: object) -> None:
    del place["weight"]
    place["weight"] = value


def soft_link(place: h5py.Group) -> None:
    replace(place, h5py.SoftLink("/node/nodes/n/tau"))


def declared_only(place: h5py.Group) -> None:
    del place["weight"]
    place.create_dataset("weight", (1 << 20, 1 << 20), "f4", chunks=(1024, 1024))


def a_second_name(place: h5py.Group) -> None:
    assert place.parent is not None
    place.parent["again"] = place


def complex_weights(place: h5py.Group) -> None:
    replace(place, np.zeros((3, 4), np.complex64))


def text_weights(place: h5py.Group) -> None:
    replace(place, "many")


def a_type_that_is_a_number(place: h5py.Group) -> None:
    del place["type"]
    place["type"] = 3


def no_type(place: h5py.Group) -> None:
    del place["type"]


def a_nan(place: h5py.Group) -> None:
    values = weights(3, 4)
    values[1, 2] = np.nan
    replace(place, values)


def unknown_primitive(folder: Path) -> Words:
    return inspect(small(folder / "net.nir", n={**lif(3), "type": "AdExLIF"}))


def without_threshold(folder: Path) -> Words:
    node = {key: value for key, value in lif(3).items() if key != "v_threshold"}
    return inspect(small(folder / "net.nir", n=node))


def a_parameter_too_many(folder: Path) -> Words:
    return inspect(small(folder / "net.nir", n=lif(3, refractory=2.0)))


def without_reset(folder: Path) -> Words:
    node = {key: value for key, value in lif(3).items() if key != "v_reset"}
    return inspect(small(folder / "net.nir", n=node))


def without_version(folder: Path) -> Words:
    nodes = chain(in_=port("Input", 4), w=linear(weights(3, 4)), n=lif(3), out=port("Output", 3))
    return inspect(write(folder / "net.nir", *nodes, version=""))


def holding(data: bytes) -> Case:
    def case(folder: Path) -> Words:
        (folder / "net.nir").write_bytes(data)
        return inspect(folder / "net.nir")

    return case


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, b"")
    return file.getvalue()


def nearly(folder: Path) -> Words:
    small(folder / "digits.nir")
    return inspect(folder / "digit.nir")


def of_kind(kind: str) -> Case:
    return lambda folder: inspect(small(folder / "net.nir", n={**lif(3), "type": kind}))


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 132735\n"

CASES: dict[str, Case] = {
    "SPK0101 absent": no_such_file,
    "SPK0101 pipe": a_pipe,
    "SPK0101 nearly": nearly,
    "SPK0102": a_huge_file,
    "SPK0103": text,
    "SPK0103 pointer": holding(LFS),
    "SPK0103 torch": holding(zipped("archive/data.pkl", "archive/data/0")),
    "SPK0103 arrays": holding(zipped("input.npy")),
    "SPK0103 page": holding(b"<!DOCTYPE html><html></html>"),
    "SPK0104": spoiled(soft_link),
    "SPK0105": spoiled(declared_only),
    "SPK0106": half_a_file,
    "SPK0108": spoiled(a_second_name),
    "SPK0109": spoiled(complex_weights),
    "SPK0110": another_file,
    "SPK0111": unknown_primitive,
    "SPK0111 maximum": of_kind("MaxPool2d"),
    "SPK0111 norm": of_kind("BatchNorm2d"),
    "SPK0112": without_threshold,
    "SPK0113": a_parameter_too_many,
    "SPK0114": spoiled(text_weights),
    "SPK0115": spoiled(a_nan),
    "SPK0115 large": spoiled(lambda place: replace(place, np.full((3, 4), 1e300))),
    "SPK0116": spoiled(no_type),
    "SPK0116 of another kind": spoiled(a_type_that_is_a_number),
    "SPK0117": without_reset,
    "SPK0118": without_version,
}
