"""Ctrl-C at a bad moment: exit code 130 and nothing half done, not a crash, not nothing.

SPIKEC_EXAMPLES sets at how many moments a compile is interrupted.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen

import pytest
from spikec.compiler.shell.interrupt import ENDING, PATIENCE_SECONDS, interruptible as heed
from spikec.sim.nir.write import image_of

from ..effort import EXAMPLES, THOROUGH
from .commandline import command, interruptible
from .test_exports import two_layers

START = """
import signal, sys, threading, time
from spikec.compiler.shell import cli, command

def run(act):
    cli.cli.main = lambda **_: act()
    command.main()
"""
MOMENTS = EXAMPLES if THOROUGH else 2
PYTHON_STARTS_SECONDS = 0.3
"""Before spikec's first line runs, SIGINT ends Python as it ends any program; a shell says 130 of that as well."""


@pytest.fixture
def before() -> Iterator[None]:
    """The handlers of these tests end with them."""
    kept = {number: signal.getsignal(number) for number in ENDING}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def ended(script: str, folder: Path) -> tuple[int, str, str, float]:
    """Exit code, stdout and stderr of a script with START before it, and how many seconds it took."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]),
    }
    start = time.monotonic()
    with (
        interruptible(),
        Popen(
            [sys.executable, "-c", START + script], stdout=PIPE, stderr=PIPE, text=True, env=environment
        ) as process,
    ):
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err, time.monotonic() - start


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize("chosen", [signal.SIG_IGN, lambda *_: None])
def test_what_somebody_else_chose_stays(chosen: object) -> None:
    signal.signal(signal.SIGINT, chosen)  # pyright: ignore[reportArgumentType]
    heed()
    assert signal.getsignal(signal.SIGINT) is chosen


def test_a_thread_that_is_left_is_not_waited_for(tmp_path: Path) -> None:
    script = """
def act():
    threading.Timer(600, print).start()
    print("running")
    signal.raise_signal(signal.SIGINT)
run(act)
"""
    assert ended(script, tmp_path)[:3] == (130, "running\n", "interrupted\n")


def test_an_import_is_finished_first(tmp_path: Path) -> None:
    module = "import signal, time\nsignal.raise_signal(signal.SIGINT)\ntime.sleep(0.3)\nprint('finished')\n"
    (tmp_path / "interrupts_itself.py").write_text(module, encoding="utf-8")
    script = """
def act():
    import interrupts_itself
    time.sleep(30)
run(act)
"""
    assert ended(script, tmp_path)[:3] == (130, "finished\n", "interrupted\n")


@pytest.mark.parametrize("library", ["jax", "numba", "ortools"])
def test_a_library_is_not_left_in_the_middle(library: str, tmp_path: Path) -> None:
    """What spikec's own function raised where a library had called it would cross native code."""
    module = "def call(function):\n    try:\n        function()\n    except BaseException:\n        print('crossed')\n"
    (tmp_path / f"{library}.py").write_text(module, encoding="utf-8")
    script = f"""
import {library}
def ours():
    signal.raise_signal(signal.SIGINT)
    time.sleep(0.3)
def act():
    {library}.call(ours)
    print("back")
    time.sleep(30)
run(act)
"""
    assert ended(script, tmp_path)[:3] == (130, "back\n", "interrupted\n")


SWALLOWED = """for _ in range(9000):
            try:
                time.sleep(0.01)
            except BaseException:
                pass
"""


@pytest.mark.parametrize("body", ["import jax; jax.wait()", SWALLOWED], ids=["in a library", "swallowed"])
def test_what_does_not_end_by_itself_is_ended(body: str, tmp_path: Path) -> None:
    (tmp_path / "jax.py").write_text("import time\ndef wait():\n    time.sleep(60)\n", encoding="utf-8")
    script = f"""
from spikec.compiler.shell.interrupt import last_act
def act():
    threading.Timer(0.2, signal.raise_signal, (signal.SIGINT,)).start()
    with last_act(lambda: print("put away", flush=True)):
        {body}
run(act)
"""
    code, out, err, seconds = ended(script, tmp_path)
    assert (code, out, err) == (130, "put away\n", "interrupted\n")
    assert seconds < 2 * PATIENCE_SECONDS + 10


def test_steps_that_belong_together_are_finished(tmp_path: Path) -> None:
    script = """
from spikec.compiler.shell.interrupt import uninterrupted
def act():
    with uninterrupted():
        signal.raise_signal(signal.SIGINT)
        time.sleep(0.2)
        print("together", flush=True)
    time.sleep(30)
run(act)
"""
    assert ended(script, tmp_path)[:3] == (130, "together\n", "interrupted\n")


def test_sigterm_ends_it_as_ctrl_c_does(tmp_path: Path) -> None:
    """What is put away at Ctrl-C, such as the lock of OUT, is put away then too."""
    script = """
def act():
    try:
        signal.raise_signal(signal.SIGTERM)
        time.sleep(30)
    finally:
        print("put away", flush=True)
run(act)
"""
    assert ended(script, tmp_path)[:3] == (143, "put away\n", "interrupted\n")


def test_a_compile_at_many_moments(tmp_path: Path) -> None:
    """In imports, in the reading process, in the float reference, in the simulators, while OUT is written."""
    net = tmp_path / "net.nir"
    net.write_bytes(image_of(two_layers("loihi1")))
    words = command("compile", net, "--dialect", "nir.euler", "--dt", "1", "--poisson", "0.3", "-q")
    start = time.monotonic()
    with Popen([*words, "-o", tmp_path / "whole"], stdout=DEVNULL, stderr=DEVNULL) as process:
        assert process.wait() == 0
    whole = time.monotonic() - start
    codes: dict[int, int] = {}
    for k in range(MOMENTS):
        folder = tmp_path / str(k)
        folder.mkdir()
        after = whole * (k + 0.5) / MOMENTS
        with (
            interruptible(),
            Popen([*words, "-o", folder / "out"], stdout=DEVNULL, stderr=PIPE, text=True) as process,
        ):
            time.sleep(after)
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=60)[1]
        code = process.returncode
        early = code == -signal.SIGINT and after < PYTHON_STARTS_SECONDS
        assert code in (0, 130) or early, f"after {after:.2f} s: {code}, {said}"
        assert [path.name for path in folder.iterdir()] == ([] if code else ["out"]), (
            f"after {after:.2f} s: {code}"
        )
        assert code != 130 or said.strip() == "interrupted"
        codes[code] = codes.get(code, 0) + 1
    print(f"{MOMENTS} interrupts in {whole:.1f} s of a compile: exit codes {codes}")
    assert codes.get(130, 0) >= MOMENTS // 2
