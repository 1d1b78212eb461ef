"""A chip's record as the text of a toml, so that a chip described in Python is kept like one from a file."""

from __future__ import annotations

import json
from collections.abc import Mapping


def toml_of_record(record: Mapping[str, object]) -> bytes:
    """Write a record, as `tomllib.loads` gives it, as the text of a toml; members that are None are left out.

    Raises TypeError for a value that no toml holds."""
    lines = [f"{_key(key)} = {_value(value)}\n" for key, value in record.items() if value is not None]
    return "".join(lines).encode()


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"the name {key!r} is no text")
    return _text(key)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        members = (f"{_key(key)} = {_value(item)}" for key, item in value.items() if item is not None)
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    raise TypeError(f"{value!r} is of type {type(value).__name__}, which no toml holds")


def _text(text: str) -> str:
    """JSON's escapes are toml's; only DEL has to be escaped besides."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
