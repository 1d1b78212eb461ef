"""One number, digit or bit of a finished output changed, its digest corrected: `check` sees every one.

By day three places on some targets; SPIKEC_EXAMPLES=N changes N on each; `pytest -rP` shows who saw them, file by file.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest
from spikec.compiler.output.page import page_files
from spikec.targets import names

from ..effort import EXAMPLES, THOROUGH
from .cases import known
from .faults import seen, with_fault

FAULTS = EXAMPLES if THOROUGH else 3


@pytest.mark.parametrize("target", names() if THOROUGH else names()[1::5])
def test_every_fault_is_seen(target: str) -> None:
    """And what changes that which is loaded turns the placement verdict, not only the comparison of files."""
    random = np.random.default_rng([*target.encode()])
    table: dict[str, Counter[str]] = defaultdict(Counter)
    cases = [(case, case.compiled()) for case in known(target)[-1:]]
    for case, compiled in cases:
        files = {**compiled.files, **page_files(compiled.report)}
        digest = compiled.report.configuration_sha256
        assert not seen(case.case.raw, files, digest).at_all
        for _ in range(FAULTS):
            where, faulty = with_fault(files, random)
            found = seen(case.case.raw, faulty, digest)
            assert found.at_all or where.startswith("seconds.json"), f"{target}: {where} is seen by nobody"
            assert found.as_placement or not found.loaded, (
                f"{target}: {where} is loaded, and called identical"
            )
            row = table[where.split()[0]]
            row.update(k for k in ("static", "dynamic", "files", "refused") if getattr(found, k))
            row["tried"] += 1
    for name, row in sorted(table.items()):
        print(target, name, dict(sorted(row.items())))
