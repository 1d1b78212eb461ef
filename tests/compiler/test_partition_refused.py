"""Refusals and fewest cores of the partition against every way to put neurons on cores."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np
import pytest
from spikec.compiler.backends.loihi.core_usage import RESOURCES, capacities, check_placement, usage
from spikec.compiler.backends.loihi.least_cores import least_cores
from spikec.compiler.backends.loihi.partition import partition
from spikec.compiler.ir.placement import Runs, Slice, Walk
from spikec.compiler.ir.quantized import QuantizedNetwork
from spikec.sim.diagnostic import DiagnosticError
from spikec.targets import load
from spikec.targets.loihi1.model import LoihiChip

from .mapping.graphs import partitions
from .quantized_nets import random_network

SEEDS = range(80)


def small_network(rng: np.random.Generator) -> QuantizedNetwork:
    """At most 5 neurons, alike in their shared registers."""
    while True:
        net = random_network(rng, most=5)
        if (
            sum(p.size for p in net.populations) <= 5
            and len({registers(net, p.name) for p in net.populations}) == 1
        ):
            return net


def registers(net: QuantizedNetwork, name: str) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(net.population(name).core_params.items()))


def with_capacity(**changes: int) -> LoihiChip:
    loihi = load("loihi1")
    return msgspec.structs.replace(loihi, capacity=msgspec.structs.replace(loihi.capacity, **changes))


def tight_target(rng: np.random.Generator) -> LoihiChip:
    return with_capacity(
        compartments=int(rng.integers(1, 4)),
        input_axons=int(rng.integers(1, 6)),
        output_slots=int(rng.integers(1, 7)),
        synapse_memory_bits=int(rng.integers(1, 5)) * 64,
        threshold_profiles=int(rng.integers(1, 4)),
    )


def every_placement(net: QuantizedNetwork) -> Iterator[tuple[list[Slice], dict[str, Walk]]]:
    """Every way to put neurons on cores that are alike; on a core they are in the order of populations and index."""
    names = [p.name for p in net.populations for _ in range(p.size)]
    for core in partitions(len(names)):
        slices, walks, filled, first = list[Slice](), dict[str, Walk](), [0] * len(names), 0
        for population in net.populations:
            own = core[first : first + population.size]
            first += population.size
            walks[population.name] = Runs.of(np.argsort(own, kind="stable"))
            done = 0
            for where in sorted(set(own.tolist())):
                size = int((own == where).sum())
                slices.append(
                    Slice(population=population.name, first=done, size=size, core=where, slot=filled[where])
                )
                filled[where] += size
                done += size
        yield sorted(slices, key=lambda s: (s.core, s.slot)), walks


def fewest_cores(net: QuantizedNetwork, target: LoihiChip) -> int | None:
    """Of all placements within the limits; None if there is none."""
    limits, best = capacities(target), None
    for slices, walks in every_placement(net):
        used = usage(net, slices, target, walks)
        if all(u[name] <= limits[name] for u in used for name in RESOURCES):
            best = len(used) if best is None else min(best, len(used))
    return best


def refused(net: QuantizedNetwork, target: LoihiChip) -> bool:
    try:
        placement = partition(net, target)
    except DiagnosticError as fault:
        assert {d.code for d in fault.diagnostics} <= {"SPK2001", "SPK2002"}  # noqa: PT017
        return True
    assert check_placement(net, placement, target) == []
    least = fewest_cores(net, target)
    assert least is not None
    assert placement.certificate.least_cores <= placement.cores
    assert placement.cores >= least
    assert least_cores(net, target).cores <= least
    return False


@pytest.mark.parametrize("seed", SEEDS)
def test_only_what_nobody_could_place_is_refused(seed: int) -> None:
    rng = np.random.default_rng(seed)
    net, target = small_network(rng), tight_target(rng)
    if refused(net, target):
        assert fewest_cores(net, target) is None


@pytest.mark.xfail(
    raises=DiagnosticError,
    strict=True,
    reason="its longest pieces need 4 output slots of 3, other cuts need fewer",
)
def test_a_loop_that_only_other_cuts_can_place() -> None:
    net = small_network(np.random.default_rng(19))
    target = with_capacity(
        compartments=3, input_axons=8, output_slots=3, synapse_memory_bits=320, threshold_profiles=3
    )
    assert fewest_cores(net, target) == 4
    assert partition(net, target).cores == 4


def test_both_happen() -> None:
    answers = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        answers.append(refused(small_network(rng), tight_target(rng)))
    assert 10 < sum(answers) < len(answers) - 10
