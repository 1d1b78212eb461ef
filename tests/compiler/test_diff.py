"""Two reports side by side: what differs, and which limits break."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from spikec.compiler.ir.report import Report, read_report
from spikec.compiler.output.diff import Limits, difference, failures

from .commandline import COMPILED, DIGITS, spikec


@pytest.fixture(scope="module")
def report(digits_out: Path) -> Report:
    return read_report((digits_out / "report.json").read_bytes())


def worse(report: Report) -> Report:
    other: Any = dict(report)
    other["resources"]["cores"] += 2
    other["resources"]["per_core"][0]["input_axons"] += 5
    other["verdicts"]["fidelity"]["output_f1"] -= 0.02
    other["verdicts"]["fidelity"]["accuracy_fraction"]["chip"] -= 0.01
    other["fidelity_table"][0]["done"] = "something else"
    return read_report(json.dumps(other).encode())


def test_a_report_equals_itself(report: Report) -> None:
    found = difference(report, report)
    assert not any(change.differs for change in found.figures)
    assert found.rows_gone == found.rows_new == ()
    missing = {change.name for change in found.figures if change.a is None}
    assert missing == {"output rms"}, "every other figure is there"
    assert failures(found, Limits(f1_drop=0, more_cores=0, accuracy_drop=0)) == []


def test_what_differs(report: Report) -> None:
    found = difference(report, worse(report))
    changed = {change.name for change in found.figures if change.differs}
    assert changed == {"cores", "most used input_axons", "output F1", "accuracy chip"}
    assert [row[0] for row in found.rows_gone] == [report.fidelity_table[0].feature]
    assert [row[3] for row in found.rows_new] == ["something else"]


@pytest.mark.parametrize(
    ("limits", "broken"),
    [
        (Limits(), 0),
        (Limits(f1_drop=0.02, more_cores=2, accuracy_drop=0.01), 0),
        (Limits(f1_drop=0.019), 1),
        (Limits(more_cores=1), 1),
        (Limits(accuracy_drop=0.009), 1),
        (Limits(f1_drop=0, more_cores=0, accuracy_drop=0), 3),
    ],
)
def test_limits(report: Report, limits: Limits, broken: int) -> None:
    assert len(failures(difference(report, worse(report)), limits)) == broken
    assert failures(difference(worse(report), report), limits) == [], "better is never worse"


@pytest.mark.parametrize("option", ["--max-f1-drop", "--max-accuracy-drop"])
@pytest.mark.parametrize("value", ["nan", "-0.1", "1.5", "inf"])
def test_a_limit_is_a_share(option: str, value: str, digits_out: Path) -> None:
    """What is no number would be a limit that nothing breaks."""
    assert spikec("diff", digits_out, digits_out, option, value).returncode == 2


def test_a_figure_that_is_not_there_breaks_its_limit(report: Report) -> None:
    bare = replace(report, verdicts=replace(report.verdicts, fidelity=None))
    failed = failures(difference(report, bare), Limits(f1_drop=1, accuracy_drop=1, more_cores=0))
    assert failed == ["output F1 is not in both reports", "accuracy chip is not in both reports"]


def test_on_the_command_line(digits_out: Path, tmp_path: Path) -> None:
    same = spikec("diff", digits_out, digits_out)
    assert same.returncode == 0, same.stderr
    assert same.stdout.startswith("the same in")
    coarse = tmp_path / "coarse"
    made = spikec("compile", DIGITS / "digits.nir", *COMPILED, "--weight-bits", "3", "-o", coarse)
    assert made.returncode == 0, made.stderr
    done = spikec("diff", digits_out, coarse, "--max-f1-drop", "0", "--max-cores-more", "0", "--json")
    assert done.returncode == 4, done.stderr
    found = json.loads(done.stdout)
    assert [text.split(" goes")[0] for text in found["failures"]] == ["output F1"]
    figures = {change["name"]: change for change in found["figures"]}
    assert figures["configuration digest"]["a"] != figures["configuration digest"]["b"]
    assert figures["source digest"]["a"] == figures["source digest"]["b"]
    told = spikec("diff", digits_out, coarse)
    assert told.returncode == 0
    assert "output F1" in told.stdout
    assert spikec("diff", digits_out, tmp_path).returncode == 4
