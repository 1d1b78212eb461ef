"""`spikec docs`: every link leads somewhere, nothing is fetched, and the same program writes the same bytes."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from spikec.compiler.handbook.render import rendered, slug
from spikec.compiler.handbook.site import kept_site, write_site

from .commandline import ROOT, spikec


class Links(HTMLParser):
    """What a page asks for, and the anchors that it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.asked += [value for name in ("href", "src") if (value := given.get(name))]
        self.anchors |= {value for value in (given.get("id"),) if value}
        assert tag != "script"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "site"
    write_site(folder)
    return folder


def test_every_link_leads_somewhere(site: Path) -> None:
    pages = {page: Links(page.read_text(encoding="utf-8")) for page in sorted(site.rglob("*.html"))}
    assert len(pages) > 40
    for page, links in pages.items():
        for address in links.asked:
            if address.startswith("https://"):
                continue
            file, _, anchor = address.partition("#")
            there = (page.parent / file).resolve() if file else page
            assert there.is_file(), f"{page.relative_to(site)}: {address}"
            assert not anchor or anchor in pages[there].anchors, f"{page.relative_to(site)}: {address}"


def test_a_page_for_every_markdown_and_what_it_asks_for_is_in_it(site: Path) -> None:
    for source in (ROOT / "docs").rglob("*.md"):
        text = (site / source.relative_to(ROOT / "docs")).with_suffix(".html").read_text(encoding="utf-8")
        assert "--8&lt;--" not in text
        assert "{{" not in text
    norse = (site / "tutorials" / "frameworks" / "norse.html").read_text(encoding="utf-8")
    assert "SequentialState" in norse, "the script that is shown"
    assert "tested_with" not in norse
    assert '<a href="odin.html">' in (site / "chips" / "index.html").read_text(encoding="utf-8")
    assert '<a href="chips/odin.html">' in (site / "index.html").read_text(encoding="utf-8")


def test_the_same_program_writes_the_same_bytes(site: Path, tmp_path: Path) -> None:
    write_site(tmp_path / "again")
    first = {file.relative_to(site): file.read_bytes() for file in site.rglob("*") if file.is_file()}
    again = {
        f.relative_to(tmp_path / "again"): f.read_bytes()
        for f in (tmp_path / "again").rglob("*")
        if f.is_file()
    }
    assert first == again


def test_a_site_is_made_once(tmp_path: Path) -> None:
    made = kept_site(tmp_path)
    before = (made / "index.html").stat()
    assert kept_site(tmp_path) == made
    assert (made / "index.html").stat() == before
    assert [file.name for file in tmp_path.iterdir()] == [made.name]


def test_a_page_is_found_by_the_end_of_its_path(tmp_path: Path) -> None:
    done = spikec("docs", "cli", "-o", tmp_path / "site", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["page"] == str(tmp_path / "site" / "reference" / "cli.html")
    again = spikec("docs", "-o", tmp_path / "site")
    assert (again.returncode, "there already" in again.stderr) == (2, True)
    wrong = spikec("docs", "refrence/cli", "-o", tmp_path / "other")
    assert wrong.returncode == 2
    assert "reference/cli" in wrong.stderr


def test_headings_and_links() -> None:
    page = rendered(
        "# A `b` { #named }\n\n## Two words\n\n## Two words\n\n[x](a/b.md#c) [y](https://e.org/d.md)\n"
    )
    assert [(heading.anchor, heading.text) for heading in page.headings] == [
        ("named", "A b"),
        ("two-words", "Two words"),
        ("two-words_1", "Two words"),
    ]
    assert 'href="a/b.html#c"' in page.html
    assert 'href="https://e.org/d.md"' in page.html
    assert slug("What a chip's words say: 8 bit") == "what-a-chips-words-say-8-bit"
