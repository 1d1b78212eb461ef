"""An independent reader of value change dumps: enough of IEEE 1364 for what we write."""

from __future__ import annotations

import math
import re

Value = int | float | None
Changes = dict[str, list[tuple[int, Value]]]


def read_vcd(text: str) -> tuple[Changes, int]:
    """(full name -> [(time, value)], last time). `x` and nan are None."""
    head, body = text.split("$enddefinitions $end", 1)
    names: dict[str, str] = {}
    scopes: list[str] = []
    for match in re.finditer(
        r"\$scope \w+ (\S+) \$end|\$(upscope) \$end|\$var (\w+) (\d+) (\S+) (\S+) \$end", head
    ):
        if match[1]:
            scopes.append(match[1])
        elif match[2]:
            scopes.pop()
        else:
            names[match[5]] = ".".join([*scopes, match[6]])
    changes: Changes = {name: [] for name in names.values()}
    now = 0
    for line in body.split("\n"):
        word = line.strip()
        if not word or word.startswith("$"):
            continue
        if word[0] == "#":
            now = int(word[1:])
        elif word[0] in "br":
            value, key = word[1:].split()
            changes[names[key]].append((now, _number(word[0], value)))
        else:
            changes[names[word[1:]]].append((now, None if word[0] in "xz" else int(word[0])))
    return changes, now


def _number(kind: str, text: str) -> Value:
    if kind == "r":
        value = float(text)
        return None if math.isnan(value) else value
    if set(text) & {"x", "z"}:
        return None
    bits = int(text, 2)
    return bits - (1 << 64) if bits >= 1 << 63 else bits


def values_over(changes: list[tuple[int, Value]], first: int, end: int) -> list[Value]:
    """The value at each time first .. end - 1."""
    known = dict(changes)
    found: list[Value] = []
    now: Value = None
    for time in range(min([first, *known]), end):
        now = known.get(time, now)
        if time >= first:
            found.append(now)
    return found
