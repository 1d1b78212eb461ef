"""Random networks on every chip: a configuration that does what independent oracles say, or a refusal with a code.

By day a few networks, each on two chips; SPIKEC_EXAMPLES=N draws N networks for all of them. The vendor's simulator of
Xylo is asked as well where it is installed.
"""

from __future__ import annotations

from collections import Counter

from spikec.targets import names

from ..effort import EXAMPLES, THOROUGH
from .compiling import tried
from .networks import any_network

NETWORKS = EXAMPLES if THOROUGH else 5


def chips(seed: int) -> list[str]:
    """All of them, or by day two, in turn."""
    every = names()
    return list(every) if THOROUGH else [every[seed % len(every)], every[(3 * seed + 1) % len(every)]]


def test_nothing_goes_wrong_in_silence() -> None:
    """An exception that is no diagnostic, exit code 70 on the command line, fails by itself."""
    outcomes: Counter[str] = Counter()
    for seed in range(NETWORKS):
        drawn = any_network(seed)
        for target in chips(seed):
            found = tried(drawn, target)
            assert not found.wrong, f"network {seed} on {target}: {'; '.join(found.wrong)}"
            outcomes.update(set(found.codes) or {"compiled"})
            spikes = found.compiled is not None and found.compiled.verdicts.placement.dynamic.spikes > 0
            outcomes["spikes"] += spikes
    print(dict(outcomes.most_common()))
    assert outcomes["compiled"] >= NETWORKS // 3
    assert outcomes["spikes"] >= NETWORKS // 4
