"""Cores that are bounded to fit the fast memory do start, up to the last byte of the bound."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from spikec.targets.spinnaker1.core_image import CoreImage, NeuronKind, Recorded
from spikec.targets.spinnaker1.dtcm import DTCM_BYTES, dtcm_bytes
from spikec.targets.spinnaker1.keys import Source, allocate
from spikec.targets.spinnaker1.rows import SourceRows, tables_of

from ..effort import thinned
from ..oracles.spinnaker1.client import needs_binaries, run_binaries
from .spinnaker_systems import MS, neurons


class Case(NamedTuple):
    kind: NeuronKind
    n: int
    slots: int
    recorded: tuple[Recorded, ...]


CORES = [
    Case("IF_curr_exp", 256, 4, ("v", "spikes")),
    Case("IF_curr_delta", 256, 4, ("v", "gsyn_exc", "gsyn_inh", "spikes")),
    Case("IF_curr_exp", 200, 4, ()),
    Case("IF_curr_delta", 256, 5, ()),
    Case("IF_curr_exp", 256, 5, ()),
    Case("IF_curr_exp", 256, 1, ("v", "gsyn_exc", "gsyn_inh", "spikes")),
    Case("IF_curr_delta", 128, 4, ("spikes",)),
    Case("IF_curr_exp", 128, 4, ("spikes",)),
]


def with_entries(case: Case, entries: int) -> CoreImage:
    """A core that hears one synapse from each of so many sources."""
    kind, n, slots, recorded = case
    log_n = int(n - 1).bit_length()
    word = np.array([1 << 16 | 1 << log_n + 1], dtype=np.uint32)
    sources = [SourceRows(senders, np.array([0, 1]), word) for senders in allocate([Source(1, 1)] * entries)]
    table, matrix = tables_of(sources)
    return CoreImage(
        kind=kind, timer_period=1000, time_step=MS, parameters=neurons(kind, n, np.random.default_rng(0)),
        key=1 << 30, shift=(3, 3), log_neurons=log_n, log_delay_slots=slots, table=table, matrix=matrix,
        recorded=recorded, recorded_ticks=4,
    )  # fmt: skip


def largest(case: Case) -> CoreImage:
    made = with_entries(case, 1)
    more = (DTCM_BYTES - dtcm_bytes(made)) // 24
    return with_entries(case, 1 + more)


@pytest.mark.parametrize("case", CORES)
def test_the_bound_counts_every_entry(case: Case) -> None:
    made = largest(case)
    assert DTCM_BYTES - 24 < dtcm_bytes(made) <= DTCM_BYTES
    less = with_entries(case, made.table.key.size - 1)
    assert dtcm_bytes(less) == dtcm_bytes(made) - 24
    assert dtcm_bytes(replace(made, recorded=())) == dtcm_bytes(made) - 4 * made.n_neurons * sum(
        name != "spikes" for name in made.recorded
    )


@needs_binaries
@pytest.mark.parametrize("case", thinned(CORES, 4))
def test_cores_within_the_bound_start(case: Case, tmp_path: Path) -> None:
    made = largest(case)
    (ran,) = run_binaries(tmp_path, [made], [(0, 0, [0])], [(0, 0)], 2)
    assert set(ran.recorded) == {name for name in made.recorded if name != "spikes"}
