"""README and documentation say what the program has: verbs, options, dependencies, chips, figures of examples."""

from __future__ import annotations

import contextlib
import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.options import OPTIONS
from spikec.compiler.report.chain import EXPLAINED
from spikec.compiler.shell.cli import VERBS, cli
from spikec.targets import load, names

from .compiler.commandline import spikec
from .effort import THOROUGH
from .test_docs import squeezed

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = {path: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").rglob("*.md"))}
OTHER_TOOLS = ("-m pytest", "verilator", "mkdocs")
"""Lines with these have options of other programs."""


def commands(verb: str) -> list[click.Command]:
    """A verb, with the verbs that it has itself."""
    command = cli.get_command(click.Context(cli), verb)
    assert command is not None
    if not isinstance(command, click.Group):
        return [command]
    context = click.Context(command)
    inner = [command.get_command(context, name) for name in command.list_commands(context)]
    return [command, *(each for each in inner if each is not None)]


def options() -> set[str]:
    """Long options of all verbs."""
    params = [p for verb in VERBS for command in commands(verb) for p in command.params]
    return {text for parameter in params for text in parameter.opts if text.startswith("--")} | {"--help"}


def named(text: str) -> set[str]:
    """Long options of spikec that a text names."""
    ours = "\n".join(line for line in text.split("\n") if not any(tool in line for tool in OTHER_TOOLS))
    return set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", ours))


def block(begin: str) -> list[str]:
    """The lines of the indented block of README that is first after a text."""
    after = README[README.index(begin) :].split("\n\n    ", 1)[1]
    return [line.strip() for line in after.split("\n\n", 1)[0].split("\n")]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_shown(verb: str) -> None:
    assert f"spikec {verb} " in README


def test_the_options_exist() -> None:
    known = options()
    assert named(README) <= known
    for path, text in DOCS.items():
        assert named(text) <= known, path
    everywhere = named("\n".join(DOCS.values()))
    assert everywhere >= {
        "--pin",
        "--lock",
        "--fresh",
        "--max-neurons-per-core",
        "--chips",
        "--quiet",
        "--json",
    }


def test_every_option_has_help() -> None:
    for verb in VERBS:
        params = [p for command in commands(verb) for p in command.params]
        bare = [p.name for p in params if isinstance(p, click.Option) and not p.help]
        assert set(bare) <= {"out", "net", "trace"}, f"{verb}: {bare}"


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[<>=!]", text)[0] for text in project["dependencies"]}
    page = DOCS[ROOT / "docs" / "contributing.md"]
    section = page.split("## Dependencies")[1]
    rows = re.findall(r"^\| ([a-z0-9][a-z0-9, -]*) \|", section, re.M)
    assert {name for row in rows for name in row.split(", ")} - {"package"} == needed
    tests = {re.split(r"[<>=!]", text)[0] for text in project["optional-dependencies"]["test"]}
    assert all(name in page for name in tests)


def test_every_chip_has_a_status() -> None:
    section = README.split("## Chips")[1].split("## ")[0]
    told = set(
        re.findall(r"`(\w+)`", "\n".join(line.split("|")[2] for line in section.split("\n") if "|" in line))
    )
    assert set(names()) <= told


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_readme_s_commands_run(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    install, typed = block("## Two commands")
    assert install == "python3 -m venv .venv && .venv/bin/pip install -q ."
    with contextlib.chdir(tmp_path):
        done = spikec(*shlex.split(typed)[1:], "--quiet")
    printed = squeezed(done.stdout + done.stderr)
    assert done.returncode == 0, printed
    for line in block("It takes some seconds"):
        assert squeezed(line) in printed, line
    assert (tmp_path / "digits.out" / "report.html").exists()


def test_readme_s_table_of_chips_can_be_asked_for(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (line,) = block("Before you choose a chip")
    words = shlex.split(line)[1:]
    (command,) = commands(words[0])
    command.make_context(words[0], words[1:])
    if THOROUGH:
        with contextlib.chdir(tmp_path):
            assert spikec(*words, "--quiet").returncode == 0


def test_the_figures_of_the_example() -> None:
    text = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    printed = (ROOT / "examples" / "expected" / "compile_digits.txt").read_text(encoding="utf-8")
    figures = re.search(r"output F1 (\S+) \(in float under the chip's rules (\S+)\)", printed)
    counts = re.search(r"accuracy   float (\d+)/(\d+), chip (\d+)/\d+ .*; in float .* rules (\d+)/", printed)
    assert figures
    assert counts
    flat = " ".join(text.split())
    assert f"rules is F1 {figures[2]}; the chip reaches {figures[1]}." in flat
    right, of, chip, rules = counts.groups()
    assert f"Of the {of} samples the float network has {right} right, under the chip's rules {rules}," in flat
    assert f"and the chip {chip}." in flat


def test_names_of_options_in_python_are_told() -> None:
    """Those that are not the flag with `_` for `-`."""
    page = DOCS[ROOT / "docs" / "howto" / "python.md"]
    told = dict(re.findall(r"^\| `(--[a-z-]+)[^`]*` \| `(\w+)=", page, re.M))
    other = {
        o.flag: name for name, o in OPTIONS.items() if o.flag.removeprefix("--").replace("-", "_") != name
    }
    assert told == {
        flag: name for flag, name in other.items() if name != "dt_seconds"
    }  # there it is `dt` too


def test_engines_are_told() -> None:
    """A chip that has no choice of engines, or not all, is named with what it has."""
    (row,) = [
        line for line in DOCS[ROOT / "docs" / "howto" / "long-runs.md"].split("\n") if "--engine" in line
    ]
    all_three, rest = row.split(" have all three")
    two, none = rest.split("`numpy` and `events`")
    names_of = {
        "loihi": "Loihi", "loihi2": "Loihi", "ranc": "RANC", "spinnaker": "SpiNNaker", "paicore": "PAICORE",
        "reckon": "ReckOn", "odin": "ODIN", "speck": "Speck", "xylo": "Xylo",
    }  # fmt: skip
    for name in names():
        chip = load(name)
        told = {3: all_three, 2: two, 0: none}[len(backend_of(chip).engines)]
        assert names_of[chip.family] in told, name


def test_links_of_the_chain_are_told() -> None:
    page = DOCS[ROOT / "docs" / "concepts" / "chain.md"]
    assert re.findall(r"^\| `([^`]+)` \|", page, re.M) == list(EXPLAINED)
