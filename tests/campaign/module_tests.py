"""Whether the tests notice that a module is changed: those that exercise it are run in a process where it is.

Tests exercise a module if they import it, or the family of chips that it was tried on, or its package, themselves or
through helpers in tests/; in this order, and those first that import little.
"""

from __future__ import annotations

import ast
import os
import re
import resource
import signal
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from .mutant_run import MEMORY_BYTES
from .mutation import Site, install

ROOT = Path(__file__).parents[2]
LEFT_OUT = ("benchmarks", "campaign", "frameworks", "hostile")
"""Folders of tests that try much at random, or need what is not installed."""
SECONDS = 120
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
PASSED, NO_TESTS = 0, 5
READY = "the module is changed"


@dataclass(frozen=True, kw_only=True)
class Noticed:
    """late: time was up before any test had failed. by: the test that failed, or how the process ended."""

    kind: Literal["caught", "missed", "late"]
    by: str = ""


def noticed(site: Site, files: list[Path], seconds: float = SECONDS) -> Noticed:
    """Run tests with the change, up to the first failure; as by day, whatever the environment says."""
    if not files:
        return Noticed(kind="missed", by="no tests")
    environment = {name: value for name, value in os.environ.items() if name != "SPIKEC_EXAMPLES"}
    words = [sys.executable, "-m", __name__, site.module, str(site.number), *map(str, files)]
    worker = subprocess.Popen(
        words, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    try:
        said, _ = worker.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.communicate()
        return Noticed(kind="late")
    if READY not in said:
        raise RuntimeError(said)
    if worker.returncode == PASSED:
        return Noticed(kind="missed")
    first = FAILED.search(said)
    return Noticed(kind="caught", by=first[1] if first else f"exit code {worker.returncode}")


def exercising(module: str, family: str) -> list[Path]:
    """Files of tests, the nearest to the module first."""
    package = module.rpartition(".")[0]
    nearness: dict[Path, tuple[int, int, str]] = {}
    for path, imports in _imports().items():
        kinds = (
            module in imports,
            any(part.startswith(family) for name in imports for part in name.split(".")),
            any(name == package or name.rpartition(".")[0] == package for name in imports),
        )
        if any(kinds):
            nearness[path] = (kinds.index(True), len(imports), str(path))
    return sorted(nearness, key=nearness.__getitem__)


@cache
def _imports() -> dict[Path, frozenset[str]]:
    """Of each file of tests the names in spikec that it imports, helpers included."""
    direct = {_name(path): _imported(path) for path in (ROOT / "tests").rglob("*.py")}
    return {
        path: frozenset(_reached(_name(path), direct))
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        if path.relative_to(ROOT / "tests").parts[0] not in LEFT_OUT
    }


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def _imported(path: Path) -> set[str]:
    """Names of modules, and of what is taken from them."""
    found: set[str] = set()
    above = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join([*above[: len(above) - node.level + 1], *filter(None, [node.module])])
            base = base if node.level else node.module or ""
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return found


def _reached(start: str, direct: dict[str, set[str]]) -> set[str]:
    """Names in spikec that a module of the tests imports, itself or through others of the tests."""
    seen, open_ends, found = {start}, [start], set[str]()
    while open_ends:
        for name in direct[open_ends.pop()]:
            if name.startswith("spikec"):
                found.add(name)
            elif name in direct and name not in seen:
                seen.add(name)
                open_ends.append(name)
    return found


def _main(module: str, number: str, *files: str) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    install(Site(module=module, number=int(number), line=0, what=""))
    import pytest

    print(READY, flush=True)
    for file in files:
        code = pytest.main(["-x", "-q", "-p", "no:xdist", "--no-header", "--tb=no", file])
        if code not in (PASSED, NO_TESTS):
            return code
    return PASSED


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
