"""Speck configurations on disk: the same bytes again, and damaged or hostile files refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.targets.layout import DecodeError
from spikec.targets.machines.convolution import ConvolutionCore
from spikec.targets.speck.attributes import FILE, attributes, encode
from spikec.targets.speck.configuration import SpeckConfiguration
from spikec.targets.speck.files import decode
from spikec.targets.speck.limits import violations

from ..shipped import SPECKS as NAMES, revision
from ..sim import speck_networks as networks

SPECK = revision("speck2f")


def random(seed: int, name: str = "speck2f") -> SpeckConfiguration:
    """Odd seeds use the read-out block where there is one."""
    made = networks.configuration(np.random.default_rng(seed), largest=9)
    return networks.with_readout(made) if seed % 2 and revision(name).readout else made


def assert_equal(a: SpeckConfiguration, b: SpeckConfiguration) -> None:
    assert len(a.cores) == len(b.cores)
    for first, second in zip(a.cores, b.cores, strict=True):
        for field in fields(ConvolutionCore):
            mine, other = getattr(first, field.name), getattr(second, field.name)
            if isinstance(mine, np.ndarray):
                np.testing.assert_array_equal(mine, other, field.name, strict=True)
            else:
                assert mine == other, field.name
    for field in fields(SpeckConfiguration):
        if field.name != "cores":
            assert getattr(a, field.name) == getattr(b, field.name), field.name


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(12))
def test_round_trip(seed: int, name: str) -> None:
    chip = random(seed, name)
    assert violations(chip, revision(name)) == ()
    files = encode(chip, revision(name))
    found = decode(files, revision(name))
    assert_equal(chip, found)
    assert encode(found, revision(name)) == files


def test_seeds_cover_what_a_configuration_can_say() -> None:
    chips = [random(seed) for seed in range(12)]
    cores = [core for chip in chips for core in chip.cores]
    assert {len(core.destinations) for core in cores} == {0, 1, 2}
    assert any(d.channel_shift for core in cores for d in core.destinations)
    assert any(len(chip.input_cores) > 1 for chip in chips)
    assert {chip.single_spike for chip in chips} == {False, True}
    assert any(chip.readout is not None for chip in chips)
    assert any(core.stride[0] != core.stride[1] for core in cores)
    assert any(core.input_shape[1] != core.input_shape[2] for core in cores)


def test_values_are_where_the_chip_looks_for_them() -> None:
    """Horizontal first."""
    chip = random(5)
    tree = attributes(chip, revision("speck2f"))
    assert [bool(layer) for layer in tree["cnn_layers"]] == [
        any(core.core == number for core in chip.cores) for number in range(9)
    ]
    for core in chip.cores:
        layer = tree["cnn_layers"][core.core]
        f, c, y, x = (size - 1 for size in core.kernel.shape)
        assert layer["weights"][f][c][x][0] == core.kernel[f, c, 0, x]
        assert layer["weights"][0][0][0][y] == core.kernel[0, 0, y, 0]
        channels, height, width = core.neuron_shape
        assert layer["neurons_initial_value"][channels - 1][0][height - 1] == core.initial_v[-1, -1, 0]
        assert layer["dimensions"]["output_shape"] == {
            "feature_count": channels,
            "size": {"x": width, "y": height},
        }
        assert layer["dimensions"]["stride"] == {"x": core.stride[1], "y": core.stride[0]}
        assert layer["leak_enable"] == core.bias.any()
        assert "weights_kill_bit" not in layer


def test_what_only_dynapcnn_has() -> None:
    chip = random(4, "dynapcnn")
    core = chip.cores[0]
    layer = attributes(chip, revision("dynapcnn"))["cnn_layers"][core.core]
    assert layer["weights_kill_bit"] == (core.kernel.transpose(0, 1, 3, 2) == 0).tolist()
    assert layer["biases_kill_bit"] == (core.bias == 0).tolist()
    assert not np.array(layer["neurons_value_kill_bit"]).any()
    assert np.shape(layer["neurons_value_kill_bit"]) == np.shape(layer["neurons_initial_value"])


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    document = json.loads(encode(random(3), revision("speck2f"))[FILE])
    change(document)
    return (json.dumps(document, sort_keys=True, separators=(",", ":")) + "\n").encode()


def first(document: dict[str, Any]) -> dict[str, Any]:
    return next(layer for layer in document["configuration"]["cnn_layers"] if layer)


def test_an_unchanged_document_is_read() -> None:
    decode({FILE: changed(lambda d: d)}, SPECK)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d.update(format="spikec-speck/2"), "format"),
        (lambda d: d.update(target="speck"), "is for 'speck', not"),
        (lambda d: d.update(target="speck2e"), "is for 'speck2e', not"),
        (lambda d: d.update(more=1), "more"),
        (lambda d: d.update(input_cores=[]), "cores with input"),
        (lambda d: d.update(input_cores=d["input_cores"] * 2), "times that input"),
        (lambda d: d.update(single_spike=1), "single_spike"),
        (lambda d: d["configuration"]["cnn_layers"].pop(), "8 cores"),
        (lambda d: d["configuration"].pop("cnn_layers"), "cnn_layers"),
        (lambda d: d["configuration"].pop("readout"), "read-out settings"),
        (lambda d: d["configuration"]["readout"].update(threshold=-1), "read-out threshold"),
        (lambda d: d["configuration"]["readout"].update(enable=False), "not what the others make it"),
        (lambda d: d["configuration"]["dvs_layer"].update(pass_sensor_events=True), "not what the others"),
        (lambda d: first(d).clear(), "layers|cores"),
        (lambda d: first(d).update(extra=1), "not what the others make it"),
        (lambda d: first(d).update(leak_enable=not first(d)["leak_enable"]), "not what the others make it"),
        (lambda d: first(d)["biases"].append(0), "wrong shape"),
        (lambda d: first(d)["biases"].__setitem__(0, 128), "128, not in -128 .. 127"),
        (lambda d: first(d)["biases"].__setitem__(0, 1 << 70), "biases"),
        (lambda d: first(d)["weights"][0][0][0].__setitem__(0, 128), "weights"),
        (lambda d: first(d)["weights"][0][0][0].append(1), "several lengths"),
        (lambda d: first(d).update(weights=[[[]]]), "empty list"),
        (lambda d: first(d).update(weights=[]), "empty list"),
        (lambda d: first(d).update(neurons_initial_value=[[[0]]]), "wrong shape"),
        (lambda d: first(d).update(threshold_high=0), "0, not in 1 .. 32767"),
        (lambda d: first(d)["dimensions"].update(kernel_size=16), "not what the others make it"),
        (lambda d: first(d)["dimensions"]["stride"].update(x=0), "no size"),
        (lambda d: first(d)["dimensions"]["padding"].update(x=-1), "padding"),
        (lambda d: first(d)["dimensions"]["input_shape"].update(feature_count=1 << 40), "feature_count"),
        (lambda d: first(d)["dimensions"]["input_shape"]["size"].update(z=1), "z"),
        (lambda d: first(d)["destinations"].append(first(d)["destinations"][0]), "not what|not in"),
        (lambda d: first(d)["destinations"][1].update(enable=True, layer=77), "layers of the destination"),
        (lambda d: first(d)["destinations"].reverse(), "not what the others make it"),
    ],
)
def test_other_documents_are_refused(change: Callable[[dict[str, Any]], object], reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        decode({FILE: changed(change)}, SPECK)


@pytest.mark.parametrize("text", [b"", b"\xff", b"[" * 100000, b"null", b'{"format":"spikec-speck/1"}'])
def test_other_bytes_are_refused(text: bytes) -> None:
    with pytest.raises(DecodeError):
        decode({FILE: text}, SPECK)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 7), st.integers(0, 2**63 - 1))
def test_damaged_bytes_are_refused_or_say_something_else(seed: int, damage: int) -> None:
    """Whatever is read can be written again, byte for byte: no part of a file is passed over."""
    how = np.random.default_rng(damage)
    text = bytearray(encode(random(seed), revision("speck2f"))[FILE])
    for _ in range(how.integers(1, 4)):
        at = int(how.integers(len(text)))
        if how.integers(2):
            text[at] = int(how.choice(list(b'0123456789-,:{}[]"tfn ')))
        else:
            del text[at : at + int(how.choice([1, 2, 40]))]
    try:
        found = decode({FILE: bytes(text)}, SPECK)
    except DecodeError:
        return
    assert encode(found, SPECK)[FILE] == text


def test_missing_large_and_reformatted_files_are_refused() -> None:
    with pytest.raises(DecodeError, match="missing"):
        decode({}, SPECK)
    with pytest.raises(DecodeError, match="at most"):
        decode({FILE: b" " * ((1 << 26) + 1)}, SPECK)
    files = encode(random(3), revision("speck2f"))
    for name in files:
        with pytest.raises(DecodeError, match="laid out") as caught:
            decode({**files, name: files[name] + b"\n"}, SPECK)
        assert caught.value.image == name
