"""Where neurons of SpiNNaker 1 go, what that takes, and that wrong words are found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.backends.spinnaker1.connections import MOST_ENTRIES
from spikec.compiler.backends.spinnaker1.place import placed
from spikec.compiler.backends.spinnaker1.quantize import Quantized
from spikec.compiler.backends.spinnaker1.sites import chips_there, chosen_chips, hops_a_step
from spikec.compiler.backends.spinnaker1.verify_words import static_verdict
from spikec.compiler.ir.stages import Placed
from spikec.compiler.options import Options
from spikec.sim.diagnostic import DiagnosticError
from spikec.targets.spinnaker1.configuration import SpinnakerConfiguration
from spikec.targets.spinnaker1.memory import memory_bytes
from spikec.targets.spinnaker1.model import SpinnakerChip

from .nets import board, chain, quantized

SMALL = board(core={"neurons": 16})


def compiled(target: SpinnakerChip, sizes: list[int], share: float = 1.0) -> tuple[Quantized, Placed]:
    _, found = quantized(chain(sizes, share), target)
    return found, placed(found.network, target, {})


def test_no_more_cores_than_neighbouring_neurons_need() -> None:
    """As the vendor's tools cut them."""
    _, found = compiled(board(), [700, 256, 20])
    assert found.placement.cores == 2
    assert found.placement.certificate.status == "optimal"
    _, found = compiled(SMALL, [20, 50, 16, 17])
    assert [s.size for s in found.placement.slices] == [16, 16, 16, 2, 16, 16, 1]


def test_cores_are_where_cores_are() -> None:
    """16 a chip, 15 where the host is joined, each once."""
    target = SMALL
    _, found = compiled(target, [30, 320, 320])
    sites = [found.placement.site(core) for core in range(40)]
    assert len(set(sites)) == 40
    chips = chips_there(target)
    per_chip = np.bincount([site // 16 for site in sites], minlength=chips.number.size)
    assert per_chip[0] <= 15
    assert per_chip[1:].max() <= 16
    assert 0 not in sites
    assert found.resources.chips == np.count_nonzero(per_chip) == 3


def test_cores_are_near_those_that_they_talk_to() -> None:
    """Two chains that share nothing are not woven into each other; nothing is better for trying at random."""
    chips, random = chips_there(board()), np.random.default_rng(0)
    cores = 60
    traffic = np.zeros((cores, cores))
    for k in range(cores - 2):
        traffic[k, k + 2] = 1.0
    from_host = np.zeros(cores)
    from_host[:2] = 1
    memory = np.full(cores, 1000)
    chip = chosen_chips(chips, traffic, from_host, memory, 10**6, np.arange(cores))
    assert chip is not None
    found = hops_a_step(chips, chip, traffic, from_host)
    tried = [hops_a_step(chips, random.permutation(chip), traffic, from_host) for _ in range(50)]
    assert found < 0.25 * min(tried)


@pytest.mark.parametrize(("sizes", "wanted"), [((16, 16, 15), 3), ((9, 5, 9, 5), 2), ((40, 3), 3)])
def test_a_population_stays_together_where_that_takes_no_more_chips(
    sizes: tuple[int, ...], wanted: int
) -> None:
    """15 cores where the host is joined and 16 elsewhere. One that no chip holds fills chips."""
    chips = chips_there(board())
    population = np.repeat(np.arange(len(sizes)), sizes)
    traffic = (population[:, None] + 1 == population).astype(np.float64)
    from_host = (population == 0).astype(np.float64)
    chip = chosen_chips(chips, traffic, from_host, np.zeros(population.size, np.int64), 1, population)
    assert chip is not None
    assert np.unique(chip).size == wanted
    assert max(np.bincount(chip)) <= 16
    for number, size in enumerate(sizes):
        assert np.unique(chip[population == number]).size == -(-size // 16)


def test_memory_of_a_chip_is_shared() -> None:
    chips = chips_there(board())
    nothing, each = np.zeros((4, 4)), np.arange(4)
    chip = chosen_chips(chips, nothing, np.zeros(4), np.full(4, 60), 100, each)
    assert chip is not None
    assert len(set(chip.tolist())) == 4
    assert chosen_chips(chips, nothing, np.zeros(4), np.full(4, 101), 100, each) is None


def test_estimates_of_memory_hold() -> None:
    """What is placed by is no less than what is written, and not much more."""
    target = SMALL
    found, where = compiled(target, [40, 40, 33], 0.3)
    configuration = written(found, where, target)
    order = sorted(range(where.placement.cores), key=where.placement.site)
    for core, (_, _, image) in zip(order, configuration.cores, strict=True):
        used = where.placement.used[core]["sdram_bytes"]
        recorded = 4 * image.recorded_ticks * (1 + -(-image.n_neurons // 32)) if image.recorded else 0
        assert used - 2000 < memory_bytes(image) + recorded <= used


@pytest.mark.parametrize(
    ("target", "sizes", "share", "code"),
    [
        (SMALL, [16, 16 * 800], 0.001, "SPK2003"),
        (board(sdram_bytes=20000), [300, 300], 1.0, "SPK2003"),
        (board(core={"dtcm_bytes": 11000}), [20, 20], 1.0, "SPK2001"),
        (board(router_entries=1, ethernet_cores=1), [20, 300, 300], 1.0, "SPK2051"),
        (board(key_bits=10), [100, 20], 1.0, "SPK2050"),
    ],
)
def test_what_does_not_fit_is_refused(
    target: SpinnakerChip, sizes: list[int], share: float, code: str
) -> None:
    with pytest.raises(DiagnosticError, match=code):
        compiled(target, sizes, share)


def test_more_boards_hold_more() -> None:
    backend: Any = backend_of(SMALL)
    larger = backend.next_larger(SMALL, Options(), 1000)
    assert larger is not None
    target = backend.configure(SMALL, larger)
    assert target.cores >= 1000
    assert target.boards.count == 3
    assert compiled(target, [16, 16 * 800], 0.001)[1].placement.cores == 800


def test_packets_go_where_there_are_synapses() -> None:
    """From each core of a source to the cores that hear it; to all that hear many of them from all, as a table of the
    population has room for no more entries."""
    few = compiled(SMALL, [8, 16 * 4, 16 * 4], 0.0)[0]
    assert few.network.synapses == 0
    found, where = compiled(board(core={"neurons": 4}), [4, 4 * (MOST_ENTRIES + 8), 4], 0.2)
    configuration = written(found, where, board(core={"neurons": 4}))
    entries = [image.table.key.size for _, _, image in configuration.cores]
    assert max(entries) <= MOST_ENTRIES


def written(found: Quantized, where: Placed, target: SpinnakerChip) -> SpinnakerConfiguration:
    backend: Any = backend_of(target)
    files = backend.emit(found.network, where.placement, target).files
    return backend.read_files(target, files).configuration


def _image(change: Callable[[Any], Any]) -> Callable[[SpinnakerConfiguration], SpinnakerConfiguration]:
    def changed(configuration: SpinnakerConfiguration) -> SpinnakerConfiguration:
        first, *rest = configuration.cores
        return replace(configuration, cores=(first._replace(image=change(first.image)), *rest))

    return changed


def _threshold(image: Any) -> Any:
    return replace(image, parameters={**image.parameters, "v_thresh": image.parameters["v_thresh"] + 1})


def _weight(image: Any) -> Any:
    words = image.matrix.words.copy()
    words[3] += np.uint32(1 << 16)
    return replace(image, matrix=replace(image.matrix, words=words))


def _no_routes(configuration: SpinnakerConfiguration) -> SpinnakerConfiguration:
    return replace(configuration, tables={})


WRONG = {
    "threshold": _image(_threshold),
    "weight": _image(_weight),
    "shift": _image(lambda image: replace(image, shift=(image.shift[0], image.shift[1] - 1))),
    "entry": _image(lambda image: replace(image, table=replace(image.table, mask=image.table.mask | 1 << 4))),
    "routes": _no_routes,
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_words_are_found(what: str) -> None:
    target = SMALL
    found, where = compiled(target, [20, 40, 10])
    backend: Any = backend_of(target)
    emitted = backend.emit(found.network, where.placement, target)
    configuration = backend.read_files(target, emitted.files).configuration
    assert static_verdict(found.network, configuration, emitted.symbols).identical
    verdict = static_verdict(found.network, WRONG[what](configuration), emitted.symbols)
    assert not verdict.identical
    assert verdict.findings


def test_the_estimate_is_the_placement() -> None:
    found, where = compiled(SMALL, [20, 100, 33])
    backend: Any = backend_of(SMALL)
    estimate = backend.estimate(found.network, SMALL, Options())
    assert estimate.cores == where.placement.cores
    few = msgspec.structs.replace(SMALL, grid=msgspec.structs.replace(SMALL.grid, chips=1, cores_per_chip=4))
    few = msgspec.structs.replace(few, chip=msgspec.structs.replace(few.chip, ethernet_cores=3))
    assert "cores" in backend.estimate(found.network, few, Options()).reason


def test_a_machine_of_a_million_cores_is_as_quick_as_a_board() -> None:
    """Ways between chips are worked out where they are asked for: the largest machine has 57,600 chips."""
    base = board()
    chips = chips_there(msgspec.structs.replace(base, grid=msgspec.structs.replace(base.grid, chips=57_600)))
    assert chips.number.size == 57_600
    traffic = np.ones((3, 3))
    one = np.ones(3, dtype=np.int64)
    found = chosen_chips(chips, traffic, np.ones(3), one, 2, np.arange(3))
    assert found is not None
    assert np.unique(found).size == 2
    assert chips.distance(found[:, None], found).max() == 1
