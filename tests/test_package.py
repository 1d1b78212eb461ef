"""What is in the tree is in the wheel, and the three packages are never imported by their folder names."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[1]
TOPS = ("compiler", "sim", "targets")
DOCS = ROOT / "docs"
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
FOLDERS: dict[str, str] = {folder: package for package, folder in SETTINGS["package-dir"].items()}
"""Folder -> package, of those that are named; what lies below goes by its own name."""
BUILD = "import sys; from setuptools import build_meta as b; out = sys.argv[1]; b.build_wheel(out); b.build_sdist(out)"


def package_of(folder: PurePosixPath) -> str:
    """The package that a folder of the tree is in the wheel."""
    if folder.as_posix() in FOLDERS:
        return FOLDERS[folder.as_posix()]
    return f"{package_of(folder.parent)}.{folder.name}"


def in_the_wheel(file: Path) -> str:
    """Where a file of the tree lies in the wheel."""
    inside = PurePosixPath(file.relative_to(ROOT).as_posix())
    return f"{package_of(inside.parent).replace('.', '/')}/{inside.name}"


def sources() -> list[Path]:
    """Files of the packages."""
    found = [file for top in TOPS for file in sorted((ROOT / top).rglob("*")) if file.is_file()]
    return [file for file in found if "__pycache__" not in file.parts]


def documents() -> list[Path]:
    """What `spikec docs` makes its pages of."""
    found = sorted(file for file in DOCS.rglob("*") if file.is_file() and "_pages" not in file.parts)
    return [file for file in found if file.suffix != ".js" and "__pycache__" not in file.parts]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist of this tree."""
    try:
        if int(version("setuptools").split(".")[0]) < 77:
            pytest.skip("an older setuptools than the build asks for")
    except PackageNotFoundError:
        pytest.skip("no setuptools")
    tree, out = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("built")
    for top in (*TOPS, DOCS.name):
        shutil.copytree(ROOT / top, tree / top, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree / name)
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(out)], cwd=tree, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return out


def test_every_folder_is_a_listed_package() -> None:
    folders = {
        PurePosixPath(f.parent.relative_to(ROOT).as_posix()) for f in sources() if f.name == "__init__.py"
    }
    assert set(SETTINGS["packages"]) == {"spikec.docs", *(package_of(folder) for folder in folders)}
    assert all((ROOT / folder / "py.typed").exists() for folder in FOLDERS if folder != DOCS.name)


def test_data_files_match_the_package_data() -> None:
    patterns = SETTINGS["package-data"]["*"]
    for file in sources():
        if file.suffix != ".py":
            assert any(file.match(pattern) for pattern in patterns), file


def test_the_wheel_holds_what_the_tree_holds(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    listed = [name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name]
    inside = [*map(in_the_wheel, sources()), *(f"spikec/{file.relative_to(ROOT)}" for file in documents())]
    assert sorted(listed) == sorted(inside)
    assert "spikec/__init__.py" in listed


def test_the_sdist_holds_what_the_tree_holds(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        listed = {name.partition("/")[2] for name in archive.getnames()}
    assert {file.relative_to(ROOT).as_posix() for file in sources()} <= listed


def test_no_import_by_folder_name() -> None:
    for top in (*TOPS, "tests"):
        for file in sorted((ROOT / top).rglob("*.py")):
            found = re.findall(r"^\s*(?:from|import) (?:compiler|sim|targets)\b", file.read_text(), re.M)
            assert not found, f"{file}: {found}"


def test_examples_use_the_public_api_alone() -> None:
    files = [*(ROOT / "examples").glob("*.py"), *(ROOT / "examples").glob("*.ipynb")]
    assert len(files) >= 4
    for file in files:
        assert "import spikec" in file.read_text(encoding="utf-8"), file
        assert not re.findall(r"spikec\.(?:compiler|sim)\b", file.read_text(encoding="utf-8")), file
