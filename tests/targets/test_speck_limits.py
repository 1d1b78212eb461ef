"""The three revisions, and every limit met exactly and exceeded by one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from spikec.targets import TargetError, read_target
from spikec.targets.machines.convolution import ConvolutionCore, Destination
from spikec.targets.speck import neuron
from spikec.targets.speck.configuration import Readout, SpeckConfiguration, machine
from spikec.targets.speck.limits import Violation, violations
from spikec.targets.speck.memory import entries, entries_of

from ..golden.speck_files import configuration, files, meta
from ..shipped import SPECKS as NAMES, revision

GOLDEN = Path(__file__).parents[1] / "golden" / "speck"
SPECK = revision("speck2f")


def layer(
    core: int = 0,
    channels: tuple[int, int] = (1, 1),
    size: tuple[int, int] = (4, 4),
    kernel: tuple[int, int] = (1, 1),
    **changes: Any,
) -> ConvolutionCore:
    """channels: (in, out)."""
    made = ConvolutionCore(
        core=core,
        input_shape=(channels[0], *size),
        kernel=np.zeros((channels[1], channels[0], *kernel), dtype=np.int8),
        bias=np.zeros(channels[1], dtype=np.int64),
        initial_v=np.zeros(0, dtype=np.int64),
        threshold=1,
        low_threshold=-32768,
        reset_to_zero=False,
        stride=(1, 1),
        padding=(0, 0),
    )
    made = replace(made, **changes)
    return (
        made
        if "initial_v" in changes
        else replace(made, initial_v=np.zeros(made.neuron_shape, dtype=np.int64))
    )


def chip(*cores: ConvolutionCore, inputs: tuple[int, ...] = (), **changes: Any) -> SpeckConfiguration:
    made = SpeckConfiguration(cores=cores, input_cores=inputs or (cores[0].core,), monitored=())
    return replace(made, **changes)


def broken(*cores: ConvolutionCore, **changes: Any) -> tuple[Violation, ...]:
    return violations(chip(*cores, **changes), SPECK)


@pytest.mark.parametrize("name", NAMES)
def test_revisions_agree_with_the_arithmetic(name: str) -> None:
    found = revision(name)
    assert found.name == name
    assert found.ranges.state == (neuron.LOW, neuron.HIGH)
    assert found.cores.count == 9
    assert sum(found.cores.neuron_entries) == 327_680, "the documentation says 0.32 million neurons"
    assert set(vars_of(found.latency)) == {0}
    assert (found.readout is None) == (name == "dynapcnn")


def vars_of(struct: msgspec.Struct) -> tuple[Any, ...]:
    return msgspec.structs.astuple(struct)


def test_memories_of_different_lengths() -> None:
    text = (Path(__file__).parents[2] / "targets" / "speck" / "speck2f.toml").read_text()
    with pytest.raises(TargetError, match="`cores`"):
        read_target(text.replace("neuron_entries = [65536, ", "neuron_entries = [").encode())


def test_the_documented_example() -> None:
    """16 channels in, 32 out, 3 x 3, 64 x 64: 8 Ki of kernel entries and 128 Ki of neuron entries."""
    assert entries(16, 32, (3, 3), (64, 64), biased=False) == (8 << 10, 128 << 10, 0)
    assert entries(1, 1, (1, 1), (1, 1), biased=True) == (1, 1, 1)
    assert entries(3, 5, (5, 5), (9, 17), biased=True) == (3 * 32 * 8, 5 * 16 * 32, 5)


@pytest.mark.parametrize("file", files(GOLDEN), ids=lambda f: f.stem)
def test_entries_of_recorded_layers(file: Path) -> None:
    recorded = np.load(file, allow_pickle=False)
    found = configuration(recorded)
    by_number = {core.core: core for core in found.cores}
    about = meta(recorded)
    for k, memory in enumerate(about["memory"]):
        core = by_number[about["layer_to_core"][str(k)]]
        assert entries_of(core)._asdict() == memory, json.dumps(memory)
    for name in NAMES:
        assert violations(found, revision(name)) == ()


@pytest.mark.parametrize(
    ("good", "bad", "expected"),
    [
        (layer(size=(64, 128), stride=(1, 2)), layer(size=(64, 129), stride=(1, 4)), ("input width", 129, 1, 128)),
        (layer(size=(128, 64), stride=(2, 1)), layer(size=(129, 64), stride=(4, 1)), ("input height", 129, 1, 128)),
        (layer(size=(64, 64)), layer(size=(65, 64)), ("neuron map height", 65, 1, 64)),
        (layer(size=(64, 64)), layer(size=(64, 65)), ("neuron map width", 65, 1, 64)),
        (layer(), layer(size=(2, 2), kernel=(3, 3)), ("neuron map width", 0, 1, 64)),
        (layer(channels=(1024, 1)), layer(channels=(1025, 1)), ("input channels", 1025, 1, 1024)),
        (layer(channels=(1, 1024)), layer(core=5, channels=(1, 1025)), ("output channels", 1025, 1, 1024)),
        (layer(size=(16, 16), kernel=(16, 16)), layer(size=(17, 17), kernel=(17, 17)), ("kernel rows", 17, 1, 16)),
        (layer(kernel=(2, 2)), layer(kernel=(2, 3)), ("kernel columns (as many as rows)", 3, 2, 2)),
        (layer(padding=(7, 0)), layer(padding=(8, 0)), ("vertical padding", 8, 0, 7)),
        (layer(padding=(0, 7)), layer(padding=(0, -1)), ("horizontal padding", -1, 0, 7)),
        (layer(stride=(8, 1)), layer(stride=(3, 1)), ("vertical stride", 3, 1, 8, (1, 2, 4, 8))),
        (layer(stride=(1, 8)), layer(stride=(1, 16)), ("horizontal stride", 16, 1, 8, (1, 2, 4, 8))),
        (layer(threshold=32767), layer(threshold=32768), ("threshold", 32768, 1, 32767)),
        (layer(), layer(threshold=0, low_threshold=-1), ("threshold", 0, 1, 32767)),
        (layer(low_threshold=-32768), layer(low_threshold=-32769), ("low threshold", -32769, -32768, 0)),
        (layer(low_threshold=0), layer(low_threshold=1), ("low threshold", 1, -32768, 0)),
        (layer(core=8), layer(core=9), ("core number", 9, 0, 8)),
    ],
    ids=lambda case: case[0] if isinstance(case, tuple) else "",
)  # fmt: skip
def test_met_and_exceeded(good: ConvolutionCore, bad: ConvolutionCore, expected: tuple[Any, ...]) -> None:
    assert broken(good) == ()
    what, *numbers = expected
    assert Violation(what, f"core {bad.core}", *numbers) in broken(bad)


@pytest.mark.parametrize(
    ("core", "channels", "size", "kernel", "expected"),
    [
        (0, (256, 1), (8, 8), (8, 8), None),
        (0, (257, 1), (8, 8), (8, 8), ("kernel entries", 257 * 64, 0, 16384)),
        (3, (512, 1), (8, 8), (8, 8), None),
        (5, (64, 1024), (1, 1), (1, 1), None),
        (7, (64, 1024), (1, 1), (1, 1), ("kernel entries", 65536, 0, 16384)),
        (0, (1, 16), (64, 64), (1, 1), None),
        (0, (1, 17), (64, 64), (1, 1), ("neuron entries", 17 * 4096, 0, 65536)),
        (4, (1, 33), (32, 32), (1, 1), ("neuron entries", 33 * 1024, 0, 32768)),
        (8, (1, 16), (32, 33), (1, 1), ("neuron entries", 16 * 32 * 64, 0, 16384)),
    ],
)
def test_memories(
    core: int,
    channels: tuple[int, int],
    size: tuple[int, int],
    kernel: tuple[int, int],
    expected: tuple[Any, ...] | None,
) -> None:
    found = broken(layer(core, channels, size, kernel))
    assert found == (() if expected is None else (Violation(expected[0], f"core {core}", *expected[1:]),))


def test_bias_memory_holds_a_value_for_each_channel_if_any_is_used() -> None:
    full = layer(channels=(1, 1024), size=(1, 1))
    wide = layer(channels=(1, 1025), size=(1, 1))
    assert broken(replace(full, bias=full.bias + 1)) == ()
    assert Violation("bias entries", "core 0", 1025, 0, 1024) in broken(replace(wide, bias=wide.bias + 1))
    assert all(v.what != "bias entries" for v in broken(wide))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"bias": np.array([-129])}, Violation("bias", "core 0 channel 0", -129, -128, 127)),
        (
            {"initial_v": np.arange(32760, 32776).reshape(1, 4, 4)},
            Violation("initial state", "core 0 neuron 15", 32775, -32768, 32767),
        ),
    ],
)
def test_values_out_of_range(changes: dict[str, Any], expected: Violation) -> None:
    assert broken(layer(**changes)) == (expected,)


def test_weights_out_of_range() -> None:
    core = layer(channels=(2, 2))
    core = replace(core, kernel=np.array([5, 127, -128, 128]).reshape(2, 2, 1, 1))
    assert broken(core) == (Violation("weight", "core 0 weight 3", 128, -128, 127),)


def send(*to: int, **changes: Any) -> tuple[Destination, ...]:
    return tuple(Destination(core=number, **changes) for number in to)


def test_destinations() -> None:
    targets = [layer(core) for core in (1, 2, 3)]
    assert broken(layer(destinations=send(1, 2)), *targets) == ()
    three = broken(layer(destinations=send(1, 2, 3)), *targets)
    assert three == (Violation("destinations", "core 0", 3, 0, 2),)
    assert broken(layer(destinations=send(4))) == (
        Violation("layers of the destination", "core 0 to 4", 0, 1, 1),
    )


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        (
            layer(size=(9, 9), destinations=send(1, pooling=3)),
            layer(1, size=(3, 3)),
            Violation("pooling", "core 0 to 1", 3, 1, 4, (1, 2, 4)),
        ),
        (
            layer(destinations=send(1)),
            layer(1, size=(3, 4)),
            Violation("height sent", "core 0 to 1", 4, 3, 3),
        ),
        (
            layer(destinations=send(1, pooling=2)),
            layer(1, size=(2, 4)),
            Violation("width sent", "core 0 to 1", 2, 4, 4),
        ),
        (
            layer(channels=(1, 2), destinations=send(1, channel_shift=2)),
            layer(1, channels=(3, 1)),
            Violation("channel shift", "core 0 to 1", 2, 0, 1),
        ),
        (
            layer(destinations=send(1, channel_shift=-1)),
            layer(1),
            Violation("channel shift", "core 0 to 1", -1, 0, 0),
        ),
        (
            layer(channels=(1, 2), destinations=send(1)),
            layer(1),
            Violation("channels sent", "core 0 to 1", 2, 1, 1),
        ),
    ],
)
def test_what_is_sent_fits(source: ConvolutionCore, target: ConvolutionCore, expected: Violation) -> None:
    assert broken(source, target) == (expected,)


def test_cores_used_twice_and_cycles() -> None:
    assert broken(layer(), layer()) == (Violation("layers of a core", "core 0", 2, 1, 1),)
    around = (layer(0, destinations=send(1)), layer(1, destinations=send(0)), layer(2))
    assert broken(*around) == (Violation("cores on a cycle or behind one", "configuration", 2, 0, 0),)


def test_input_and_monitored_cores() -> None:
    cores = (layer(0), layer(1), layer(2, size=(4, 5)))
    assert broken(*cores, inputs=(0, 1), monitored=(1,)) == ()
    assert broken(*cores, inputs=(0, 2)) == (Violation("input width of all input cores", "core 2", 5, 4, 4),)
    twice = Violation("times that input goes to a core", "core 1", 2, 1, 1)
    assert broken(*cores, inputs=(1, 1)) == (twice,)
    assert broken(*cores, input_cores=()) == (Violation("cores with input", "configuration", 0, 1, 3),)
    assert broken(*cores, inputs=(3,)) == (Violation("layers of an input core", "core 3", 0, 1, 1),)
    assert broken(*cores, monitored=(4,)) == (Violation("layers of a monitored core", "core 4", 0, 1, 1),)


def test_the_read_out_block() -> None:
    settings = Readout(threshold=65535, output_mode=3, low_pass_filter_disable=False)
    fits = layer(channels=(1, 57), destinations=send(12))
    assert broken(fits, readout=settings) == ()
    assert broken(fits) == (Violation("read-out settings", "core 0 to 12", 0, 1, 1),)
    wide = layer(channels=(1, 58), destinations=send(12))
    last = Violation("last channel for the read-out", "core 0 to 12", 57, 0, 56)
    assert broken(wide, readout=settings) == (last,)
    assert broken(fits, readout=replace(settings, threshold=65536, output_mode=4)) == (
        Violation("read-out threshold", "configuration", 65536, 0, 65535),
        Violation("read-out mode", "configuration", 4, 0, 3),
    )
    assert violations(chip(fits, readout=settings), revision("dynapcnn")) == (
        Violation("layers of the destination", "core 0 to 12", 0, 1, 1),
        Violation("read-out blocks", "configuration", 1, 1, 0),
    )


def test_arrays_of_two_layers() -> None:
    for core, reason in (
        (layer(bias=np.zeros(2, dtype=np.int64)), "bias"),
        (layer(initial_v=np.zeros((1, 3, 4), dtype=np.int64)), "initial"),
        (layer(input_shape=(2, 4, 4)), "channels"),
        (layer(stride=(0, 1), initial_v=np.zeros((1, 4, 4), dtype=np.int64)), "no size"),
    ):
        with pytest.raises(ValueError, match=reason):
            broken(core)


def test_no_machine_without_arithmetic() -> None:
    with pytest.raises(ValueError, match="threshold"):
        machine(chip(layer(threshold=0)))
