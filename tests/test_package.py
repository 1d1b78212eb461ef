"""What is in the tree is in the wheel, and the three packages are never imported by their folder names."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_folder_is_a_listed_package() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = {
        f.parent.relative_to(ROOT).as_posix() for top in ("compiler", "sim", "targets")
        for f in (ROOT / top).rglob("__init__.py")
    }  # fmt: skip
    assert set(listed["packages"]) == {f"spikec.{folder.replace('/', '.')}" for folder in folders}
    assert all((ROOT / folder / "py.typed").exists() for folder in listed["package-dir"].values())


def test_data_files_match_the_package_data() -> None:
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["*"]
    for top in ("compiler", "sim", "targets"):
        for file in (ROOT / top).rglob("*"):
            if file.is_file() and file.suffix not in {".py", ".pyc"}:
                assert any(file.match(pattern) for pattern in patterns), file


def test_no_import_by_folder_name() -> None:
    for top in ("compiler", "sim", "targets", "tests"):
        for file in sorted((ROOT / top).rglob("*.py")):
            found = re.findall(r"^\s*(?:from|import) (?:compiler|sim|targets)\b", file.read_text(), re.M)
            assert not found, f"{file}: {found}"
