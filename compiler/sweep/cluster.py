"""Runs jobs on the workers of a dask.distributed scheduler, each in a process of its own there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pkgutil import resolve_name
from typing import Protocol

import msgspec

from ...sim.diagnostic import DiagnosticError, error
from ..ir.sweep import Result
from .job import Job
from .outcomes import undone
from .processes import Runner, run_alone

CONNECT_SECONDS = 10.0
WORKERS_SECONDS = 30.0


class Future(Protocol):
    """What is used of `distributed.Future`."""

    @property
    def key(self) -> str:
        """Its name, of no other one."""
        ...

    def exception(self) -> BaseException | None:
        """Why there is no result."""
        ...

    def result(self) -> bytes:
        """What `run_alone` returned."""
        ...


class Client(Protocol):
    """What is used of `distributed.Client`."""

    @property
    def loop(self) -> object:
        """Where its messages are waited for."""
        ...

    def scatter(self, data: bytes, *, hash: bool) -> Future:
        """Bring data to a worker."""
        ...

    def submit(self, function: Callable[[bytes], bytes], data: Future, *, pure: bool) -> Future:
        """Run a function on a worker, of data that is on one."""
        ...

    def wait_for_workers(self, n_workers: int, timeout: float) -> None:
        """Raises TimeoutError."""
        ...

    def nthreads(self) -> Mapping[str, int]:
        """Threads of each worker."""
        ...

    def close(self) -> None:
        """Cancel what is asked for and not done, and leave."""
        ...


class Completed(Protocol):
    """What is used of `distributed.as_completed`."""

    def __iter__(self) -> Iterator[Future]: ...

    def add(self, future: Future) -> None:
        """Wait for one more."""
        ...


def on_cluster(address: str) -> Runner:
    """Jobs on the cluster whose scheduler is at `address`, as many at a time as its workers have threads.

    Raises DiagnosticError: SPK0527 where the package is absent. The runner raises SPK0607 where nobody answers, or no
    worker comes."""
    try:
        import_module("distributed")
    except ImportError as problem:
        message = "--scheduler needs the package distributed, which is not installed"
        hint = "pip install 'spikec[cluster]'; without --scheduler, jobs run in processes of this machine"
        raise DiagnosticError((error("SPK0527", message, hint=hint),)) from problem
    return lambda jobs: _on_cluster(jobs, address)


def _on_cluster(jobs: Sequence[Job], address: str) -> Iterator[tuple[int, Result]]:
    client = _client(address)
    numbers: dict[str, int] = {}

    def asked(number: int) -> Future:
        packed = client.scatter(
            msgspec.msgpack.encode(jobs[number]), hash=False
        )  # no way through the scheduler
        future = client.submit(run_alone, packed, pure=False)
        numbers[future.key] = number
        return future

    try:
        waiting = iter(range(len(jobs)))
        slots = max(1, sum(client.nthreads().values()))
        first = [asked(number) for _, number in zip(range(slots), waiting, strict=False)]
        running: Completed = resolve_name("distributed:as_completed")(first, loop=client.loop)
        for future in running:
            yield numbers.pop(future.key), _result(future)
            if (number := next(waiting, None)) is not None:
                running.add(asked(number))
    finally:
        client.close()


def _client(address: str) -> Client:
    connect = resolve_name("distributed:Client")
    try:
        client: Client = connect(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as problem:
        why = str(problem).partition("\n")[0] or type(problem).__name__
        raise _unreachable(f"there is no scheduler at {address[:200]}: {why[:300]}") from problem
    try:
        client.wait_for_workers(1, timeout=WORKERS_SECONDS)
    except TimeoutError as problem:
        client.close()
        message = f"the scheduler at {address[:200]} has no worker, and none came in {WORKERS_SECONDS:g} s"
        raise _unreachable(message) from problem
    return client


def _result(future: Future) -> Result:
    """What the cluster says of a job that it lost is the job's outcome."""
    problem = future.exception()
    if problem is None:
        return msgspec.msgpack.decode(future.result(), type=Result)
    message = f"the cluster lost this job: {type(problem).__name__}: {str(problem)[:300]}"
    return Result(outcome=undone((error("SPK0606", message),)), seconds=0.0)


def _unreachable(message: str) -> DiagnosticError:
    hint = "give the address that `dask scheduler` prints, as in tcp://10.0.0.1:8786"
    return DiagnosticError((error("SPK0607", message, hint=hint),))
