"""Frameworks load what `spikec export` writes, and spike as spikec says.

Runs where `SPIKEC_FRAMEWORKS` names the folder of their environments (tests/frameworks/make_environments.sh).
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from spikec.sim.dialect.dialect import preset
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.sim.reference.reference import reference

from .table import IMPORTERS, Job, cell_of, cells, first_ties, jobs, networks, without_delays

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
    late = np.array([4, 4, 4])
    job = Job(network="n", chip="file", image=b"", inputs=wanted, dt_seconds=1.0, wanted=wanted, tied=late)
    other = wanted.copy()
    other[3, 2, 1] = 1
    np.save(tmp_path / "out.npy", other)
    assert str(cell_of(job, {"stage": "done"}, tmp_path / "out.npy")) == "2/3"
    tied = replace(job, tied=np.array([4, 0, 2]))
    assert str(cell_of(tied, {"stage": "done"}, tmp_path / "out.npy")) == "2/3, 1 on a tie"
    silent = replace(job, wanted=np.zeros_like(wanted))
    np.save(tmp_path / "zero.npy", silent.wanted)
    assert str(cell_of(silent, {"stage": "done"}, tmp_path / "zero.npy")) == "3/3 silent"
    refused = cell_of(job, {"stage": "load", "refused": "ValueError: no"}, tmp_path / "none.npy")
    assert (str(refused), refused.refused) == ("refused", "load: ValueError: no")


def test_a_graph_without_its_delays_and_first_ties() -> None:
    theta = np.array([2.0, 3.0])
    nodes = {
        "input": RawNode(kind="Input", params={"shape": np.array([2])}),
        "late": RawNode(kind="Delay", params={"delay": np.array([2.0, 1.0])}),
        "lif": RawNode(kind="IF", params={"r": np.ones(2), "v_threshold": theta, "v_reset": np.zeros(2)}),
        "output": RawNode(kind="Output", params={"shape": np.array([2])}),
    }
    raw = RawGraph(nodes=nodes, edges=(("input", "late"), ("late", "lif"), ("lif", "output")))
    built = without_delays(raw)
    assert sorted(built.nodes) == ["input", "lif", "output"]
    assert built.edges == (("input", "lif"), ("lif", "output"))
    values = np.zeros((3, 2, 2), dtype=np.float32)
    values[0, 0, 0], values[1:, 1, 1] = 1.5, 1.5
    dialect = preset("nir.euler", dt_seconds=1.0, options={}, graph=built)
    trace = reference(built, dialect, stimulus={"input": values}, return_all_states=True)
    assert first_ties(built, trace).tolist() == [3, 2]
