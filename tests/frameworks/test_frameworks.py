"""Frameworks load what `spikec export` writes, and spike as spikec says.

Runs where `SPIKEC_FRAMEWORKS` names the folder of their environments (tests/frameworks/make_environments.sh).
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from .table import IMPORTERS, Job, cell_of, cells, jobs, networks

FOLDER = os.environ.get("SPIKEC_FRAMEWORKS", "")
SHORT = {
    "snntorch": "snntorch_mlp_digits_sub",
    "spikingjelly": "sj_mlp_digits_lif",
    "norse": "norse_mlp_digits_lifbox",
    "sinabs": "sinabs_lif_140_64_20",
    "spyx": "spyx_mlp_digits_lif",
    "nirtorch": "sj_mlp_digits_lif",
}
OWN_REFUSED = frozenset({"sinabs"})
"""Frameworks that do not load their own files, which other versions of nir wrote."""


@pytest.mark.parametrize("framework", sorted(IMPORTERS))
def test_a_framework_spikes_as_the_reference(framework: str) -> None:
    if not FOLDER or not (Path(FOLDER) / framework).is_dir():
        pytest.skip("SPIKEC_FRAMEWORKS names no folder with its environment")
    asked = list(jobs(framework, ("loihi1",), only=(SHORT[framework],)))
    assert [job.chip for job in asked] == ["file", "loihi1"]
    for job, cell in zip(asked, cells(Path(FOLDER), framework, asked), strict=True):
        if job.chip == "file" and framework in OWN_REFUSED:
            assert cell.refused
            continue
        assert not cell.refused, cell.refused
        assert cell.spikes
        assert cell.equal == cell.samples


@pytest.mark.parametrize("framework", sorted(IMPORTERS))
def test_each_has_networks_and_a_runner(framework: str) -> None:
    assert SHORT[framework] in networks(framework)
    assert (Path(__file__).parent / f"run_{framework}.py").is_file()


def test_a_cell_counts_samples_with_all_spikes(tmp_path: Path) -> None:
    wanted = np.zeros((4, 3, 2), dtype=np.float32)
    wanted[1, :, 0] = 1
    job = Job(network="n", chip="file", image=b"", inputs=wanted, dt_seconds=1.0, wanted=wanted)
    other = wanted.copy()
    other[3, 2, 1] = 1
    np.save(tmp_path / "out.npy", other)
    assert str(cell_of(job, {"stage": "done"}, tmp_path / "out.npy")) == "2/3"
    silent = replace(job, wanted=np.zeros_like(wanted))
    np.save(tmp_path / "zero.npy", silent.wanted)
    assert str(cell_of(silent, {"stage": "done"}, tmp_path / "zero.npy")) == "3/3 silent"
    refused = cell_of(job, {"stage": "load", "refused": "ValueError: no"}, tmp_path / "none.npy")
    assert (str(refused), refused.refused) == ("refused", "load: ValueError: no")
