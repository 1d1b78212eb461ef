"""Draws places to change from what runs while networks are prepared, placed and emitted, and judges each change."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from .cases import Known
from .judging import Judgement, judged
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


def judgements(
    cases: Mapping[str, Sequence[Known]], chosen: Sequence[tuple[Site, str]], folder: Path
) -> Iterator[tuple[Site, str, Judgement]]:
    """Each place changed in a process of its own, one after the other."""
    right: dict[str, list[Made]] = {}
    for site, target in chosen:
        if target not in right:
            right[target] = made_by(None, cases[target], folder)
            assert all(made.static and made.dynamic and made.f1 == 1.0 for made in right[target]), target
        yield site, target, judged(cases[target], right[target], made_by(site, cases[target], folder))


def table(found: Sequence[tuple[Site, str, Judgement]]) -> str:
    """A line for each module: how many were tried, were equal or refused, and who saw the wrong ones, k of n."""
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    for site, _, judgement in found:
        for name in (site.module.removeprefix("spikec."), "all"):
            rows[name][judgement.kind] += 1
            rows[name]["tried"] += 1
            if judgement.kind == "wrong":
                rows[name].update(
                    k for k in ("static", "dynamic", "fidelity", "check", "seen") if getattr(judgement, k)
                )
    head = (
        "tried",
        "same",
        "refused",
        "report",
        "right",
        "wrong",
        "static",
        "dynamic",
        "fidelity",
        "check",
        "seen",
    )
    lines = [f"{'module':52} {' '.join(f'{name:>8}' for name in head)}"]
    for name in sorted(rows, key=lambda n: (n == "all", n)):
        lines.append(f"{name:52} {' '.join(f'{rows[name][key]:8}' for key in head)}")
    return "\n".join(lines)
