"""`spikec targets new`, `check` and `registers`, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from spikec.compiler.options import Options
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.verdicts.own_target import prove_kinds
from spikec.sim.stimulus import Stimulus
from spikec.targets import load
from spikec.targets.words import configuration_schema, register_map

from .commandline import spikec
from .test_own_chips import READING, net


def test_a_chip_of_ones_own(tmp_path: Path) -> None:
    """Written, changed, checked."""
    made = spikec("targets", "new", "mine", "--like", "tinyodin", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    file = tmp_path / "mine.toml"
    file.write_text(file.read_text("utf-8").replace("neurons = 256", "neurons = 64"), encoding="utf-8")
    done = spikec("targets", "check", file, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["target"] == "mine"
    assert {one["kind"]: one["placement"] for one in found["proven"]} == {
        "IF": "identical",
        "LIF": "identical",
        "CubaLIF": "refused",
    }
    shown = spikec("targets", "check", file, "-q")
    assert shown.returncode == 0
    assert "identical" in shown.stdout


def test_nothing_is_written_over(tmp_path: Path) -> None:
    words = ("targets", "new", "mine", "--like", "ranc")
    assert spikec(*words, cwd=tmp_path).returncode == 0
    refused = spikec(*words, cwd=tmp_path)
    assert (refused.returncode, "there already" in refused.stderr) == (2, True)
    assert spikec(*words, "--force", cwd=tmp_path).returncode == 0
    printed = spikec(*words, "-o", "-", cwd=tmp_path)
    assert printed.stdout == (tmp_path / "mine.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("new", "a/b", "--like", "odin"), "letters, digits"),
        (("new", "ab", "--like", "loihi9"), "there is no target"),
        (("new", "ab"), "--like"),
        (("check", "nothing"), "SPK0501"),
        (("registers", "nothing"), "SPK0501"),
    ],
)
def test_refused(words: tuple[str, ...], text: str, tmp_path: Path) -> None:
    done = spikec("targets", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert text in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_toml_is_said_with_its_line(tmp_path: Path) -> None:
    spikec("targets", "new", "mine", "--like", "loihi1", cwd=tmp_path)
    file = tmp_path / "mine.toml"
    text = file.read_text("utf-8").replace("q_bits = 22", "q_bits = 20")
    file.write_text(text, encoding="utf-8")
    line = next(k for k, each in enumerate(text.split("\n"), 1) if each.startswith("q_bits"))
    done = spikec("targets", "check", file)
    assert done.returncode == 2
    assert "SPK0502" in done.stderr
    assert f"line {line}\n" in done.stderr
    assert "allowed: 22" in done.stderr


def test_nothing_to_prove_is_not_proven() -> None:
    """A chip whose only neuron is refused: the table has no kind that compiles."""
    from spikec.compiler.verbs.targets_check import _exit_code
    from spikec.compiler.verdicts.capabilities import Support, SupportTable

    rows = tuple(Support(kind=k, variant="", answer="no", reason="SPK1") for k in ("IF", "LIF", "CubaLIF"))
    proven = prove_kinds(b"", SupportTable(rows=rows, always=()))
    assert {one.placement for one in proven} == {"refused"}
    assert _exit_code(proven) == 3
    assert (
        _exit_code([*proven, type(proven[0])(kind="IF", variant="", placement="different", reason="")]) == 4
    )


def test_registers(tmp_path: Path) -> None:
    assert "| neuron" not in spikec("targets", "registers", "xylo_imu").stdout
    assert "## cxCfg" in spikec("targets", "registers", "loihi1").stdout
    done = spikec("targets", "registers", "loihi1", "--format", "c", "-o", tmp_path / "chip.h")
    assert done.returncode == 0
    assert "LOIHI1_CXCFG_BIAS_SHIFT 0\n" in (tmp_path / "chip.h").read_text("ascii")
    assert json.loads(spikec("targets", "registers", "odin", "--json").stdout)["target"] == "odin"


@pytest.mark.parametrize("target", ["loihi1", "odin", "tinyodin", "ranc", "speck2f", "xylo_audio2"])
def test_what_is_emitted_holds_to_the_schema(target: str) -> None:
    options = Options(target=target, reading=READING, allow_approximation=True)
    events = (np.random.default_rng(2).random((2, 1, 10)) < 0.4).astype(np.float32)
    stimulus = Stimulus(inputs={"input": events}, labels=None, source={})
    files = compile_graph(net(), options, stimulus=stimulus).files
    schema = configuration_schema(load(target))
    Draft202012Validator.check_schema(schema)
    document = json.loads(files[register_map(load(target)).document])
    validator = Draft202012Validator(schema)
    assert not list(validator.iter_errors(document))
    assert not validator.is_valid({**document, "target": "another"})
    assert not validator.is_valid({**document, "surplus": 1})
