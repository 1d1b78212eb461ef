"""Draws places to change from what runs while networks are prepared, placed and emitted, and judges each change."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

from spikec.targets import load

from .cases import Known
from .judging import Judgement, Kind, judged
from .module_tests import Noticed, exercising, noticed
from .mutant_run import Made, executed, made_by
from .mutation import Site, sites


def drawn(cases: Mapping[str, Sequence[Known]], count: int, seed: int) -> list[tuple[Site, str]]:
    """Places, each with a target on which it runs. cases: by target."""
    where: dict[Site, list[str]] = defaultdict(list)
    for target in sorted(cases):
        for module, lines in executed(cases[target]).items():
            for site in _sites(module):
                if site.line in lines:
                    where[site].append(target)
    draw = random.Random(seed)
    chosen = draw.sample(sorted(where), min(count, len(where)))
    return [(site, draw.choice(where[site])) for site in chosen]


def _sites(module: str) -> list[Site]:
    found = find_spec(module)
    assert found is not None
    assert found.origin is not None
    return sites(module, Path(found.origin).read_text())


@dataclass(frozen=True, kw_only=True)
class Found:
    """tests: what the tests of the module say of it; None where they were not asked."""

    site: Site
    target: str
    judgement: Judgement
    tests: Noticed | None = None

    def __str__(self) -> str:
        told = "" if self.tests is None else f"; tests: {self.tests.kind} {self.tests.by}".rstrip()
        site, judged = self.site, f"{self.judgement.kind}, {self.judgement.why}"
        return f"{site.module}, line {site.line}, {site.what}, on {self.target}: {judged}{told}"


def judgements(
    cases: Mapping[str, Sequence[Known]],
    chosen: Sequence[tuple[Site, str]],
    folder: Path,
    *,
    with_tests: bool = False,
) -> Iterator[Found]:
    """Each place changed in a process of its own, one after the other. with_tests: ask the tests where anything
    differs."""
    right: dict[str, list[Made]] = {}
    for site, target in chosen:
        if target not in right:
            right[target] = made_by(None, cases[target], folder)
            assert all(made.static and made.dynamic and made.f1 == 1.0 for made in right[target]), target
        judgement = judged(cases[target], right[target], made_by(site, cases[target], folder))
        tests = None
        if with_tests and judgement.kind != "same":
            tests = noticed(site, exercising(site.module, load(target).family))
        yield Found(site=site, target=target, judgement=judgement, tests=tests)


def table(found: Sequence[Found]) -> str:
    """How many places of each module were tried and what came of them; then of each kind that is not byte for byte the
    same how many are seen, and by whom."""
    kinds = get_args(Kind)
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    for each in found:
        for name in (each.site.module.removeprefix("spikec."), "all"):
            rows[name].update([each.judgement.kind, "tried"])
    lines = [_line("module", ("tried", *kinds))]
    for name in sorted(rows, key=lambda n: (n == "all", n)):
        lines.append(_line(name, [str(rows[name][key]) for key in ("tried", *kinds)]))
    seers = ("static", "dynamic", "fidelity", "verdicts", "check", "tests", "late", "nobody")
    lines += ["", _line("of those that differ", ("all", *seers))]
    for kind in kinds[1:]:
        seen = Counter(who for each in found if each.judgement.kind == kind for who in ("all", *_who(each)))
        lines.append(_line(kind, [str(seen[key]) for key in ("all", *seers)]))
    return "\n".join(lines)


def _line(name: str, values: Sequence[str]) -> str:
    return f"{name:52} {' '.join(f'{value:>8}' for value in values)}"


def _who(found: Found) -> list[str]:
    """Who sees it; a refusal is heard by whoever uses the compiler."""
    judgement, tests = found.judgement, found.tests
    who = [name for name in ("static", "dynamic", "fidelity", "check") if getattr(judgement, name)]
    who += ["verdicts"] if judgement.seen or judgement.kind == "refused" else []
    who += ["tests"] if tests is not None and tests.kind == "caught" else []
    late = ["late"] if tests is not None and tests.kind == "late" else []
    return [*(who or ["nobody"]), *late]
