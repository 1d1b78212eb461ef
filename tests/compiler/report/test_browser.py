"""The page in a real browser: what it shows, and that it asks for nothing, even where somebody gets markup in."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from spikec.compiler.pipeline import Compiled
from spikec.compiler.report.html import render_html

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
BROWSER = next((found for found in map(shutil.which, NAMES) if found), None)
SWITCHES = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip
INJECTED = (
    '<img src="http://page.invalid/probe.png"><script>document.body.dataset.owned = 1</script><div id="tip">'
)
pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="no Chromium: " + ", ".join(NAMES) + " are not on PATH"
)


@dataclass(frozen=True)
class Shown:
    """dom: the page after its scripts ran. requests: what the page itself asked the network for."""

    dom: str
    requests: list[str]


def show(html: str, folder: Path) -> Shown:
    page, log = folder / "page.html", folder / "net.json"
    page.write_text(html, encoding="utf-8")
    command = [str(BROWSER), *SWITCHES, f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}",
               "--dump-dom", page.as_uri()]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    events = json.loads(log.read_text())["events"]
    parameters = [e["params"] for e in events if isinstance(e.get("params"), dict)]
    # The browser's own requests (time, updates) have "not an origin"; those of a page from a file have "null".
    asked = [p["url"] for p in parameters if p.get("initiator") not in {None, "not an origin"} and "url" in p]
    return Shown(done.stdout, [url for url in asked if not url.startswith("file:")])


@pytest.fixture(scope="module")
def html(compiled: Compiled) -> str:
    return render_html(compiled.report)


def test_the_page_is_shown_and_asks_for_nothing(html: str, tmp_path: Path) -> None:
    shown = show(html, tmp_path)
    assert shown.requests == []
    assert shown.dom.count('class="core used"') == 2
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown.dom
    assert "<script>alert" not in shown.dom
    assert re.search(r'class="big">identical', shown.dom)
    # The page's script ran: it moved the hover texts out of the squares.
    assert "<title>core 0" in html
    assert "<title>core 0" not in shown.dom


def test_injected_markup_neither_runs_nor_asks(html: str, tmp_path: Path) -> None:
    shown = show(html.replace('<div id="tip">', INJECTED), tmp_path)
    assert shown.requests == []
    assert "data-owned" not in shown.dom


def test_the_two_tests_above_can_fail(html: str, tmp_path: Path) -> None:
    bare = re.sub(r"<meta http-equiv[^>]*>", "", html).replace('<div id="tip">', INJECTED)
    shown = show(bare, tmp_path)
    assert "http://page.invalid/probe.png" in shown.requests
    assert "data-owned" in shown.dom
