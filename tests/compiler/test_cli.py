"""The command line as a user types it: exit codes, both verdicts, files, and what goes wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import pytest
from spikec.compiler.diagnostics import codes
from spikec.compiler.shell.cli import VERBS, cli
from spikec.compiler.verbs.targets import VERBS as TARGETS_VERBS

from .commandline import COMPILED, DIGITS, ROOT, spikec, spikec_process

BAD = ROOT / "tests" / "corpus" / "bad"


@pytest.fixture
def out(digits_out: Path) -> Path:
    return digits_out


def test_the_output_is_complete(out: Path) -> None:
    names = {p.name for p in out.iterdir()}
    assert names >= {"symbols.npz", "quantized.npz", "source.nir", "placement.lock.json", "report.json"}
    assert names >= {"report.html", "manifest.json", "stimulus.npz", "configuration.json", "loihi1.npz"}
    report = json.loads((out / "report.json").read_text())
    assert report["verdicts"]["placement"]["identical"]
    assert report["verdicts"]["fidelity"]["accuracy"]["float"] == "187/200"
    assert (out / "source.nir").read_bytes() == (DIGITS / "digits.nir").read_bytes()
    assert str(ROOT) not in (out / "report.json").read_text()


def test_check_and_simulate(out: Path, tmp_path: Path) -> None:
    checked = spikec("check", out, "--json")
    assert checked.returncode == 0, checked.stderr
    report = json.loads((out / "report.json").read_text())
    said = json.loads(checked.stdout)
    files = said.pop("files")
    assert said == {"schema_version": 1, **report["verdicts"]}
    assert files["identical"]
    assert set(files["compared"]) == {file.name for file in out.iterdir()} - {"manifest.json"}
    trace = tmp_path / "trace.npz"
    ran = spikec("simulate", out, "--stimulus", DIGITS / "digits.npz", "--states", "-o", trace)
    assert ran.returncode == 0, ran.stderr
    with np.load(trace) as found:
        assert found["output"].shape == (20, 200, 10)
        assert {"layer/1", "layer/3", "state/1/v", "state/1/i"} <= set(found.files)


def test_export(tmp_path: Path) -> None:
    out = tmp_path / "out"
    compiled = spikec("compile", DIGITS / "digits.nir", *COMPILED, "--native-reset", "-o", out)
    assert compiled.returncode == 0, compiled.stderr
    done = spikec("export", out, "-o", tmp_path / "effective.nir", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["agreement"]["within_bound"]
    assert found["agreement"]["samples_alike"] == 200
    assert found["agreement"]["counted"] == {}
    said = spikec("export", out, "-o", tmp_path / "again.nir").stdout
    assert re.search(
        r"1: .*membranes differ by at most \S+ of the network's units, within the \S+ that", said
    )
    words = ["--dialect", "nir.euler", "--dt", str(found["dt_seconds"])]
    words += ["--stimulus", DIGITS / "digits.npz", "-o", tmp_path / "float.npz"]
    ran = spikec("reference", tmp_path / "effective.nir", *words)
    assert ran.returncode == 0, ran.stderr
    simulated = spikec("simulate", out, "-o", tmp_path / "chip.npz")
    assert simulated.returncode == 0, simulated.stderr
    with np.load(tmp_path / "float.npz") as theirs, np.load(tmp_path / "chip.npz") as mine:
        np.testing.assert_array_equal(theirs["output"], mine["output"])


def test_an_export_says_how_a_construct_differs_from_what_it_stands_for(out: Path, tmp_path: Path) -> None:
    done = spikec("export", out, "-o", tmp_path / "effective.nir", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert all(p["f1"] > 0.995 for p in found["agreement"]["populations"].values())
    told = {row["where"] for row in found["diagnostics"] if row["code"] == "SPK0540"}
    assert told == {"/node/nodes/1", "/node/nodes/3"}
    words = ["--stimulus", DIGITS / "digits.npz", "-o", tmp_path / "float.npz"]
    ran = spikec("reference", tmp_path / "effective.nir", *words)
    assert ran.returncode == 0, ran.stderr


def test_the_same_bytes_in_another_process(out: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    done = spikec_process("compile", DIGITS / "digits.nir", *COMPILED, "-o", again, "--json")
    assert done.returncode == 0, done.stderr
    for name in ("loihi1.npz", "configuration.json", "symbols.npz", "placement.lock.json", "report.json"):
        assert (again / name).read_bytes() == (out / name).read_bytes(), name


def test_check_of_what_is_no_output(tmp_path: Path) -> None:
    done = spikec("check", tmp_path)
    assert done.returncode == 4
    assert "SPK4101" in done.stderr


def test_reference(tmp_path: Path) -> None:
    trace = tmp_path / "float.npz"
    words = ["--dialect", "snntorch.Leaky", "--stimulus", DIGITS / "digits.npz", "-o", trace]
    done = spikec("reference", DIGITS / "digits.nir", *words)
    assert done.returncode == 0, done.stderr
    with np.load(trace) as found, np.load(DIGITS / "digits.npz") as recorded:
        np.testing.assert_array_equal(found["output"], recorded["output"])


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("inspect", BAD / "not_hdf5.nir"), 1, "SPK0103"),
        (("inspect", BAD / "nan_weight.nir"), 1, "SPK0115"),
        (("inspect", "no_such_file.nir"), 1, "SPK0101"),
        (
            ("compile", BAD / "shape_mismatch.nir", "--dialect", "nir.euler", "--dt", "0.001", "-o", "x"),
            1,
            "SPK0210",
        ),
        (("compile", DIGITS / "digits.nir", "-o", "x"), 1, "SPK0306"),
        (("compile", DIGITS / "digits.nir", "--dialect", "nonsense", "-o", "x"), 1, "SPK0301"),
        (("compile", DIGITS / "digits.nir", "--target", "nonsense", "-o", "x"), 2, "SPK0501"),
        (("compile", DIGITS / "digits.nir", "--dialect-option", "bare", "-o", "x"), 2, "KEY=JSON"),
        (("explain", "SPK9999"), 2, "no code"),
        (("nonsense",), 2, "No such command"),
    ],
)
def test_what_goes_wrong(words: tuple[str | Path, ...], code: int, text: str) -> None:
    done = spikec(*words)
    assert done.returncode == code, done.stderr
    assert text in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    told = spikec(*words, "--json")
    assert (told.returncode, told.stderr) == (code, done.stderr)
    failure = json.loads(told.stdout)
    assert failure["exit_code"] == code
    if text.startswith("SPK"):
        assert text in [found["code"] for found in failure["diagnostics"]]
    else:
        assert text in failure["usage"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("explain", "SPK0306"), 0),
        (("inspect", BAD / "not_hdf5.nir"), 1),
        (("nonsense",), 2),
        (("check", BAD), 4),
    ],
)
def test_a_process_ends_as_the_function_does(words: tuple[str | Path, ...], code: int) -> None:
    """The rest of these tests run the command in their own process."""
    alone, here = spikec_process(*words), spikec(*words)
    assert alone.returncode == here.returncode == code
    assert (alone.stdout, alone.stderr) == (here.stdout, here.stderr)


def test_a_required_figure_that_is_missed(tmp_path: Path) -> None:
    words = ["--dialect", "snntorch.Leaky", "--stimulus", DIGITS / "digits.npz", "--require", "f1=0.99"]
    done = spikec("compile", DIGITS / "digits.nir", *words, "--native-reset", "-o", tmp_path / "out")
    assert done.returncode == 4
    assert "error[SPK4201]: the output F1 is 0.4861; at least 0.99 is required" in done.stderr


def test_inspect_with_and_without_a_reading() -> None:
    """Not to know the reading is a warning here; with one, the network is judged as it is read."""
    open_question = spikec("inspect", DIGITS / "digits.nir")
    assert open_question.returncode == 0
    assert "warning[SPK0306]" in open_question.stderr
    answered = spikec("inspect", DIGITS / "digits.nir", "--dialect", "snntorch.Leaky", "--json")
    assert answered.stderr == ""
    told = json.loads(answered.stdout)["dialect"]
    assert (told["confidence"], told["candidates"]) == ("given", [])
    assert [line.partition(":")[0] for line in told["words"]] == ["a step is 0.0001 s", "LIF"]
    net = BAD / "negative_tau.nir"
    reading = ("--dialect", "nir.euler", "--dt", "0.001")
    assert spikec("inspect", net, *reading).returncode == 1
    clipped = spikec("inspect", net, *reading, "--dialect-option", "clip_decay=true")
    assert clipped.returncode == 0
    assert "warning[SPK0215]" in clipped.stderr


def test_targets_and_explain() -> None:
    assert "loihi1" in spikec("targets").stdout
    assert (
        json.loads(spikec("targets", "show", "loihi1", "--json").stdout)["target"]["capacity"]["compartments"]
        == 1024
    )
    assert "reads" in spikec("explain", "SPK0306").stdout or "dialect" in spikec("explain", "SPK0306").stdout


def test_every_code_is_explained_and_used() -> None:
    used: set[str] = set()
    for folder in ("compiler", "sim", "targets"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            used |= set(re.findall(r"SPK\d{4}", file.read_text(encoding="utf-8")))
    assert used == set(codes())


def test_help_is_light() -> None:
    """Nothing heavy, and no verb, is imported to print help."""
    heavy = ("jax", "ortools", "networkx", "h5py", "nir", "scipy", "numpy", "rich", "msgspec")
    script = (
        "import sys; from spikec.compiler.shell.cli import cli\n"
        "cli.main(['--help'], standalone_mode=False)\n"
        f"print([m for m in sys.modules if m in {heavy} or m.startswith('spikec.compiler.verbs')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert done.stdout.count("\n") >= len(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_the_group_is_that_of_the_verb(verb: str) -> None:
    command = cli.get_command(click.Context(cli), verb)
    assert command is not None
    assert " ".join((command.help or "").split("\n\n")[0].split()) == VERBS[verb]


def test_every_verb_is_listed() -> None:
    helpers = {
        "__init__",
        "arguments",
        "capabilities",
        "capability_probes",
        "loading",
        "own_target",
        "party",
        "printed",
        "printing",
    }
    helpers |= {"progress", *(f"targets_{verb}" for verb in TARGETS_VERBS if verb != "show")}
    files = {file.stem for file in (ROOT / "compiler" / "verbs").glob("*.py")}
    assert files - helpers == set(VERBS)
