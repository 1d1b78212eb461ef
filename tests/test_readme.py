"""The README says what the program has: verbs, options, dependencies, and the figures of the example."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest
from spikec.compiler.cli import VERBS, cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


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
    return {text for parameter in params for text in parameter.opts if text.startswith("--")}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_shown(verb: str) -> None:
    assert f"spikec {verb} " in README


def test_the_options_exist() -> None:
    ours = "\n".join(
        line for line in README.split("\n") if "-m pytest" not in line and "verilator" not in line
    )
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", ours))
    assert named <= options()
    assert named >= {"--pin", "--lock", "--fresh", "--max-neurons-per-core", "--chips", "--quiet", "--json"}


def test_every_option_has_help() -> None:
    for verb in VERBS:
        params = [p for command in commands(verb) for p in command.params]
        bare = [p.name for p in params if isinstance(p, click.Option) and not p.help]
        assert set(bare) <= {"out", "net", "trace"}, f"{verb}: {bare}"


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[<>=!]", text)[0] for text in project["dependencies"]}
    section = README.split("## Dependencies")[1].split("## ")[0]
    rows = re.findall(r"^\| ([a-z0-9, ]+) \|", section, re.M)
    assert {name for row in rows for name in row.split(", ")} - {"package"} == needed
    tests = {re.split(r"[<>=!]", text)[0] for text in project["optional-dependencies"]["test"]}
    assert all(name in README for name in tests)


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
