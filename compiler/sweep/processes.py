"""Runs jobs in processes of this machine. One that dies takes its own job with it, and another takes its place."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from importlib.metadata import version
from typing import TypeVar

import msgspec

from ...sim.diagnostic import Diagnostic, error
from ..ir.fit import FitRow
from ..ir.sweep import Outcome, Result
from ..shell.interrupt import last_act
from ..shell.shell_limits import is_lack_of_memory, no_memory
from .job import FitJob, Job
from .outcomes import undone, unfit
from .worker import Reply, receive, send

Runner = Callable[[Sequence[Job]], Iterator[tuple[int, Result]]]
"""Runs jobs and yields (number of the job, its result) as they finish."""
FitRunner = Callable[[Sequence[FitJob]], Iterator[tuple[int, FitRow]]]
"""The same for tries of targets."""
J = TypeVar("J", bound=Job)
R = TypeVar("R", bound=Outcome)
Asked = Callable[["WorkerProcess", J], R]
"""What a process is asked for a job."""
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
LAST_WORDS_BYTES = 4096


def usual_workers() -> int:
    """One for each core that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_processes(workers: int) -> Runner:
    """Jobs in up to so many processes at a time."""

    def run(jobs: Sequence[Job]) -> Iterator[tuple[int, Result]]:
        for number, outcome, seconds in _in_processes(jobs, min(workers, len(jobs)), WorkerProcess.run):
            yield number, Result(outcome=outcome, seconds=seconds)

    return run


def fits_in_processes(workers: int) -> FitRunner:
    """Tries of targets in up to so many processes at a time."""

    def run(jobs: Sequence[FitJob]) -> Iterator[tuple[int, FitRow]]:
        for number, row, seconds in _in_processes(jobs, min(workers, len(jobs)), WorkerProcess.fit):
            yield number, msgspec.structs.replace(row, seconds=seconds)

    return run


class WorkerProcess:
    """A process that runs one job after another. Raises OSError where none can be started."""

    def __init__(self) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `end`)
        command = [sys.executable, "-P", "-m", f"{__package__}.worker"]
        # In a group of its own: Ctrl-C is for the process that waits for it.
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said,
            env={**os.environ, **ONE_THREAD}, process_group=0,
        )  # fmt: skip

    def run(self, job: Job) -> Outcome:
        """Compile; where the process ends meanwhile, that is the outcome."""
        answer = self._answer(job)
        if isinstance(answer, Diagnostic):
            return undone((answer,))
        return msgspec.msgpack.decode(answer, type=Outcome)

    def fit(self, job: FitJob) -> FitRow:
        """Try a target; where the process ends meanwhile, that is the row."""
        answer = self._answer(job)
        if isinstance(answer, Diagnostic):
            return unfit((answer,), job.target)
        return msgspec.msgpack.decode(answer, type=FitRow)

    def end(self) -> None:
        """Kill the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._said):
            with suppress(OSError):
                if stream is not None:
                    stream.close()

    def kill(self) -> None:
        """Kill the process, and leave the rest to whoever waits for its answer."""
        self._process.kill()

    def _answer(self, job: Job) -> bytes | Diagnostic:
        """The outcome of a job as MessagePack, or why there is none."""
        reply = self._reply(job)
        if reply is None:
            return self._ended()
        if reply.spikec != version("spikec"):
            message = f"the job was run by spikec {reply.spikec}; this is {version('spikec')}"
            return error("SPK0608", message, hint="install the same spikec everywhere")
        return bytes(reply.outcome)

    def _reply(self, job: Job) -> Reply | None:
        given, taken = self._process.stdin, self._process.stdout
        if given is None or taken is None:
            return None
        try:
            send(given, job)
            packed = receive(taken)
        except OSError:
            return None
        return None if packed is None else msgspec.msgpack.decode(packed, type=Reply)

    def _ended(self) -> Diagnostic:
        """Why it is gone, as far as can be seen."""
        code = self._process.wait()
        words = self._last_words()
        if is_lack_of_memory(RuntimeError(words)):
            return no_memory()
        how = f"ended with exit code {code}" if code >= 0 else f"was ended by {_signal(-code)}"
        out_of_memory = ", as the system does where memory runs out" if code == -signal.SIGKILL else ""
        last = f"; its last words: {words}" if words else ""
        return error("SPK0606", f"the process of this job {how}{out_of_memory}{last}")

    def _last_words(self) -> str:
        self._said.seek(0, os.SEEK_END)
        self._said.seek(max(0, self._said.tell() - LAST_WORDS_BYTES))
        lines = self._said.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")[:300]


class _Crew:
    """The processes that are at work; after `dismiss_all` there are none, and none is hired."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hired: set[WorkerProcess] = set()
        self._closed = False

    def hire(self) -> WorkerProcess | None:
        with self._lock:
            if self._closed:
                return None
            worker = WorkerProcess()
            self._hired.add(worker)
            return worker

    def dismiss(self, worker: WorkerProcess) -> None:
        with self._lock:
            self._hired.discard(worker)
        worker.end()

    def dismiss_all(self) -> None:
        with self._lock:
            self._closed = True
            for worker in self._hired:
                worker.kill()


def _in_processes(jobs: Sequence[J], workers: int, asked: Asked[J, R]) -> Iterator[tuple[int, R, float]]:
    """Number, outcome and seconds of jobs as they finish. A thread waits for each process; all of them end with this
    generator."""
    waiting: queue.SimpleQueue[tuple[int, J]] = queue.SimpleQueue()
    for item in enumerate(jobs):
        waiting.put(item)
    finished: queue.SimpleQueue[tuple[int, R, float] | BaseException] = queue.SimpleQueue()
    crew = _Crew()
    with last_act(crew.dismiss_all):
        try:
            for _ in range(workers):
                threading.Thread(target=_work, args=(waiting, finished, crew, asked), daemon=True).start()
            for _ in jobs:
                found = finished.get()
                if isinstance(found, BaseException):
                    raise found
                yield found
        finally:
            crew.dismiss_all()


def _work(
    waiting: queue.SimpleQueue[tuple[int, J]],
    finished: queue.SimpleQueue[tuple[int, R, float] | BaseException],
    crew: _Crew,
    asked: Asked[J, R],
) -> None:
    """Give jobs to one process after another, until there are no more."""
    worker: WorkerProcess | None = None
    try:
        while True:
            number, job = waiting.get_nowait()
            start = time.perf_counter()
            worker = worker or crew.hire()
            if worker is None:
                return
            outcome = asked(worker, job)
            finished.put((number, outcome, time.perf_counter() - start))
            if outcome.status == "failed":
                crew.dismiss(worker)
                worker = None
    except queue.Empty:
        pass
    except BaseException as problem:
        finished.put(problem)
    finally:
        if worker is not None:
            crew.dismiss(worker)


def run_alone(packed: bytes) -> bytes:
    """Run one job in a process of its own; job and `Result` are MessagePack. This is what a cluster is asked for."""
    start, worker = time.perf_counter(), WorkerProcess()
    try:
        outcome = worker.run(msgspec.msgpack.decode(packed, type=Job))
    finally:
        worker.end()
    return msgspec.msgpack.encode(Result(outcome=outcome, seconds=time.perf_counter() - start))


def _signal(number: int) -> str:
    try:
        return f"signal {number} ({signal.Signals(number).name})"
    except ValueError:
        return f"signal {number}"
