"""OUT on disk: written beside, synced, swapped in. A reader sees the old one or the new one, never a half."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ...sim.diagnostic import Diagnostic, DiagnosticError, error
from ...sim.near_names import near_files
from ...sim.nir.path import shown
from ...targets.regular_file import read_regular, reason
from ..shell.interrupt import last_act, uninterrupted
from ..shell.write_refused import write_refused
from .folder_swap import clear_leftovers, replace
from .manifest import MANIFEST, MAX_BYTES, Manifest, read_manifest
from .output_folder import place, refuse_collisions, refuse_other_kind, standing
from .writer_lock import writer_lock

LARGEST_FILE = 1 << 30
LARGEST_OUTPUT = 1 << 32
MOST_TRIES = 100  # of a reader: each time, another writer has exchanged the folder meanwhile


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to write an output. out: the folder itself, where OUT is a link to it."""

    out: Path


@contextmanager
def claimed(out: Path, names: frozenset[str] = frozenset()) -> Generator[Claim]:
    """Make sure that `out` can be written, and keep other writers away until the end.

    Folders above it are made, and are gone again where nothing was written. What killed writers left is put away.
    Another writer is waited for a moment. names: of files that will be written for sure. Raises DiagnosticError:
    SPK0503 where `out` is something else than an earlier output of this kind, SPK0504, SPK0601 or SPK0602 where the
    operating system refuses, SPK0506 where a file is in the way of one of `names`, SPK0507 where another spikec is
    writing."""
    with ExitStack() as held:
        with _refusals(), uninterrupted():
            folder = place(out)
            _make_parents(folder, held)
            if held.enter_context(writer_lock(folder)):
                clear_leftovers(folder)
            found = standing(folder)
            refuse_other_kind(found, names, folder)
            refuse_collisions(found, names | {MANIFEST}, folder)
        with last_act(held.close):
            yield Claim(out=folder)


def write_claimed(claim: Claim, files: Mapping[str, bytes]) -> None:
    """Make the folder hold `files` and their manifest; what spikec did not write stays in it.

    Raises DiagnosticError as `claimed`, and SPK0506 where a file in the folder is in the way of a new one."""
    with _refusals():
        found = standing(claim.out)
        refuse_collisions(found, frozenset(files) | {MANIFEST}, claim.out)
        replace(claim.out, files, found.others)


def write(out: Path, files: Mapping[str, bytes]) -> None:
    """Make `out` hold `files` and the manifest of their digests. Raises DiagnosticError as `write_claimed`."""
    with claimed(out, frozenset(files)) as claim:
        write_claimed(claim, files)


def read(out: Path) -> dict[str, bytes]:
    """All files of an output, each checked against the manifest, and all of one write.

    Raises DiagnosticError: SPK0511 where there is no folder, SPK4101 where it is no output, SPK4102 for a file that is
    missing or changed."""
    for _ in range(MOST_TRIES):
        found, wrong, exchanged = _read_once(out)
        if not wrong:
            return found
        if not exchanged:
            raise DiagnosticError(tuple(wrong))
    message = f"{shown(str(out))} was exchanged {MOST_TRIES} times while it was read"
    raise DiagnosticError((error("SPK4101", message, hint="wait until nothing writes it"),))


def _read_once(out: Path) -> tuple[dict[str, bytes], list[Diagnostic], bool]:
    """The files, what is wrong, and whether another folder is in its place by now."""
    try:
        folder = os.open(out, os.O_RDONLY | os.O_DIRECTORY)
    except (OSError, ValueError) as problem:
        return {}, [_absent(out, problem)], False
    try:
        manifest = _manifest(folder)
        if isinstance(manifest, str):
            found, wrong = dict[str, bytes](), [_no_output(out, manifest)]
        else:
            found, wrong = _listed(folder, manifest)
        # The open folder keeps its number, so that no other one can have it.
        with suppress(OSError):
            return found, wrong, not os.path.samestat(os.fstat(folder), os.stat(out))
        return found, wrong, True
    finally:
        os.close(folder)


def _manifest(folder: int) -> Manifest | str:
    try:
        return read_manifest(read_regular(MANIFEST, MAX_BYTES, folder=folder))
    except OSError as problem:
        return reason(problem)


def _listed(folder: int, manifest: Manifest) -> tuple[dict[str, bytes], list[Diagnostic]]:
    found: dict[str, bytes] = {}
    wrong: list[Diagnostic] = []
    left = LARGEST_OUTPUT
    for name, digest in manifest.listed.items():
        try:
            found[name] = read_regular(name, min(LARGEST_FILE, left), folder=folder)
        except FileNotFoundError:
            wrong.append(error("SPK4102", f"{name} is missing"))
            continue
        except OSError as problem:
            wrong.append(error("SPK4102", f"{name} cannot be read: {reason(problem)}"))
            continue
        left -= len(found[name])
        if hashlib.sha256(found[name]).hexdigest() != digest:
            wrong.append(error("SPK4102", f"{name} is not the file that was written"))
    return found, wrong


def _absent(out: Path, problem: OSError | ValueError) -> Diagnostic:
    why = reason(problem) if isinstance(problem, OSError) else str(problem)
    near = near_files(out) if isinstance(problem, FileNotFoundError) else ""
    hint = near or "give the folder that `spikec compile -o` wrote"
    return error("SPK0511", f"there is no output {shown(str(out))}: {why}", hint=hint)


def _no_output(out: Path, why: str) -> Diagnostic:
    return error(
        "SPK4101", f"{shown(str(out))} is no output of spikec: its manifest cannot be read", reason=why
    )


def _make_parents(folder: Path, held: ExitStack) -> None:
    """Make the folders above `folder`; `held` removes those that are empty at its end."""
    absent = [parent for parent in folder.parents if not os.path.lexists(parent)]
    for parent in reversed(absent):
        with suppress(FileExistsError):
            parent.mkdir()
            held.callback(_remove_empty, parent)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


@contextmanager
def _refusals() -> Generator[None]:
    """What the system refuses, as SPK0504, SPK0601 or SPK0602."""
    try:
        yield
    except OSError as problem:
        raise DiagnosticError((write_refused(problem, "the output"),)) from problem
