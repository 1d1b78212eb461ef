"""A process that runs jobs: `python -m spikec.compiler.sweep.worker`.

Jobs come in, replies go out, as MessagePack, each after its length in 8 bytes.

It is a fresh interpreter and no copy of another one, so that it holds no lock that a thread of JAX had there.
"""

from __future__ import annotations

import os
import queue
import struct
import sys
import threading
from importlib.metadata import version
from typing import IO

import msgspec

from ..ir.sweep import Outcome
from .job import FitJob, Job

LENGTH = struct.Struct("<Q")


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """spikec: the version that ran the job. outcome: as MessagePack, `Outcome` of a compile, `FitRow` of a fit."""

    spikec: str
    outcome: msgspec.Raw


def send(stream: IO[bytes], message: msgspec.Struct) -> None:
    """Raises OSError where nobody reads any more."""
    packed = msgspec.msgpack.encode(message)
    stream.write(LENGTH.pack(len(packed)))
    stream.write(packed)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """The next message; None where the stream ends, also within one."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    packed = stream.read(length)
    return packed if len(packed) == length else None


def main() -> None:
    """Run jobs until there are no more."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no reply
    jobs: queue.SimpleQueue[Job | FitJob] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, jobs), daemon=True).start()
    while True:
        packed = msgspec.Raw(msgspec.msgpack.encode(_outcome(jobs.get())))
        send(answers, Reply(spikec=version("spikec"), outcome=packed))


def _outcome(job: Job | FitJob) -> Outcome:
    if isinstance(job, FitJob):
        from .try_target import run_fit

        return run_fit(job)
    from .run_job import run_job

    return run_job(job)


def _listen(stream: IO[bytes], jobs: queue.SimpleQueue[Job | FitJob]) -> None:
    """Hear of the end at once, also in the midst of a job: whoever gave it is gone."""
    while (packed := receive(stream)) is not None:
        jobs.put(msgspec.msgpack.decode(packed, type=Job | FitJob))
    os._exit(0)


if __name__ == "__main__":
    main()
