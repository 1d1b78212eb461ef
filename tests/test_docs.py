"""Commands and Python of the documentation run, and what they are said to print they print.

In a page, a block of `sh` is run word for word in a folder that has the examples, in the order of the page; each line
of a block of `text` behind it is part of what it printed. Blocks of `python` are run likewise. Other blocks, `bash` and
`py` among them, are for the eye: they take longer, or need what is not there.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from .compiler.commandline import spikec
from .compiler.sweeping import no_processes

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.M | re.S)
TESTED_WITH = re.compile(r"^---\ntested_with: (\w+)\n---\n")
RUN = ("sh", "python")
RECORDED = (ROOT / "tests" / "corpus", ROOT / "tests" / "sim" / "framework_runs")


def blocks(page: Path) -> list[tuple[str, str]]:
    """(language, text) of the blocks of a page, in order."""
    return [(found[1], found[2]) for found in BLOCK.finditer(page.read_text(encoding="utf-8"))]


def pages() -> Iterator[Path]:
    """Pages that have something to run."""
    for page in sorted(DOCS.rglob("*.md")):
        if any(language in RUN for language, _ in blocks(page)):
            yield page


def squeezed(text: str) -> str:
    """Every run of blanks as one, so that tables may be laid out as they like."""
    return re.sub(r"[^\S\n]+", " ", text)


@pytest.mark.parametrize(
    "page", list(pages()), ids=lambda page: page.relative_to(DOCS).with_suffix("").as_posix()
)
def test_a_page_runs(page: Path, tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    if found := TESTED_WITH.match(page.read_text(encoding="utf-8")):
        for suffix, name in ((".nir", "net.nir"), (".npz", "samples.npz")):
            (file,) = (
                each / f"{found[1]}{suffix}" for each in RECORDED if (each / f"{found[1]}.nir").exists()
            )
            shutil.copy(file, tmp_path / name)
    printed, names = "", dict[str, object]()
    with contextlib.chdir(tmp_path):
        for language, text in blocks(page):
            if language == "sh":
                printed = "".join(_typed(line) for line in text.splitlines())
            elif language == "python":
                heard = io.StringIO()
                with contextlib.redirect_stdout(heard):
                    exec(compile(text, str(page), "exec"), names)
                printed = heard.getvalue()
            elif language == "text":
                for line in text.splitlines():
                    assert squeezed(line) in squeezed(printed), f"{line!r} is not in:\n{printed}"


def _typed(line: str) -> str:
    """What a command printed. A line is one command of spikec."""
    name, *words = shlex.split(line)
    assert name == "spikec", line
    with no_processes():
        done = spikec(*words)
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def test_every_tutorial_runs() -> None:
    """A block that is not recognised would be left out without a word."""
    tutorials = {page for page in (DOCS / "tutorials").rglob("*.md") if page.name != "index.md"}
    assert tutorials <= set(pages())


def test_pages_are_in_the_navigation() -> None:
    listed = (DOCS / "pages.toml").read_text(encoding="utf-8")
    for page in DOCS.rglob("*.md"):
        assert f'"{page.relative_to(DOCS).as_posix()}"' in listed, page
