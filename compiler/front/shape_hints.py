"""Tries what a network whose shapes disagree may have meant, and says which one change would make all of them fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from ...sim.diagnostic import Diagnostic
from ...sim.nir.path import shown, stored_at
from ..ir.network import FlatGraph, FlatNode
from .node_shapes import stored_shape

_LOOK = "one of the two shapes is wrong, or an edge: `spikec inspect` lists the shape of every node"
DISAGREE = frozenset({"SPK0210", "SPK0212", "SPK0213"})
MOST_TURNED = 8
MATRICES = frozenset({"Linear", "Affine"})
ORDERS = {
    "Conv1d": (("(width, in, out)", (2, 1, 0)), ("(in, out, width)", (1, 0, 2))),
    "Conv2d": (("(height, width, in, out)", (3, 2, 0, 1)), ("(in, out, height, width)", (1, 0, 2, 3))),
}
"""Orders of the axes of a kernel that NIR does not have, and how to bring them to (out, in, ...)."""
Errors = Callable[[FlatGraph], list[Diagnostic]]


def with_hint(flat: FlatGraph, diagnostics: list[Diagnostic], errors: Errors) -> list[Diagnostic]:
    """The findings, the first error about shapes with a hint where one change makes the whole network fit.

    errors: what is wrong with the shapes of a graph."""
    at = next((k for k, d in enumerate(diagnostics) if d.severity == "error" and d.code in DISAGREE), None)
    if at is None:
        return diagnostics
    light = _without_numbers(flat)
    hint = next((said for changed, said in _changes(light) if not errors(changed)), "")
    hint = hint or _some_transposed(light, errors) or (_LOOK if diagnostics[at].code == "SPK0210" else "")
    return [replace(d, hint=hint) if hint and k == at else d for k, d in enumerate(diagnostics)]


def _changes(flat: FlatGraph) -> Iterator[tuple[FlatGraph, str]]:
    """The graph with one thing as it may have been meant, and what to do about it in the exporter."""
    matrices = _matrices(flat)
    if matrices:
        yield flat.with_nodes([_turned(n, (1, 0)) for n in matrices]), _transposed(matrices)
    for k in (0, 1):
        kernels = [n for n in flat.nodes() if n.kind in ORDERS and _weight(n).ndim == 2 + int(n.kind[4])]
        if not kernels:
            continue
        turned = [_turned(n, ORDERS[n.kind][k][1]) for n in kernels]
        stored = " or ".join(sorted({ORDERS[n.kind][k][0] for n in kernels}))
        said = f"the kernels of {_named(kernels)} fit if they are stored as {stored}"
        torch = (
            "NIR stores (out, in, height, width), as torch does: bring them to that order before the export"
        )
        yield flat.with_nodes(turned), f"{said}. {torch}"
        if matrices:
            both = [*turned, *(_turned(n, (1, 0)) for n in matrices)]
            yield flat.with_nodes(both), f"{said}, and {_named(matrices)} transposed. {torch}"
    yield from _inputs(flat)


def _matrices(flat: FlatGraph) -> list[FlatNode]:
    return [n for n in flat.nodes() if n.kind in MATRICES and _weight(n).ndim == 2]


def _some_transposed(flat: FlatGraph, errors: Errors) -> str:
    """A hint where some of the matrices fit when transposed: each time the first that does not fit is turned."""
    turned: list[FlatNode] = []
    for _ in range(MOST_TURNED):
        wrong = errors(flat)
        if not wrong:
            return _transposed(turned, some=True) if turned else ""
        names = {stored_at(n.path, "weight"): n for n in _matrices(flat)}
        done = {n.path for n in turned}
        first = next(
            (names[d.where] for d in wrong if d.where in names and names[d.where].path not in done), None
        )
        if first is None:
            return ""
        turned.append(first)
        flat = flat.with_nodes([_turned(first, (1, 0))])
    return ""


def _transposed(matrices: Sequence[FlatNode], *, some: bool = False) -> str:
    square = [n for n in matrices if _weight(n).shape[0] == _weight(n).shape[1]]
    which = "these" if some else f"all {len(matrices)}"
    count = "its weight fits" if len(matrices) == 1 else f"{which} weights fit"
    ways = f" ({_named(square)} fits both ways, being square)" if square else ""
    return (
        f"{count} when transposed: {_named(matrices)}{ways}. NIR stores (out, in), as torch.nn.Linear does: transpose "
        "each of them before the export"
    )


def _inputs(flat: FlatGraph) -> Iterator[tuple[FlatGraph, str]]:
    shapes = {path: stored_shape(flat.node(path), "shape") or () for path in flat.inputs}
    for axes in (1, 2):
        if any(len(shape) <= axes for shape in shapes.values()):
            break
        said = ", ".join(f"{shown(path)} is {shape[axes:]}" for path, shape in shapes.items())
        first = sorted({shape[:axes] for shape in shapes.values()})
        what = "number of time steps or samples" if axes == 1 else "numbers of time steps and samples"
        said = (
            f"without {', '.join(map(str, first))} in front, it fits: {said}. Is that a {what}? NIR's shapes are of "
            "one sample in one step; time and samples are axes of the stimulus, (T, B, ...)"
        )
        yield flat.with_nodes([_shaped(flat, path, shape[axes:]) for path, shape in shapes.items()]), said
    moved = {path: (shape[-1], *shape[:-1]) for path, shape in shapes.items() if len(shape) == 3}
    if moved and len(moved) == len(shapes):
        said = ", ".join(f"{shown(path)} as {shape}" for path, shape in moved.items())
        said = f"with its channels first it fits: {said}; NIR's maps are (channels, height, width)"
        yield flat.with_nodes([_shaped(flat, path, shape) for path, shape in moved.items()]), said


def _weight(node: FlatNode) -> np.ndarray:
    weight = node.params["weight"]
    return weight if isinstance(weight, np.ndarray) else np.asarray(weight)


def _named(nodes: Sequence[FlatNode]) -> str:
    names = [f"`{shown(node.path)}`" for node in nodes[:8]]
    return ", ".join(names) + (f" and {len(nodes) - 8} more" if nodes[8:] else "")


def _turned(node: FlatNode, order: tuple[int, ...]) -> FlatNode:
    return replace(node, params={**node.params, "weight": _weight(node).transpose(order)})


def _shaped(flat: FlatGraph, path: str, shape: tuple[int, ...]) -> FlatNode:
    return replace(flat.node(path), params={**flat.node(path).params, "shape": np.array(shape)})


def _without_numbers(flat: FlatGraph) -> FlatGraph:
    """The same graph with weights of the same shapes that take no memory."""
    large = [n for n in flat.nodes() if "weight" in n.params]
    empty = [
        replace(n, params={**n.params, "weight": np.broadcast_to(np.float64(0), _weight(n).shape)})
        for n in large
    ]
    return flat.with_nodes(empty)
