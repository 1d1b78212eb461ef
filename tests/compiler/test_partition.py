"""Partition and placement: exhaustive search agrees on small cases, the checker on all, and bits repeat."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.backends.loihi.core_usage import RESOURCES, capacities, check_placement, usage
from spikec.compiler.backends.loihi.lock import decode_lock
from spikec.compiler.backends.loihi.partition import partition
from spikec.compiler.backends.loihi.route import route
from spikec.compiler.backends.shared.place_on_mesh import pins_hold, place
from spikec.compiler.backends.shared.placement_lock import encode_lock
from spikec.compiler.ir.placement import Placement, Slice
from spikec.compiler.ir.quantized import QuantizedNetwork
from spikec.compiler.options import Options
from spikec.sim.diagnostic import DiagnosticError
from spikec.targets import load
from spikec.targets.loihi1.model import LoihiChip
from spikec.targets.loihi1.synapse_memory import encode_synapses

from ..effort import EXAMPLES, thinned
from .quantized_nets import EIGHT, layered, network, population, projection, random_network

LOIHI = load("loihi1")


def with_capacity(**changes: int) -> LoihiChip:
    return msgspec.structs.replace(LOIHI, capacity=msgspec.structs.replace(LOIHI.capacity, **changes))


def every_packing(sizes: Sequence[tuple[str, int]]) -> Iterator[tuple[Slice, ...]]:
    """Every way to cut populations into contiguous runs and put the runs on cores (up to renaming)."""

    def compositions(n: int) -> list[list[int]]:
        return [
            [b - a for a, b in itertools.pairwise([0, *inner, n])]
            for k in range(n)
            for inner in itertools.combinations(range(1, n), k)
        ]

    def assignments(n: int) -> Iterator[list[int]]:
        def grow(prefix: list[int], used: int) -> Iterator[list[int]]:
            if len(prefix) == n:
                yield prefix
                return
            for core in range(used + 1):
                yield from grow([*prefix, core], max(used, core + 1))

        yield from grow([], 0)

    for cut in itertools.product(*(compositions(n) for _, n in sizes)):
        runs = [
            (name, sum(parts[:i]), part)
            for (name, _), parts in zip(sizes, cut, strict=True)
            for i, part in enumerate(parts)
        ]
        for cores in assignments(len(runs)):
            names = [(core, run[0]) for core, run in zip(cores, runs, strict=True)]
            if len(set(names)) < len(names):
                continue
            filled: dict[int, int] = {}
            slices: list[Slice] = []
            for core, (name, first, size) in zip(cores, runs, strict=True):
                slot = filled.get(core, 0)
                filled[core] = slot + size
                slices.append(Slice(population=name, first=first, size=size, core=core, slot=slot))
            yield tuple(sorted(slices, key=lambda s: (s.core, s.slot)))


def cheapest(net: QuantizedNetwork, target: LoihiChip) -> tuple[int, int] | None:
    """The least (cores, output slots) of all packings that obey every rule, or None."""
    limits = capacities(target)
    best: tuple[int, int] | None = None
    for slices in every_packing([(p.name, p.size) for p in net.populations]):
        cores = slices[-1].core + 1
        if best is not None and cores > best[0]:
            continue
        used = usage(net, slices, target)
        if any(u[name] > limits[name] for u in used for name in RESOURCES) or mixes_registers(net, slices):
            continue
        value = (cores, sum(u["output_slots"] for u in used))
        best = value if best is None else min(best, value)
    return best


def mixes_registers(net: QuantizedNetwork, slices: Sequence[Slice]) -> bool:
    kinds: dict[int, set[tuple[tuple[str, int], ...]]] = {}
    for s in slices:
        kinds.setdefault(s.core, set()).add(tuple(sorted(net.population(s.population).core_params.items())))
    return any(len(found) > 1 for found in kinds.values())


def value_of(placement: Placement) -> tuple[int, int]:
    return placement.cores, sum(u["output_slots"] for u in placement.used)


@pytest.mark.parametrize(
    ("sizes", "recurrent", "cores"),
    thinned([([700, 256, 20], True, 3), ([1024, 1024, 10], False, 9), ([64, 64, 10], False, 1)], 2),
)
def test_known_networks(sizes: list[int], recurrent: bool, cores: int) -> None:
    net = layered(sizes, recurrent=recurrent)
    placement = partition(net, LOIHI)
    assert placement.cores == cores
    assert placement.certificate.status.split(";")[0] == "optimal"
    assert placement.certificate.value == placement.certificate.bound
    assert check_placement(net, placement, LOIHI) == []


def test_pieces_of_the_recurrent_layer_use_what_a_split_model_uses() -> None:
    """nengo-loihi 1.1.0 splits 700-256(rec)-20 in three: 956 axons, 734,208 bits and 344 slots a piece."""
    net = layered([700, 256, 20], recurrent=True)
    sizes = [86, 85, 85]
    firsts = [0, 86, 171]
    slices = [
        Slice(population="h1", first=f, size=n, core=c, slot=0)
        for c, (f, n) in enumerate(zip(firsts, sizes, strict=True))
    ]
    slices.append(Slice(population="h2", first=0, size=20, core=3, slot=0))
    first, *_, last = usage(net, slices, LOIHI)
    assert first["input_axons"] == 956
    assert first["output_slots"] == 344
    assert first["synapse_memory_bits"] == 734_208
    assert last["synapse_memory_bits"] == 256 * 192


@pytest.mark.parametrize("seed", thinned(range(40), 4))
def test_exhaustive_search_agrees(seed: int) -> None:
    rng = np.random.default_rng(seed)
    net = random_network(rng, most=5)
    while sum(p.size for p in net.populations) > 5:
        net = random_network(rng, most=5)
    target = with_capacity(
        compartments=int(rng.integers(1, 5)),
        input_axons=int(rng.integers(4, 14)),
        output_slots=int(rng.integers(3, 10)),
        synapse_memory_bits=int(rng.integers(4, 16)) * 64,
        threshold_profiles=int(rng.integers(1, 4)),
    )
    best = cheapest(net, target)
    try:
        placement = partition(net, target)
    except DiagnosticError as refused:
        assert best is None, refused  # noqa: PT017
        return
    assert check_placement(net, placement, target) == []
    assert best is not None
    assert placement.certificate.status == "optimal"
    assert value_of(placement) == best


@pytest.mark.parametrize("seed", thinned(range(2 * EXAMPLES), 2))
def test_random_networks_pass_the_checker(seed: int) -> None:
    rng = np.random.default_rng(seed)
    net = random_network(rng, most=40)
    target = with_capacity(
        compartments=int(rng.integers(8, 40)),
        output_slots=int(rng.integers(40, 200)),
        synapse_memory_bits=int(rng.integers(60, 300)) * 64,
        threshold_profiles=int(rng.integers(1, 4)),
    )
    try:
        placement = partition(net, target, max_deterministic_seconds=0.1)
    except DiagnosticError as refused:
        codes = {found.code for found in refused.diagnostics}
        assert codes <= {"SPK2001", "SPK2002"}, refused  # noqa: PT017
        return
    assert check_placement(net, placement, target) == []
    assert placement.certificate.bound <= placement.certificate.value


@pytest.mark.parametrize("seed", thinned(range(EXAMPLES), 4))
def test_counted_memory_is_emitted_memory(seed: int) -> None:
    """The words of a core's synapse memory and of its format table, against the count."""
    net = random_network(np.random.default_rng(seed), most=40)
    target = with_capacity(compartments=16)
    placement = partition(net, target, max_deterministic_seconds=0.02)
    cores, _ = route(net, placement, target)
    for used, core in zip(placement.used, cores, strict=True):
        if not core.axon_row.size:
            continue
        formats, axons, memory = encode_synapses(core)
        assert memory.size * 64 == used["synapse_memory_bits"]
        assert formats.size - 1 == used["synapse_formats"]
        assert axons.size == used["input_axons"]
        assert core.slot_axon.size == used["output_slots"]


def lock_bytes() -> bytes:
    rng = np.random.default_rng(5)
    nets = [random_network(rng, most=30), layered([64, 96, 40, 10], recurrent=True)]
    target = with_capacity(
        compartments=25, output_slots=400, synapse_memory_bits=16_000, threshold_profiles=2
    )
    placements = [partition(net, target, max_deterministic_seconds=0.1) for net in nets]
    return b"".join(encode_lock(net, p) for net, p in zip(nets, placements, strict=True))


def test_the_same_bytes_in_other_processes() -> None:
    name, folder = Path(__file__).stem, str(Path(__file__).parents[2])
    script = f"import sys; sys.path.insert(0, {folder!r}); from tests.compiler.{name} import lock_bytes;"
    script += "sys.stdout.buffer.write(lock_bytes())"
    expected = lock_bytes()
    for seed in thinned(("1", "2"), 2):
        run = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            cwd=tempfile.gettempdir(),
        )
        assert run.stdout == expected


def test_a_neuron_that_exceeds_a_core() -> None:
    net = layered([50, 4])
    onto_first = net.projections[0].code[net.projections[0].rows == 0]
    different = np.unique(onto_first).size
    partition(net, with_capacity(input_axons=50))
    with pytest.raises(DiagnosticError) as refused:
        partition(net, with_capacity(input_axons=different - 1))
    (found,) = refused.value.diagnostics
    assert found.code == "SPK2001"
    assert "input axons" in found.message
    assert f"{different} of {different - 1}" in found.message
    assert "h1" in found.message


def test_more_cores_than_the_chip_has() -> None:
    target = with_capacity(compartments=4)
    target = msgspec.structs.replace(target, grid=msgspec.structs.replace(target.grid, cores_per_chip=2))
    placement = partition(layered([3, 12]), target)
    with pytest.raises(DiagnosticError) as refused:
        place(placement, target, {})
    (found,) = refused.value.diagnostics
    assert found.code == "SPK2003"
    assert "3 cores" in found.message
    two_chips = msgspec.structs.replace(target, grid=msgspec.structs.replace(target.grid, chips=2))
    assert place(placement, two_chips, {}) == placement
    found = backend_of(two_chips).place(layered([3, 12]), two_chips, Options(), {}, None).resources
    assert (found.cores, found.chips, found.cores_per_chip) == (3, 2, 2)
    assert (found.neurons_per_core, found.least_cores_of_any_partition) == (4, 3)


def test_an_earlier_placement_is_kept() -> None:
    net = layered([20, 30, 10])
    target = with_capacity(compartments=16)
    loose = partition(net, with_capacity(compartments=11))
    assert loose.cores > partition(net, target).cores
    assert partition(net, target, lock=loose).slices == loose.slices


def test_a_lock_gives_the_placement_back() -> None:
    net = layered([20, 30, 10], recurrent=True)
    target = with_capacity(compartments=16)
    placement = partition(net, target)
    data = encode_lock(net, placement)
    assert decode_lock(data, net, target) == (placement, [])
    assert data == encode_lock(net, placement)


def test_a_lock_of_other_synapses_proves_nothing() -> None:
    net, target = layered([20, 30, 10]), with_capacity(compartments=16)
    data = encode_lock(net, partition(net, target))
    kept, notes = decode_lock(data, layered([20, 30, 10], recurrent=True), target)
    assert kept is not None
    assert notes == []
    assert kept.certificate.bound < kept.certificate.value
    assert "other synapses" in kept.certificate.status


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: b"{", "not a placement lock"),
        (lambda text: b"\xff", "not a placement lock"),
        (lambda text: b"[" * 100_000, "not a placement lock"),
        (lambda text: text.replace(b'"schema_version": 4', b'"schema_version": 2'), "schema version 2"),
        (lambda text: text.replace(b'"target": "loihi1"', b'"target": "other"'), "target other"),
        (lambda text: text.replace(b'"h1": 30', b'"h1": 31'), "end at neuron 30 of 31"),
        (lambda text: text.replace(b'"cores": 3', b'"cores": 1000000000000'), "1,000,000,000,000 cores"),
        (lambda text: text.replace(b'"first": 0', b'"first": 1'), "gap"),
        (lambda text: text.replace(b'"slot": 0', b'"slot": 1'), "slot 1"),
        (lambda text: text.replace(b'"size": 10', b'"size": -10'), "h"),
    ],
)
def test_a_damaged_lock_is_ignored_with_a_note(change: Callable[[bytes], bytes], reason: str) -> None:
    net, target = layered([20, 30, 10]), with_capacity(compartments=16)
    data = encode_lock(net, partition(net, target))
    assert change(data) != data
    kept, notes = decode_lock(change(data), net, target)
    assert kept is None
    assert [n.code for n in notes] == ["SPK2010"]
    assert notes[0].severity == "note"
    assert reason in notes[0].message


def test_unchanged_populations_stay_where_they_were() -> None:
    """h2 grows and h3 is new: h1 keeps its slices, cores and sites."""
    target = with_capacity(compartments=16)
    before = partition(layered([20, 30, 10]), target)
    before = replace(before, sites=tuple(7 - core for core in range(before.cores)))
    net = layered([20, 30, 14, 9])
    earlier, notes = decode_lock(encode_lock(layered([20, 30, 10]), before), net, target)
    assert earlier is not None
    assert [n.code for n in notes] == ["SPK2011"]
    assert "h2 has 14 neurons; the lock has 10" in notes[0].message
    after = partition(net, target, lock=earlier)
    assert check_placement(net, after, target) == []

    def where(placement: Placement) -> list[tuple[int, int, int]]:
        return sorted(
            (s.first, s.size, placement.site(s.core)) for s in placement.slices if s.population == "h1"
        )

    assert where(after) == where(before)
    assert {s.population for s in after.slices} == {"h1", "h2", "h3"}
    cores, _ = route(net, after, target)
    assert sorted(core.core for core in cores) == sorted(after.sites)


@pytest.mark.parametrize("seed", thinned(range(8), 4))
def test_locks_of_other_random_networks_never_break_a_rule(seed: int) -> None:
    rng = np.random.default_rng(seed)
    target = with_capacity(compartments=9, output_slots=60)
    first, second = (random_network(rng, most=14) for _ in range(2))
    try:
        before, fresh = (partition(net, target, max_deterministic_seconds=0.1) for net in (first, second))
    except DiagnosticError:
        pytest.skip("one neuron exceeds a core")
    earlier, _ = decode_lock(encode_lock(first, before), second, target)
    after = partition(second, target, lock=earlier, max_deterministic_seconds=0.1)
    assert check_placement(second, after, target) == []
    assert after.cores >= 1
    assert fresh.certificate.bound <= fresh.certificate.value


def test_pins() -> None:
    net, target = layered([20, 12, 10, 8]), with_capacity(compartments=24)
    pins = {"h1": 5, "h3": 5}
    placement = place(partition(net, target, apart=pins), target, pins)
    on = {s.population: placement.site(s.core) for s in placement.slices}
    assert on == {"h1": 5, "h3": 5, "h2": 0}
    assert pins_hold(placement, pins)
    assert not pins_hold(placement, {"h2": 5})
    for wrong, code in (({"h9": 1}, "SPK0505"), ({"h1": 10**6}, "SPK0505")):
        with pytest.raises(DiagnosticError) as refused:
            place(partition(net, target), target, wrong)
        assert [d.code for d in refused.value.diagnostics] == [code]
    small = with_capacity(compartments=11)
    with pytest.raises(DiagnosticError) as refused:
        place(partition(net, small, apart={"h1": 2}), small, {"h1": 2})
    assert [d.code for d in refused.value.diagnostics] == ["SPK2005"]


def test_the_checker_finds_each_broken_rule() -> None:
    net, target = layered([20, 30, 5]), with_capacity(compartments=20)
    good = partition(net, target)
    assert good.cores == 2
    assert check_placement(net, good, target) == []
    assert check_placement(net, good, with_capacity(compartments=19)) == ["core 0 uses 20 compartments of 19"]
    assert check_placement(net, replace(good, used=good.used[::-1]), target)
    assert check_placement(net, replace(good, slices=good.slices[1:]), target)
    assert check_placement(net, replace(good, slices=(*good.slices, good.slices[-1])), target)
    other = population("h2", 5, shared={"negVmLimit": 23, "posVmLimit": 6})
    mixed = replace(net, populations=(net.population("h1"), other))
    (found,) = check_placement(mixed, good, target)
    assert "shared registers" in found


def test_thresholds_force_cuts() -> None:
    n = 40
    net = network(
        [population("p", n, vth=np.arange(n) + 1)], 3, [projection("in", "p", np.ones((n, 3)), EIGHT)]
    )
    placement = partition(net, LOIHI)
    assert placement.cores == 6
    assert max(used["threshold_profiles"] for used in placement.used) <= 7
