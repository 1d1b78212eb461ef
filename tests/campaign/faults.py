"""Changes one number, digit or bit of one file of an output, and asks `check`; digests of files do not count here."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.output.again import check_files
from spikec.compiler.output.artifacts import json_bytes, npz_bytes
from spikec.compiler.output.finished import finished_files, recorded_stimulus
from spikec.compiler.output.rebuild import rebuilt
from spikec.compiler.prepare import resolve_target
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.nir.raw_graph import RawGraph
from spikec.targets.layout import DecodeError

Path = tuple[str | int, ...]
PASSED_ON = frozenset({"source.nir"})
"""What the network is read from: another network is no fault of the output."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Who saw a fault. refused: the output could not be read again. loaded: whether the configuration that would be
    loaded is another one, or none."""

    static: bool = False
    dynamic: bool = False
    files: bool = False
    refused: bool = False
    loaded: bool = False

    @property
    def at_all(self) -> bool:
        return self.static or self.dynamic or self.files or self.refused

    @property
    def as_placement(self) -> bool:
        """By the placement verdict, or since nothing could be decoded."""
        return self.static or self.dynamic or self.refused


def with_fault(files: Mapping[str, bytes], random: np.random.Generator) -> tuple[str, dict[str, bytes]]:
    """Name of the file that is changed, and where; and all files."""
    names = sorted(set(files) - PASSED_ON)
    while True:
        name = names[int(random.integers(len(names)))]
        place, data = changed(name, files[name], random)
        if data != files[name]:
            return f"{name} {place}", {**files, name: data}


def changed(name: str, data: bytes, random: np.random.Generator) -> tuple[str, bytes]:
    """Where, and the new bytes; the same bytes where nothing can be changed."""
    if name.endswith(".npz"):
        return _array(data, random)
    if name.endswith(".json"):
        return _leaf(data, random)
    if name.endswith(".bin"):
        at = int(random.integers(len(data)))
        return f"byte {at}", data[:at] + bytes([data[at] ^ 1 << int(random.integers(8))]) + data[at + 1 :]
    digits = [k for k, byte in enumerate(data) if chr(byte).isdigit()]
    if not digits:
        return "", data
    at = digits[int(random.integers(len(digits)))]
    return f"byte {at}", data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _array(data: bytes, random: np.random.Generator) -> tuple[str, bytes]:
    with np.load(io.BytesIO(data)) as found:
        arrays = {key: found[key] for key in found.files}
    keys = sorted(key for key, values in arrays.items() if values.size and values.dtype.kind in "biuf")
    if not keys:
        return "", data
    key = keys[int(random.integers(len(keys)))]
    values = arrays[key].copy()
    at = int(random.integers(values.size))
    values.flat[at] = values.flat[at] + 1 if values.dtype.kind != "b" else not values.flat[at]
    return f"{key}[{at}]", npz_bytes({**arrays, key: values})


def _leaf(data: bytes, random: np.random.Generator) -> tuple[str, bytes]:
    document = json.loads(data)
    leaves = list(_leaves(document, ()))
    path = leaves[int(random.integers(len(leaves)))]
    holder = document
    for part in path[:-1]:
        holder = holder[part]
    value = holder[path[-1]]
    if isinstance(value, bool):
        holder[path[-1]] = not value
    elif isinstance(value, int | float):
        holder[path[-1]] = value + 1
    else:
        holder[path[-1]] = f"{value}x" if isinstance(value, str) else 1
    return ".".join(map(str, path)), json_bytes(document)


def _leaves(value: object, path: Path) -> list[Path]:
    if isinstance(value, dict):
        return [leaf for key in sorted(value) for leaf in _leaves(value[key], (*path, key))]
    if isinstance(value, list):
        return [leaf for k, part in enumerate(value) for leaf in _leaves(part, (*path, k))]
    return [path] if path else []


def seen(raw: RawGraph, files: Mapping[str, bytes], digest: str) -> Seen:
    """Ask as `spikec check` does. digest: of the configuration without fault. Raises what would be an internal
    error."""
    try:
        output = finished_files(raw, files, "the output")
        loaded = _digest(output.options, files) != digest
        verdicts = check_files(raw, files, output.options, recorded_stimulus(output))
        again = rebuilt(raw, files, recorded_stimulus(output))
    except DiagnosticError:
        return Seen(refused=True)
    return Seen(
        static=not verdicts.placement.static.identical,
        dynamic=not verdicts.placement.dynamic.identical,
        files=not again.identical,
        loaded=loaded,
    )


def _digest(options: object, files: Mapping[str, bytes]) -> str:
    from spikec.compiler.options import Options

    assert isinstance(options, Options)
    target = resolve_target(options)
    try:
        return backend_of(target).read_files(target, files).digest()
    except DecodeError:
        return ""
