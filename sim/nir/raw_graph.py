"""A `.nir` file as it is: nothing inferred, nothing repaired, nothing dropped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

READING = "spikec_reading"
"""The one text among a file's metadata that is read: dialect, time step and options, as JSON."""


@dataclass(frozen=True, kw_only=True)
class RawNode:
    """One node. `kind` is the NIR type string. `params` holds arrays (read-only, 0-d for scalars) and
    strings (`padding`) as stored. A `NIRGraph` node has `graph` and no params."""

    kind: str
    params: Mapping[str, np.ndarray | str] = field(default_factory=dict)
    graph: RawGraph | None = None


@dataclass(frozen=True, kw_only=True)
class RawGraph:
    """One (sub)graph: nodes by name in sorted order, edges as stored (duplicates and order kept).

    sha256: digest of the file's bytes, "" for a graph that came from memory. version: text of /version or "".
    reading: of the root, what the file says of how to read it (see `READING`), or "".
    """

    nodes: Mapping[str, RawNode]
    edges: tuple[tuple[str, str], ...]
    version: str = ""
    sha256: str = ""
    reading: str = ""

    def walk(self, prefix: str = "") -> Iterator[tuple[str, RawNode]]:
        """Every node, subgraphs included, as (NIR path, node), parents before children, sorted by name.

        Path components are joined by `/` as below /node/nodes: node `a` in subgraph `b` is `b/a`."""
        for name in sorted(self.nodes):
            node = self.nodes[name]
            yield prefix + name, node
            if node.graph is not None:
                yield from node.graph.walk(prefix + name + "/")
