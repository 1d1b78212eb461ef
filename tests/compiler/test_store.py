"""OUT is wholly old or wholly new, and what changed on disk is seen."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from spikec.compiler.output.store import MANIFEST, read, write
from spikec.sim.diagnostic import DiagnosticError

KILLS = 12


def test_round_trip_and_replacement(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, {"a": b"1", "b": b"2"})
    assert read(out) == {"a": b"1", "b": b"2"}
    write(out, {"a": b"3"})
    assert read(out) == {"a": b"3"}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out"]
    assert sorted(p.name for p in out.iterdir()) == ["a", MANIFEST]


def test_same_files_make_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / name, {"a": b"1"})
    assert (tmp_path / "one" / MANIFEST).read_bytes() == (tmp_path / "two" / MANIFEST).read_bytes()


def test_what_shows_times_is_checked_and_listed_apart(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, {"a": b"1", "report.html": b"2 s"})
    listed = json.loads((out / MANIFEST).read_text())
    assert sorted(listed["files"]) == ["a"]
    assert sorted(listed["timed"]) == ["report.html"]
    (out / "report.html").write_bytes(b"0 s")
    with pytest.raises(DiagnosticError, match=r"report\.html"):
        read(out)


def test_changed_and_missing_files_are_named(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, {"a": b"1", "b": b"2"})
    (out / "a").write_bytes(b"x")
    (out / "b").unlink()
    with pytest.raises(DiagnosticError) as caught:
        read(out)
    assert [d.code for d in caught.value.diagnostics] == ["SPK4102", "SPK4102"]


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "home"
    out.mkdir()
    (out / "thesis.tex").write_text("precious")
    with pytest.raises(DiagnosticError, match="SPK0503"):
        write(out, {"a": b"1"})
    assert [p.name for p in out.iterdir()] == ["thesis.tex"]


WRITER = """
import sys
from pathlib import Path
from spikec.compiler.output.store import write
out, k = Path(sys.argv[1]), 0
print("ready", flush=True)
while True:
    k += 1
    write(out, {"a": b"%d" % k * 2000, "b": b"%d" % k * 2000})
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="signals of POSIX")
def test_killed_at_any_moment(tmp_path: Path) -> None:
    """Both files are of one generation, or the next write restores the last one."""
    out = tmp_path / "out"
    for k in range(KILLS):
        child = subprocess.Popen([sys.executable, "-c", WRITER, str(out)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.01 + 0.007 * k)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        if out.exists():
            files = read(out)
            assert files["a"] == files["b"]
    write(out, {"a": b"end"})
    assert read(out) == {"a": b"end"}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out"]
