"""Writes report.json as one self-contained page: opens from a file, asks the network for nothing, names escaped."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib import resources
from typing import TYPE_CHECKING

from ...sim.nir.path import shown
from ..ir.report import Report
from .page import view
from .svg import Svg

if TYPE_CHECKING:
    import jinja2

LONGEST = 24
"""Characters of a name that are never broken."""


def render_html(report: Report) -> str:
    """Draw the page of a compile, the same for the same report. No script runs but the page's own: its digest is in
    the page's policy."""
    script = source("page.js.j2")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return fill("report.html.j2", {**view(report), "script": Svg(script), "script_hash": f"sha256-{digest}"})


def fill(template: str, values: Mapping[str, object]) -> str:
    """A template of this folder, filled; every text is escaped, unprintable characters are written out."""
    return _environment().get_template(template).render({**values, "breakable": breakable})


@cache
def _environment() -> jinja2.Environment:
    """It keeps the templates: to compile them takes longer than to fill them."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True,
        finalize=_printable,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        loader=jinja2.FunctionLoader(source),
    )
    environment.filters["words"] = lambda name: str(name).replace("_", " ")
    return environment


def breakable(name: str) -> Svg:
    """A name that a browser breaks behind `/`, `.`, `_`, `-` and spaces, and else only every LONGEST characters."""
    parts = [part for part in re.split(r"(?<=[/._ -])", shown(name)) if part]
    short = [part[k : k + LONGEST] for part in parts for k in range(0, len(part), LONGEST)]
    return Svg("<wbr>".join(escape(part) for part in short))


def source(name: str) -> str:
    """Read a template or a style that lies in this folder."""
    return (resources.files("spikec.compiler.report") / name).read_text(encoding="utf-8")


def _printable(value: object) -> object:
    return shown(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
