"""Ctrl-C at a bad moment: not within an import, not where interrupts are ignored."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from spikec.compiler.interrupt import interrupt_between_imports

from .commandline import interruptible

LEFT_BEHIND = """
import signal, sys, threading
from spikec.compiler import cli

def runs(**_):
    threading.Timer(600, print).start()
    print("running")
    signal.raise_signal(signal.SIGINT)

cli.cli.main = runs
cli.main()
"""
MODULE = """
import signal
signal.raise_signal(signal.SIGINT)
FINISHED = True
"""


@pytest.fixture
def before() -> Iterator[None]:
    """The handlers of these tests end with them."""
    kept = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, kept)


def import_and_wait(name: str) -> None:
    __import__(name)
    time.sleep(30)


@pytest.mark.usefixtures("before")
def test_an_import_is_finished_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "interrupts_itself.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    interrupt_between_imports()
    with pytest.raises(KeyboardInterrupt):
        import_and_wait("interrupts_itself")
    assert sys.modules.pop("interrupts_itself").FINISHED


@pytest.mark.usefixtures("before")
def test_elsewhere_it_comes_at_once() -> None:
    interrupt_between_imports()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize("chosen", [signal.SIG_IGN, lambda *_: None])
def test_what_somebody_else_chose_stays(chosen: object) -> None:
    signal.signal(signal.SIGINT, chosen)  # pyright: ignore[reportArgumentType]
    interrupt_between_imports()
    assert signal.getsignal(signal.SIGINT) is chosen


def test_a_thread_that_is_left_is_not_waited_for() -> None:
    with interruptible(), Popen([sys.executable, "-c", LEFT_BEHIND], stdout=PIPE, stderr=PIPE) as process:
        told = process.communicate(timeout=60)
    assert (told, process.returncode) == ((b"running\n", b"interrupted\n"), 130)
