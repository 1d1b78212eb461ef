"""What long work shows on a terminal, on a dumb one, and on none."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from unittest import mock

import pytest

from ..effort import thinned
from ..errors.netfiles import linear, port, small, weights
from .commandline import COMPILED, DIGITS, ROOT, command, interruptible, run_here, spikec
from .sweeping import DRAWN, READING, no_processes

STAGES = ("read the graph", "partition", "placement verdict: words", "fidelity verdict")
SOLVED = (ROOT / "tests" / "corpus" / "sj_cnn_digits_if.nir", "--dialect", "spikingjelly", "--dt", "0.0001",
          "--poisson", "0.2", "--steps", "4", "--batch", "1", "--max-neurons-per-core", "200")  # fmt: skip


def _variables(given: dict[str, str]) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "FORCE_COLOR", "TERM"}}
    return {**kept, "TERM": "xterm-256color", "COLUMNS": "100", **given}


def _read_all(ours: int, seen: list[bytes]) -> None:
    """Until nobody has the other end open."""
    with contextlib.suppress(OSError):  # Linux says EIO then
        while part := os.read(ours, 65536):
            seen.append(part)


def run_on_a_terminal(
    *words: str | Path, interrupt_at: str | None = None, **environment: str
) -> tuple[str, int]:
    """What a process of spikec writes where stdout and stderr are a pseudo-terminal of 100 columns, and its exit code.

    interrupt_at: a text at whose first sight the process is interrupted, as Ctrl-C does it."""
    ours, theirs = pty.openpty()
    data = b""
    with (
        interruptible(),
        subprocess.Popen(
            command(*words), stdin=theirs, stdout=theirs, stderr=theirs, env=_variables(environment)
        ) as process,
    ):
        os.close(theirs)
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux says EIO where the other end is closed
                break
            if not part:
                break
            data += part
            if interrupt_at is not None and interrupt_at.encode() in data:
                process.send_signal(signal.SIGINT)
                interrupt_at = None
    os.close(ours)
    return data.decode(), process.returncode


def written_on_a_terminal(*words: str | Path, **environment: str) -> tuple[str, int]:
    """The same without a process of its own."""
    import_module("numba")  # it keeps for good what is standard output then
    ours, theirs = pty.openpty()
    seen: list[bytes] = []
    with ThreadPoolExecutor(1) as reader:
        reader.submit(_read_all, ours, seen)
        with (
            mock.patch.dict(os.environ, _variables(environment), clear=True),
            open(theirs, "w", encoding="utf-8") as terminal,
        ):
            code = run_here(words, terminal, terminal)
    os.close(ours)
    return b"".join(seen).decode(), code


def on_a_terminal(*words: str | Path, **environment: str) -> str:
    text, code = written_on_a_terminal(*words, **environment)
    assert code == 0, text
    return text


COLOUR = re.compile(r"\x1b\[[0-9;]*\b(?:3[0-9]|38;[0-9;]+|9[0-7])m")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a process shows of a compile that is solved."""
    text, code = run_on_a_terminal("compile", *SOLVED, "-o", tmp_path_factory.mktemp("solved") / "out")
    assert code == 0, text
    return text


def test_progress_is_one_line_that_goes_away(shown: str) -> None:
    text = shown
    for stage in STAGES:
        assert stage in text
        assert f"{stage} ..." not in text
    assert re.search(r"CP-SAT: [\d,]+ cores, .*bound", text)
    assert COLOUR.search(text)
    before, after = text.split("placement  identical")
    assert before.rstrip().endswith("\x1b[2K"), "the line is erased before the verdict"
    assert "\x1b[2K" not in after


def test_rows_of_a_sweep_stand_above_the_line_that_is_replaced(tmp_path: Path) -> None:
    """Each in a line of its own; here no chip has the width, so that nothing is run."""
    words = ("--weight-bits", "7", "--seeds", "1,2", "-o", tmp_path / "space")
    text, code = written_on_a_terminal("sweep", DIGITS / "digits.nir", "--dialect", "snntorch.Leaky", *words)
    assert code == 3, text
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    rows = re.findall(r"(?:^|[\r\n])([12] of 2  digits\.nir on loihi1, 7 bits, seed [12]: refused)", shown)
    assert [row[0] for row in rows] == ["1", "2"]


@pytest.mark.parametrize("stage", thinned(["float reference", "placement verdict"], 2))
def test_an_interrupt_leaves_a_clean_terminal(stage: str, tmp_path: Path) -> None:
    words = ("compile", small(tmp_path / "net.nir"), *READING, *DRAWN, "-o", tmp_path / "out")
    text, code = run_on_a_terminal(*words, interrupt_at=stage)
    assert code == 130, text
    assert text.endswith("\x1b[2K\r\ninterrupted\r\n")
    assert not (tmp_path / "out").exists()


def test_the_cursor_stays(shown: str) -> None:
    """Also for one who is killed: it is never away for longer than it takes to say so."""
    assert shown.index("\x1b[?25h") < shown.index("read the graph")
    assert "\x1b[?25l" not in shown[shown.index("read the graph") :]


def test_no_colour(tmp_path: Path) -> None:
    words = ("compile", small(tmp_path / "net.nir"), *READING, *DRAWN, "-o", tmp_path / "out")
    assert COLOUR.search(on_a_terminal(*words))
    text = on_a_terminal(*words, NO_COLOR="1")
    assert "partition" in text
    assert not COLOUR.search(text)


def test_a_dumb_terminal_gets_plain_lines(tmp_path: Path) -> None:
    words = ("compile", small(tmp_path / "net.nir"), *READING, *DRAWN, "-o", tmp_path / "out")
    text = on_a_terminal(*words, TERM="dumb")
    assert "  partition ..." in text
    assert "\x1b" not in text


def test_plain_lines_elsewhere(tmp_path: Path) -> None:
    done = spikec("compile", *SOLVED, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if line[2:-4] in STAGES] == [
        f"  {s} ..." for s in STAGES
    ]
    assert re.search(r"^  CP-SAT: .*bound", done.stderr, re.M)
    assert "\x1b" not in done.stdout + done.stderr


def test_tables_are_folded_on_terminals_only(tmp_path: Path) -> None:
    words = ("compile", DIGITS / "digits.nir", *COMPILED, "--native-reset", "-q", "-o", tmp_path / "out")
    piped = spikec(*words).stdout
    row = next(line for line in piped.splitlines() if line.startswith("reset in a later step"))
    assert "reset_phase = next_after_decay  reset in the step of the spike " in row
    assert "approximated  alone: output F1" in row
    assert piped.isascii()
    narrow = on_a_terminal(*words, COLUMNS="70")
    assert "reset_phase = next_after_decay" not in narrow
    tables = narrow.split("fidelity chain")[1].split("\r\ncores ")[0]
    assert max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in tables.splitlines()) <= 70


LONG = {
    "check": ("float reference",),
    "compare": ("quantise", "simulate"),
    "export": ("quantise", "export"),
    "simulate": ("quantise", "simulate"),
}


@pytest.mark.parametrize("verb", thinned(LONG, 2))
def test_other_long_verbs(verb: str, digits_out: Path, tmp_path: Path) -> None:
    trace = tmp_path / "t.npz"
    spikec("simulate", digits_out, "-o", trace, "-q")
    more = {"check": (), "compare": ("--trace", trace), "export": ("-o", tmp_path / "e.nir")}
    words = (verb, digits_out, *more.get(verb, ("-o", tmp_path / "u.npz")))
    loud, quiet = spikec(*words), spikec(*words, "--quiet")
    assert loud.returncode == quiet.returncode == 0
    assert all(f"  {stage} ..." in loud.stderr for stage in LONG[verb])
    assert not any(f"  {stage} ..." in quiet.stderr for stage in LONG[verb])
    assert quiet.stdout == loud.stdout


def test_fit_says_what_it_tries(tmp_path: Path) -> None:
    net = small(tmp_path / "net.nir", in_=port("Input", 64), w=linear(weights(3, 64)))
    words = ("fit", net, *READING, "--target", "loihi1,xylo_imu")
    done = spikec(*words)
    assert "of 2  loihi1, as it is: 1 core" in done.stderr
    assert "of 2  xylo_imu: refused, SPK2020: too many inputs: 64 > 16" in done.stderr
    with no_processes():
        quiet = spikec(*words, "-q")
    assert quiet.stderr == ""
    assert quiet.stdout == done.stdout


def test_quiet_and_json_say_nothing(tmp_path: Path) -> None:
    for word in ("--quiet", "--json"):
        net = small(tmp_path / "net.nir")
        done = spikec("compile", net, *READING, *DRAWN, "-o", tmp_path / "out", word)
        assert done.returncode == 0
        assert done.stderr == ""
