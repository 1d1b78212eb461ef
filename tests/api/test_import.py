"""The import is light, nothing runs in one, and the command starts by every name that it has."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import spikec

HEAVY = (
    "click",
    "h5py",
    "jax",
    "jinja2",
    "msgspec",
    "networkx",
    "nir",
    "numba",
    "numpy",
    "ortools",
    "rich",
    "scipy",
)
EVERY_MODULE = """
import importlib, pkgutil, sys
sys.argv = ["spikec", "no-such-verb"]
import spikec
names = [found.name for found in pkgutil.walk_packages(spikec.__path__, "spikec.")]
for name in names:
    importlib.import_module(name)
assert len(names) > 150, names
"""


def python(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=cwd)


def test_the_import_brings_nothing_heavy(tmp_path: Path) -> None:
    script = f"import sys, spikec; print([name for name in {HEAVY} if name in sys.modules])"
    assert python("-c", script, cwd=tmp_path).stdout == "[]\n"


def test_every_public_name_is_there() -> None:
    for name in spikec.__all__:
        assert getattr(spikec, name) is not None
        assert name in dir(spikec)
    assert spikec.__version__ == version("spikec")
    documented = [getattr(spikec, name) for name in spikec.__all__ if name not in ("__version__",)]
    assert all(each.__doc__ for each in documented)


def test_no_other_name_is_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'compiel'"):
        spikec.compiel  # noqa: B018


def test_targets_is_a_function_whatever_was_imported_before(tmp_path: Path) -> None:
    for before in ("pass", "import spikec.targets", "from spikec.targets import load"):
        script = (
            f"{before}\nimport spikec\nprint('loihi1' in spikec.targets(), spikec.targets.load('odin').name)"
        )
        assert python("-c", script, cwd=tmp_path).stdout == "True odin\n", before


def test_importing_every_module_runs_nothing(tmp_path: Path) -> None:
    done = python("-c", EVERY_MODULE, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("module", ["spikec", "spikec.compiler"])
@pytest.mark.parametrize("folder", [None, "spikec"])
def test_the_command_beside_a_folder_of_its_name(module: str, folder: str | None, tmp_path: Path) -> None:
    if folder is not None:
        (tmp_path / folder).mkdir()
    done = python("-m", module, "--version", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"spikec, version {spikec.__version__}\n"


def test_the_import_beside_a_folder_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "spikec").mkdir()
    done = python("-c", "import spikec; print(spikec.dialects()[0])", cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("hxtorch\n", "")
