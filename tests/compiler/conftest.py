"""An output that several test files look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from .commandline import COMPILED, DIGITS, spikec


@pytest.fixture(scope="session")
def digits_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The digits example, compiled once."""
    folder = tmp_path_factory.mktemp("digits") / "out"
    done = spikec("compile", DIGITS / "digits.nir", *COMPILED, "-o", folder)
    assert done.returncode == 0, done.stderr
    assert "placement  identical" in done.stdout
    return folder
