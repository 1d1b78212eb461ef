"""Writes a chain of layers as the file that lava-dl's `netx.hdf5.Network` loads, and reads one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ..layout import DecodeError
from ..machines.synapse_rows import SynapseRows, as_rows
from .chain import BIAS_EXPONENT, Layer, chain
from .content import Connection, Content, Kernel, Lif, Port, Read
from .convolution import synapses_of
from .hdf5 import Tree, decode as read_hdf5, encode as hdf5_bytes
from .netx_weights import kept
from .weights import MANTISSA_BITS, sign_mode_of

NETWORK = "network.net"
MAX_BYTES = 1 << 30
MOST_SYNAPSES = 1 << 28
Shape = tuple[int, int, int]
CUBA = np.array(b"CUBA")


def encode(layers: tuple[Layer, ...], shape: Shape) -> dict[str, bytes]:
    """Write layers, of which the first hears inputs of this shape: channels, rows, columns."""
    tree: Tree = {}
    written: list[Tree] = [{"type": _kind("input"), "shape": _numbers(shape)}]
    before = shape
    for layer in layers:
        if layer.kernel is None and before[1:] != (1, 1):
            written.append({"type": _kind("flatten"), "shape": _numbers(before)})
        written.append(_layer(layer))
        before = (layer.lif.size, 1, 1) if layer.kernel is None else layer.kernel.after
    tree["layer"] = {str(k): part for k, part in enumerate(written)}
    tree["simulation"] = {"Ts": _number(1), "tSample": _number(1)}
    return {NETWORK: hdf5_bytes(tree)}


def _layer(layer: Layer) -> Tree:
    lif = layer.lif
    part: Tree = {
        "neuron": {
            "type": CUBA,
            "iDecay": _number(lif.du + 1),
            "vDecay": _number(lif.dv),
            "vThMant": _number(lif.vth),
            "refDelay": _number(1),
            "gradedSpike": np.array(0, dtype="<i1"),
        }
    }
    bias = lif.bias_mant
    if layer.kernel is not None:
        kernel, part["type"] = layer.kernel, _kind("conv")
        (channels, *_), (features, *sides) = kernel.before, kernel.after
        part["weight"] = kernel.weights.astype("<i2")
        part["shape"] = _numbers((features, *sides))
        part["inChannels"], part["outChannels"] = _number(channels), _number(features)
        part["kernelSize"] = _numbers(kernel.weights.shape[2:])
        for name, pair in (
            ("stride", kernel.stride),
            ("padding", kernel.padding),
            ("dilation", kernel.dilation),
        ):
            part[name] = _numbers(pair)
        part["groups"] = _number(kernel.groups)
        bias = bias.reshape(features, -1)[:, 0]
    else:
        part["type"] = _kind("dense" if layer.recurrent is None else "dense_rec")
        part["shape"] = _numbers((lif.size,))
        part["weight"] = layer.weights.astype("<i2")
        part["inFeatures"], part["outFeatures"] = _number(layer.weights.shape[1]), _number(lif.size)
        if layer.recurrent is not None:
            part["weight_rec"] = layer.recurrent.astype("<i2")
        if layer.delay.any():
            part["delay"] = layer.delay.astype("<i4")
    if bias.any():
        part["bias"] = bias.astype("<i4")
    return part


def _kind(name: str) -> np.ndarray:
    return np.array([name.encode()], dtype="S10")


def _number(value: int) -> np.ndarray:
    return np.array(value, dtype="<i4")


def _numbers(values: tuple[int, ...]) -> np.ndarray:
    return np.array(values, dtype="<i8")


def decode(files: Mapping[str, bytes]) -> Content:
    """Read the layers of a file, which may come from anyone, as netx reads them.

    Raises DecodeError for anything that `encode` does not write, and for what netx reads otherwise than it stands
    there."""
    body = files[NETWORK]
    if len(body) > MAX_BYTES:
        raise DecodeError(NETWORK, -1, f"{len(body)} bytes; at most {MAX_BYTES} are read")
    tree = read_hdf5(body, NETWORK)
    layers = tree.get("layer")
    if not isinstance(layers, dict) or not layers:
        raise DecodeError(NETWORK, -1, "there are no layers")
    content = _Chain(layers).content()
    found = chain(content)
    if isinstance(found, str) or encode(found.layers, found.shape)[NETWORK] != body:
        raise DecodeError(NETWORK, -1, "not what its layers are written as")
    return content


class _Part(NamedTuple):
    """A layer of the file: its number and what it holds."""

    number: int
    tree: Tree

    def wrong(self, reason: str) -> DecodeError:
        return DecodeError(f"{NETWORK} layer {self.number}", -1, reason)

    def kind(self) -> str:
        found = self.tree.get("type")
        if not isinstance(found, np.ndarray) or found.dtype != np.dtype("S10") or found.shape != (1,):
            raise self.wrong("its type is missing")
        return bytes(found[0]).decode("ascii", "replace")

    def array(self, name: str, axes: int) -> np.ndarray:
        found = self.tree.get(name)
        if not isinstance(found, np.ndarray) or found.dtype.kind != "i" or found.ndim != axes:
            raise self.wrong(f"{name} is missing, or not of {axes} axes")
        return found.astype(np.int64)

    def numbers(self, name: str, size: int) -> tuple[int, ...]:
        found = self.array(name, 1)
        if found.shape != (size,) or int(found.min()) < 0 or int(found.max()) > 1 << 20:
            raise self.wrong(f"{name} is not {size} sizes")
        return tuple(found.tolist())


class _Chain:
    """Reads layer after layer. shape: of what the last one sends."""

    def __init__(self, layers: Tree) -> None:
        self.parts = [_Part(k, self._tree(layers, k)) for k in range(len(layers))]
        self.neurons: list[Lif] = []
        self.connections: list[Connection] = []

    def _tree(self, layers: Tree, k: int) -> Tree:
        found = layers.get(str(k))
        if not isinstance(found, dict):
            raise DecodeError(NETWORK, -1, f"layer {k} is missing")
        return found

    def content(self) -> Content:
        first = self.parts[0]
        if first.kind() != "input":
            raise first.wrong("it is no input")
        channels, rows, columns = first.numbers("shape", 3)
        shape, size = (channels, rows, columns), channels * rows * columns
        port, before = Port(name="input", shape=shape), "input"
        for part in self.parts[1:]:
            kind = part.kind()
            if kind == "flatten":
                continue
            name = f"layer {part.number}"
            if kind == "conv":
                shape = self._convolution(part, name, before, shape)
            elif kind in {"dense", "dense_rec"}:
                shape = self._dense(part, name, before, size, recurrent=kind == "dense_rec")
            else:
                raise part.wrong("it is of a type that netx does not load")
            before, size = name, shape[0] * shape[1] * shape[2]
        reads = Read(process=before, element=np.arange(size), membrane=False)
        return Content(
            ports=(port,),
            neurons=tuple(self.neurons),
            connections=tuple(self.connections),
            reads=(reads,) if self.neurons else (),
        )

    def _dense(self, part: _Part, name: str, before: str, size: int, *, recurrent: bool) -> Shape:
        weights = part.array("weight", 2)
        (n,) = part.numbers("shape", 1)
        matrices = [weights, *([part.array("weight_rec", 2)] if recurrent else [])]
        if weights.shape != (n, size) or (recurrent and matrices[1].shape != (n, n)):
            raise part.wrong("its weights are of another shape than its neurons and what they hear")
        if not kept(matrices):
            raise part.wrong("netx would change its weights")
        self._neurons(part, name, n, 1)
        delay = self._delays(part, n, size, recurrent=recurrent)
        for pre, matrix, held in (
            (before, weights, delay),
            *(((name, matrices[1], None),) if recurrent else ()),
        ):
            source, post = np.nonzero(matrix.T)
            steps = 0 if held is None else held[post, source]
            rows = as_rows(source, post, matrix[post, source], steps)
            self._connect(pre, name, rows, None)
        return n, 1, 1

    def _delays(self, part: _Part, n: int, size: int, *, recurrent: bool) -> np.ndarray | None:
        """(n, size) steps: of one number for all, or of one for each neuron or else each source."""
        found = part.tree.get("delay")
        if found is None:
            return None
        if recurrent or not isinstance(found, np.ndarray) or found.ndim > 1:
            raise part.wrong("delays that netx reads otherwise, or not at all")
        delay = part.array("delay", found.ndim)
        if found.ndim and delay.shape not in {(n,), (size,)}:
            raise part.wrong("delays of neither neurons nor sources")
        column = found.ndim and delay.shape == (n,)
        return np.broadcast_to(delay[:, None] if column else delay, (n, size))

    def _convolution(self, part: _Part, name: str, before: str, shape: Shape) -> Shape:
        features, rows, columns = part.numbers("shape", 3)
        stride, padding, dilation = (
            (pair[0], pair[1]) for pair in (part.numbers(key, 2) for key in ("stride", "padding", "dilation"))
        )
        groups = int(part.array("groups", 0))
        weights = part.array("weight", 4)
        right = groups >= 1 and shape[0] % groups == 0 == features % groups and min(*stride, *dilation) >= 1
        if not right or weights.shape[:2] != (features, shape[0] // groups) or 0 in weights.shape:
            raise part.wrong("its kernel has other channels, or a side of 0")
        for axis, side in ((0, rows), (1, columns)):
            reach = dilation[axis] * (weights.shape[2 + axis] - 1) + 1
            if (shape[1 + axis] + 2 * padding[axis] - reach) // stride[axis] + 1 != side:
                raise part.wrong("its kernel gives another size")
        if weights.size * rows * columns > MOST_SYNAPSES:
            raise part.wrong(f"more than {MOST_SYNAPSES} synapses")
        kernel = Kernel(
            weights=weights,
            before=shape,
            after=(features, rows, columns),
            stride=stride,
            padding=padding,
            dilation=dilation,
            groups=groups,
        )
        self._neurons(part, name, features, rows * columns)
        self._connect(before, name, synapses_of(kernel), kernel)
        return features, rows, columns

    def _neurons(self, part: _Part, name: str, biases: int, each: int) -> None:
        neuron = part.tree.get("neuron")
        if not isinstance(neuron, dict):
            raise part.wrong("it has no neurons")
        inner = _Part(part.number, neuron)
        du, dv, vth = (int(inner.array(key, 0)) for key in ("iDecay", "vDecay", "vThMant"))
        bias = part.array("bias", 1) if "bias" in part.tree else np.zeros(biases, dtype=np.int64)
        if bias.shape != (biases,):
            raise part.wrong("it has biases of another number than its neurons or channels")
        mantissa = np.repeat(bias, each)
        exponent = np.full(mantissa.size, BIAS_EXPONENT, dtype=np.int64)
        self.neurons.append(Lif(name=name, du=du - 1, dv=dv, vth=vth, bias_mant=mantissa, bias_exp=exponent))

    def _connect(self, pre: str, post: str, rows: SynapseRows, kernel: Kernel | None) -> None:
        self.connections.append(
            Connection(
                pre=pre,
                post=post,
                synapses=rows,
                weight_exp=0,
                num_weight_bits=MANTISSA_BITS,
                sign_mode=sign_mode_of(rows.weight),
                kernel=kernel,
            )
        )
