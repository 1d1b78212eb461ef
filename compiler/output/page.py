"""The files of OUT that show how long a compile took: the page, and the seconds behind it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import UNSET

from ..ir.report import Report, StageTime
from .artifacts import json_bytes

PAGE = "report.html"
SECONDS = "seconds.json"


def page_files(report: Report) -> dict[str, bytes]:
    """Make report.html and seconds.json of a report that has its `stages`."""
    from ..report.html import render_html

    stages = () if report.stages is UNSET else report.stages
    return {PAGE: render_html(report).encode(), SECONDS: json_bytes(msgspec.to_builtins(stages))}


def with_seconds(report: Report, files: Mapping[str, bytes]) -> Report:
    """The report with the stages in OUT's seconds.json; with none where that holds anything else."""
    try:
        stages = msgspec.json.decode(files.get(SECONDS, b"[]"), type=tuple[StageTime, ...])
    except (ValueError, RecursionError):
        stages = ()
    return msgspec.structs.replace(report, stages=stages)
