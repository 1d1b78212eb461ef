"""A row of the fidelity table: what the network wants, and what the chip does instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Status = Literal["exact", "approximated", "impossible"]


@dataclass(frozen=True, kw_only=True)
class FidelityRow:
    """One thing the network wants and the chip does in its own way. effect: measured, in words, or ""."""

    feature: str
    where: str
    wanted: str
    done: str
    status: Status
    effect: str = ""


Overrides = Mapping[str, Mapping[str, object]]
