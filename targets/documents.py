"""Reads JSON documents that hold a configuration: within bounds, and only as they would be written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import msgspec

from .layout import DecodeError
from .violation import Violation

T = TypeVar("T")
Configuration = TypeVar("Configuration")
Chip = TypeVar("Chip")


def text_of(files: Mapping[str, bytes], name: str, most_bytes: int) -> bytes:
    """Return the text of a file. Raises DecodeError for one that is missing or larger than `most_bytes`."""
    if name not in files:
        raise DecodeError(name, -1, "the file is missing")
    if len(files[name]) > most_bytes:
        raise DecodeError(name, -1, f"{len(files[name])} bytes; at most {most_bytes} are read")
    return files[name]


def parsed(text: bytes, name: str, form: str, kind: type[T]) -> T:
    """Parse the record in the file `name`, of the format that is called `form`. Raises DecodeError for anything
    else."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (ValueError, RecursionError) as problem:
        raise DecodeError(name, -1, f"not a {form}: {problem}") from problem


def named(stated: str, chip: str, name: str) -> None:
    """Refuse a file that says it is for another chip: raises DecodeError."""
    if stated != chip:
        raise DecodeError(name, -1, f"it is for {stated[:80]!r}, not for {chip!r}")


def check(
    configuration: Configuration,
    chip: Chip,
    files: Mapping[str, bytes],
    name: str,
    violations: Callable[[Configuration, Chip], Iterable[Violation]],
    encode: Callable[[Configuration, Chip], Mapping[str, bytes]],
) -> None:
    """Check a configuration that was read. Raises DecodeError where the chip cannot hold what the file `name` says,
    and where `files` are not what `encode` makes of it, as far as they are there."""
    try:
        broken = next(iter(violations(configuration, chip)), None)
    except ValueError as problem:
        raise DecodeError(name, -1, str(problem)) from problem
    if broken is not None:
        text = f"{broken.what} of {broken.place} is {broken.found}, not in {broken.low} .. {broken.high}"
        raise DecodeError(name, -1, text)
    written = encode(configuration, chip)
    for each in sorted(written):
        if each in files and files[each] != written[each]:
            reason = "an attribute is not what the others make it, or the text is laid out otherwise"
            raise DecodeError(each, -1, reason)
