"""Xylo configurations on disk: the same bytes again, and damaged or hostile files refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from spikec.targets.layout import DecodeError
from spikec.targets.xylo.attributes import FILE, attributes, encode
from spikec.targets.xylo.configuration import XyloConfiguration
from spikec.targets.xylo.files import decode

from ..shipped import XYLOS as NAMES, revision
from ..sim import xylo_networks as networks

AUDIO2 = revision("xylo_audio2")


def random(seed: int, name: str) -> XyloConfiguration:
    """One that fits every revision: few neurons, and one synapse where the chip has one."""
    chip = networks.configuration(np.random.default_rng(seed), largest=20)
    if revision(name).capacity.synapses == 2 or chip.n_synapses == 1:
        return chip
    return replace(
        chip,
        weights_in=chip.weights_in[:, :, :1],
        weights_rec=chip.weights_rec[:, :, :1],
        hidden={**chip.hidden, "dash_syn2": np.zeros(chip.n_hidden, dtype=np.int64)},
    )


def assert_equal(a: XyloConfiguration, b: XyloConfiguration) -> None:
    for field in fields(XyloConfiguration):
        first, second = getattr(a, field.name), getattr(b, field.name)
        if not isinstance(first, dict):
            first, second = {"": first}, {"": second}
        assert sorted(first) == sorted(second)
        for key in first:
            np.testing.assert_array_equal(first[key], second[key], f"{field.name} {key}", strict=True)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(12))
def test_round_trip(seed: int, name: str) -> None:
    chip = random(seed, name)
    files = encode(chip, revision(name))
    found = decode(files, revision(name))
    used = np.flatnonzero(chip.weights_out.any(axis=1))
    kept = chip.weights_out[int(used[0]) if used.size else -1 :]
    assert_equal(replace(chip, weights_out=kept), found)
    assert encode(found, revision(name)) == files


@pytest.mark.parametrize("name", NAMES)
def test_the_readout_has_a_row_for_each_neuron_that_could_reach_it(name: str) -> None:
    """As the vendor's mapper writes it: readers of Audio 2 take row k for hidden neuron k."""
    chip, most = random(0, name), revision(name).capacity.output_expansion
    few = replace(chip, weights_out=np.full((2, chip.n_outputs), 3, dtype=np.int8))
    rows = json.loads(encode(few, revision(name))[FILE])["configuration"]["readout"]["weights"]
    assert len(rows) == min(chip.n_hidden, most)
    assert rows[-2:] == few.weights_out.tolist()
    assert not np.any(rows[:-2])
    assert_equal(decode(encode(few, revision(name)), revision(name)), few)


def test_attributes_have_the_vendors_names_and_places() -> None:
    chip = networks.configuration(np.random.default_rng(4), largest=5)
    assert chip.n_synapses == 2
    base = {"bias_enable", "input", "operation_mode", "readout", "synapse2_enable"}
    audio2 = attributes(chip, revision("xylo_audio2"))
    assert set(audio2) == base | {"reservoir", "debug"}
    audio3 = attributes(chip, revision("xylo_audio3"))
    assert set(audio3) == base | {"hidden", "input_source"}
    assert set(audio3["hidden"]) == {"aliasing", "weight_bit_shift", "weights", "syn2_weights", "neurons"}
    neuron = {"alias_target", "i_syn_decay", "i_syn2_decay", "v_mem_decay", "threshold", "v_mem_bias"}
    assert set(audio3["hidden"]["neurons"][0]) == neuron
    assert set(audio3["readout"]["neurons"][0]) == neuron - {"alias_target", "i_syn2_decay"}
    imu = attributes(random(4, "xylo_imu"), revision("xylo_imu"))
    assert set(imu) == base - {"synapse2_enable"} | {"hidden", "debug", "imu_if_input_enable"}
    assert set(imu["hidden"]["neurons"][0]) == neuron - {"i_syn2_decay"}
    assert set(imu["input"]) == {"weight_bit_shift", "weights"}


def test_values_are_where_the_chip_looks_for_them() -> None:
    chip = networks.configuration(np.random.default_rng(3), largest=12)
    tree = attributes(chip, revision("xylo_audio2"))
    pre, post, _ = np.argwhere(chip.weights_rec)[0]
    assert tree["reservoir"]["weights"][pre][post] == chip.weights_rec[pre, post, 0]
    assert tree["readout"]["neurons"][0]["v_mem_bias"] == chip.output["bias"][0]
    assert tree["reservoir"]["neurons"][-1]["i_syn_decay"] == chip.hidden["dash_syn"][-1]


def with_tree(change: Callable[[dict[str, Any]], object]) -> bytes:
    document = json.loads(encode(random(3, "xylo_audio2"), revision("xylo_audio2"))[FILE])
    change(document)
    return (json.dumps(document, sort_keys=True, separators=(",", ":")) + "\n").encode()


def tree(document: dict[str, Any]) -> dict[str, Any]:
    return document["configuration"]


def test_an_unchanged_document_is_read() -> None:
    decode({FILE: with_tree(lambda d: d)}, AUDIO2)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d.update(format="spikec-xylo/2"), "format"),
        (lambda d: d.update(target="xylo"), "is for 'xylo', not"),
        (lambda d: d.update(more=1), "more"),
        (lambda d: tree(d).pop("reservoir"), "reservoir"),
        (lambda d: tree(d).update(hidden=tree(d).pop("reservoir")), "reservoir"),
        (lambda d: tree(d).update(operation_mode="x"), "not what the others make it"),
        (lambda d: tree(d)["debug"].update(isyn_clock_enable=False), "not what the others make it"),
        (lambda d: tree(d).update(bias_enable=not tree(d)["bias_enable"]), "not what the others make it"),
        (lambda d: tree(d)["input"]["weights"][0].append(1), "several lengths"),
        (lambda d: tree(d)["input"].update(weights=[]), "no rows"),
        (lambda d: tree(d)["input"]["weights"][0].__setitem__(0, 128), "128|127"),
        (lambda d: tree(d)["input"]["weights"][0].__setitem__(0, 1.5), "weights"),
        (lambda d: tree(d)["input"].update(weight_bit_shift=8), "8, not in 0 .. 7"),
        (lambda d: tree(d)["reservoir"]["neurons"].pop(), "shape"),
        (lambda d: tree(d)["reservoir"]["neurons"][0].update(threshold=0), "0, not in 1 .. 32767"),
        (lambda d: tree(d)["reservoir"]["neurons"][0].update(threshold=1 << 70), "neurons"),
        (lambda d: tree(d)["reservoir"]["neurons"][0].update(alias_target=9999), "alias target"),
        (lambda d: tree(d)["reservoir"]["neurons"][0].update(alias_target=-1), "not what the others make it"),
        (lambda d: tree(d)["readout"]["neurons"].append(None), "neurons"),
    ],
)
def test_other_documents_are_refused(change: Callable[[dict[str, Any]], object], reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        decode({FILE: with_tree(change)}, AUDIO2)


@pytest.mark.parametrize("text", [b"", b"\xff", b"[" * 100000, b"null", b'{"format":"spikec-xylo/1"}'])
def test_other_bytes_are_refused(text: bytes) -> None:
    with pytest.raises(DecodeError):
        decode({FILE: text}, AUDIO2)


def test_missing_large_and_reformatted_files_are_refused() -> None:
    with pytest.raises(DecodeError, match="missing"):
        decode({}, AUDIO2)
    with pytest.raises(DecodeError, match="at most"):
        decode({FILE: b" " * ((1 << 26) + 1)}, AUDIO2)
    files = encode(random(3, "xylo_audio2"), revision("xylo_audio2"))
    for name in files:
        with pytest.raises(DecodeError, match="laid out") as caught:
            decode({**files, name: files[name] + b"\n"}, AUDIO2)
        assert caught.value.image == name
