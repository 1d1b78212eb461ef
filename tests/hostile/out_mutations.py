"""Seeded mutations of the files of an output: what nobody's mistake makes, but what anybody could send.

Each file is changed as what it is: JSON in its tree, archives in their members, toml and text in their numbers, all of
them in their bits. Nothing here knows a file by its name or a chip.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence
from typing import TypeAlias

import numpy as np

Files = dict[str, bytes]
Change = Callable[[bytes, np.random.Generator], bytes]
Tree: TypeAlias = "dict[str, Tree] | list[Tree] | str | int | float | bool | None"

ODD: tuple[Tree, ...] = (
    None, True, False, 0, 1, -1, 2, 7, 255, 256, -(2**31), 2**31, 2**53, 2**63, 2**64, 10**30, -(10**30), 0.5, -0.5,
    1e-308, 1e308, float("inf"), float("nan"), "", "x", "0", "\0", "\ud800", "\x1b[31m", "a" * 5000, "../x", [], {},
    [[]], [{}], {"": []}, [0] * 3, [None], {"a": 1},
)  # fmt: skip
NUMBERS = (
    b"0",
    b"1",
    b"-1",
    b"2147483648",
    b"18446744073709551616",
    b"1e308",
    b"0.5",
    b"nan",
    b"9" * 400,
    b"",
    b"x",
)
DTYPES = (
    "?",
    "i1",
    "u1",
    "i2",
    ">i4",
    "u4",
    "i8",
    "u8",
    "f2",
    "f4",
    "f8",
    "c8",
    "S3",
    "U2",
    "M8[s]",
    "V4",
    "O",
)
MOST_TEXT = 1 << 16


def mutated(files: Mapping[str, bytes], other: Mapping[str, bytes], seed: int) -> tuple[str, Files]:
    """One file of an output changed, left out, or taken from another output; and what was done, in words."""
    random = np.random.default_rng(seed)
    name = _one(sorted(files), random)
    changed = dict(files)
    roll = random.random()
    if roll < 0.04:
        del changed[name]
        return f"{name} is missing", changed
    if roll < 0.1 and name in other:
        changed[name] = other[name]
        return f"{name} of another output", changed
    if roll < 0.12:
        source = _one(sorted(files), random)
        changed[name] = files[source]
        return f"{name} holds {source}", changed
    changes = _changes(name, files[name])
    change = changes[int(random.integers(len(changes)))]
    for _ in range(int(random.integers(1, 3))):
        changed[name] = change(changed[name], random)
    return f"{name}: {change.__name__}", changed


def _changes(name: str, data: bytes) -> tuple[Change, ...]:
    if name.endswith(".npz"):
        return (members, members, members, member_bits, bits)
    if data[:1] in (b"{", b"["):
        return (json_tree, json_tree, json_tree, numbers, bits)
    if _is_text(data):
        return (numbers, numbers, lines, bits)
    return (bits, cut)


def _is_text(data: bytes) -> bool:
    return data[:4096].isascii() and not set(data[:4096]) & {0, 0x89}


def _one(names: list[str], random: np.random.Generator) -> str:
    return names[int(random.integers(len(names)))]


def bits(data: bytes, random: np.random.Generator) -> bytes:
    """Up to eight bits are flipped."""
    found = bytearray(data)
    for _ in range(int(random.integers(1, 9)) if found else 0):
        found[int(random.integers(len(found)))] ^= 1 << int(random.integers(8))
    return bytes(found)


def cut(data: bytes, random: np.random.Generator) -> bytes:
    """The end is missing, or there is more than the end."""
    return data + b"\0" * 9 if random.random() < 0.3 else data[: int(random.integers(len(data) + 1))]


def numbers(data: bytes, random: np.random.Generator) -> bytes:
    """One number of a text is another one."""
    places = [m.span() for m in re.finditer(rb"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", data[:MOST_TEXT])]
    if not places:
        return bits(data, random)
    start, end = places[int(random.integers(len(places)))]
    return data[:start] + NUMBERS[int(random.integers(len(NUMBERS)))] + data[end:]


def lines(data: bytes, random: np.random.Generator) -> bytes:
    """A line is missing, stands twice, or two have changed places."""
    found = data.split(b"\n")
    at, to = int(random.integers(len(found))), int(random.integers(len(found)))
    roll = random.random()
    if roll < 0.4:
        del found[at]
    elif roll < 0.7:
        found.insert(to, found[at])
    else:
        found[at], found[to] = found[to], found[at]
    return b"\n".join(found)


def json_tree(data: bytes, random: np.random.Generator) -> bytes:
    """A value of a JSON tree is another one, missing, or there twice."""
    try:
        tree: Tree = json.loads(data)
    except ValueError:
        return bits(data, random)
    places: list[tuple[MutableMapping[str, Tree] | MutableSequence[Tree], str | int]] = []
    _places(tree, places)
    if not places:
        return json.dumps(ODD[int(random.integers(len(ODD)))]).encode()
    # Half of the time near the root, where everything hangs.
    at = int(random.integers(min(len(places), 40) if random.random() < 0.5 else len(places)))
    holder, key = places[at]
    roll = random.random()
    if isinstance(holder, dict) and isinstance(key, str):
        if roll < 0.2:
            del holder[key]
        elif roll < 0.3:
            holder[f"{key}x"] = holder.pop(key)
        else:
            holder[key] = _odd(holder[key], random)
    elif isinstance(holder, list) and isinstance(key, int):
        if roll < 0.2:
            del holder[key]
        elif roll < 0.3:
            holder.append(holder[key])
        else:
            holder[key] = _odd(holder[key], random)
    return (json.dumps(tree, indent=1, sort_keys=True) + "\n").encode()


def _places(
    tree: Tree, found: list[tuple[MutableMapping[str, Tree] | MutableSequence[Tree], str | int]]
) -> None:
    """Every place in a tree, those near the root first."""
    level: list[Tree] = [tree]
    while level:
        inner: list[Tree] = []
        for each in level:
            if isinstance(each, dict):
                found += [(each, key) for key in each]
                inner += each.values()
            elif isinstance(each, list):
                found += [(each, k) for k in range(len(each))]
                inner += each
        level = inner


def _odd(value: Tree, random: np.random.Generator) -> Tree:
    """Something else in place of a value: near it, or anything."""
    near = random.random() < 0.4
    if near and isinstance(value, bool):
        return not value
    if near and isinstance(value, int | float):
        return (value + 1, value - 1, -value, value * 1000, value * 1.0)[int(random.integers(5))]
    if near and isinstance(value, list):
        return (value[:-1], value + value, value[::-1], value[1:])[int(random.integers(4))]
    return ODD[int(random.integers(len(ODD)))]


def members(data: bytes, random: np.random.Generator) -> bytes:
    """An array of an archive is another one, missing, under another name, or one is there too many."""
    try:
        arrays = {n: a for n, a in np.load(io.BytesIO(data)).items()}
    except (ValueError, OSError, zipfile.BadZipFile, KeyError, EOFError):
        return bits(data, random)
    if not arrays:
        return bits(data, random)
    name = _one(sorted(arrays), random)
    roll = random.random()
    if roll < 0.1:
        del arrays[name]
    elif roll < 0.15:
        arrays[f"{name}x"] = arrays.pop(name)
    elif roll < 0.2:
        arrays[name] = arrays[_one(sorted(arrays), random)]
    elif roll < 0.25:
        return _archive(arrays, raw=name)
    elif (
        arrays[name].dtype == np.uint8
        and arrays[name].ndim == 1
        and arrays[name].tobytes()[:1] in (b"{", b"[")
    ):
        arrays[name] = np.frombuffer(json_tree(arrays[name].tobytes(), random), dtype=np.uint8)
    else:
        arrays[name] = _array(arrays[name], random)
    return _archive(arrays)


def member_bits(data: bytes, random: np.random.Generator) -> bytes:
    """Bits of one member are flipped under a right checksum."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            stored = {n: archive.read(n) for n in archive.namelist()}
    except (ValueError, OSError, zipfile.BadZipFile):
        return bits(data, random)
    if stored:
        name = _one(sorted(stored), random)
        stored[name] = bits(stored[name], random)
    return _zipped(stored)


def _array(array: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """An array of another type, of another shape, or with other numbers."""
    roll = random.random()
    if roll < 0.25:
        kind = DTYPES[int(random.integers(len(DTYPES)))]
        numbers = array.dtype.kind in "biuf" and kind[0] not in "SUMVO"
        return array.astype(kind) if numbers else np.zeros(array.shape, dtype=kind)
    if roll < 0.5:
        shapes = (
            (),
            (0,),
            (1,),
            (array.size,),
            (1, *array.shape),
            (*array.shape, 1),
            (0, *array.shape),
            (3, 5),
        )
        return np.resize(array, shapes[int(random.integers(len(shapes)))])
    if roll < 0.6 or not array.size:
        return np.resize(array, (array.size + 1,))
    changed = array.copy()
    if array.dtype.kind not in "iuf":
        return changed[:-1]
    kind = np.finfo(array.dtype) if array.dtype.kind == "f" else np.iinfo(array.dtype)
    at = int(random.integers(array.size))
    values = (kind.max, kind.min, 0, 1, array.flat[-1], array.flat[0])
    changed.flat[at] = values[int(random.integers(len(values)))]
    if array.dtype.kind == "i" and random.random() < 0.3:
        changed.flat[at] = -1
    return changed


def _archive(arrays: Mapping[str, np.ndarray], raw: str = "") -> bytes:
    """raw: the member that is written without `.npy`."""
    stored: dict[str, bytes] = {}
    for name, array in arrays.items():
        member = io.BytesIO()
        np.lib.format.write_array(member, array, allow_pickle=True)
        stored[name if name == raw else f"{name}.npy"] = member.getvalue()
    return _zipped(stored)


def _zipped(stored: Mapping[str, bytes]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_STORED) as archive:
        for name, data in stored.items():
            archive.writestr(name, data)
    return body.getvalue()
