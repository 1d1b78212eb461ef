"""Every example gives the output that is stored with it. `python -m tests.examples.record` stores another one."""

from __future__ import annotations

import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from ..effort import thinned

EXAMPLES = Path(__file__).parents[2] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))
NOTEBOOK = EXAMPLES / "digits.ipynb"


def printed_by(script: Path, *words: str) -> str:
    command = [sys.executable, "-W", "error::UserWarning", str(script), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=EXAMPLES, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def outputs_of_the_notebook() -> list[list[dict[str, Any]]]:
    return json.loads(printed_by(Path(__file__).with_name("run_notebook.py"), str(NOTEBOOK)))


class Words(HTMLParser):
    """The text of a page, without its style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.inside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.inside.pop()

    def handle_data(self, data: str) -> None:
        if "style" not in self.inside:
            self.words += data.split()


def said(outputs: list[dict[str, Any]]) -> list[list[str]]:
    """The words of each output of a cell: how they are laid out may change."""
    found: list[list[str]] = []
    for output in outputs:
        if output["output_type"] == "stream":
            found.append("".join(output["text"]).split())
        else:
            found.append(Words("".join(output["data"].get("text/html", output["data"]["text/plain"]))).words)
    return found


def test_every_script_has_its_output() -> None:
    assert len(SCRIPTS) >= 3
    assert {path.stem for path in SCRIPTS} == {path.stem for path in (EXAMPLES / "expected").glob("*.txt")}


@pytest.mark.parametrize("script", thinned(SCRIPTS, 2), ids=lambda path: path.stem)
def test_a_script_prints_what_it_should(script: Path) -> None:
    expected = EXAMPLES / "expected" / f"{script.stem}.txt"
    assert printed_by(script) == expected.read_text(encoding="utf-8")


def test_the_notebook_shows_what_it_should() -> None:
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    stored = [cell["outputs"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert any(stored)
    assert [said(cell) for cell in outputs_of_the_notebook()] == [said(cell) for cell in stored]


def test_the_notebook_is_in_the_notebook_format() -> None:
    """The fields that nbformat 4.4 requires of every cell and output."""
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 4)
    for cell in notebook["cells"]:
        wanted = {"cell_type", "metadata", "source"}
        assert set(cell) == (
            wanted | {"execution_count", "outputs"} if cell["cell_type"] == "code" else wanted
        )
