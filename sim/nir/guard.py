"""Looks at the structure of an HDF5 file, under limits, before any of its data is read.

HDF5 can reach outside a file (external links and storage, virtual datasets), contain itself (cycles of links)
and declare any amount of data in a few bytes. `survey` visits each object once through the library's
low-level interface and refuses all of that; what it returns is safe to read under the sizes that it adds up.
Only `child` imports this module: it runs in the child process.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

# Compiled modules without stubs.
from h5py import h5d, h5f, h5g, h5l, h5o, h5s, h5t, h5z  # pyright: ignore[reportAttributeAccessIssue]

from ..diagnostic import Diagnostic, error
from .limits import Limits
from .path import shown
from .raw_graph import READING

ALLOWED_FILTERS = frozenset({h5z.FILTER_DEFLATE, h5z.FILTER_SHUFFLE, h5z.FILTER_FLETCHER32, h5z.FILTER_LZF})
ALLOWED_LAYOUTS = frozenset({h5d.COMPACT, h5d.CONTIGUOUS, h5d.CHUNKED})
NUMBER_CLASSES = frozenset({h5t.INTEGER, h5t.FLOAT})
VLEN_POINTER_BYTES = 16


@dataclass(frozen=True, kw_only=True)
class Group:
    """A group that may be read: its groups and datasets by name, in name order."""

    groups: dict[str, Group] = field(default_factory=dict)
    datasets: dict[str, h5d.DatasetID] = field(default_factory=dict)


Part = Literal["file", "node", "nodes", "metadata", "unread"]


@dataclass(frozen=True, kw_only=True)
class _Visit:
    path: str
    group: h5g.GroupID
    into: Group
    depth: int
    part: Part


@dataclass(kw_only=True)
class Survey:
    """What the walk has met so far. `declared_bytes`: sum of what the datasets would fill in memory."""

    limits: Limits
    findings: list[Diagnostic] = field(default_factory=list)
    seen: set[tuple[int, int]] = field(default_factory=set)
    objects: int = 1
    declared_bytes: int = 0
    stopped: bool = False

    def stop(self, finding: Diagnostic) -> None:
        """A limit on the whole file is passed: report it once and look no further."""
        self.findings.append(finding)
        self.stopped = True


def survey(image: bytes, limits: Limits) -> tuple[Group, Survey]:
    """Walk the file whose bytes are `image`. Raises what h5py raises on damage (OSError, KeyError, ...)."""
    file = h5f.open_file_image(image)
    root = h5g.open(file, b"/")
    state = Survey(limits=limits)
    info = h5o.get_info(root)
    state.seen.add((int(info.fileno), int(info.addr)))
    top = Group()
    pending = [_Visit(path="", group=root, into=top, depth=0, part="file")]
    while pending and not state.stopped:
        visit = pending.pop()
        for name, child in _members(visit.path, visit.group, state, visit.depth):
            if state.stopped:
                break
            place, part = f"{visit.path}/{shown(name)}", _part_of(visit.part, name)
            if isinstance(child, h5g.GroupID):
                into = Group()
                if part != "unread":
                    visit.into.groups[name] = into
                pending.append(_Visit(path=place, group=child, into=into, depth=visit.depth + 1, part=part))
            elif part != "unread" and _dataset_allowed(place, child, state):
                visit.into.datasets[name] = child
    return top, state


def _part_of(parent: Part, name: str) -> Part:
    """What a member is to NIR. Metadata, and what NIR does not know, is walked for its links and its number
    only: no meaning may rely on it, so it is not read and its types do not matter; but for the text that says how the
    file is read."""
    if parent == "file":
        return "node" if name in {"node", "version"} else "unread"
    if parent == "node":
        return "metadata" if name == "metadata" else "nodes" if name == "nodes" else "node"
    if parent == "metadata":
        return "node" if name == READING else "unread"
    return "node" if parent == "nodes" else "unread"


def _members(
    path: str, group: h5g.GroupID, state: Survey, depth: int
) -> list[tuple[str, h5g.GroupID | h5d.DatasetID]]:
    limits = state.limits
    count = int(group.get_num_objs())
    if state.objects + count > limits.objects:
        state.stop(_too_much(path, f"the file holds more than {limits.objects} objects", "objects"))
        return []
    if count and depth >= limits.depth:
        state.stop(_too_much(path, f"groups are nested more than {limits.depth} deep", "depth"))
        return []
    state.objects += count
    links: list[tuple[bytes, int]] = []
    group.links.iterate(lambda name, info: links.append((name, int(info.type))), info=True)
    opened: list[tuple[str, h5g.GroupID | h5d.DatasetID]] = []
    for raw_name, link_type in sorted(links):
        name = raw_name.decode("utf-8")
        if len(state.findings) >= limits.findings:
            state.stopped = True
            break
        child = _open_member(f"{path}/{shown(name)}", group, raw_name, link_type, state)
        if child is not None:
            opened.append((name, child))
    return opened


def _open_member(
    place: str, group: h5g.GroupID, name: bytes, link_type: int, state: Survey
) -> h5g.GroupID | h5d.DatasetID | None:
    if link_type != h5l.TYPE_HARD:
        words = {h5l.TYPE_SOFT: "a soft link", h5l.TYPE_EXTERNAL: "a link to another file"}
        state.findings.append(_reaches_out(place, words.get(link_type, "a user-defined link")))
        return None
    child = h5o.open(group, name)
    info = h5o.get_info(child)
    key = (int(info.fileno), int(info.addr))
    if key in state.seen:
        state.findings.append(
            error(
                "SPK0108",
                "is a second link to an object of the same file",
                where=place,
                hint="links that form a cycle or an alias are refused; write the file again with nir.write",
            )
        )
        return None
    state.seen.add(key)
    if isinstance(child, (h5g.GroupID, h5d.DatasetID)):
        return child
    state.findings.append(_bad_type(place, "is a named datatype, not a group or a dataset"))
    return None


def _dataset_allowed(place: str, data: h5d.DatasetID, state: Survey) -> bool:
    before = len(state.findings)
    plan = data.get_create_plist()
    if plan.get_layout() not in ALLOWED_LAYOUTS:
        state.findings.append(_reaches_out(place, "a virtual dataset"))
    if plan.get_layout() == h5d.CONTIGUOUS and plan.get_external_count():
        state.findings.append(_reaches_out(place, "a dataset whose bytes lie in another file"))
    for index in range(plan.get_nfilters()):
        number = int(plan.get_filter(index)[0])
        if number not in ALLOWED_FILTERS:
            state.findings.append(
                _bad_type(
                    place,
                    f"is compressed with HDF5 filter {number}; deflate, lzf, shuffle and checksum are read",
                )
            )
    item_bytes = _item_bytes(place, data.get_type(), state)
    if len(state.findings) > before:
        return False
    return _size_allowed(place, data, plan, item_bytes, state)


def _item_bytes(place: str, stored: h5t.TypeID, state: Survey) -> int:
    """Bytes of one element in memory; adds a finding for a type that a network has no use for."""
    kind, size = stored.get_class(), int(stored.get_size())
    if kind in NUMBER_CLASSES and size <= 8:
        return size
    if kind == h5t.ENUM and size == 1:
        return size
    if kind == h5t.STRING:
        return VLEN_POINTER_BYTES if stored.is_variable_str() else size
    names = {
        h5t.COMPOUND: "compound",
        h5t.REFERENCE: "reference",
        h5t.VLEN: "variable-length array",
        h5t.ARRAY: "array",
        h5t.OPAQUE: "opaque",
        h5t.BITFIELD: "bit field",
        h5t.ENUM: "enumeration",
    }
    state.findings.append(
        _bad_type(
            place,
            f"has elements of type {names.get(kind, 'number')} ({size} bytes); numbers and text are read",
        )
    )
    return 0


def _size_allowed(place: str, data: h5d.DatasetID, plan: object, item_bytes: int, state: Survey) -> bool:
    limits = state.limits
    space = data.get_space()
    if space.get_simple_extent_type() == h5s.NULL:
        state.findings.append(_bad_type(place, "holds no value (null dataspace)"))
        return False
    shape = tuple(int(n) for n in space.get_simple_extent_dims())
    declared, stored = math.prod(shape) * item_bytes, int(data.get_storage_size())
    chunk = plan.get_chunk() if plan.get_layout() == h5d.CHUNKED else ()  # pyright: ignore[reportAttributeAccessIssue]
    chunks = math.prod(-(-size // int(step)) for size, step in zip(shape, chunk, strict=False))
    problem = ""
    if declared > limits.dataset_bytes:
        problem = f"declares {declared} bytes {shape}; the limit is {limits.dataset_bytes} for one dataset"
    elif declared > max(limits.expansion_floor_bytes, limits.expansion * stored):
        problem = (
            f"declares {declared} bytes {shape} but stores {stored}: over {limits.expansion} times as many"
        )
    elif math.prod(int(n) for n in chunk) * item_bytes > limits.dataset_bytes:
        problem = f"is stored in chunks {tuple(chunk)} larger than {limits.dataset_bytes} bytes"
    elif chunks > limits.chunks:
        problem = f"is stored in {chunks} chunks; the limit is {limits.chunks}"
    if problem:
        state.findings.append(_too_much(place, problem, "size"))
        return False
    state.declared_bytes += declared
    if state.declared_bytes > limits.total_bytes:
        state.stop(
            _too_much(place, f"all datasets together declare more than {limits.total_bytes} bytes", "total")
        )
        return False
    return True


def _reaches_out(place: str, what: str) -> Diagnostic:
    return error(
        "SPK0104",
        f"is {what}",
        where=place,
        hint="a network must lie in its own file, so that reading it reads no other; write it with nir.write",
    )


def _too_much(place: str, message: str, limit: str) -> Diagnostic:
    return error(
        "SPK0105",
        message,
        where=place,
        hint="a network of this size is past the reader's limits",
        limit=limit,
    )


def _bad_type(place: str, message: str) -> Diagnostic:
    return error("SPK0109", message, where=place, hint="write the file again with nir.write")
