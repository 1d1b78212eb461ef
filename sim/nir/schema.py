"""Checks that what a file, or a graph in memory, holds are nodes and edges of NIR; makes a `RawGraph`.

The checks that need no other node: known kinds, the parameters of each, their sort, finite numbers, the
form of the edges. What nodes mean to each other (shapes, loops, missing ends of edges) is left
to the consumers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from ..diagnostic import Diagnostic, error, note
from ..near_names import did_you_mean
from .foreign_kinds import advice
from .path import shown, stored_at
from .primitives import FACTORS, GRAPH_KIND, PRIMITIVES, Parameter
from .raw_graph import READING, RawGraph, RawNode


@dataclass(frozen=True, slots=True)
class Text:
    """A text dataset: `values` in row-major order, `shape` () for one text."""

    values: tuple[str, ...]
    shape: tuple[int, ...] = ()

    @property
    def single(self) -> str | None:
        """The only value; None where there are none or several."""
        return self.values[0] if len(self.values) == 1 else None


LARGEST = float(np.finfo(np.float32).max)
Tree: TypeAlias = Mapping[str, "Tree | np.ndarray | Text"]
"""The contents of a group, whether it came from a file or from memory."""


@dataclass(kw_only=True)
class Checked:
    """Findings of all nodes so far."""

    found: list[Diagnostic] = field(default_factory=list)

    def error(self, code: str, message: str, path: str, parameter: str = "", *, hint: str = "") -> None:
        """Note an error at a path, or at a parameter of the node there."""
        self.found.append(error(code, message, where=stored_at(path, parameter), hint=hint))


def graph_from_tree(tree: Tree, *, version: str = "", sha256: str = "") -> tuple[RawGraph, list[Diagnostic]]:
    """`tree`: the group /node. The graph holds every node that was understood; findings tell of the rest."""
    checked = Checked()
    if _kind(tree) != GRAPH_KIND:
        checked.error(
            "SPK0110", "the root is not a NIRGraph", "", "type", hint="wrap the node in a nir.NIRGraph"
        )
        return RawGraph(nodes={}, edges=(), version=version, sha256=sha256), checked.found
    nodes, edges = _members(tree, "", checked)
    return RawGraph(
        nodes=nodes, edges=edges, version=version, sha256=sha256, reading=_reading(tree)
    ), checked.found


def _reading(tree: Tree) -> str:
    """What the root says of its reading; "" where that is no text."""
    metadata = tree.get("metadata")
    told = metadata.get(READING) if isinstance(metadata, Mapping) else None
    return (told.single or "") if isinstance(told, Text) else ""


def _kind(tree: Tree) -> str | None:
    kind = tree.get("type")
    return kind.single if isinstance(kind, Text) else None


def _members(
    tree: Tree, path: str, checked: Checked
) -> tuple[dict[str, RawNode], tuple[tuple[str, str], ...]]:
    prefix = path + "/" if path else ""
    stored = tree.get("nodes", {})
    nodes: dict[str, RawNode] = {}
    if isinstance(stored, Mapping):
        for name in sorted(stored):
            if "/" in name or not name:
                hint = "HDF5 cannot store `/` in a name: rename the node"
                checked.error(
                    "SPK0116", f"`{shown(name)}` cannot be the name of a node", path, "nodes", hint=hint
                )
            node = _node(stored[name], prefix + name, checked)
            if node is not None:
                nodes[name] = node
    else:
        checked.error("SPK0116", "`nodes` is a dataset, not a group of nodes", path)
    for name in sorted(set(tree) - {"type", "nodes", "edges", "metadata"}):
        checked.error("SPK0113", f"a NIRGraph has no parameter `{shown(name[:64])}`", path, shown(name))
    return nodes, _edges(tree.get("edges"), path, checked)


def _edges(stored: object, path: str, checked: Checked) -> tuple[tuple[str, str], ...]:
    if isinstance(stored, Text) and len(stored.shape) == 2 and stored.shape[1] == 2:
        return tuple(zip(stored.values[0::2], stored.values[1::2], strict=True))
    if isinstance(stored, (Text, np.ndarray)) and 0 in stored.shape:
        return ()
    what = "is missing" if stored is None else f"has shape {_shape_of(stored)}"
    checked.error("SPK0116", f"`edges` {what}; it must hold pairs of node names, shape (E, 2)", path, "edges")
    return ()


def _shape_of(stored: object) -> tuple[int, ...]:
    return stored.shape if isinstance(stored, (Text, np.ndarray)) else ()


def _node(stored: object, path: str, checked: Checked) -> RawNode | None:
    if not isinstance(stored, Mapping):
        checked.error("SPK0116", "is a dataset, not a node", path)
        return None
    kind = _kind(stored)
    if kind is None:
        inner = any(isinstance(member, Mapping) for member in stored.values())
        hint = "a node name that contains `/` was split into groups: rename the node" if inner else ""
        what = "a node whose `type` is no single text" if "type" in stored else "a node without a `type`"
        checked.error("SPK0116", what, path, hint=hint or "`type` is the name of a primitive of NIR, as text")
        return None
    if kind == GRAPH_KIND:
        nodes, edges = _members(stored, path, checked)
        return RawNode(kind=GRAPH_KIND, graph=RawGraph(nodes=nodes, edges=edges))
    if kind not in PRIMITIVES:
        known = ", ".join(sorted([*PRIMITIVES, GRAPH_KIND]))
        checked.error(
            "SPK0111",
            f"`{shown(kind[:64])}` is not a NIR primitive",
            path,
            "type",
            hint=advice(kind) or did_you_mean(kind, PRIMITIVES) or f"NIR has {known}",
        )
        return None
    return RawNode(kind=kind, params=_parameters(stored, kind, path, checked))


def _parameters(stored: Tree, kind: str, path: str, checked: Checked) -> dict[str, np.ndarray | str]:
    table = PRIMITIVES[kind]
    missing = [name for name, entry in table.items() if entry.required and name not in stored]
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        checked.error("SPK0112", f"{kind} lacks {names}", path, hint=f"{kind} needs {_required(table)}")
    left_out = [n for n, e in table.items() if e.default and n not in stored]
    if left_out:
        values = ", ".join(f"{name} = {table[name].default}" for name in left_out)
        message = f"{kind} stores no {', '.join(left_out)}: NIR's default applies ({values})"
        checked.found.append(note("SPK0117", message, where=stored_at(path)))
    kept: dict[str, np.ndarray | str] = {}
    for name in sorted(set(stored) - {"type", "metadata"}):
        if name not in table:
            # Ignoring it would compile another network than its author described (a refractory time, say).
            checked.error(
                "SPK0113",
                f"{kind} has no parameter `{shown(name[:64])}`",
                path,
                shown(name),
                hint=_unknown(name, table),
            )
            continue
        value = _checked_value(stored[name], table[name], path, name, checked)
        if value is not None:
            kept[name] = value
    return kept


def _required(table: Mapping[str, Parameter]) -> str:
    return ", ".join(name for name, entry in table.items() if entry.required)


def _unknown(name: str, table: Mapping[str, Parameter]) -> str:
    near = _like(name, table)
    return (
        near or "NIR gives it no meaning, and it may change the network: remove it, or put it in `metadata`"
    )


def _like(word: str, known: Mapping[str, object]) -> str:
    return did_you_mean(word, known)


def _checked_value(
    stored: object, entry: Parameter, path: str, name: str, checked: Checked
) -> np.ndarray | str | None:
    if isinstance(stored, Mapping):
        checked.error("SPK0114", "is a group; a parameter is an array", path, name)
        return None
    if isinstance(stored, Text):
        text = stored.single
        if entry.sort == "padding" and text in {"same", "valid"}:
            return text
        if entry.sort == "shape" and text == "None":
            return _read_only(np.empty(0, np.int64))
        expected = "'same', 'valid' or whole numbers" if entry.sort == "padding" else "numbers"
        stored_as = f"the text '{shown(text[:40])}'" if text is not None else f"{len(stored.values)} texts"
        checked.error("SPK0114", f"holds {stored_as}, not {expected}", path, name)
        return None
    if not isinstance(stored, np.ndarray) or stored.dtype.kind not in "biuf":
        dtype = stored.dtype if isinstance(stored, np.ndarray) else type(stored).__name__
        checked.error("SPK0114", f"has elements of type {dtype}, not numbers", path, name)
        return None
    return _checked_array(stored, entry, path, name, checked)


def _checked_array(
    stored: np.ndarray, entry: Parameter, path: str, name: str, checked: Checked
) -> np.ndarray | None:
    if entry.sort == "shape" and stored.size == 0:
        return _read_only(np.empty(0, np.int64))
    if entry.sort != "real" and stored.dtype.kind not in "iu":
        checked.error("SPK0114", f"has elements of type {stored.dtype}, not whole numbers", path, name)
        return None
    if stored.dtype.kind == "f" and (problem := _not_finite(stored, name)):
        checked.error("SPK0115", problem[0], path, name, hint=problem[1])
        return None
    return _read_only(np.array(stored))


def _read_only(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array


def _not_finite(stored: np.ndarray, name: str) -> tuple[str, str] | None:
    """Which values are not finite, or become so in the 32 bits in which networks run; and what to do."""
    bad = ~np.isfinite(stored)
    what, hint = "are not finite", "training diverged, or the export went wrong"
    if not bad.any() and name not in FACTORS and stored.dtype.itemsize > 4:
        bad = np.abs(stored) > LARGEST
        what = f"are past {LARGEST:.4g}, the largest 32-bit float, and would be infinite in it"
        hint = "networks are trained and run in 32-bit floats: scale the weights, and thresholds with them"
    count = int(np.count_nonzero(bad))
    if not count:
        return None
    first = tuple(int(i) for i in np.argwhere(bad)[0])
    return f"{count} of {stored.size} values {what}; the first is {stored[first]} at {list(first)}", hint
