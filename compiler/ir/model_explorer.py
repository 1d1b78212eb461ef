"""Records of the files that Model Explorer shows: a collection of graphs, and a value for each node.

Source of the formats: google-ai-edge/model-explorer, its packages for adapters and for node data.
"""

from __future__ import annotations

from .record import Record


class Attribute(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A name and a text beside it."""

    key: str
    value: str


class Port(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An output of a node: its number, and what is said of it."""

    id: str
    attrs: tuple[Attribute, ...]


class IncomingEdge(Record, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """An edge onto the node that lists it; ids of ports are numbers as texts."""

    source_node_id: str
    source_node_output_id: str = "0"
    target_node_input_id: str = "0"


class ExplorerNode(Record, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """A node. namespace: the group that it is shown in; parts are joined by `/`, and the node's own name is none."""

    id: str
    label: str
    namespace: str = ""
    attrs: tuple[Attribute, ...] = ()
    incoming_edges: tuple[IncomingEdge, ...] = ()
    outputs_metadata: tuple[Port, ...] = ()


class ExplorerGraph(Record, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """A graph. group_node_attributes: namespace -> name -> text; `""` is the graph itself."""

    id: str
    nodes: tuple[ExplorerNode, ...]
    group_node_attributes: dict[str, dict[str, str]]


class GraphCollection(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of model_explorer.json."""

    label: str
    graphs: tuple[ExplorerGraph, ...]


class NodeValue(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of one node."""

    value: float


class ColourStop(Record, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """The colour of a node at a place between the least value, 0, and the largest, 1."""

    stop: float
    bg_color: str


class NodeData(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """results: id of a node -> value."""

    name: str
    results: dict[str, NodeValue]
    gradient: tuple[ColourStop, ...]
