"""The files of OUT that are drawn of the report, and the one that shows how long a compile took."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from ..ir.record import builtins_of
from ..ir.report import Report
from .artifacts import json_bytes

PAGE = "report.html"
EXPLORER = "model_explorer.json"
EXPLORER_DATA = "model_explorer_data.json"
SECONDS = "seconds.json"
DRAWN = frozenset({PAGE, EXPLORER, EXPLORER_DATA})


def drawn_files(report: Report) -> dict[str, bytes]:
    """Draw report.html and the graph for Model Explorer, the same for the same report."""
    from ..report.html import render_html
    from ..report.model_explorer import model_explorer, node_data

    return {
        PAGE: render_html(report).encode(),
        EXPLORER: json_bytes(builtins_of(model_explorer(report))),
        EXPLORER_DATA: json_bytes(builtins_of(node_data(report))),
    }


def page_files(report: Report) -> dict[str, bytes]:
    """The same, and seconds.json of a report that has its `stages`."""
    stages = () if report.stages is UNSET else report.stages
    return {**drawn_files(report), SECONDS: json_bytes(msgspec.to_builtins(stages))}
