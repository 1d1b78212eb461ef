"""What a family of chips does with readings beyond what the `[dialect]` table of a chip can say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .fidelity_row import FidelityRow
from .network import FlatNode

if TYPE_CHECKING:
    from ...sim.dialect.dialect import NodeDialect
    from ...targets.dialect_rules import DialectRules


def _as_in_the_table(node: FlatNode, reading: NodeDialect, rules: DialectRules) -> DialectRules:
    return rules


def _no_rows(readings: Mapping[str, NodeDialect]) -> list[FidelityRow]:
    return []


@dataclass(frozen=True, kw_only=True)
class FamilyRules:
    """rules_of: the chip's table as it holds for one neuron node and its reading. rows: what differs beside the
    fields of a reading, given those of all neuron nodes by NIR path. stated: fields whose replacement a family states
    in rows of its own."""

    rules_of: Callable[[FlatNode, NodeDialect, DialectRules], DialectRules] = _as_in_the_table
    rows: Callable[[Mapping[str, NodeDialect]], list[FidelityRow]] = _no_rows
    stated: frozenset[str] = frozenset()
