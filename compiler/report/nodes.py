"""Lists what a picture of the compiled network joins: inputs, populations of chip and host, outputs, in their ranks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ..ir.report import Report

Kind = Literal["input", "constant", "host", "population", "output"]


@dataclass(frozen=True, kw_only=True)
class Node:
    """shape: of a sample in a step. cores: numbers, of a population on the chip. rank: how many layers are in front."""

    name: str
    kind: Kind
    shape: tuple[int, ...]
    cores: tuple[int, ...] = ()
    rank: int = 0

    @property
    def size(self) -> int:
        """Elements or neurons."""
        product = 1
        for side in self.shape:
            product *= side
        return product


def nodes_of(report: Report) -> list[Node]:
    """All of them, by rank, then as the report lists them. A population that feeds itself, or an earlier one, stays
    where the way from the inputs puts it."""
    network = report.network
    cores: dict[str, set[int]] = {}
    for piece in report.resources.slices:
        cores.setdefault(piece.population, set()).add(piece.core)
    found = [Node(name=name, kind="input", shape=shape) for name, shape in network.inputs.items()]
    hosted = set(network.host)
    found += [Node(name=name, kind="host", shape=network.shapes.get(name, ())) for name in network.host]
    found += [
        Node(name=name, kind="constant", shape=shape)
        for name, shape in network.shapes.items()
        if name not in hosted
    ]
    found += [
        Node(name=p.name, kind="population", shape=p.shape, cores=tuple(sorted(cores.get(p.name, ()))))
        for p in network.populations
    ]
    found += [Node(name=name, kind="output", shape=shape) for name, shape in network.outputs.items()]
    rank = _ranks(
        report, [node.name for node in found if node.kind == "input"], [node.name for node in found]
    )
    last = max(rank.values(), default=0)
    placed = [
        Node(
            name=node.name,
            kind=node.kind,
            shape=node.shape,
            cores=node.cores,
            rank=last if node.kind == "output" else rank[node.name],
        )
        for node in found
    ]
    return sorted(placed, key=lambda node: node.rank)


def _ranks(report: Report, inputs: list[str], names: list[str]) -> dict[str, int]:
    """Steps of a breadth-first walk from the inputs; what no way leads to is in front."""
    after: dict[str, list[str]] = {name: [] for name in names}
    for edge in report.network.edges:
        if edge.pre in after and edge.post in after and edge.pre != edge.post:
            after[edge.pre].append(edge.post)
    rank = dict.fromkeys(names, 0)
    seen, layer, depth = set(inputs), list(inputs), 0
    while layer:
        depth += 1
        following = [post for name in layer for post in after[name] if post not in seen]
        layer = list(dict.fromkeys(following))
        seen.update(layer)
        rank |= dict.fromkeys(layer, depth)
    return rank
