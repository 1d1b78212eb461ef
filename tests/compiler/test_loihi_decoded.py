"""Words are decoded once, and words that were changed are other words."""

from __future__ import annotations

from contextlib import suppress

import msgspec
import numpy as np
import pytest
from spikec.compiler.backends.loihi.decoded import decoded
from spikec.targets.configuration import Configuration
from spikec.targets.layout import DecodeError
from spikec.targets.loihi1 import emit

from ..shipped import revision
from ..targets.loihi1_contents import NO_ROUTES, core_of, form

CHIP = revision("loihi1")


def words(seed: int) -> Configuration:
    core = core_of(8, [form()], [(0, np.arange(8))], seed=seed)
    return emit.encode([core], 0, NO_ROUTES)


def test_the_same_words_are_decoded_once() -> None:
    first = decoded(words(0), CHIP)
    assert decoded(words(0), CHIP) is first
    assert not np.array_equal(decoded(words(1), CHIP).machine.params["bias"], first.machine.params["bias"])


def test_words_that_were_changed_since_are_decoded_again() -> None:
    given = words(0)
    images = {name: image.copy() for name, image in given.images.items()}
    changed = Configuration(target=given.target, images=images)
    before = decoded(changed, CHIP)
    memory = images["0/0/synapseMem"]
    memory[0] ^= np.uint64(1 << 40)
    with suppress(DecodeError):  # or nothing that an encoder writes
        assert decoded(changed, CHIP) is not before
    images["host/inputCount"] = np.zeros(2, dtype=np.uint64)
    with pytest.raises(DecodeError):
        decoded(changed, CHIP)


def test_what_the_target_cannot_hold_is_known() -> None:
    small = msgspec.structs.replace(CHIP, capacity=msgspec.structs.replace(CHIP.capacity, compartments=4))
    assert decoded(words(0), CHIP).wrong is None
    assert decoded(words(0), small).wrong is not None
