"""The table of peers without a peer: what is edited, how late spikes are found, and what is said of whom is missing."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from . import fidelity_peers
from .fidelity_peers import Case, aligned, answer, cases, theirs
from .peers.edited import STEP, V_RESET, edited, neurons, says_another_step

SPEAKS = """
import json, sys, numpy as np
np.save(sys.argv[4] + "/0.npy", np.ones((3, 1, 2)))
np.save(sys.argv[4] + "/1.npy", np.zeros((3, 1, 2)))
one = {"tool": "T", "edits": ["e"], "cores": 2, "refused": None}
no = {"tool": "T", "edits": [], "variant": "", "spikes": None, "cores": None, "refused": "KeyError: 'x'"}
print(json.dumps([
    no, {**no, "edits": ["d"]},
    {**one, "variant": "a", "spikes": sys.argv[4] + "/1.npy"},
    {**one, "variant": "b", "spikes": sys.argv[4] + "/0.npy"},
]))
"""


def case(folder: Path) -> Case:
    return Case(folder=folder, name="n", chip="speck2f", dialect="sinabs.IAF", dt_seconds=1e-3, peer="sinabs")


def environment(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of environments in which this interpreter runs `script` as every peer's."""
    (folder / "sinabs" / "bin").mkdir(parents=True)
    (folder / "sinabs" / "bin" / "python").symlink_to(sys.executable)
    (folder / "sinabs_speck.py").write_text(script)
    monkeypatch.setattr(fidelity_peers, "SCRIPTS", folder)
    return folder


def test_a_peer_that_is_not_installed_has_no_figure(tmp_path: Path) -> None:
    for environments in (None, tmp_path):
        (row,) = theirs(case(tmp_path), {}, environments)
        assert (row.tool, row.f1, row.right, row.cores, row.note) == (
            "sinabs",
            None,
            None,
            None,
            "not installed",
        )


def test_refusals_once_and_of_variants_the_best(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = {"output": np.ones((3, 1, 2), dtype=np.uint8), "labels": np.array([1])}
    refused, ran = theirs(case(tmp_path), recorded, environment(tmp_path, SPEAKS, monkeypatch))
    assert (refused.f1, refused.note) == (None, "as imported: KeyError: 'x'")
    assert (ran.f1, ran.cores, ran.right) == (1.0, 2, (0, 0, 1))
    assert ran.note == "e; best of several: b"


def test_a_script_that_breaks_is_our_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environments = environment(tmp_path, "raise SystemExit('words')", monkeypatch)
    with pytest.raises(RuntimeError, match="words"):
        answer(environments / "sinabs" / "bin" / "python", case(tmp_path), str(tmp_path))


@pytest.mark.parametrize("late", [0, 1, 6])
@pytest.mark.parametrize("extra", [0, 6])
def test_late_spikes_are_compared_where_they_are(late: int, extra: int) -> None:
    wanted = np.random.default_rng(late).integers(0, 2, (12, 2, 3))
    spikes = np.concatenate([np.zeros((late, 2, 3)), wanted, np.zeros((6, 2, 3))])[: 12 + extra]
    found = aligned(wanted, spikes)
    assert found.shape == wanted.shape
    np.testing.assert_array_equal(found[: 12 + min(0, extra - late)], wanted[: 12 + min(0, extra - late)])


def test_edits_change_what_they_name_and_nothing_else(tmp_path: Path) -> None:
    (one,) = (c for c in cases() if c.name == "cuba_rec")
    source = one.folder / "cuba_rec.nir"
    assert says_another_step(source, one.dt_seconds)
    changed = edited(source, tmp_path / "e.nir", (V_RESET, STEP), one.dt_seconds)
    assert not says_another_step(changed, one.dt_seconds)
    with h5py.File(source) as before, h5py.File(changed) as after:
        kept = {
            name: item[...] for name, item in _arrays(before).items() if not name.endswith(("v_reset", "/r"))
        }
        assert len(list(neurons(after["node"]))) == 2
        left = _arrays(after)
        assert [name for name in left if name.endswith("v_reset")] == []
        for name, values in kept.items():
            np.testing.assert_array_equal(left[name][...], values)


def _arrays(file: h5py.File) -> dict[str, h5py.Dataset]:
    found: dict[str, h5py.Dataset] = {}
    file.visititems(lambda name, item: found.update({name: item}) if isinstance(item, h5py.Dataset) else None)
    return found


def test_every_case_has_its_files_and_a_recorded_output() -> None:
    for one in cases():
        assert (one.folder / f"{one.name}.nir").exists()
        with np.load(one.folder / f"{one.name}.npz") as recorded:
            assert recorded["output"].any()
        assert json.dumps(replace(one, folder=Path()).overrides)
