"""Makes up for how the chip rounds decays: what a step keeps of a state is rounded up, whatever the state's sign.

On average that is half of the last bit that a decay shifts out, in every step as long as a current or a membrane
lasts: (1 - 2**-dash) / 2. A current adds up what it gains, (2**dash - 1) / 2 at the end, and brings it to the membrane
in every step. A bias takes it away again. A neuron to which nothing comes rests lower for it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .decays import Decays
from .lower import Link

LOWEST = 1.0 / 64.0
"""Of the threshold, by which a neuron may rest lower."""


def rounded_up(decay: Decays, links: Sequence[Link], threshold: np.ndarray) -> np.ndarray:
    """(n,) int64 what the bias of neurons with a synapse takes off in every step. threshold: (n,) codes."""
    fed = np.zeros(decay.beta.size, dtype=bool)
    for link in links:
        fed[link.rows] = True
    codes = [decay.dash_syn] if decay.second is None else [decay.dash_syn, decay.second]
    gained = 0.5 * (1.0 - np.exp2(-decay.dash_mem.astype(np.float64)))
    gained = gained + sum(0.5 * (np.exp2(code.astype(np.float64)) - 1.0) for code in codes)
    most = LOWEST * threshold * (1.0 - decay.beta)
    return np.where(fed, np.minimum(np.rint(gained), np.floor(most)), 0.0).astype(np.int64)
