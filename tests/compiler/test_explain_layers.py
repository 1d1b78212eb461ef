"""What is said of layers that have no cores."""

from __future__ import annotations

from spikec.compiler.backends.speck.assign_layers import Conflict, assign_layers
from spikec.compiler.backends.speck.explain_layers import Facts, explain_conflict
from spikec.targets.machines.convolution import ConvolutionCore

from .test_assign_layers import layer, speck_room

NAMES = {number: f"conv{number}" for number in range(10)}


def said(*layers: ConvolutionCore) -> tuple[str, Facts]:
    room = speck_room(layers)
    found = assign_layers(layers, room, 2)
    assert isinstance(found, Conflict)
    return explain_conflict(found, layers, room, 2, NAMES)


def test_a_layer_too_large_for_all_cores() -> None:
    message, facts = said(layer(0), layer(1, (1, 100), 64, 1))
    assert message == "conv1 has 100 output channels, and all 9 cores together hold 80 of them"
    assert facts == (("conv1", "100 output channels; cores 0-2 hold 16, cores 3-4 hold 8, cores 5-8 hold 4"),)


def test_too_few_destinations() -> None:
    message, facts = said(layer(0, (1, 1), 64, 1, 1, 77), layer(1, (1, 17), 64, 1))
    assert message == "conv0, conv1 need more than the 2 destinations of a core"
    assert facts == (
        ("conv0", "1 output channels; cores 0-8 hold 1; sends to conv1 (at least 2 cores), 1 outside"),
        ("conv1", "17 output channels; cores 0-2 hold 16, cores 3-4 hold 8, cores 5-8 hold 4"),
    )


def test_too_few_cores() -> None:
    message, facts = said(*(layer(k, (1, 16), 64) for k in range(6)))
    assert message == "conv0, conv1, conv2, conv3, conv4, conv5 do not fit 9 cores together"
    assert facts[5] == ("conv5", "16 output channels; cores 0-2 hold 16, cores 3-4 hold 8, cores 5-8 hold 4")
    message, facts = said(*(layer(k) for k in range(10)))
    assert message.endswith("conv9 do not fit 9 cores together: they take at least 10")
    assert facts[0] == ("conv0", "1 output channels; cores 0-8 hold 1")


def test_a_layer_that_may_not_be_divided() -> None:
    message, _ = said(layer(0, (1, 17), 64, 1, 77))
    assert message == (
        "conv0 has 17 output channels, of which a core holds 16, and is not divided, since it sends to more than"
        " cores"
    )
    message, _ = said(layer(0, (1, 1), 4, 1, 77, 78, 79))
    assert message == "conv0 needs more than the 2 destinations of a core"


def test_no_time() -> None:
    layers = [layer(0)]
    room = speck_room(layers)
    found = assign_layers(layers, room, 2, max_deterministic_seconds=0.0)
    assert found == Conflict(layers=(0,), reason="undecided")
    message, _ = explain_conflict(found, layers, room, 2, NAMES)
    assert message == "whether conv0 fits 9 cores was not decided in time"
