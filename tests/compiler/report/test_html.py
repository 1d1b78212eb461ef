"""The page as text: all content without a script, every name escaped, nothing from elsewhere."""

from __future__ import annotations

import json
import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from spikec.compiler.ir.report import Report
from spikec.compiler.pipeline import Compiled
from spikec.compiler.report.html import render_html

from .conftest import EVIL, QUOTED

VOID = {"meta", "br", "wbr", "input"}


class Page(HTMLParser):
    """Counts elements, checks that they nest, and collects texts and attributes outside scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.classes: Counter[str] = Counter()
        self.texts: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            self.attributes.append((name, value or ""))
            if name == "class":
                self.classes.update((value or "").split())

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, self.getpos()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"script", "style"}:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)


@pytest.fixture(scope="module")
def html(compiled: Compiled) -> str:
    return render_html(compiled.report)


def read(text: str) -> Report:
    return msgspec.json.decode(text, type=Report)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_the_same_report_makes_the_same_page(compiled: Compiled, html: str) -> None:
    assert render_html(read(json.dumps(dict(compiled.report)))) == html


def test_everything_is_said_without_a_script(compiled: Compiled, page: Page) -> None:
    report: Any = compiled.report
    fidelity = report["verdicts"]["fidelity"]
    assert page.open == []
    assert "identical" in page.text
    assert f"{fidelity['output_f1']:.4f}" in page.text
    right = [fidelity["accuracy"][run].split("/")[0] for run in ("float", "chip")]
    assert f"{right[0]} → {right[1]}" in page.text
    assert report["source_sha256"] in page.text
    assert report["configuration_sha256"] in page.text
    for row in report["roundings"]:
        assert f"{row['worst']:.3g}" in page.text
    for name in report["resources"]["available"]:
        assert name.replace("_", " ") in page.text
    for sample in report["rasters"]:
        for panel in sample["panels"]:
            assert f"{panel['matched']:,} matched, {panel['missed']:,} missed" in page.text


def test_a_square_a_core_with_its_hover_text(compiled: Compiled, page: Page) -> None:
    report: Any = compiled.report
    cores = report["resources"]["cores"]
    assert cores == 2
    assert page.classes["used"] == cores
    assert page.classes["core"] == 128
    assert ("data-core", "1") in page.attributes
    assert f"{EVIL}: neurons 0 to " in page.text
    assert "packets/step out" in page.text


def test_names_are_text_and_never_markup(html: str, page: Page) -> None:
    assert EVIL not in html
    assert "<img" not in html
    assert EVIL in page.text
    assert QUOTED in page.text
    assert page.tags["script"] == 1
    assert not [name for name, _ in page.attributes if name.startswith("on")]


def test_control_characters_are_written_out(compiled: Compiled) -> None:
    text = json.dumps(dict(compiled.report)).replace("alert(1)", "\\u001b[2J\\u202e")
    page = Page(render_html(read(text)))
    assert "\x1b" not in page.text
    assert "\u202e" not in page.text
    assert "\\x1b[2J\\u202e" in page.text


def test_nothing_comes_from_elsewhere(html: str, page: Page) -> None:
    links = [
        value for name, value in page.attributes if name in {"href", "src", "xlink:href", "action", "data"}
    ]
    assert links
    assert all(value.startswith("#") for value in links)
    assert not re.search(r"url\s*\(|@import|https?:", html)
    policy = next(value for name, value in page.attributes if "default-src" in value)
    assert "default-src 'none'" in policy
    assert "script-src 'sha256-" in policy


def test_no_page_shows_how_long_something_took(compiled: Compiled, html: str) -> None:
    saved = json.loads(compiled.files["report.json"])
    assert "stages" not in saved
    assert render_html(read(json.dumps(saved))) == html


def test_a_verdict_that_failed_is_the_first_thing_said(compiled: Compiled) -> None:
    report: Any = json.loads(json.dumps(dict(compiled.report)))
    report["verdicts"]["placement"] |= {"identical": False, "findings": ["core 0: one word differs"]}
    report["verdicts"]["fidelity"] = None
    text = Page(render_html(read(json.dumps(report)))).text
    assert "DIFFERENT" in text
    assert text.index("DIFFERENT") < text.index("core 0: one word differs") < text.index("Cores\n")
    assert "not measured" in text
