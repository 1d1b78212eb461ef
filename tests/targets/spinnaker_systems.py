"""Random SpiNNaker 1 systems: inputs, populations over several cores and chips, their rows, keys and tables."""

from __future__ import annotations

import numpy as np
from spikec.targets.spinnaker1.board import Boards
from spikec.targets.spinnaker1.configuration import (
    SOURCE_CHIP,
    InputKeys,
    OutputLines,
    PlacedCore,
    SpinnakerConfiguration,
)
from spikec.targets.spinnaker1.core_image import PARAMETERS, CoreImage, NeuronKind
from spikec.targets.spinnaker1.keys import Source, allocate, key_of, mask_of
from spikec.targets.spinnaker1.routing import Net, routing_tables
from spikec.targets.spinnaker1.rows import Senders, SourceRows, tables_of
from spikec.targets.spinnaker1.synaptic_word import Synapses, pack_synapses

ONE_BOARD = Boards(0, 0)
MS = 32768
"""1, s16.15."""


def neurons(kind: NeuronKind, n: int, random: np.random.Generator) -> dict[str, np.ndarray]:
    """Membranes at -65 mV with thresholds that inputs reach."""
    parameters = {name: np.zeros(n) for name in PARAMETERS[kind]}
    parameters |= {
        "v_init": np.full(n, -65.0), "v_rest": np.full(n, -65.0), "v_reset": np.full(n, -66.0),
        "c_m": np.full(n, 1.0), "tau_m": random.uniform(5, 30, n), "i_offset": random.uniform(0, 0.3, n),
        "v_thresh": random.uniform(-60, -50, n), "t_refract": random.uniform(0, 3, n),
    }  # fmt: skip
    if kind == "IF_curr_exp":
        parameters |= {name: random.uniform(1, 8, n) for name in ("tau_exc", "tau_inh")}
    return {name: np.rint(values * MS).astype(np.int32) for name, values in parameters.items()}


def rows(senders: Senders, n_rows: int, n: int, slots: int, random: np.random.Generator) -> SourceRows:
    """Each source reaches half of the neurons."""
    chosen = random.random((n_rows, n)) < 0.5
    post = np.nonzero(chosen)[1]
    synapses = Synapses(
        post=post,
        kind=(random.random(post.size) < 0.2).astype(np.int64),
        delay=random.integers(1, 2**slots + 1, post.size),
        weight=random.integers(1, 20_000, post.size),
    )
    start = np.append(0, np.cumsum(chosen.sum(axis=1))).astype(np.int64)
    return SourceRows(senders, start, pack_synapses(synapses, int(n - 1).bit_length(), slots))


def random_system(
    seed: int,
    kind: NeuronKind = "IF_curr_exp",
    boards: Boards = ONE_BOARD,
    n_in: int = 11,
    sizes: tuple[tuple[int, int], ...] = ((3, 20), (2, 9), (1, 5)),
    ticks: int = 20,
) -> SpinnakerConfiguration:
    """Populations one after the other, each of (cores, neurons of a core); the last is recorded, and sends as well."""
    random = np.random.default_rng(seed)
    senders = allocate([Source(1, n_in), *(Source(*size) for size in sizes)])
    heard = {0: [0], **{k: [k, k + 1] for k in range(1, len(sizes))}}
    placed: list[PlacedCore] = []
    populations: list[list[tuple[int, int]]] = []
    for number, (cores, n) in enumerate(sizes):
        here: list[tuple[int, int]] = []
        for core in range(cores):
            slots = int(random.integers(1, 5))
            counts = [n_in, *(a * b for a, b in sizes)]
            sources = [rows(senders[k], counts[k], n, slots, random) for k in heard[number]]
            table, matrix = tables_of(sources)
            image = CoreImage(
                kind=kind, timer_period=1000, time_step=MS, parameters=neurons(kind, n, random),
                key=key_of(senders[number + 1], core), shift=(4, 3), log_neurons=int(n - 1).bit_length(),
                log_delay_slots=slots, table=table, matrix=matrix,
                recorded=("v", "spikes") if number == len(sizes) - 1 else (), recorded_ticks=ticks,
            )  # fmt: skip
            here.append((8 * (number % 3) + core % 2, 2 + number * 4 + core))
            placed.append(PlacedCore(*here[-1], image))
        populations.append(here)
    nets: list[Net] = []
    for k, each in enumerate(senders):
        targets = [p for number, p in enumerate(populations) if k in heard[number]]
        takers = tuple(sorted(place for places in targets for place in places))
        if k == 0:
            nets.append(Net(each.key, each.mask, SOURCE_CHIP, takers))
        else:
            for core, (chip, _) in enumerate(populations[k - 1]):
                nets.append(Net(key_of(each, core), mask_of(each), chip, takers))
    placed.sort(key=lambda each: each[:2])
    recording = [number for number, each in enumerate(placed) if each.image.recorded]
    return SpinnakerConfiguration(
        boards=boards,
        cores=tuple(placed),
        tables=routing_tables([net for net in nets if net.targets], boards),
        inputs=(InputKeys(0, n_in, senders[0].key, senders[0].mask),),
        outputs=tuple(OutputLines(number, name) for number in recording for name in ("spikes", "v")),
    )
