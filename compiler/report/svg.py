"""Writes SVG elements from values. Every text and attribute is escaped here, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from ...sim.nir.path import shown


@dataclass(frozen=True)
class Svg:
    """Markup that is safe in a page: Jinja takes it as it is."""

    text: str

    def __html__(self) -> str:
        return self.text


LINE_END = Svg("\n")
Value = str | int | float | None


def tag(name: str, *children: Svg | str, **attributes: Value) -> Svg:
    """`<name attributes>children</name>`; plain strings are texts. Attributes that are None are left out; `_` in a
    name is written `-`, and `class_` is `class`."""
    parts = [f" {_name(key)}={_quoted(value)}" for key, value in attributes.items() if value is not None]
    inner = "".join(c.text if isinstance(c, Svg) else escape(shown(c), quote=False) for c in children)
    head = f"<{name}{''.join(parts)}"
    return Svg(f"{head}>{inner}</{name}>" if inner else f"{head}/>")


def picture(
    width: float, height: float, *children: Svg, title: str, class_: str = "chart", style: str | None = None
) -> Svg:
    """A drawing of `width` x `height` pixels that shrinks with the page."""
    return tag(
        "svg",
        *children,
        class_=class_,
        style=style,
        viewBox=f"0 0 {plain(width)} {plain(height)}",
        width=width,
        height=height,
        role="img",
        aria_label=title,
    )


def label(x: float, y: float, words: str, class_: str = "label", anchor: str | None = None) -> Svg:
    """Write words at a point; anchor: which end of them is there."""
    return tag("text", words, x=x, y=y, class_=class_, text_anchor=anchor)


def clipped(words: str, characters: int) -> str:
    """The end of a long name tells more than its start."""
    return words if len(words) <= characters else "…" + words[1 - characters :]


def plain(value: float) -> str:
    """At most two decimals, no exponent."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _quoted(value: Value) -> str:
    words = value if isinstance(value, str) else plain(value or 0)
    return f'"{escape(shown(words))}"'
