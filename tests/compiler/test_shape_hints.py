"""Networks whose shapes disagree, and the one change that would make them fit: done, it does."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from spikec.compiler.front.infer_shapes import infer_shapes
from spikec.compiler.ir.network import FlatGraph, FlatNode
from spikec.sim.diagnostic import Diagnostic

Kinds = tuple[tuple[str, dict[str, Any]], ...]


def chain(shape: tuple[int, ...], *kinds: tuple[str, dict[str, Any]]) -> FlatGraph:
    nodes = [("a", "Input", {"shape": np.array(shape)})]
    nodes += [(f"n{k}", kind, params) for k, (kind, params) in enumerate(kinds)]
    nodes.append(("z", "Output", {}))
    members: dict[str, FlatNode] = {}
    for path, kind, params in nodes:
        stored = {k: v if isinstance(v, str) else np.asarray(v) for k, v in params.items()}
        members[path] = FlatNode(path=path, kind=kind, params=stored)
    counts = {(a[0], b[0]): 1 for a, b in pairwise(nodes)}
    return FlatGraph(members=members, counts=counts, inputs=("a",), outputs=("z",))


def errors(graph: FlatGraph) -> list[Diagnostic]:
    return [d for d in infer_shapes(graph)[1] if d.severity == "error"]


def linear(*shape: int) -> tuple[str, dict[str, Any]]:
    return "Linear", {"weight": np.ones(shape, np.float32)}


def affine(*shape: int, bias: int) -> tuple[str, dict[str, Any]]:
    return "Affine", {"weight": np.ones(shape, np.float32), "bias": np.ones(bias, np.float32)}


def conv(*shape: int, out: int) -> tuple[str, dict[str, Any]]:
    usual = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}
    return f"Conv{len(shape) - 2}d", {"weight": np.ones(shape, np.float32), "bias": np.zeros(out), **usual}


def fire(*shape: int) -> tuple[str, dict[str, Any]]:
    return "IF", {"r": np.ones(shape), "v_threshold": np.ones(shape)}


ANY = fire()
FLAT = ("Flatten", {"start_dim": 0, "end_dim": -1})


@pytest.mark.parametrize(
    ("shape", "kinds", "words"),
    [
        ((12,), (linear(12, 16), fire(16), linear(16, 16), fire(16), linear(16, 4), fire(4)),
         "all 3 weights fit when transposed: `n0`, `n2`, `n4` (`n2` fits both ways, being square)"),
        ((12,), (linear(12, 16), ANY, linear(16, 16), ANY, linear(16, 4), ANY), "all 3 weights fit when transposed"),
        ((12,), (affine(12, 16, bias=16), fire(16)), "its weight fits when transposed: `n0`"),
        ((12,), (linear(16, 12), fire(16), linear(16, 8), fire(8), linear(4, 8), fire(4)), "transposed: `n2`"),
        ((12,), (linear(12, 16), ANY, linear(8, 16), ANY, linear(8, 4), ANY), "these weights fit when transposed"),
        ((2, 8, 8), (conv(3, 3, 2, 4, out=4), fire(4, 6, 6)), "stored as (height, width, in, out)"),
        ((2, 8, 8), (conv(2, 4, 3, 3, out=4), fire(4, 6, 6)), "stored as (in, out, height, width)"),
        ((2, 9), (conv(3, 2, 4, out=4), fire(4, 7)), "stored as (width, in, out)"),
        ((2, 8, 8), (conv(3, 3, 2, 4, out=4), fire(4, 6, 6), FLAT, linear(144, 5), fire(5)), "and `n3` transposed"),
        ((50, 12), (linear(16, 12), fire(16)), "without (50,) in front, it fits: a is (12,)"),
        ((50, 4, 12), (linear(16, 12), fire(16)), "without (50, 4) in front"),
        ((50, 2, 8, 8), (conv(4, 2, 3, 3, out=4), fire(4, 6, 6)), "without (50,) in front, it fits: a is (2, 8, 8)"),
        ((8, 9, 2), (conv(4, 2, 3, 3, out=4), fire(4, 6, 7)), "with its channels first it fits: a as (2, 8, 9)"),
    ],
)  # fmt: skip
def test_what_would_fit(shape: tuple[int, ...], kinds: Kinds, words: str) -> None:
    first, *others = errors(chain(shape, *kinds))
    assert words in first.hint
    assert not any(other.hint for other in others)


@pytest.mark.parametrize(
    ("shape", "kinds"),
    [
        ((12,), (linear(16, 12), fire(15))),
        ((12,), (linear(12, 16), fire(16), linear(7, 9), fire(7))),
        ((2, 8, 8), (conv(4, 3, 3, 3, out=4), fire(4, 6, 6))),
    ],
)
def test_no_change_is_named_where_no_one_fits(shape: tuple[int, ...], kinds: Kinds) -> None:
    hints = [d.hint for d in errors(chain(shape, *kinds)) if d.hint]
    assert set(hints) <= {
        "one of the two shapes is wrong, or an edge: `spikec inspect` lists the shape of every node"
    }


def test_a_sound_network_is_tried_once() -> None:
    assert errors(chain((12,), linear(16, 12), fire(16), linear(16, 16), fire(16))) == []
