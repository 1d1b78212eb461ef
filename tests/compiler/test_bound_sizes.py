"""A file of a few kilobytes that stands for billions of synapses is refused at once."""

from __future__ import annotations

import resource
import time

import numpy as np
import pytest
from spikec.compiler.front.bound_sizes import bound_product, filled_bytes, most_synapses
from spikec.compiler.options import Options
from spikec.compiler.prepare import read_front, resolve_target
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.nir.raw_graph import RawNode

from .graphs import affine, graph, integrate_and_fire, port

OPTIONS = Options(dialect="nir.euler", dt_seconds=1.0)


def wide_convolution(side: int, channels: int) -> RawNode:
    weight = np.zeros((channels, 1, 5, 5), dtype=np.float32)
    return RawNode(
        kind="Conv2d",
        params={
            "input_shape": np.array([side, side]), "weight": weight, "stride": 1, "padding": 2, "dilation": 1,
            "groups": 1, "bias": np.zeros(channels, dtype=np.float32),
        },
    )  # fmt: skip


@pytest.mark.parametrize(("side", "channels", "words"), [(4096, 1, "outputs"), (2000, 8, "connections")])
def test_a_wide_convolution(side: int, channels: int, words: str) -> None:
    nodes = {
        "input": RawNode(kind="Input", params={"shape": np.array([1, side, side])}),
        "c": wide_convolution(side, channels),
        "output": RawNode(kind="Output", params={"shape": np.array([channels, side, side])}),
    }
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    with pytest.raises(DiagnosticError) as refused:
        read_front(graph(nodes, [("input", "c"), ("c", "output")]), OPTIONS, resolve_target(OPTIONS))
    found = [d for d in refused.value.diagnostics if d.code == "SPK0221"]
    assert found
    assert any(words in d.message for d in found)
    print(f"{time.perf_counter() - start:.2f} s")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 512 * 1024


def test_maps_that_explode_when_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    from spikec.compiler.front import bound_sizes

    monkeypatch.setattr(bound_sizes, "SYNAPSE_BYTES", (8 << 30) // 50)
    monkeypatch.setattr(bound_sizes, "SMALL_SYNAPSE_BYTES", (8 << 30) // 50)
    nodes = {
        "input": port("Input", 8),
        "down": affine(np.ones((1, 8))),
        "up": affine(np.ones((8, 1))),
        "a": integrate_and_fire(8, 3.0),
        "output": port("Output", 8),
    }
    raw = graph(nodes, [("input", "down"), ("down", "up"), ("up", "a"), ("a", "output")])
    with pytest.raises(DiagnosticError) as refused:
        read_front(raw, OPTIONS, resolve_target(OPTIONS))
    (found,) = refused.value.diagnostics
    assert found.code == "SPK0221"
    assert "64 connections once" in found.message


def test_the_bound_of_a_product_is_one() -> None:
    from scipy import sparse

    random = np.random.default_rng(0)
    left, right = (sparse.csr_array(random.random((40, 40)) < 0.2) for _ in range(2))
    assert (left @ right).nnz <= most_synapses()
    bound_product(left, right, "/node/nodes/a")


@pytest.mark.parametrize(("millions", "gib"), [(155.0, 7.2), (29.0, 2.6), (20.0, 2.6), (10.5, 0.9)])
def test_the_estimate_is_not_below_what_was_measured(millions: float, gib: float) -> None:
    """`tests.benchmarks.scale` measured it. Of the larger ones, the estimate is at most a quarter more."""
    estimate = filled_bytes(int(millions * 1e6)) / (1 << 30)
    assert estimate >= gib - 0.05
    assert estimate <= 1.25 * gib or gib < 1


@pytest.mark.parametrize("allowed", ["1", "2", "8", "12"])
def test_as_many_connections_fit_as_the_estimate_says(allowed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPIKEC_MEMORY_GIB", allowed)
    assert filled_bytes(most_synapses()) <= int(allowed) << 30 < filled_bytes(most_synapses() + 1)
