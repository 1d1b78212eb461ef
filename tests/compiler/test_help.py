"""Help shows every option once, and examples that the command line takes."""

from __future__ import annotations

import shlex

import click
import pytest
from spikec.compiler.shell.cli import TITLES, VERBS, cli
from spikec.compiler.shell.verb_help import GROUPS, examples

from .commandline import spikec

CONTEXT = click.Context(cli)


def command(verb: str) -> click.Command:
    found = cli.get_command(CONTEXT, verb)
    assert found is not None
    return found


def test_every_verb_is_in_one_group() -> None:
    grouped = [verb for verbs in TITLES.values() for verb in verbs]
    assert sorted(grouped) == sorted(VERBS)
    shown = spikec("--help").stdout
    assert all(f"{title}:" in shown for title in TITLES)


@pytest.mark.parametrize("verb", VERBS)
def test_help_has_all_options_once(verb: str) -> None:
    found, shown = command(verb), spikec(verb, "--help").stdout
    for parameter in found.get_params(CONTEXT):
        if isinstance(parameter, click.Option):
            words = [line.split()[0].rstrip(",") for line in shown.split("\n") if line.strip()]
            assert sum(word in parameter.opts for word in words) == 1, parameter.name
    assert "Examples:" in shown


@pytest.mark.parametrize("verb", ["targets", "dialects"])
def test_verbs_of_verbs_have_examples(verb: str) -> None:
    group = command(verb)
    assert isinstance(group, click.Group)
    for inner in group.list_commands(CONTEXT):
        assert f"Examples:\n  spikec {verb} {inner} " in spikec(verb, inner, "--help").stdout


def test_groups_name_options_that_there_are() -> None:
    known = {parameter.name for verb in VERBS for parameter in command(verb).params}
    assert {name for names in GROUPS.values() for name in names} <= known


@pytest.mark.parametrize("line", [line for lines in examples().values() for line in lines])
def test_examples_can_be_typed(line: str) -> None:
    name, verb, *words = shlex.split(line)
    assert name == "spikec"
    found = command(verb)
    if isinstance(found, click.Group):
        inner = found.get_command(CONTEXT, words.pop(0))
        assert inner is not None
        found = inner
    found.make_context(verb, words)  # raises for an option that there is not
