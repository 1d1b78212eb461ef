"""No module imports, by any way, one that imports it: not even late, within a function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import networkx as nx

ROOT = Path(__file__).parents[1]
NOTEBOOK = "compiler.report.notebook"
SHOWN = {
    "compiler.front.inspection",
    "compiler.ir.network",
    "compiler.ir.placement",
    "compiler.ir.sweep",
    "compiler.ir.verdicts",
}
"""Records that show themselves in a notebook: they import how when they are shown."""


def modules() -> dict[str, Path]:
    files = [p for folder in ("compiler", "sim", "targets") for p in (ROOT / folder).rglob("*.py")]
    return {".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): p for p in files}


def for_types_only(tree: ast.AST) -> set[ast.AST]:
    blocks = [n for n in ast.walk(tree) if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.dump(n.test)]
    return {inner for block in blocks for inner in ast.walk(block)}


def imported(name: str, path: Path, known: dict[str, Path]) -> Iterator[str]:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = for_types_only(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level and node not in skipped:
            base = package.split(".")[: len(package.split(".")) - node.level + 1]
            target = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield f"{target}.{alias.name}" if f"{target}.{alias.name}" in known else target


def test_nobody_imports_whoever_imports_it() -> None:
    known = modules()
    assert len(known) > 400
    graph = nx.DiGraph()
    for name, path in known.items():
        graph.add_edges_from((name, other) for other in imported(name, path, known) if other in known)
    late = [(name, NOTEBOOK) for name in sorted(SHOWN)]
    assert all(graph.has_edge(*edge) for edge in late)
    graph.remove_edges_from(late)
    assert [sorted(part) for part in nx.strongly_connected_components(graph) if len(part) > 1] == []
