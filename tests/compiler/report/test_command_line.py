"""The command on the page does what it says: it gives the same configuration again."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import pytest
from spikec.compiler.ir.report import read_report
from spikec.compiler.output.build import REPORT
from spikec.compiler.report.command_line import command_line

from ..commandline import ROOT, spikec

DIGITS = ROOT / "examples" / "digits"


def again(out: Path, folder: Path) -> tuple[list[str], dict[str, object]]:
    """Run the command of a report, as a shell would split it; its words, and the report that it gives."""
    words = command_line(read_report((out / REPORT).read_bytes()))
    assert shlex.split(" ".join(words))[0] == "spikec"
    split = shlex.split(" ".join(words))
    done = spikec(*(_known(word, out, folder) for word in split[1:]))
    assert done.returncode == 0, done.stderr
    return split, json.loads((folder / "AGAIN" / REPORT).read_bytes())


def _known(word: str, out: Path, folder: Path) -> str:
    if word == "AGAIN":
        return str(folder / word)
    if word.startswith("OUT/"):
        return str(out / word[4:])
    return str(DIGITS / word) if (DIGITS / word).is_file() else word


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        (("--stimulus", DIGITS / "digits.npz", "--weight-bits", "4"), ["--weight-bits", "4"]),
        (("--poisson", "0.1", "--steps", "7", "--batch", "2", "--seed", "3"), ["--poisson", "0.1", "--steps", "7"]),
        (("--pin", "1=3", "--native-reset", "--no-host"), ["--no-host", "--native-reset", "--pin", "1=3"]),
    ],
)  # fmt: skip
def test_the_command_gives_the_same_words(
    asked: tuple[str | Path, ...], written: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = spikec("compile", DIGITS / "digits.nir", "--dialect", "snntorch.Leaky", *asked, "-o", out)
    assert done.returncode == 0, done.stderr
    words, report = again(out, tmp_path)
    first = json.loads((out / REPORT).read_bytes())
    assert report["configuration_sha256"] == first["configuration_sha256"]
    assert report["verdicts"] == first["verdicts"]
    for word in written:
        assert word in words


def test_what_has_no_name_is_named_as_out_keeps_it(tmp_path: Path) -> None:
    import spikec as api

    values = (np.random.default_rng(1).random((5, 2, 64)) < 0.2).astype(np.uint8)
    net = (DIGITS / "digits.nir").read_bytes()
    made = api.compile(net, dialect="snntorch.Leaky", stimulus=values, date="a Friday")
    made.write(tmp_path / "out")
    words, report = again(tmp_path / "out", tmp_path)
    assert {"OUT/source.nir", "OUT/stimulus.npz"} <= set(words)
    assert report["configuration_sha256"] == made.report.configuration_sha256
    assert words[words.index("--date") + 1] == "a Friday"
