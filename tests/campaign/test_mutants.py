"""A compiler changed at one place: what it gets wrong is seen by its own verdicts, and by `check` of the right one.

By day two places on one chip; SPIKEC_EXAMPLES=N changes 2 N places on all, and asks the tests of each module whose
change makes a difference. `pytest -rP` prints the tables.
"""

from __future__ import annotations

from pathlib import Path

from spikec.targets import names

from ..effort import EXAMPLES, THOROUGH
from .cases import known
from .module_tests import ROOT, exercising, noticed
from .mutants import drawn, judgements, table
from .mutation import sites

CHANGES = 2 * EXAMPLES if THOROUGH else 2


def test_no_wrong_answer_is_green(tmp_path: Path) -> None:
    """Networks whose numbers lie on the grid have one right answer, so that a wrong number shows as F1 < 1. What a
    module writes wrong and reads back wrong alike, no verdict of that compiler can see: its tests have to."""
    targets = names() if THOROUGH else [names()[6]]
    cases = {target: known(target) for target in targets}
    chosen = drawn(cases, CHANGES, seed=11)
    found = list(judgements(cases, chosen, tmp_path, with_tests=THOROUGH))
    print(table(found))
    for each in found:
        judgement = each.judgement
        if each.tests is not None and each.tests.kind != "caught":
            print(each)  # for whoever writes the test that is missing
        held = each.tests is not None and each.tests.kind == "caught"
        assert judgement.kind != "wrong" or judgement.seen or held, f"green, and wrong: {each}"
        assert judgement.kind in {"same", "refused"} or judgement.check, f"not seen by check: {each}"
    assert len(found) == CHANGES


def test_a_module_is_held_by_its_tests() -> None:
    """Those that import it come first, and fail."""
    module, source = "spikec.targets.mesh.word_lists", ROOT / "targets" / "mesh" / "word_lists.py"
    files = exercising(module, "odin")
    assert files[0].name == "test_word_lists.py"
    site = next(site for site in sites(module, source.read_text()) if site.what == "Mult -> FloorDiv")
    found = noticed(site, files[:1])
    assert (found.kind, found.by.partition("::")[0]) == ("caught", "tests/targets/test_word_lists.py")
