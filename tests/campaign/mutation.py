"""Changes one operator, comparison, constant or function of a module's source, and loads the module that way.

Nothing of spikec is imported here: the hook has to be there first.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr, ast.BitXor: ast.BitOr, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE,
    ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
NAMES = {
    "min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "floor": "ceil", "ceil": "floor",
    "rint": "floor", "argmin": "argmax", "argmax": "argmin", "any": "all", "all": "any", "cumsum": "sort",
    "lexsort": "argsort", "sorted": "list", "union1d": "intersect1d",
}  # fmt: skip


@dataclass(frozen=True, order=True)
class Site:
    """The `number`-th place of a module, in the order of its source, that can be changed. what: the change."""

    module: str
    number: int
    line: int
    what: str


def sites(module: str, source: str) -> list[Site]:
    """All places in the bodies of functions."""
    return [
        Site(module=module, number=k, line=node.lineno, what=what)
        for k, (node, what) in enumerate(_places(ast.parse(source)))
    ]


def mutated(source: str, number: int) -> ast.Module:
    """The module with the one place changed."""
    tree = ast.parse(source)
    node, _ = list(_places(tree))[number]
    _change(node)
    return ast.fix_missing_locations(tree)


def _places(tree: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            for statement in node.body:
                yield from _inside(statement)


def _inside(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Texts, annotations and nested functions (which come by themselves) left out."""
    if isinstance(node, ast.FunctionDef | ast.JoinedStr) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    ):
        return
    if isinstance(node, ast.expr) and (what := _what(node)):
        yield node, what
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "ctx"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _inside(child)


def _what(node: ast.expr) -> str:
    match node:
        case ast.BinOp(op=op) | ast.BoolOp(op=op) if type(op) in OPERATORS:
            return f"{type(op).__name__} -> {OPERATORS[type(op)].__name__}"
        case ast.Compare(ops=[op]) if type(op) in OPERATORS:
            return f"{type(op).__name__} -> {OPERATORS[type(op)].__name__}"
        case ast.UnaryOp(op=ast.USub() | ast.Not()):
            return f"without {type(node.op).__name__}"
        case ast.Constant(value=bool() | int() | float() as value):
            return f"{value} -> {_other(value)}"
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in NAMES:
            return f"{name} -> {NAMES[name]}"
        case _:
            return ""


def _other(value: float) -> float:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else value * 2 or 1.0


def _change(node: ast.expr) -> None:
    match node:
        case ast.BinOp() | ast.BoolOp():
            node.op = OPERATORS[type(node.op)]()  # type: ignore[assignment]
        case ast.Compare():
            node.ops = [OPERATORS[type(node.ops[0])]()]  # type: ignore[list-item]
        case ast.UnaryOp():
            node.op = ast.UAdd() if isinstance(node.op, ast.USub) else ast.Not()
            if isinstance(node.op, ast.Not):
                node.operand = ast.UnaryOp(op=ast.Not(), operand=node.operand)
        case ast.Constant():
            assert isinstance(node.value, int | float)
            node.value = _other(node.value)
        case ast.Call(func=ast.Name() as name):
            name.id = NAMES[name.id]
        case ast.Call(func=ast.Attribute() as name):
            name.attr = NAMES[name.attr]
        case _:
            raise ValueError(type(node).__name__)


@dataclass(frozen=True)
class Mutating(MetaPathFinder):
    """Loads one module changed at one place; all others as they are."""

    site: Site

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's own file, with another loader."""
        if fullname != self.site.module:
            return None
        found = PathFinder.find_spec(fullname, path, target)
        assert found is not None
        assert found.origin is not None
        found.loader = _Loader(fullname, found.origin, self.site.number)
        return found


class _Loader(SourceFileLoader):
    def __init__(self, fullname: str, path: str, number: int) -> None:
        super().__init__(fullname, path)
        self.number = number

    def get_code(self, fullname: str) -> CodeType:
        """Compiled from the changed tree; no kept bytecode is read or written."""
        source = self.get_data(self.path).decode()
        return compile(mutated(source, self.number), self.path, "exec", dont_inherit=True)


def install(site: Site) -> None:
    """From now on the site's module is loaded changed. It must not be there already."""
    assert site.module not in sys.modules
    sys.meta_path.insert(0, Mutating(site))
