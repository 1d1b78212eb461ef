"""Small networks and their exports on every family of chips, and what the exports are held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from spikec.compiler.export.effective import Exported, export
from spikec.compiler.options import Options
from spikec.compiler.output.reopen import Reopened, reopen
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.prepare import read_graph
from spikec.sim.nir.file import graph_in
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.sim.reference.reference import reference
from spikec.sim.stimulus import Stimulus
from spikec.sim.trace import Trace

from .graphs import affine, graph, leaky, port

STEPS, BATCH = 40, 3
EULER = Options(dialect="nir.euler", dt_seconds=1e-3, allow_approximation=True)
CHAIN = [("input", "w"), ("w", "middle"), ("middle", "w2"), ("w2", "last"), ("last", "output")]


@dataclass(frozen=True)
class Case:
    """A network and its reading. target: of the chip that it is compiled for. native: of its own neurons alone."""

    target: str
    raw: RawGraph
    options: tuple[tuple[str, object], ...] = ()
    native: bool = False

    def opened(self) -> tuple[Reopened, Stimulus]:
        options = replace(EULER, target=self.target, dialect_options=self.options, native_reset=self.native)
        shape = tuple(int(n) for n in np.asarray(self.raw.nodes["input"].params["shape"]))
        values = (np.random.default_rng(0).random((STEPS, BATCH, *shape)) < 0.3).astype(np.uint8)
        stimulus = Stimulus(inputs={"input": values}, labels=None, source={"kind": "test"})
        compiled = compile_graph(self.raw, options, stimulus=stimulus)
        return reopen(self.raw, compiled.files, options, stimulus), stimulus


def run_of_the_file(made: Exported, inputs: Mapping[str, np.ndarray]) -> tuple[RawGraph, Trace]:
    """The bytes, read without a word on how: the reading is the file's own."""
    raw, _ = graph_in(made.file)
    read = read_graph(raw, Options(target="loihi1"))
    (node,) = [name for name, node in raw.nodes.items() if node.kind == "Input"]
    (values,) = inputs.values()
    return raw, reference(raw, read.dialect, stimulus={node: values})


def exported(case: Case) -> tuple[Reopened, Stimulus, Exported]:
    opened, stimulus = case.opened()
    return opened, stimulus, export(opened)


def layers(
    first: RawNode, last: RawNode, seed: int, *, grid: float | None = None, spread: float = 0.4
) -> RawGraph:
    """12 inputs, 9 and 5 neurons. grid: weights are small whole numbers of it. spread: of other weights."""
    random = np.random.default_rng(seed)

    def weights(rows: int, columns: int) -> np.ndarray:
        if grid is not None:
            return random.integers(-2, 5, (rows, columns)) * grid
        return random.normal(0.2, spread, (rows, columns))

    return graph(
        {
            "input": port("Input", 12),
            "w": affine(weights(9, 12)),
            "middle": first,
            "w2": affine(weights(5, 9)),
            "last": last,
            "output": port("Output", 5),
        },
        CHAIN,
    )


def fire(size: int, threshold: float = 1.0) -> RawNode:
    """IF neurons whose input counts as it is: r = 1 / dt."""
    ones = np.ones(size)
    return RawNode(kind="IF", params={"r": ones * 1e3, "v_threshold": ones * threshold, "v_reset": ones * 0})


def cuba(size: int, threshold: float) -> RawNode:
    values = {"tau_mem": 8e-3, "tau_syn": 4e-3, "r": 8.0, "w_in": 4.0, "v_leak": 0.0, "v_reset": 0.0}
    values["v_threshold"] = threshold
    return RawNode(kind="CubaLIF", params={name: np.full(size, value) for name, value in values.items()})


def picture(seed: int) -> RawGraph:
    """2 x 8 x 8 pixels, a map of 3 x 6 x 6, pooled by 2, then 4 neurons."""
    random = np.random.default_rng(seed)
    conv: dict[str, np.ndarray | str] = {
        "weight": random.normal(0.2, 0.2, (3, 2, 3, 3)).astype(np.float32),
        "bias": random.normal(0, 0.05, 3).astype(np.float32),
        "stride": np.array(1), "padding": np.array(0), "dilation": np.array(1), "groups": np.array(1),
    }  # fmt: skip
    neuron = {"r": np.full((3, 6, 6), 1e3), "v_threshold": np.ones((3, 6, 6)), "v_reset": np.zeros((3, 6, 6))}
    pool = {"kernel_size": np.array(2), "stride": np.array(2), "padding": np.array(0)}
    nodes = {
        "input": RawNode(kind="Input", params={"shape": np.array([2, 8, 8])}),
        "conv": RawNode(kind="Conv2d", params=conv),
        "map": RawNode(kind="IF", params=neuron),
        "pool": RawNode(kind="SumPool2d", params=pool),
        "flat": RawNode(kind="Flatten", params={"start_dim": np.array(0), "end_dim": np.array(-1)}),
        "w2": affine(random.normal(0.1, 0.4, (4, 27))),
        "last": fire(4),
        "output": port("Output", 4),
    }
    return graph(nodes, [*zip(list(nodes)[:-1], list(nodes)[1:], strict=True)])


def with_leak(size: int, threshold: float = 1.0) -> RawNode:
    """The input counts as it is: r = tau / dt."""
    node = leaky(size, threshold, 8e-3)
    return replace(node, params={**node.params, "r": np.full(size, 8.0)})
