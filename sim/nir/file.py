"""Reads a `.nir` file, or a graph in memory, into a `RawGraph`.

The file's bytes are taken once, hashed, and opened in a child process (`child`) under `Limits`: a
hostile or damaged file can end that process, never the user's, and can make neither read another file.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import signal
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

import msgspec
import numpy as np

from ...targets.regular_file import NotRegularError, TooLargeError, read_regular, reason
from ..diagnostic import Diagnostic, DiagnosticError, error, note, raise_errors
from ..file_kinds import HDF5, kind_of
from ..near_names import near_files
from .limits import SECONDS, Limits, usual_limits
from .path import shown
from .raw_graph import RawGraph
from .reader import NoAnswerError, answer
from .schema import Text, Tree, graph_from_tree

if TYPE_CHECKING:
    import nir

NUMBER_DTYPES = frozenset(
    np.dtype(code).str for code in ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8")
)


class _Finding(msgspec.Struct, frozen=True):
    """A `Diagnostic` of the child process."""

    code: str
    message: str
    where: str
    hint: str
    facts: list[tuple[str, str]]


class _Stored(msgspec.Struct, frozen=True):
    """What the child process tells of a name: a group, a text dataset, or an array, whose numbers follow."""

    group: dict[str, _Stored] | None = None
    text: tuple[str, ...] | None = None
    shape: tuple[int, ...] = ()
    dtype: str = ""


class _Reply(msgspec.Struct, frozen=True):
    findings: list[_Finding]
    tree: dict[str, _Stored]


def read(path: Path, *, limits: Limits | None = None) -> tuple[RawGraph, tuple[Diagnostic, ...]]:
    """The graph in the file `path`, and notes about it.

    Raises DiagnosticError with all findings: SPK0101-0109 (the file), SPK0110-0116 (its nodes).
    """
    return graph_in(read_image(path, limits=limits), limits=limits)


def graph_in(image: bytes, *, limits: Limits | None = None) -> tuple[RawGraph, tuple[Diagnostic, ...]]:
    """The graph in the bytes of a `.nir` file, and notes about it. Raises DiagnosticError: SPK0103-0116."""
    if not image.startswith(HDF5):
        raise DiagnosticError((_not_hdf5(image),))
    tree = _tree_of(image, limits or usual_limits())
    diagnostics: list[Diagnostic] = []
    version = tree.get("version")
    text = version.single if isinstance(version, Text) else None
    if text is None:
        diagnostics.append(
            note("SPK0118", "the file does not say which version of NIR wrote it", where="/version")
        )
    root = tree.get("node")
    if not isinstance(root, Mapping):
        hint = "NIR graphs lie in the group /node; is this a NIR data file, or another HDF5 file?"
        raise DiagnosticError(
            (error("SPK0110", "there is no NIR graph in this file", where="/node", hint=hint),)
        )
    graph, findings = graph_from_tree(root, version=text or "", sha256=hashlib.sha256(image).hexdigest())
    diagnostics += findings
    raise_errors(diagnostics)
    return graph, tuple(diagnostics)


def _not_hdf5(image: bytes) -> Diagnostic:
    kind = kind_of(io.BytesIO(image))
    if kind is not None:
        return error("SPK0103", f"this is not a .nir file but {kind.what}", hint=kind.network)
    start = shown(image[:16].decode("latin-1")) if image else "nothing: the file is empty"
    message = f"this is not an HDF5 file; it begins with {start}"
    return error("SPK0103", message, hint="a .nir file is written by nir.write(path, graph)")


def from_nir(graph: nir.NIRGraph) -> tuple[RawGraph, tuple[Diagnostic, ...]]:
    """The same for a graph in memory; its arrays are copied. Raises DiagnosticError (SPK0110-0116)."""
    raw, diagnostics = graph_from_tree(_tree_in_memory(graph))
    raise_errors(diagnostics)
    return raw, tuple(diagnostics)


def read_image(path: Path, *, limits: Limits | None = None) -> bytes:
    """Take the bytes of a `.nir` file, once. Raises DiagnosticError: SPK0101, SPK0102."""
    limits = limits or usual_limits()
    name = shown(str(path))
    try:
        return read_regular(path, limits.file_bytes)
    except NotRegularError as fault:
        message = f"{name} is not a regular file"
        raise DiagnosticError((error("SPK0101", message),)) from fault
    except TooLargeError as fault:
        message = f"{name} has {fault.size} bytes; the limit is {limits.file_bytes}"
        hint = "raise the limit if you trust the file"
        raise DiagnosticError((error("SPK0102", message, hint=hint),)) from fault
    except OSError as fault:
        message = f"{name} cannot be opened: {shown(reason(fault))}"
        hint = near_files(path) if isinstance(fault, FileNotFoundError) else ""
        raise DiagnosticError((error("SPK0101", message, hint=hint),)) from fault


def _tree_of(image: bytes, limits: Limits) -> Tree:
    """What the child process found in the file. Raises DiagnosticError with its findings."""
    head, _, body = _reply(image, limits).partition(b"\n")
    reply = msgspec.convert(json.loads(head), _Reply)
    if reply.findings:
        raise DiagnosticError(tuple(_finding(item) for item in reply.findings))
    offset = [0]
    return _tree(reply.tree, body, offset)


def _reply(image: bytes, limits: Limits) -> bytes:
    request = json.dumps(asdict(limits)).encode() + b"\n" + image
    try:
        done = answer(request, limits.wall_seconds)
    except NoAnswerError as fault:
        raise DiagnosticError((_killed(f"no answer after {limits.wall_seconds} s"),)) from fault
    if done.code == -signal.SIGXCPU:
        raise DiagnosticError((_slow(limits),))
    if done.code < 0:
        raise DiagnosticError((_killed(f"ended by signal {-done.code}"),))
    if done.code > 0:
        raise RuntimeError(f"the reading process failed: {done.errors}")
    return done.data


def _killed(how: str) -> Diagnostic:
    return error(
        "SPK0107",
        "the file crashes or hangs the HDF5 library",
        hint="the file is damaged or was made to do harm: copy or export it again",
        process=how,
    )


def _slow(limits: Limits) -> Diagnostic:
    rate = limits.bytes_per_cpu_second >> 20
    return error(
        "SPK0107",
        f"reading the file took more than {limits.cpu_seconds} s of processor time, and 1 s for each {rate} MiB in it",
        hint=f"the file is damaged or was made to do harm; if you trust it, {SECONDS}=30 gives it 30 s",
        process=f"ended by signal {int(signal.SIGXCPU)}",
    )


def _finding(item: _Finding) -> Diagnostic:
    return error(item.code, item.message, where=item.where, hint=item.hint, **dict(item.facts))


def _tree(stored: Mapping[str, _Stored], body: bytes, offset: list[int]) -> Tree:
    """Arrays lie in `body` in the order in which the tree names them; `offset` counts the bytes taken."""
    tree: dict[str, Tree | np.ndarray | Text] = {}
    for name, item in stored.items():
        if item.group is not None:
            tree[name] = _tree(item.group, body, offset)
        elif item.text is not None:
            tree[name] = Text(values=item.text, shape=item.shape)
        else:
            tree[name] = _array(item, body, offset)
    return tree


def _array(item: _Stored, body: bytes, offset: list[int]) -> np.ndarray:
    if item.dtype not in NUMBER_DTYPES:
        raise DiagnosticError((error("SPK0109", f"holds numbers of type {item.dtype}, which are not read"),))
    dtype, shape = np.dtype(item.dtype), item.shape
    count, start = math.prod(shape), offset[0]
    offset[0] = start + count * dtype.itemsize
    return (
        np.frombuffer(body, dtype=dtype, count=count, offset=start).reshape(shape)
        if count
        else np.empty(shape, dtype)
    )


def _tree_in_memory(graph: nir.NIRGraph) -> Tree:
    members: dict[str, Tree | np.ndarray | Text] = {
        str(name): _node_in_memory(node) for name, node in graph.nodes.items()
    }
    names = [str(name) for edge in graph.edges for name in edge]
    edges = Text(values=tuple(names), shape=(len(names) // 2, 2))
    told = {name: _text(value) for name, value in graph.metadata.items() if isinstance(value, (str, bytes))}
    return {"type": Text(values=("NIRGraph",)), "nodes": members, "edges": edges, "metadata": told}


def _is_graph(node: nir.NIRNode) -> TypeGuard[nir.NIRGraph]:
    return hasattr(node, "nodes")


def _node_in_memory(node: nir.NIRNode) -> Tree:
    if _is_graph(node):
        return _tree_in_memory(node)
    stored: dict[str, Tree | np.ndarray | Text] = {}
    for name, value in node.to_dict().items():
        if name == "metadata" or value is None:
            continue
        stored[name] = _text(value) if isinstance(value, (str, bytes)) else np.asarray(value)
    return stored


def _text(value: str | bytes) -> Text:
    return Text(values=(value.decode(errors="replace") if isinstance(value, bytes) else value,))
