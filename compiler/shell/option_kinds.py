"""What an option of a compile can be: how its value is read from Python, from the command line and from JSON."""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import SupportsFloat, SupportsIndex

from ...sim.diagnostic import Diagnostic, error
from ...sim.option_values import briefly

MOST_CHARACTERS = 200


@dataclass(frozen=True, kw_only=True)
class Kind:
    """The values that an option takes.

    takes: these, in words. read: gives the value that `Options` holds from one of Python's or of JSON, or raises
    ValueError or TypeError. schema: of the value in JSON. click: what `click.option` is told beside flag and help.
    parse: the value of one text on the command line, where that is not a plain one."""

    takes: str
    read: Callable[[object], object]
    schema: Mapping[str, object]
    click: Mapping[str, object] = field(default_factory=dict)
    parse: Callable[[str], object] | None = None


def refused(name: str, value: object, takes: str) -> Diagnostic:
    """The error SPK0531 of a value that an option cannot have."""
    return error("SPK0531", f"`{name}` cannot be {briefly(value, 60)}", hint=f"it takes {takes}")


def whole(low: int, high: int | None = None) -> Kind:
    """An integer in a range, both ends included."""
    takes = f"an integer >= {low}" if high is None else f"an integer from {low} to {high}"
    bounds = {"minimum": low} if high is None else {"minimum": low, "maximum": high}
    return Kind(
        takes=takes,
        read=lambda value: _whole(value, low, high),
        schema={"type": "integer", **bounds},
        click={"min": low, "max": high},
    )


def optional(kind: Kind) -> Kind:
    """A value of `kind`, or None."""
    return Kind(
        takes=f"{kind.takes}, or None",
        read=lambda value: None if value is None else kind.read(value),
        schema={"anyOf": [kind.schema, {"type": "null"}]},
        click=kind.click,
        parse=kind.parse,
    )


def _whole(value: object, low: int, high: int | None = None) -> int:
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise TypeError
    number = operator.index(value)
    if number < low or (high is not None and number > high):
        raise ValueError
    return number


def _flag(value: object) -> bool:
    if not isinstance(value, bool) and type(value).__name__ != "bool":  # numpy's own
        raise TypeError
    return bool(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _line(value: object) -> str:
    text = _text(value)
    if len(text) > MOST_CHARACTERS or "\n" in text:
        raise ValueError(f"{text[:20]!r}: a text of one line, of at most {MOST_CHARACTERS} characters")
    return text


def _seconds(value: object) -> float:
    if isinstance(value, bool | str) or not isinstance(value, SupportsFloat):
        raise TypeError
    try:
        seconds = float(value)
    except OverflowError:
        raise ValueError from None
    if not math.isfinite(seconds) or seconds <= 0:
        raise ValueError
    return seconds


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple | set | frozenset):
        raise TypeError
    return tuple(_text(name) for name in (sorted(value) if isinstance(value, set | frozenset) else value))


def _pairs(value: object) -> list[tuple[str, object]]:
    pairs = value.items() if isinstance(value, Mapping) else value
    if isinstance(value, str | bytes) or not isinstance(pairs, Iterable):
        raise TypeError
    found = [(_text(key), of) for key, of in pairs]
    twice = next((key for k, (key, _) in enumerate(found) if key in dict(found[:k])), None)
    if twice is not None:
        raise ValueError(f"{twice[:60]!r} is given twice")
    return found


def _json_pairs(value: object) -> tuple[tuple[str, object], ...]:
    plain = tuple((key, _unwrapped(of)) for key, of in _pairs(value))
    json.dumps(plain, allow_nan=False)
    return plain


def _unwrapped(value: object) -> object:
    """A number or a list of one that numpy holds."""
    tolist = getattr(value, "tolist", None)
    return value if tolist is None else tolist()


def _sites(value: object) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((name, _whole(core, 0)) for name, core in dict(_pairs(value)).items()))


def _texts(value: object) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, _text(of)) for name, of in dict(_pairs(value)).items()))


def _name_and_text(text: str) -> tuple[str, str]:
    name, equals, value = text.rpartition("=")
    if not name or not equals or not value:
        raise ValueError(f"{text!r} is not POPULATION=NAME")
    return name, value


def _key_and_json(text: str) -> tuple[str, object]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise ValueError(f"{text!r} is not KEY=JSON")
    try:
        return key, json.loads(value)
    except (ValueError, RecursionError):
        return key, value


def _name_and_site(text: str) -> tuple[str, int]:
    name, _, core = text.rpartition("=")
    if not name or not core.isascii() or not core.isdigit():
        raise ValueError(f"{text!r} is not POPULATION=CORE")
    return name, int(core[:9])


def _pair_schema(value: Mapping[str, object]) -> dict[str, object]:
    pair = {"type": "array", "prefixItems": [{"type": "string"}, value], "minItems": 2, "maxItems": 2}
    return {"type": "array", "items": pair}


FLAG = Kind(takes="True or False", read=_flag, schema={"type": "boolean"}, click={"is_flag": True})
TEXT = Kind(takes="a text", read=_text, schema={"type": "string"})
LINE = Kind(
    takes=f"a text of one line, of at most {MOST_CHARACTERS} characters",
    read=_line,
    schema={"type": "string", "maxLength": MOST_CHARACTERS},
)
DIALECT = Kind(
    takes="the name of a dialect, as `spikec.dialects()` lists them", read=_text, schema={"type": "string"}
)
SECONDS = Kind(
    takes="a time step in seconds, > 0",
    read=_seconds,
    schema={"type": "number", "exclusiveMinimum": 0},
    click={"type": float},
)
NAMES = Kind(
    takes="a list of names of populations",
    read=_names,
    schema={"type": "array", "items": {"type": "string"}},
    click={"multiple": True},
)
JSON_PAIRS = Kind(
    takes="a dict of JSON values by option",
    read=_json_pairs,
    schema=_pair_schema({}),
    click={"multiple": True},
    parse=_key_and_json,
)
SITES = Kind(
    takes="a dict of cores >= 0 by population",
    read=_sites,
    schema=_pair_schema({"type": "integer", "minimum": 0}),
    click={"multiple": True},
    parse=_name_and_site,
)
TEXTS = Kind(
    takes="a dict of names by population",
    read=_texts,
    schema=_pair_schema({"type": "string"}),
    click={"multiple": True},
    parse=_name_and_text,
)
