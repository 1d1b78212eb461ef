"""On random networks no verb ends in an internal error (exit code 70), and what was compiled checks and compares.

By day one network that compiles; SPIKEC_EXAMPLES=N types all verbs for N networks on all chips.
"""

from __future__ import annotations

from pathlib import Path

from spikec.targets import names

from ..effort import EXAMPLES, THOROUGH
from .networks import any_network
from .verbs import FINE, fitted, said

SEEDS = range(EXAMPLES) if THOROUGH else [1]


def test_every_verb_says_what_it_has_to_say(tmp_path: Path) -> None:
    fine = 0
    for seed in SEEDS:
        drawn = any_network(seed)
        for target in names() if THOROUGH else names()[-1:]:
            folder = tmp_path / f"{seed}-{target}"
            folder.mkdir()
            for words, what, allowed in said(drawn, target, folder):
                assert what.returncode in allowed, f"network {seed}, {target}: {words}: {what.stderr}"
                fine += allowed == FINE
        if THOROUGH:
            whole = fitted(drawn, tmp_path)
            assert whole.returncode in {0, 1, 2, 3}, f"network {seed}: fit: {whole.stderr}"
    assert fine > len(SEEDS)
