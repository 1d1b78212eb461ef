"""What the shell does to a command: limits, full devices, readers that go away, terminals of few letters."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from spikec.compiler.shell.shell_limits import COMPUTING, is_lack_of_memory, too_little_for
from spikec.sim.nir.write import image_of

from .commandline import command
from .test_exports import two_layers

READING = ("--dialect", "nir.euler", "--dt", "1")
RANDOM = ("--poisson", "0.3", "--steps", "4", "--batch", "1")


@pytest.fixture
def net(tmp_path: Path) -> Path:
    """A network with a letter that ASCII lacks."""
    path = tmp_path / "net.nir"
    path.write_bytes(image_of(two_layers("loihi1", "é")))
    return path


def in_shell(line: str, *words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `line` in a shell; in it, "$@" is the command."""
    return subprocess.run(
        ["bash", "-c", line, "bash", *command(*words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("kib", [200_000, 700_000, 1_300_000])
def test_too_little_memory_is_said(kib: int, net: Path) -> None:
    """Whether Python would hear of it (at 700,000) or not: libraries end the process with less and with more."""
    out = net.parent / "out"
    done = in_shell(f'ulimit -v {kib}; exec "$@"', "compile", net, *READING, *RANDOM, "-q", "-o", out)
    assert done.returncode == 1
    assert "error[SPK0604]" in done.stderr
    assert f"{kib / (1 << 20):.2f} GiB" in done.stderr
    assert not out.exists()


def test_what_needs_little_is_done_with_little() -> None:
    done = in_shell('ulimit -v 400000; exec "$@"', "explain", "SPK0604")
    assert (done.returncode, done.stderr) == (0, "")


def test_without_a_limit_nothing_is_too_little() -> None:
    assert all(too_little_for(verb) is None for verb in COMPUTING)


@pytest.mark.parametrize(
    ("problem", "lack"),
    [
        (MemoryError(), True),
        (OSError(12, "Cannot allocate memory"), True),
        (RuntimeError("can't start new thread"), True),
        (ImportError("libx.so: failed to map segment from shared object"), True),
        (RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 8 bytes"), True),
        (OSError(28, "No space left on device"), False),
        (ZeroDivisionError("division by zero"), False),
    ],
)
def test_what_is_a_lack_of_memory(problem: Exception, lack: bool) -> None:
    assert is_lack_of_memory(problem) == lack
    wrapped = KeyError("other")
    wrapped.__cause__ = problem
    assert is_lack_of_memory(wrapped) == lack


@pytest.mark.parametrize("verb", ["compile", "inspect"])
def test_too_few_files_are_said(verb: str, net: Path) -> None:
    more = (*RANDOM, "-o", net.parent / "out") if verb == "compile" else ()
    done = in_shell('ulimit -n 10; exec "$@"', verb, net, *READING, *more)
    assert done.returncode == 1
    assert (
        "error[SPK0609]: the system opens no more files for this: the shell allows 10 at a time"
        in done.stderr
    )
    assert list(net.parent.iterdir()) == [net]


def test_used_up_processor_time_is_said(net: Path) -> None:
    out = net.parent / "out"
    done = in_shell(
        'ulimit -t 1; exec "$@"', "compile", net, *READING, "--poisson", "0.3", "--steps", "90000", "--batch", "32",
        "-q", "-o", out,
    )  # fmt: skip
    assert done.returncode == 1
    assert "error[SPK0605]: the processor time that the shell allows, 1 s, is used up" in done.stderr
    assert list(net.parent.iterdir()) == [net]


def test_a_full_device_is_said() -> None:
    done = in_shell('exec "$@" >/dev/full', "explain", "SPK0603")
    assert done.returncode == 1
    assert done.stderr.startswith("error[SPK0603]: what is to be printed cannot be written: No space left")


def test_a_full_device_for_messages_changes_nothing(net: Path) -> None:
    wanted = in_shell('exec "$@"', "inspect", net)
    done = in_shell('exec "$@" 2>/dev/full', "inspect", net)
    assert wanted.stderr
    assert (done.returncode, done.stdout, done.stderr) == (wanted.returncode, wanted.stdout, "")


def test_a_reader_that_goes_away_is_no_fault() -> None:
    done = in_shell('"$@" | head -c 1; exit ${PIPESTATUS[0]}', "schema", "report")
    assert (done.returncode, done.stdout, done.stderr) == (0, "{", "")


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-"])
def test_closed_descriptors_are_no_fault(closed: str) -> None:
    assert in_shell(f'exec "$@" {closed}', "explain", "SPK0603").returncode == 0


FEW_LETTERS = [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}]


@pytest.mark.parametrize("where", FEW_LETTERS)
def test_a_terminal_of_few_letters_gets_all_there_is(where: dict[str, str], net: Path) -> None:
    done = in_shell('exec "$@"', "inspect", net, *READING, **where)
    assert (done.returncode, done.stderr.strip()) == (0, "")
    assert "\\xe9" in done.stdout
    assert done.stdout.isascii()


def test_the_script_and_the_module_are_the_same_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "spikec", "--version"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, in_shell('exec "$@"', "--version").stdout)
