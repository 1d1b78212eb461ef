"""Random chips in the vendor's functional simulator: frames, deliveries and potentials are ours, bit for bit.

SPIKEC_PAICORE_PYTHON names a Python that has paisim (README.md of the family says how it is made); SPIKEC_EXAMPLES is
the number of chips of each kind.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ..effort import EXAMPLES
from ..oracles.paicore25.vendor import PYTHON, ask, differences
from .paicore_chips import KINDS, random_chip

pytestmark = pytest.mark.skipif(not PYTHON, reason="SPIKEC_PAICORE_PYTHON names no Python that has paisim")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_vendor_s_simulator_agrees(kind: str, tmp_path: Path) -> None:
    chips = [random_chip(seed, kind) for seed in range(EXAMPLES)]
    answers = ask(chips, tmp_path)
    found = {
        seed: parts
        for seed, (chip, answer) in enumerate(zip(chips, answers, strict=True))
        if (parts := differences(chip, answer))
    }
    assert not found
    assert sum(answer["output_frames"].size for answer in answers)
