"""Reads the toml of a chip, which may come from anyone: a record, or all that is wrong, with lines and what is allowed.

A line is that of the key where the text has it, else that of its section.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple, NoReturn, TypeVar

import msgspec
from msgspec import inspect

from .chip import ChipRecord
from .rules import Rule

if TYPE_CHECKING:
    from .family import Family

C = TypeVar("C", bound=ChipRecord)

MAX_BYTES = 1 << 18
MAX_SHOWN = 60
_AT = re.compile(r"^(?P<reason>.*?)(?: - at (?:`key` in )?`\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)
_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_HEADER = re.compile(r"^\s*\[\s*([^\[\]]+?)\s*\]\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*(\"[^\"]*\"|'[^']*'|[A-Za-z0-9_.-]+)\s*=")


class Problem(NamedTuple):
    """What is wrong with a toml: a sentence, the line that it is about, if that is known, and what is allowed."""

    reason: str
    line: int | None = None
    allowed: str = ""


class TargetError(ValueError):
    """A toml that describes no chip; carries every problem that was found."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.reason for problem in problems))
        self.problems = problems


class UnknownFamilyError(TargetError):
    """A toml that names no family, or one that is not installed."""


@lru_cache(maxsize=8)
def tree_of(toml: bytes) -> Mapping[str, object]:
    """Parse the text, which may begin with the mark that editors of Windows set; once, whoever asks.

    Raises TargetError for text that is too long, is no UTF-8 or is no toml."""
    if len(toml) > MAX_BYTES:
        _refuse("the file is larger than any description of a chip", allowed=f"at most {MAX_BYTES} bytes")
    try:
        text = toml.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = toml[: problem.start].count(b"\n") + 1
        _refuse(f"byte {problem.start} is no UTF-8", line, "text in UTF-8")
    try:
        return tomllib.loads(text)
    except RecursionError:
        _refuse("values are nested too deeply", allowed="sections, numbers, texts and lists of these")
    except ValueError as problem:
        if not isinstance(problem, tomllib.TOMLDecodeError):  # Python reads no integer of so many digits
            number = re.search(r"[\d_]{640}", text)
            line = None if number is None else text[: number.start()].count("\n") + 1
            _refuse("a number has more digits than any number of a chip", line, "at most 64 bits")
        position = _LINE.search(str(problem))
        line = (
            int(position[1])
            if position
            else text.count("\n") + 1
            if "end of document" in str(problem)
            else None
        )
        _refuse(f"not toml: {_LINE.sub('', str(problem)).strip()}", line, "toml 1.0")


def family_of(
    toml: bytes, known: Callable[[str], Family | None], names: Callable[[], Iterable[str]]
) -> Family:
    """The family that the text names. names: those that are known. Raises TargetError, UnknownFamilyError."""
    named = tree_of(toml).get("family")
    family = known(named) if isinstance(named, str) else None
    if family is None:
        found = "is missing" if named is None else f"is {_shown(named)}"
        allowed = f"one of {', '.join(sorted(names()))}"
        raise UnknownFamilyError(Problem(f"`family` {found}", line_of(toml, ("family",)), allowed))
    return family


def read_record(toml: bytes, family: Family[C]) -> C:
    """A chip of the family, every number of it checked. Raises TargetError with all that is wrong."""
    found = _record_of(toml, family)
    obey(toml, ranges(found))
    obey(toml, family.rules(found))
    return found


def _record_of(toml: bytes, family: Family[C]) -> C:
    try:
        return msgspec.convert(tree_of(toml), type=family.record)
    except msgspec.ValidationError as problem:
        found = _AT.match(str(problem))
        path = tuple(re.findall(r"[^.\[\]]+", found["path"] or "")) if found else ()
        reason = found["reason"] if found else str(problem)
        unknown = re.search(r"unknown field `(.*)`$", reason, re.DOTALL)
        own = re.match(r"`(\w+)` ", reason) if problem.__cause__ else None  # a rule of the section's own
        place = (*path, unknown[1]) if unknown else (*path, own[1]) if own else path
        name = f"`{'.'.join(path)}`: " if path else ""
        allowed = "" if own else _allowed_by_rule(toml, family, path) or allowed_at(family.record, path)
        _refuse(f"{name}{reason[:200]}", line_of(toml, place), allowed)


def _allowed_by_rule(toml: bytes, family: Family[C], path: tuple[str, ...]) -> str:
    """What the family's rule for a number allows, were all else as it is; "" where there is none, or more is wrong."""
    tree = deepcopy(tree_of(toml))
    section: object = tree
    for part in path[:-1]:
        section = section.get(part) if isinstance(section, dict) else None
    if not path or not isinstance(section, dict) or not isinstance(section.get(path[-1]), int):
        return ""
    section[path[-1]] = 1
    try:
        chip = msgspec.convert(tree, type=family.record)
    except msgspec.ValidationError:
        return ""
    rules = () if any(not rule.holds for rule in ranges(chip)) else family.rules(chip)
    return next((rule.allowed for rule in rules if rule.path == ".".join(path)), "")


def obey(toml: bytes, rules: Iterable[Rule]) -> None:
    """Raise TargetError with every rule that does not hold, the first of each path."""
    broken: dict[str, Rule] = {}
    for rule in rules:
        if not rule.holds:
            broken.setdefault(rule.path, rule)
    if broken:
        raise TargetError(
            *(
                Problem(
                    f"`{r.path}` is {_shown(r.found)}", line_of(toml, tuple(r.path.split("."))), r.allowed
                )
                for r in broken.values()
            )
        )


def ranges(record: msgspec.Struct, path: str = "") -> Iterable[Rule]:
    """List the rules that no range of the record is upside down."""
    for name, key, is_pair in _fields_of(type(record)):
        value: object = getattr(record, name)
        here = f"{path}{key}"
        if isinstance(value, msgspec.Struct):
            yield from ranges(value, f"{here}.")
        elif is_pair and isinstance(value, tuple):
            yield Rule(here, value, "a low end, and a high end that is no lower", value[0] <= value[1])


@cache
def _fields_of(kind: type[msgspec.Struct]) -> tuple[tuple[str, str, bool], ...]:
    """Name, key in the text, and whether it is a pair of numbers, of every field."""
    return tuple(
        (field.name, field.encode_name, isinstance(inspect.type_info(field.type), inspect.TupleType))
        for field in msgspec.structs.fields(kind)
    )


def section_of(line: str) -> str | None:
    """Return the section that a line of toml opens, if it opens one."""
    match = _HEADER.match(line)
    return match[1] if match else None


def key_of(line: str) -> str | None:
    """Return the key that a line of toml sets, if it sets one."""
    match = _KEY.match(line)
    return match[1].strip("\"'") if match else None


def line_of(toml: bytes, path: tuple[str, ...]) -> int | None:
    """Find the line of a key, else that of the section that it belongs to; None where the text has neither."""
    names, here, section = ".".join(path), "", None
    for number, line in enumerate(toml.decode("utf-8-sig", "replace").split("\n"), start=1):
        header, key = section_of(line), key_of(line)
        if header is not None:
            here = f"{header}."
            if names == header or names.startswith(here):
                section = number
        elif key is not None and (names == f"{here}{key}" or names.startswith(f"{here}{key}.")):
            return number
    return section


def allowed_at(kind: type[msgspec.Struct], path: tuple[str, ...]) -> str:
    """Say in words what a record of the kind may have at a path; "" where it can have nothing there."""
    described: inspect.Type | None = inspect.type_info(kind)
    for part in path:
        described = _inside(described, part)
    return "" if described is None else _described(described)


def _inside(kind: inspect.Type | None, part: str) -> inspect.Type | None:
    if isinstance(kind, inspect.UnionType):
        kind = next((t for t in kind.types if isinstance(t, inspect.StructType)), None)
    if isinstance(kind, inspect.StructType):
        return next((field.type for field in kind.fields if field.encode_name == part), None)
    if isinstance(kind, inspect.VarTupleType):
        return kind.item_type
    if isinstance(kind, inspect.TupleType):
        return kind.item_types[0]
    return kind.value_type if isinstance(kind, inspect.DictType) else None


def _described(kind: inspect.Type) -> str:
    """In the words of the record, where it has some."""
    if isinstance(kind, inspect.Metadata):
        return str((kind.extra_json_schema or {}).get("description", "")) or _of_kind(kind.type)
    return _of_kind(kind)


def _of_kind(kind: inspect.Type) -> str:
    match kind:
        case inspect.LiteralType():
            return f"one of {', '.join(str(value) for value in kind.values)}"
        case inspect.IntType() | inspect.FloatType():
            return _number(kind)
        case inspect.BoolType():
            return "true or false"
        case inspect.StrType():
            return f"a text{f' like {kind.pattern}' if kind.pattern else ''}"
        case inspect.TupleType():
            return f"[low, high], each {_described(kind.item_types[0])}"
        case inspect.VarTupleType():
            return f"a list, each {_described(kind.item_type)}"
        case inspect.DictType():
            return f"names, each {_described(kind.value_type)}"
        case inspect.UnionType():
            kinds = (_described(each) for each in kind.types if not isinstance(each, inspect.NoneType))
            return " or ".join(kinds)
        case inspect.StructType():
            return f"the keys {', '.join(field.encode_name for field in kind.fields)}"
        case _:
            return ""


def _number(found: inspect.IntType | inspect.FloatType) -> str:
    ends = " to ".join(str(end) for end in (found.ge, found.le) if end is not None)
    kind = "whole number" if isinstance(found, inspect.IntType) else "number"
    return f"a {kind}{', ' if ends else ''}{ends}"


def _shown(value: object) -> str:
    text = str(list(value)) if isinstance(value, tuple) else repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def _refuse(reason: str, line: int | None = None, allowed: str = "") -> NoReturn:
    raise TargetError(Problem(reason, line, allowed))
