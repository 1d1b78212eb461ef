"""`manifest.json`: what an output holds, by digest, and the mark that spikec wrote it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from typing import Annotated, Final, Literal

import msgspec

from ..ir.record import builtins_of
from .artifacts import json_bytes

MANIFEST = "manifest.json"
FORMAT: Final = "spikec-out/1"
MAX_BYTES = 64 * 2**20
TOOLS = ("spikec", "numpy", "scipy", "networkx", "ortools", "jax", "h5py")
TIMED = frozenset({"results.json", "seconds.json"})
"""Files that show how long things took: other bytes in every run."""

Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Digests of all files and the versions that made them. files: the same from run to run; timed: those that show
    how long the stages took. format: says that spikec wrote the folder and may replace it; outputs from before there
    was such a mark have none, and are known by all else."""

    schema_version: Literal[1]
    files: dict[str, Digest]
    timed: dict[str, Digest]
    tools: dict[str, str]
    format: Literal["spikec-out/1"] | msgspec.UnsetType = msgspec.UNSET

    @property
    def listed(self) -> dict[str, str]:
        """All files, timed or not: name -> digest, sorted by name."""
        return dict(sorted({**self.files, **self.timed}.items()))


def manifest_bytes(files: Mapping[str, bytes]) -> bytes:
    """Make the manifest of `files`."""
    digests = {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}
    record = Manifest(
        format=FORMAT,
        schema_version=1,
        files={name: digest for name, digest in digests.items() if name not in TIMED},
        timed={name: digest for name, digest in digests.items() if name in TIMED},
        tools={name: version(name) for name in TOOLS},
    )
    return json_bytes(builtins_of(record))


def read_manifest(data: bytes) -> Manifest | str:
    """Read a manifest strictly, or say why these bytes are none."""
    try:
        found = msgspec.json.decode(data, type=Manifest)
    except (ValueError, RecursionError) as problem:
        return str(problem)
    if "spikec" not in found.tools:
        return "it does not say which spikec wrote it"
    if twice := sorted(set(found.files) & set(found.timed)):
        return f"it lists {twice[0]} twice"
    strange = [name for name in found.listed if not _plain(name)]
    return f"it lists {strange[0]!r}, which is no name of a file in it" if strange else found


def _plain(name: str) -> bool:
    """Whether `name` can be a file of an output: one part of a path, and not the manifest itself."""
    return name not in ("", ".", "..", MANIFEST) and not set(name) & {"/", "\\", "\0"}
