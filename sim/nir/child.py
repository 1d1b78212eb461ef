"""The process that opens the file: surveys it, reads it, and hands plain arrays to its parent.

The HDF5 library can be crashed by a damaged file, so it never runs in the user's process. Protocol:
standard input is one JSON line (the limits) and then the bytes of the file; standard output is one JSON
line and then the bytes of the arrays, one after another. Nothing is pickled. `file` is the other end.
Where a process can fork, one that has all imported waits for files (`serve`) and forks for each; `reader` is the
other end.
"""

from __future__ import annotations

import codecs
import json
import math
import os
import socket
import sys
import time
import traceback
from dataclasses import asdict

import h5py
import numpy as np
from h5py import h5t

from ..diagnostic import Diagnostic, error
from .guard import Group, survey
from .limits import Limits
from .path import shown

IDLE_SECONDS = 60.0
HDF5_FAULTS = (
    OSError,
    RuntimeError,
    ValueError,
    KeyError,
    TypeError,
    OverflowError,
    MemoryError,
    SystemError,
    ArithmeticError,
)
"""What h5py has been seen to raise on damaged files; any other exception is a defect of this program."""


def confine(limits: Limits, file_bytes: int) -> int:
    """Bound memory and time of this process, forbid opening files; returns its address space, bytes."""
    if sys.platform == "win32":
        return 0
    import resource

    codecs.lookup("ascii")  # h5py decodes fixed-length text with it; it could not be imported later
    in_use = _address_space_bytes()
    _bound(resource.RLIMIT_CORE, 0, 0)
    # What Python took to start is not the file's.
    soft = math.ceil(time.process_time()) + limits.cpu_seconds
    _bound(resource.RLIMIT_CPU, soft, soft + _seconds_for(limits, limits.total_bytes) + 1)
    # Three files are open (standard input, output, error) and no other can be: neither the file's own links
    # and external storage nor a filter plug-in can reach a disk, whatever the library thinks of them.
    _bound(resource.RLIMIT_NOFILE, 3, 3)
    if in_use:
        ceiling = in_use + 2 * file_bytes + 4 * limits.total_bytes + limits.memory_bytes
        _bound(resource.RLIMIT_AS, in_use + 2 * file_bytes + limits.memory_bytes, ceiling)
    return in_use


def _bound(what: int, soft: int, hard: int) -> None:
    """Set a limit of this process, or leave it where somebody set a lower one (`ulimit`)."""
    import resource

    most = resource.getrlimit(what)[1]
    hard = hard if most == resource.RLIM_INFINITY else min(hard, most)
    resource.setrlimit(what, (min(soft, hard), hard))


def allow_data(limits: Limits, in_use: int, file_bytes: int, data_bytes: int) -> None:
    """Raise the bounds by what the surveyed datasets need: array, chunk buffer, and the copy sent; and time."""
    if sys.platform == "win32" or not in_use:
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    _bound(resource.RLIMIT_CPU, soft + _seconds_for(limits, data_bytes), hard)
    ceiling = resource.getrlimit(resource.RLIMIT_AS)[1]
    _bound(resource.RLIMIT_AS, in_use + 2 * file_bytes + 4 * data_bytes + limits.memory_bytes, ceiling)


def _seconds_for(limits: Limits, data_bytes: int) -> int:
    return -(-data_bytes // limits.bytes_per_cpu_second)


def _address_space_bytes() -> int:
    try:
        with open("/proc/self/statm", "rb") as file:
            pages = int(file.read().split()[0])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGESIZE")


def contents(
    group: Group, place: str, limits: Limits, arrays: list[np.ndarray], findings: list[Diagnostic]
) -> dict[str, object]:
    """What the schema needs of a group, as JSON: names to groups, texts, or places in `arrays`."""
    tree: dict[str, object] = {}
    for name, data in group.datasets.items():
        tree[name] = _value(f"{place}/{shown(name)}", h5py.Dataset(data), limits, arrays, findings)
    for name, inner in group.groups.items():
        tree[name] = {"group": contents(inner, f"{place}/{shown(name)}", limits, arrays, findings)}
    return tree


def _value(
    place: str, data: h5py.Dataset, limits: Limits, arrays: list[np.ndarray], findings: list[Diagnostic]
) -> dict[str, object]:
    if data.id.get_type().get_class() == h5t.STRING:
        if int(data.size or 0) > limits.strings:
            findings.append(
                error(
                    "SPK0105",
                    f"holds {data.size} texts; the limit is {limits.strings}",
                    where=place,
                    limit="strings",
                )
            )
            return {"shape": [0], "text": []}
        texts = [_text(item) for item in np.asarray(data[()], dtype=object).ravel()]
        return {"shape": list(data.shape), "text": texts}
    array = np.asarray(data[()])
    array = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("="), copy=False)).reshape(data.shape)
    arrays.append(array)
    return {"array": len(arrays) - 1, "shape": list(data.shape), "dtype": array.dtype.str}


def _text(item: object) -> str:
    return item.decode("utf-8", "backslashreplace") if isinstance(item, bytes) else str(item)


def answer(image: bytes, limits: Limits) -> tuple[dict[str, object], list[np.ndarray]]:
    """The JSON head and the arrays of the reply."""
    arrays: list[np.ndarray] = []
    in_use = confine(limits, len(image))
    try:
        top, state = survey(image, limits)
        findings = state.findings
        tree: dict[str, object] = {}
        if not findings:
            allow_data(limits, in_use, len(image), state.declared_bytes)
            tree = contents(top, "", limits, arrays, findings)
    except HDF5_FAULTS as fault:
        return {"findings": [asdict(_damaged(fault))], "tree": {}}, []
    if findings:
        return {"findings": [asdict(finding) for finding in findings], "tree": {}}, []
    return {"findings": [], "tree": tree}, arrays


def _damaged(fault: Exception) -> Diagnostic:
    if isinstance(fault, MemoryError):
        return error(
            "SPK0105",
            "needs more memory to read than its declared sizes allow",
            hint="the file may be damaged; else raise the reader's memory limit",
            limit="memory",
        )
    text = shown(str(fault))[:300]
    return error(
        "SPK0106",
        "the HDF5 library cannot read this file: it is damaged or cut short",
        hint="copy or export the file again, and compare its size and digest with the original",
        library=f"{type(fault).__name__}: {text}" if text else type(fault).__name__,
    )


def main() -> None:
    """Read limits and a file from standard input, and write what is in it to standard output."""
    request = json.loads(sys.stdin.buffer.readline())
    head, arrays = answer(sys.stdin.buffer.read(), Limits(**request))
    out = sys.stdout.buffer
    out.write(json.dumps(head).encode() + b"\n")
    for array in arrays:
        out.write(array.data if array.size else b"")
    out.flush()


def serve() -> None:
    """Fork for each file, which comes as a socket on standard input, and answer with the exit code of the fork.

    The fork reads and writes that socket as its standard input and output. Ends where standard input does, or after
    `IDLE_SECONDS` without a file."""
    control = socket.socket(fileno=0)
    control.settimeout(IDLE_SECONDS)
    os.chdir("/")
    while file := _next(control):
        pid = os.fork()
        if not pid:
            _in_the_fork(file)
        os.close(file)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        control.sendall(str(code).encode())


def _next(control: socket.socket) -> int | None:
    try:
        return next(iter(socket.recv_fds(control, 1, 1)[1]), None)
    except TimeoutError:
        return None


def _in_the_fork(file: int) -> None:
    """Open the file with nothing but standard input, output and error; does not return."""
    code = 1
    try:
        os.dup2(file, 0)
        os.dup2(file, 1)
        os.close(file)
        main()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


if __name__ == "__main__":
    main() if sys.argv[1:] else serve()  # a word: `reader.ONCE`
