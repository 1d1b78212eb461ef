"""report.json as one self-contained page: no scripts, no network, names escaped."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from ..render import number, verdict_lines


def render_html(report: Mapping[str, Any]) -> str:
    """The page, the same for the same report."""
    import jinja2

    text = (resources.files("spikec.compiler.report") / "report.html.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters["number"] = number
    return environment.from_string(text).render(report=report, lines=verdict_lines(report["verdicts"]))
