"""The report of a compile as a record whose members are read by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class Report(Mapping[str, Any]):
    """The content of report.json, read-only: `report["verdicts"]["fidelity"]` or `report.verdicts.fidelity`.

    By `[]` members are plain dicts and lists, as `json.loads` gives them; by name they are reports again, lists are
    tuples of them. A compile's own report has besides, under `stages`, the seconds that each stage took, which differ
    from run to run. `spikec schema report` prints which members there are."""

    __slots__ = ("_record",)

    def __init__(self, record: Mapping[str, Any]) -> None:
        self._record = record

    def __getitem__(self, key: str) -> Any:
        return self._record[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._record)

    def __len__(self) -> int:
        return len(self._record)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._record:
            raise AttributeError(f"the report has no {name}; it has {', '.join(sorted(self._record))}")
        return _by_name(self._record[name])

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._record})

    def __repr__(self) -> str:
        return f"<Report: {', '.join(sorted(self._record))}>"


def _by_name(value: object) -> object:
    if isinstance(value, Mapping):
        return Report(value)
    return tuple(map(_by_name, value)) if isinstance(value, list | tuple) else value
