"""Completion in the shell: the script that is sourced, and what it is then offered."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from spikec.compiler.diagnostics import codes
from spikec.compiler.schemas import names

SCRIPT = "import sys; sys.argv = ['spikec']; from spikec.compiler.shell.cli import main; main()"


def spikec(**environment: str) -> str:
    """stdout of `spikec` as a shell calls it for completion."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env={**os.environ, **environment},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout


def offered(*words: str) -> list[str]:
    """What is offered for the last of `words`, which may be empty."""
    found = spikec(
        _SPIKEC_COMPLETE="bash_complete", COMP_WORDS=" ".join(("spikec", *words)), COMP_CWORD=str(len(words))
    )
    return [line.split(",", 1)[1] for line in found.splitlines()]


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("bash", "complete -o nosort -F _spikec_completion spikec"),
        ("zsh", "compdef _spikec_completion spikec"),
        ("fish", "complete --no-files --command spikec"),
    ],
)
def test_the_script(shell: str, line: str) -> None:
    assert line in spikec(_SPIKEC_COMPLETE=f"{shell}_source")


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("comp",), ["compare", "compile"]),
        (("compile", "--target", "loihi1"), ["loihi1"]),
        (("targets", "show", "loihi1"), ["loihi1"]),
        (("explain", "SPK01"), [code for code in codes() if code.startswith("SPK01")]),
        (("explain", "spk0306"), ["SPK0306"]),
        (("compile", "--dialect", "snntorch.L"), ["snntorch.Leaky"]),
        (("schema", ""), list(names())),
        (("compile", "--max-n"), ["--max-neurons-per-core"]),
    ],
)
def test_what_is_offered(words: tuple[str, ...], wanted: list[str]) -> None:
    assert offered(*words) == wanted
