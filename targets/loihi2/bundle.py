"""Writes and reads a graph of Lava processes: `lava.json` says which there are, `lava.npz` holds their arrays."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
import numpy as np

from ..archive import archive_bytes, array_of, read_archive
from ..chip import Natural, Positive
from ..documents import named, parsed, text_of
from ..layout import DecodeError
from ..machines.synapse_rows import as_rows
from .content import Connection, Content, Kernel, Lif, Port, Read
from .convolution import synapses_of

GRAPH = "lava.json"
ARRAYS = "lava.npz"
FORMAT = "spikec-lava/1"
MAX_BYTES = 1 << 26
MOST_ELEMENTS = 1 << 28
DENSE_FROM = 4
"""A matrix of which one number in so many is a synapse is kept as a dense one by Lava."""
KINDS = ("<i4", "<i2", "<i1", "<u1")
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
Size = Annotated[int, msgspec.Meta(ge=0, le=MOST_ELEMENTS)]
Small = Annotated[int, msgspec.Meta(ge=-(1 << 16), le=1 << 20)]
Side = Annotated[int, msgspec.Meta(ge=0, le=1 << 16)]
Two = tuple[Side, Side]
Three = tuple[Positive, Positive, Positive]


class PortRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the host sends; payload_bits: of the number that an element is sent in a step."""

    name: Name
    shape: Annotated[tuple[Size, ...], msgspec.Meta(max_length=8)]
    payload_bits: Natural


class LifRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"kind": "class"}):
    """A process LIF; its biases are arrays `neuron/<number>/bias_mant` and `bias_exp`."""

    name: Name
    kind: Literal["LIF"]
    size: Size
    du: Small
    dv: Small
    vth: Small


class Convolution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of a process Conv. before, after: channels, rows, columns; the others: rows, columns."""

    before: Three
    after: Three
    stride: Two
    padding: Two
    dilation: Two
    groups: Positive


class ConnectionRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"kind": "class"}):
    """A process that adds up: Dense, Sparse, DelayDense and DelaySparse of the synapses in arrays
    `connection/<number>/pre`, `post`, `weight` and `delay`; Conv of the array `connection/<number>/kernel`."""

    pre: Name
    post: Name
    kind: Literal["Dense", "DelayDense", "Sparse", "DelaySparse", "Conv"]
    weight_exp: Small
    num_weight_bits: Annotated[int, msgspec.Meta(ge=1, le=8)]
    sign_mode: Annotated[int, msgspec.Meta(ge=1, le=3)]
    max_delay: Annotated[int, msgspec.Meta(ge=0, le=62)]
    convolution: Convolution | None


class ReadRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Output lines; the elements are the array `read/<number>/element`."""

    process: Name
    membrane: bool


class Graph(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`lava.json`. Neurons are numbered process after process, input elements port after port, lines read by read."""

    format: Literal["spikec-lava/1"]
    target: str
    ports: tuple[PortRecord, ...]
    neurons: tuple[LifRecord, ...]
    connections: tuple[ConnectionRecord, ...]
    reads: tuple[ReadRecord, ...]


def encode(content: Content, target: str, payload_bits: int) -> dict[str, bytes]:
    """Write a graph as files: name -> bytes. payload_bits: of the spikes that the host sends."""
    size = {part.name: part.size for part in (*content.ports, *content.neurons)}
    arrays: dict[str, np.ndarray] = {}
    for k, lif in enumerate(content.neurons):
        arrays[f"neuron/{k}/bias_mant"] = lif.bias_mant.astype("<i2")
        arrays[f"neuron/{k}/bias_exp"] = lif.bias_exp.astype("<i1")
    for k, c in enumerate(content.connections):
        arrays |= {f"connection/{k}/{name}": values for name, values in _arrays(c).items()}
    for k, read in enumerate(content.reads):
        arrays[f"read/{k}/element"] = read.element.astype("<i4")
    graph = Graph(
        format=FORMAT,
        target=target,
        ports=tuple(PortRecord(port.name, port.shape, payload_bits) for port in content.ports),
        neurons=tuple(LifRecord(p.name, "LIF", p.size, p.du, p.dv, p.vth) for p in content.neurons),
        connections=tuple(_record(c, size) for c in content.connections),
        reads=tuple(ReadRecord(read.process, read.membrane) for read in content.reads),
    )
    text = json.dumps(msgspec.to_builtins(graph), indent=1, sort_keys=True, ensure_ascii=True) + "\n"
    return {GRAPH: text.encode(), ARRAYS: archive_bytes(arrays)}


def _arrays(c: Connection) -> dict[str, np.ndarray]:
    if c.kernel is not None:
        return {"kernel": c.kernel.weights.astype("<i2")}
    flat = c.synapses.flat()
    found = {
        "pre": flat.source.astype("<i4"),
        "post": flat.post.astype("<i4"),
        "weight": flat.weight.astype("<i2"),
    }
    return found | ({"delay": flat.delay.astype("<u1")} if flat.delay.any() else {})


def _record(c: Connection, size: Mapping[str, int]) -> ConnectionRecord:
    longest = int(c.synapses.delay.max(initial=0))
    dense = DENSE_FROM * c.synapses.count >= size[c.pre] * size[c.post]
    kind: Literal["Dense", "DelayDense", "Sparse", "DelaySparse", "Conv"]
    if c.kernel is not None:
        kind = "Conv"
    elif longest:
        kind = "DelayDense" if dense else "DelaySparse"
    else:
        kind = "Dense" if dense else "Sparse"
    kernel = None
    if c.kernel is not None:
        k = c.kernel
        kernel = Convolution(k.before, k.after, k.stride, k.padding, k.dilation, k.groups)
    return ConnectionRecord(
        c.pre, c.post, kind, c.weight_exp, c.num_weight_bits, c.sign_mode, longest, kernel
    )


def decode(files: Mapping[str, bytes], target: str) -> Content:
    """Read a graph for the chip `target`. The files may come from anyone.

    Raises DecodeError for anything that `encode` does not write."""
    graph = parsed(text_of(files, GRAPH, MAX_BYTES), GRAPH, FORMAT, Graph)
    named(graph.target, target, GRAPH)
    if ARRAYS not in files:
        raise DecodeError(ARRAYS, -1, "the file is missing")
    arrays = read_archive(
        files[ARRAYS],
        ARRAYS,
        lambda name, member: array_of(name, member, KINDS, "not an array of whole numbers"),
    )
    ports = tuple(Port(name=port.name, shape=port.shape) for port in graph.ports)
    size = {part.name: part.size for part in (*ports, *graph.neurons)}
    if len(size) < len(graph.ports) + len(graph.neurons):
        raise DecodeError(GRAPH, -1, "two ports or processes have one name")
    if sum(size.values()) > MOST_ELEMENTS:
        raise DecodeError(GRAPH, -1, f"more than {MOST_ELEMENTS} neurons and input elements")
    processes = {p.name for p in graph.neurons}
    return Content(
        ports=ports,
        neurons=tuple(_lif(k, p, arrays) for k, p in enumerate(graph.neurons)),
        connections=tuple(
            _connection(k, c, arrays, size, processes) for k, c in enumerate(graph.connections)
        ),
        reads=tuple(_read(k, r, arrays, size, processes) for k, r in enumerate(graph.reads)),
    )


def _lif(k: int, record: LifRecord, arrays: Mapping[str, np.ndarray]) -> Lif:
    return Lif(
        name=record.name,
        du=record.du,
        dv=record.dv,
        vth=record.vth,
        bias_mant=_whole(arrays, f"neuron/{k}/bias_mant", (record.size,)),
        bias_exp=_whole(arrays, f"neuron/{k}/bias_exp", (record.size,)),
    )


def _connection(
    k: int,
    record: ConnectionRecord,
    arrays: Mapping[str, np.ndarray],
    size: Mapping[str, int],
    processes: set[str],
) -> Connection:
    place = f"connection/{k}"
    if record.pre not in size or record.post not in processes:
        raise DecodeError(GRAPH, -1, f"{place} joins what is not there")
    ends = (size[record.pre], size[record.post])
    kernel = None
    if record.convolution is not None:
        kernel = _kernel(place, record.convolution, arrays)
        if ends != (math.prod(kernel.before), math.prod(kernel.after)) or record.weight_exp != 0:
            raise DecodeError(GRAPH, -1, f"{place} is a convolution of other sizes, or has an exponent")
        synapses = synapses_of(kernel)
    else:
        pre = _whole(arrays, f"{place}/pre", None)
        post, weight = (_whole(arrays, f"{place}/{name}", pre.shape) for name in ("post", "weight"))
        with_delay = record.max_delay > 0
        delay = _whole(arrays, f"{place}/delay", pre.shape) if with_delay else np.zeros_like(pre)
        for end, most in ((pre, ends[0]), (post, ends[1])):
            if end.size and not 0 <= int(end.min()) <= int(end.max()) < most:
                raise DecodeError(place, -1, "a synapse begins or ends where there is no neuron")
        order = pre * ends[1] + post
        if bool((np.diff(order) <= 0).any()):
            raise DecodeError(place, -1, "synapses are out of order, or two of one pair")
        synapses = as_rows(pre, post, weight, delay)
    return Connection(
        pre=record.pre,
        post=record.post,
        synapses=synapses,
        weight_exp=record.weight_exp,
        num_weight_bits=record.num_weight_bits,
        sign_mode=record.sign_mode,
        kernel=kernel,
    )


def _kernel(place: str, record: Convolution, arrays: Mapping[str, np.ndarray]) -> Kernel:
    weights = _whole(arrays, f"{place}/kernel", None, axes=4)
    (channels, *sides), (features, *places) = record.before, record.after
    grouped = channels % record.groups == 0 == features % record.groups
    if not grouped or weights.shape[:2] != (features, channels // record.groups):
        raise DecodeError(GRAPH, -1, f"{place}: its kernel has other channels")
    for axis in (0, 1):
        if min(record.stride[axis], record.dilation[axis], weights.shape[2 + axis]) < 1:
            raise DecodeError(GRAPH, -1, f"{place}: a stride, a dilation or a kernel is 0")
        reach = record.dilation[axis] * (weights.shape[2 + axis] - 1) + 1
        if (sides[axis] + 2 * record.padding[axis] - reach) // record.stride[axis] + 1 != places[axis]:
            raise DecodeError(GRAPH, -1, f"{place}: its kernel gives another size")
    if weights.size * places[0] * places[1] > MOST_ELEMENTS:
        raise DecodeError(GRAPH, -1, f"{place}: more than {MOST_ELEMENTS} synapses")
    return Kernel(
        weights=weights,
        before=record.before,
        after=record.after,
        stride=record.stride,
        padding=record.padding,
        dilation=record.dilation,
        groups=record.groups,
    )


def _read(
    k: int,
    record: ReadRecord,
    arrays: Mapping[str, np.ndarray],
    size: Mapping[str, int],
    processes: set[str],
) -> Read:
    element = _whole(arrays, f"read/{k}/element", None)
    if record.process not in processes:
        raise DecodeError(GRAPH, -1, f"read {k} is of no process")
    if element.size and not 0 <= int(element.min()) <= int(element.max()) < size[record.process]:
        raise DecodeError(f"read/{k}", -1, "an element that the process has not")
    return Read(process=record.process, element=element, membrane=record.membrane)


def _whole(
    arrays: Mapping[str, np.ndarray], name: str, shape: tuple[int, ...] | None, axes: int = 1
) -> np.ndarray:
    if name not in arrays:
        raise DecodeError(name, -1, "the array is missing")
    found = arrays[name]
    if (shape is not None and found.shape != shape) or found.ndim != axes:
        raise DecodeError(name, -1, f"its shape is {found.shape}, not {shape or f'of {axes} axes'}")
    return found.astype(np.int64)
