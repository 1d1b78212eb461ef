"""What each chip does with each kind of node, as the documentation shows it.

`python -m tests.compiler.generated_support` writes it anew, in half a minute."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
from spikec.compiler.verdicts.capabilities import SupportTable, support
from spikec.targets import names, toml_of

FILE = Path(__file__).parents[2] / "compiler" / "handbook" / "support.json"


def found(name: str) -> SupportTable:
    """Compiled and proven now."""
    return support(name, toml_of(name))


if __name__ == "__main__":
    tables = {name: msgspec.to_builtins(found(name)) for name in names()}
    FILE.write_text(json.dumps(tables, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
