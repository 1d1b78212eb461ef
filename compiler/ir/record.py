"""The base of records that are written as JSON, and from which their JSON Schemas follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0)]
OneOrMore = Annotated[int, msgspec.Meta(ge=1)]
Amount = Annotated[float, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Code = Annotated[str, msgspec.Meta(pattern="^SPK[0-9]{4}$")]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Fraction = Annotated[str, msgspec.Meta(pattern="^[0-9]+/[0-9]+$")]
CountPerResource = Annotated[dict[str, Count], msgspec.Meta(description="Resource to an amount.")]
"""Resource -> amount."""


def plain(value: object) -> object:
    """Convert records to dicts and tuples to lists, as `json.loads` would give them."""
    return _listed(msgspec.to_builtins(value, enc_hook=_number))


def builtins_of(record: msgspec.Struct | Mapping[str, object]) -> dict[str, object]:
    """Convert a record, and those in it, to dicts, for `json.dumps`."""
    return msgspec.to_builtins(record, enc_hook=_number)


def _number(value: object) -> float:
    """numpy's float64 is a float, which msgspec does not see."""
    if isinstance(value, float):
        return float(value)
    raise NotImplementedError(f"a record holds a {type(value).__name__}")


def _listed(value: object) -> object:
    if isinstance(value, dict):
        return {key: _listed(each) for key, each in value.items()}
    return [_listed(each) for each in value] if isinstance(value, list | tuple) else value


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Passive data, read as attributes; by the names that JSON has, as in `record["cores"]` or `dict(record)`, all that
    is in it is plain: numbers, texts, dicts and lists, as `json.loads` gives them."""

    def keys(self) -> tuple[str, ...]:
        """Names in JSON, of what is there."""
        return tuple(name for name, value in self._named() if value is not msgspec.UNSET)

    def __getitem__(self, key: str) -> Any:
        for name, value in self._named():
            if name == key and value is not msgspec.UNSET:
                return plain(value)
        raise KeyError(key)

    if not TYPE_CHECKING:  # a checker knows the attributes

        def __getattr__(self, name: str) -> object:
            known = ", ".join(sorted(self.keys()))
            raise AttributeError(f"{type(self).__name__} has no {name}; it has {known}")

    def _named(self) -> list[tuple[str, object]]:
        tag = self.__struct_config__.tag_field
        named = [(field.encode_name, getattr(self, field.name)) for field in msgspec.structs.fields(self)]
        return named if tag is None else [(tag, self.__struct_config__.tag), *named]
