"""The reference of `import spikec`, from signatures and docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import spikec

from .pieces import code


def api_page() -> str:
    """Every public name."""
    public = [name for name in spikec.__all__ if not name.startswith("__")]
    functions = [name for name in public if not inspect.isclass(getattr(spikec, name))]
    classes = [name for name in public if inspect.isclass(getattr(spikec, name))]
    parts = [
        "# Python",
        "`import spikec` imports nothing but itself; each name is imported when it is first used. What is listed here "
        "is the public API: modules below may change. [How-tos](../howto/python.md) shows it at work.",
        "## Functions",
        *(_function(name, getattr(spikec, name)) for name in functions),
        "## Records",
        *(_class(name, getattr(spikec, name)) for name in classes),
    ]
    return "\n\n".join(parts)


def _function(name: str, made: Callable[..., object]) -> str:
    text = inspect.getdoc(made) or ""
    return f"### spikec.{name}\n\n{code(_signature(name, made), 'python')}\n\n{text}"


def _signature(name: str, made: Callable[..., object]) -> str:
    try:
        found = inspect.signature(made)
    except (TypeError, ValueError):
        return f"spikec.{name}()"
    parts = [_parameter(part) for part in found.parameters.values()]
    if any(part.kind is part.KEYWORD_ONLY for part in found.parameters.values()):
        first = next(k for k, part in enumerate(found.parameters.values()) if part.kind is part.KEYWORD_ONLY)
        parts.insert(first, "*")
    result = found.return_annotation
    back = "" if result is found.empty else f" -> {result if isinstance(result, str) else result.__name__}"
    line = f"{name}({', '.join(parts)}){back}"
    return line if len(line) < 100 else f"{name}(\n    " + ",\n    ".join(parts) + f",\n){back}"


def _parameter(part: inspect.Parameter) -> str:
    """As in the source: annotations are texts there, and `str` would quote them."""
    stars = {part.VAR_POSITIONAL: "*", part.VAR_KEYWORD: "**"}.get(part.kind, "")
    kind = "" if part.annotation is part.empty else f": {str(part.annotation).strip(chr(39))}"
    usual = "" if part.default is part.empty else f" = {part.default!r}"
    return f"{stars}{part.name}{kind}{usual}"


def _class(name: str, made: type) -> str:
    parts = [f"### spikec.{name}", inspect.getdoc(made) or ""]
    for key, value in vars(made).items():
        if key.startswith("_") or not (inspect.isfunction(value) or isinstance(value, property)):
            continue
        of = value.fget if isinstance(value, property) else value
        text = inspect.getdoc(of) or ""
        shown = key if of is None or isinstance(value, property) else _signature(key, of)
        parts.append(f"- `{' '.join(shown.split())}`: {text.split(chr(10) * 2)[0].replace(chr(10), ' ')}")
    return "\n\n".join([*parts[:2], "\n".join(parts[2:])])
