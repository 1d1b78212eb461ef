"""A compiler changed at one place: what it gets wrong is seen by its own verdicts, and by `check` of the right one.

By day two places on one chip; SPIKEC_EXAMPLES=N changes 2 N places on all. `pytest -rP` prints the table.
"""

from __future__ import annotations

from pathlib import Path

from spikec.targets import names

from ..effort import EXAMPLES, THOROUGH
from .cases import known
from .mutants import drawn, judgements, table

CHANGES = 2 * EXAMPLES if THOROUGH else 2


def test_no_wrong_answer_is_green(tmp_path: Path) -> None:
    """Networks whose numbers lie on the grid have one right answer, so that a wrong number shows as F1 < 1."""
    targets = names() if THOROUGH else [names()[6]]
    cases = {target: known(target) for target in targets}
    chosen = drawn(cases, CHANGES, seed=11)
    found = list(judgements(cases, chosen, tmp_path))
    print(table(found))
    for site, target, judgement in found:
        what = f"{site.module}, line {site.line}, {site.what}, on {target}: {judgement.why}"
        assert judgement.kind != "wrong" or judgement.seen, f"green, and wrong: {what}"
        assert judgement.kind in {"same", "refused"} or judgement.check, f"not seen by check: {what}"
    assert len(found) == CHANGES
