"""`spikec.sweep`: the design space of the command line, from what Python has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spikec
from spikec.compiler.sweep.job import Job

from ..compiler.sweeping import here
from .nets import LABELS, READING, network, spikes


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """What is run, in this process."""
    seen: list[Job] = []
    monkeypatch.setattr("spikec.compiler.api.sweeping.in_processes", here(seen))
    return seen


def test_a_sweep_is_compiles(net: Path, compiled: spikec.Compiled, jobs: list[Job], tmp_path: Path) -> None:
    """Each row has the figures of the compile; networks, targets and stimuli come in all their forms."""
    said: list[str] = []
    own = spikec.load_target("loihi1")
    made = spikec.sweep(
        net, [own], weight_bits=(8, 7), stimulus=spikes(), labels=LABELS, out=tmp_path / "space", progress=said.append,
        **READING,
    )  # fmt: skip
    refused, done = made.rows
    fidelity = compiled.report.verdicts.fidelity
    assert fidelity is not None
    assert fidelity.accuracy is not None
    assert (refused.weight_bits, refused.code) == (7, "SPK0523")
    assert (done.identical, done.cores, done.output_f1, done.accuracy, done.configuration_sha256) == (
        True,
        compiled.report.resources.cores,
        fidelity.output_f1,
        fidelity.accuracy.chip,
        compiled.report.configuration_sha256,
    )
    assert (done.front, refused.front) == (True, False)
    assert said[-1].startswith("2 of 2  net.nir on loihi1, 8 bits: 1 core, F1 ")
    assert (tmp_path / "space" / "sweep.html").exists()
    np.savez(tmp_path / "s.npz", input=spikes(), labels=LABELS)
    forms: list[Any] = [
        {"input": spikes()},
        spikec.Stimulus(inputs={"input": spikes()}, labels=LABELS),
        tmp_path / "s.npz",
    ]
    for form in forms:
        labels = LABELS if isinstance(form, dict) else None
        again = spikec.sweep({"net.nir": network()}, stimulus=form, labels=labels, **READING)
        assert [row.accuracy for row in again.rows] == [done.accuracy]
    assert len(jobs) == 4
    assert made["rows"][1]["cores"] == done.cores
    assert str(made).splitlines()[0] == "net.nir: 2 points"
    assert made._repr_html_().startswith("<iframe sandbox")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"weight_bits": (4, 99)}, "SPK0531"),
        ({"weight_bits": 4}, "SPK0531"),
        ({"seeds": ("1",)}, "SPK0531"),
        ({"workers": 0}, "SPK0531"),
        ({"lock": b""}, "SPK0530"),
        ({"wieght_bits": (4,)}, "SPK0530"),
        ({"targets": ["loihi1", "loihi1"]}, "SPK0525"),
        ({"targets": "brainchip"}, "SPK0501"),
        ({"labels": LABELS}, "SPK0409"),
        ({"stimulus": 7}, "SPK0532"),
        ({"nets": [b"bytes"]}, "SPK0532"),
        ({"nets": 7}, "SPK0532"),
        ({"stimulus": Path("absent.npz")}, "SPK0401"),
    ],
)
def test_what_is_asked_for_is_looked_at_first(
    given: dict[str, Any], code: str, net: Path, jobs: list[Job]
) -> None:
    words = {"nets": net, **READING, **given}
    with pytest.raises(spikec.DiagnosticError) as refused:
        spikec.sweep(words.pop("nets"), **words)
    assert refused.value.diagnostics[0].code == code
    assert not jobs
