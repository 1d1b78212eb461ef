"""Decodes the words of a chip once for all that ask what they make: both runs, the report and the table of the host.

The last words are kept by their digest, so that words that were changed are other words.
"""

from __future__ import annotations

from dataclasses import dataclass

from ....targets.configuration import Configuration
from ....targets.host_io import HostIO
from ....targets.layout import DecodeError
from ....targets.loihi1 import emit
from ....targets.loihi1.content import Content
from ....targets.loihi1.host_io import host_io
from ....targets.loihi1.limits import violations
from ....targets.loihi1.model import LoihiChip
from ....targets.machines.synapse_list import Machine


@dataclass(frozen=True, kw_only=True, eq=False)
class Decoded:
    """machine: what the words make. host_io: the tables of the host. wrong: what the target cannot hold, first of all,
    None where it holds everything."""

    machine: Machine
    host_io: HostIO
    wrong: DecodeError | None


_LAST: list[tuple[str, LoihiChip, Decoded]] = []


def decoded(loaded: Configuration, target: LoihiChip) -> Decoded:
    """Decode words, or take what was made of these very words last. Raises DecodeError for words that no encoder
    writes."""
    digest = loaded.digest()
    for known, chip, found in _LAST:
        if known == digest and chip == target:
            return found
    content = emit.decode(loaded)
    return _kept(digest, loaded, target, content, emit.machine(content))


def keep(loaded: Configuration, target: LoihiChip, content: Content, machine: Machine) -> None:
    """Keep what was decoded of words elsewhere."""
    _kept(loaded.digest(), loaded, target, content, machine)


def _kept(
    digest: str, loaded: Configuration, target: LoihiChip, content: Content, machine: Machine
) -> Decoded:
    found = [
        DecodeError(v.place, -1, f"{v.what} is {v.found}, not in {v.allowed or f'{v.low} .. {v.high}'}")
        for v in violations(loaded, content, target)
    ]
    made = Decoded(machine=machine, host_io=host_io(content), wrong=found[0] if found else None)
    _LAST[:] = [(digest, target, made)]
    return made
