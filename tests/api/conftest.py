"""One compile that several files look at."""

from __future__ import annotations

from pathlib import Path

import nir
import pytest
import spikec

from .nets import LABELS, READING, network, spikes


@pytest.fixture(scope="session")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("net") / "net.nir"
    nir.write(path, network())
    return path


@pytest.fixture(scope="session")
def compiled(net: Path) -> spikec.Compiled:
    return spikec.compile(net, "loihi1", **READING, stimulus=spikes(), labels=LABELS)


@pytest.fixture(scope="session")
def out(compiled: spikec.Compiled, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled.write(tmp_path_factory.mktemp("written") / "out")
