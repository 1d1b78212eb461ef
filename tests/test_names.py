"""No chip's name and no register of one in code outside the folders of its family."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from spikec.targets.layout import WordType
from spikec.targets.loihi1 import words

ROOT = Path(__file__).parent.parent
FAMILIES = ("loihi", "loihi1", "loihi2", "odin", "ranc", "speck", "xylo")
CHIPS = frozenset({"dynapcnn", "loihi", "odin", "ranc", "speck", "tinyodin", "truenorth", "xylo"})
DEFAULT = "the default target has a name"
TABLE = "the table of built-in families, or of installed chips"
EXCEPTIONS = {
    "compiler/api/compiling.py": DEFAULT,
    "compiler/api/networks.py": DEFAULT,
    "compiler/api/sweeping.py": DEFAULT,
    "compiler/backends/interface.py": TABLE,
    "compiler/options.py": DEFAULT,
    "compiler/verbs/arguments.py": DEFAULT,
    "sim/event_bench.py": "a bench is of ODIN's writes and events and of a run, which targets lack",
    "targets/families.py": TABLE,
}
"""Files that name a chip, and why."""

TYPES = [each for each in vars(words).values() if isinstance(each, WordType)]
NAMES = {name for each in TYPES for name in (each.name, *(field.name for field in each.fields))}
REGISTERS = frozenset(name for name in NAMES if name == "vth" or any(c.isupper() for c in name))
"""Those of Loihi 1's register names that are no words of English."""


def common_files() -> list[Path]:
    """Sources that belong to no family."""
    files = [
        path for folder in ("compiler", "sim", "targets") for path in sorted((ROOT / folder).rglob("*.py"))
    ]
    return [path for path in files if not set(path.relative_to(ROOT).parts[:-1]) & set(FAMILIES)]


def docstrings(tree: ast.AST) -> set[int]:
    """Ids of the expressions that are docstrings, of attributes too."""
    bodies = [node.body for node in ast.walk(tree) if isinstance(getattr(node, "body", None), list)]
    return {id(line.value) for body in bodies for line in body if isinstance(line, ast.Expr)}


def said(path: Path) -> Iterator[str]:
    """Every identifier and every text of a file; comments and docstrings are none."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            yield node.value
        for name in ("id", "attr", "arg", "name", "asname", "module"):
            if isinstance(value := getattr(node, name, None), str):
                yield value


def parts(text: str) -> set[str]:
    """`SpeckRevision` and `speck2f` are about a `speck`."""
    pieces = [*re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", text), *re.findall(r"[a-z]+", text.lower())]
    return {piece.lower() for piece in pieces}


def chips_in(path: Path) -> set[str]:
    return CHIPS & {part for text in said(path) for part in parts(text)}


def test_chips_are_named_where_they_have_to_be() -> None:
    naming = {path.relative_to(ROOT).as_posix(): chips_in(path) for path in common_files()}
    assert sorted(path for path, chips in naming.items() if chips) == sorted(EXCEPTIONS)


def test_registers_are_named_in_their_family_only() -> None:
    assert {"decayU", "wgtExp", "cxCfg", "axonMap", "vth", "negVmLimit"} <= REGISTERS
    naming = {
        path.relative_to(ROOT).as_posix(): REGISTERS & {word for t in said(path) for word in t.split()}
        for path in common_files()
    }
    assert {path: found for path, found in naming.items() if found} == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SpeckRevision", {"speck"}),
        ("xylo_audio2", {"xylo"}),
        ("tolerance", set()),
        ("targets.loihi1.model", {"loihi"}),
        ("TrueNorth", {"truenorth"}),
        ("truenorth", {"truenorth"}),
    ],
)
def test_names_are_taken_apart(text: str, expected: set[str]) -> None:
    assert CHIPS & parts(text) == expected
