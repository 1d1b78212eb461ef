"""Lets several processes, of one machine or of more, take part in one run with all devices of JAX that they have.

JAX ends a process that waits in vain for others. So they meet first, at the address that JAX uses afterwards, and what
is wrong is said.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from dataclasses import dataclass

from ..diagnostic import DiagnosticError, error

MEET_SECONDS = 60.0
"""How long processes wait for each other."""
TALK_SECONDS = 5.0
"""How long one may take to say who it is."""
AGAIN_SECONDS = 0.1
LONGEST = 64
GO, NO = b"go\n", b"no\n"


@dataclass(frozen=True, kw_only=True)
class Party:
    """Processes of one run. host, port: where process 0 is found. count: processes. number: of this one, from 0 on."""

    host: str
    port: int
    count: int
    number: int

    @property
    def address(self) -> str:
        """As JAX takes it."""
        return f"{self.host}:{self.port}"


def join(party: Party) -> None:
    """Take part. Afterwards JAX has the devices of all; none of them may have been used before.

    Raises DiagnosticError: SPK0610 where they do not meet."""
    meet(party)
    import jax

    try:
        jax.distributed.initialize(party.address, party.count, party.number)
    except RuntimeError as problem:
        raise _not_met(f"JAX cannot join the processes: {str(problem).splitlines()[0][:300]}") from problem


def meet(party: Party) -> None:
    """Wait until all are there. Raises DiagnosticError: SPK0610 where some are not in time, or others than these."""
    until = time.monotonic() + MEET_SECONDS
    try:
        if party.number == 0:
            _await_all(party, until)
        else:
            _arrive(party, until)
    except OSError as problem:
        raise _not_met(f"{party.address}: {problem.strerror or problem}") from problem


def _await_all(party: Party, until: float) -> None:
    here: dict[int, socket.socket] = {}
    both = socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if both else socket.AF_INET
    with socket.create_server(("", party.port), family=family, dualstack_ipv6=both) as listener:
        try:
            while len(here) < party.count - 1:
                listener.settimeout(max(0.01, until - time.monotonic()))
                try:
                    guest, _ = listener.accept()
                except TimeoutError as problem:
                    absent = [str(k) for k in range(1, party.count) if k not in here]
                    message = f"{len(here) + 1} of {party.count} processes are there after {MEET_SECONDS:g} s"
                    raise _not_met(f"{message}; missing: {', '.join(absent[:10])}") from problem
                number = _number(guest, party.count)
                if number is None or number in here:
                    _refuse(guest)
                else:
                    here[number] = guest
            for guest in here.values():
                guest.sendall(GO)
            for guest in here.values():
                guest.recv(1)  # it has heard, and leaves first
        finally:
            for guest in here.values():
                guest.close()


def _refuse(guest: socket.socket) -> None:
    with guest, suppress(OSError):
        guest.sendall(NO)


def _number(guest: socket.socket, count: int) -> int | None:
    """Which process has come; None for somebody else."""
    guest.settimeout(TALK_SECONDS)
    try:
        words = _line(guest).split()
    except OSError:
        return None
    if len(words) != 3 or words[0] != b"spikec" or words[1] != b"%d" % count or not words[2].isdigit():
        return None
    number = int(words[2])
    return number if 0 < number < count else None


def _arrive(party: Party, until: float) -> None:
    while True:
        left = until - time.monotonic()
        if left <= 0:
            raise _not_met(f"process 0, or others, did not come to {party.address} in {MEET_SECONDS:g} s")
        try:
            with socket.create_connection((party.host, party.port), timeout=left) as host:
                host.sendall(b"spikec %d %d\n" % (party.count, party.number))
                answer = _line(host)
        except socket.gaierror:
            raise
        except OSError:
            answer = b""
        if answer == GO:
            return
        if answer == NO:
            message = f"process 0 at {party.address} takes no process {party.number} of {party.count}"
            raise _not_met(f"{message}: there is one already, or it waits for another number of processes")
        time.sleep(AGAIN_SECONDS)


def _line(stream: socket.socket) -> bytes:
    """What is said, up to the end of the line; less where the other one leaves."""
    found = b""
    while not found.endswith(b"\n") and len(found) < LONGEST and (more := stream.recv(1)):
        found += more
    return found


def _not_met(message: str) -> DiagnosticError:
    hint = "start all with the same --coordinator and --processes, and each with a --process of its own"
    return DiagnosticError((error("SPK0610", message, hint=hint),))
