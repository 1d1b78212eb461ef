"""Chooses how often the host sends each event of an input: neurons add up what several weights bring.

Twice as often is one bit more for the weights of a first layer. It costs rows of memory and addresses, so that it is
done where both are plenty.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from ....targets.paicore25.model import PaicoreChip
from .scale import WeightForm
from .stages import Stage

MOST = 4
ROOM_BITS = 4096
"""Of a step, up to which more addresses are taken."""
ROOM_ROWS = 0.5
"""Of a core, up to which more rows are taken."""


def input_copies(
    stage: Stage,
    form: WeightForm,
    inputs: Collection[str],
    shapes: Mapping[str, tuple[int, ...]],
    chip: PaicoreChip,
    *,
    is_map: bool,
) -> int:
    """1, 2 or 4 events for each one that an input has, for the stage that they reach."""
    if form.wide or not any(link.from_input for link in stage.links):
        return 1
    elements = sum(int(np.prod(shapes[link.source], dtype=np.int64)) for link in stage.links)
    from_inputs = sum(
        int(np.prod(shapes[link.source], dtype=np.int64)) for link in stage.links if link.source in inputs
    )
    vectors = stage.shape[0] if is_map else stage.size
    reach = 1 if is_map else from_inputs
    copies = 1
    while 2 * copies <= MOST:
        bits = elements + (2 * copies - 1) * from_inputs
        rows = vectors * 2 * copies * reach * form.bits / 128
        if bits > ROOM_BITS or rows > ROOM_ROWS * chip.core.rows:
            break
        copies *= 2
    return copies


def shared_out(code: np.ndarray, copies: int) -> tuple[np.ndarray, ...]:
    """Weights as sums of as many, which differ by 1 at most."""
    return tuple((code + k) // copies for k in range(copies))
