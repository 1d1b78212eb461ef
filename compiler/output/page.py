"""The files of OUT that show how long a compile took: the page, and the seconds behind it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .artifacts import json_bytes

PAGE = "report.html"
SECONDS = "seconds.json"


def page_files(report: Mapping[str, Any]) -> dict[str, bytes]:
    """report.html and seconds.json. report: the content of report.json, and `stages` as `Stopwatch.stages` has them."""
    from ..report.html import render_html

    return {PAGE: render_html(report).encode(), SECONDS: json_bytes(report["stages"])}


def seconds_of(files: Mapping[str, bytes]) -> list[dict[str, object]]:
    """The stages in OUT's seconds.json; empty where it holds anything else."""
    try:
        found = json.loads(files.get(SECONDS, b"[]"))
        return [{"stage": str(row["stage"]), "seconds": float(row["seconds"])} for row in found]
    except (KeyError, ValueError, TypeError, RecursionError):
        return []
