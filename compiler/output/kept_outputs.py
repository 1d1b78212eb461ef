"""Keeps the outputs that were opened last, decoded, so that many short runs in one process decode theirs once.

This is all that a process keeps of outputs: a few, and none whose files are large. An output is found by the digests
of its files, so that one that was changed is another one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache

from .finished import Finished
from .reopen import Decoded, decoded

MOST = 4
"""Outputs that are kept."""
MOST_BYTES = 64 << 20
"""Of the files of one that is kept."""


@dataclass(frozen=True)
class _Output:
    """Two are the same if their digests are."""

    digest: bytes
    made: Finished = field(compare=False)


def decoded_output(made: Finished) -> Decoded:
    """Decode an output, or find it. Raises DiagnosticError as `reopen.decoded`."""
    if sum(map(len, made.files.values())) > MOST_BYTES:
        return decoded(made.raw, made.files, made.options)
    told = hashlib.sha256()
    for name in sorted(made.files):
        told.update(f"{name}\n{hashlib.sha256(made.files[name]).hexdigest()}\n".encode())
    return _decoded(_Output(told.digest(), made))


@lru_cache(maxsize=MOST)
def _decoded(output: _Output) -> Decoded:
    return decoded(output.made.raw, output.made.files, output.made.options)
