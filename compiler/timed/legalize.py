"""Legalises a reading: replaces what a chip's neurons cannot do by what they do instead, with rows, and consent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ...sim.diagnostic import Diagnostic, error
from ...sim.dialect.dialect import Dialect, NodeDialect
from ...sim.nir.path import shown, stored_at
from ...targets.chip import Chip
from ..front.fold_scale import fold_scale
from ..ir.family_rules import FamilyRules
from ..ir.fidelity_row import FidelityRow, Status
from ..ir.network import FlatGraph
from ..ir.stages import Legalized
from .constructs.choose import ALL, Asked, GivenUp, chosen
from .constructs.construct import Wish
from .neuron_kinds import refused_values
from .reading_changes import Change, changes, refused
from .reading_words import trained_with
from .start_pulses import any_start

RESETTING = frozenset({"IF", "LIF", "CubaLIF"})
Changed = Mapping[Change, list[str]]
Made = tuple[str, str, str, Status, str]
"""feature, wanted, done, status, effect of the row of a construct."""


def legalize(
    flat: FlatGraph,
    dialect: Dialect,
    target: Chip,
    family: FamilyRules,
    hosted: frozenset[str] = frozenset(),
    asked: Asked = ALL,
) -> Legalized:
    """Find the overrides of a reading that make it the chip's. Overrides by NIR path that make `dialect` behave as
    the chip does, a row for each kind of change, SPK1020 for changes that need the user's consent, and an error for
    each node with a value that the chip refuses, which is left as it is.

    hosted: NIR paths of what runs on the host, where nothing is changed. asked: of constructs. Raises DiagnosticError
    as `chosen`."""
    overrides: dict[str, dict[str, object]] = {}
    readings: dict[str, NodeDialect] = {}
    changed: dict[Change, list[str]] = {}
    errors: dict[str, Diagnostic] = {}
    constructs: dict[str, str] = {}
    made: dict[Made, list[str]] = {}
    no_room: list[FidelityRow] = []
    for node in flat.nodes():
        if node.kind not in RESETTING or node.path in hosted:
            continue
        reading = readings[node.path] = dialect.for_node(node.path, node.kind)
        rules = family.rules_of(node, reading, target.dialect)
        if target.constructs.start_pulses and not asked.native:
            rules = any_start(rules)
        wish = Wish(
            node=node,
            reading=reading,
            neuron=fold_scale(node, dialect).neuron,
            most_spikes=asked.most_spikes.get(node.path, 1),
            floor=node.path in asked.floors,
            max_delay=target.max_delay,
        )
        found = chosen(wish, rules, target.constructs, asked)
        if lacking := asked.given_up.get(node.path):
            done = "the chip's own reset" if found is None else found[0].name
            no_room.append(_no_room(node.path, lacking, done))
        if found is not None:
            construct, realised = found
            constructs[node.path], rules = construct.name, realised.rules
            reading = replace(reading, **realised.retold)
            if realised.retold:
                overrides.setdefault(node.path, {}).update(realised.retold)
            row = (realised.feature, realised.wanted, realised.done, realised.status, realised.effect)
            made.setdefault(row, []).append(node.path)
        if values := refused(node, reading, rules):
            errors[node.path] = refused_values(node.path, values, target)
        for change in changes(node, reading, rules):
            changed.setdefault(change, []).append(node.path)
            if change.overrides:
                overrides.setdefault(node.path, {}).update(dict(change.overrides))
    return Legalized(
        overrides=overrides,
        rows=[*_made(made), *no_room, *_rows(changed, family.stated), *family.rows(readings)],
        asks=_asks(changed, readings, target.title, asked.given_up),
        refused=errors,
        constructs=constructs,
    )


def _made(made: Mapping[Made, list[str]]) -> list[FidelityRow]:
    """One row for all nodes whose neurons one construct makes."""
    return [
        FidelityRow(feature=row[0], where=", ".join(made[row]), wanted=row[1], done=row[2], status=row[3],
                    effect=row[4])
        for row in sorted(made)
    ]  # fmt: skip


def _no_room(path: str, lacking: Mapping[str, str], done: str) -> FidelityRow:
    """The row of a node. lacking: constructs that there is no room for, and why. done: what is done instead."""
    return FidelityRow(
        feature="construct",
        where=path,
        wanted=f"neurons made by {' or '.join(lacking)}",
        done=f"{done}: {'; '.join(dict.fromkeys(lacking.values()))}",
        status="approximated",
    )


def _rows(changed: Changed, stated: frozenset[str]) -> list[FidelityRow]:
    """One row for all nodes that want the same."""
    return [
        FidelityRow(
            feature=change.feature,
            where=", ".join(changed[change]),
            wanted=change.wanted,
            done=change.done,
            status=change.status,
        )
        for change in sorted(changed, key=lambda c: (c.feature, c.wanted, c.done))
        if change.field not in stated
    ]


def _asks(changed: Changed, order: Iterable[str], title: str, given_up: GivenUp) -> list[Diagnostic]:
    """One error with all that would be lost. order: NIR paths as the graph has them. given_up: see `legalize`."""
    asked = [
        change for change in sorted(changed, key=lambda c: (c.feature, c.wanted)) if change.needs_consent
    ]
    if not asked:
        return []
    concerned = {path for change in asked for path in changed[change]}
    paths = [path for path in order if path in concerned]
    reasons = list(dict.fromkeys(reason for path in paths for reason in given_up.get(path, {}).values()))
    room = {"room": f"neurons that do it do not fit: {'; '.join(reasons)}"} if reasons else {}
    advice = list(dict.fromkeys(trained_with(change.field, change.exact[0]) for change in asked))
    return [
        error(
            "SPK1020",
            f"the neurons of {title} do not do all that {', '.join(map(shown, paths))} asks for; "
            "this needs --allow-approximation",
            where=stored_at(paths[0]),
            hint=f"train with {', '.join(advice)}; or allow it and read in the report what the rules of the "
            "chip cost the float network by themselves",
            lost="; ".join(f"{', '.join(changed[c])}: {c.wanted}, the chip: {c.done}" for c in asked),
            **room,
        )
    ]
