"""Every limit of a PAICORE 2.5 chip, broken once: named, with the place and the numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from spikec.targets import load
from spikec.targets.paicore25.configuration import InputMap, OutputLine, PaicoreConfiguration, Vector
from spikec.targets.paicore25.limits import violations
from spikec.targets.paicore25.memory import completed
from spikec.targets.paicore25.model import PaicoreChip

from .paicore_nets import configuration, with_core

LOADED = load("paicore25")
assert isinstance(LOADED, PaicoreChip)
CHIP: PaicoreChip = LOADED
C = configuration()
ROUTE = {"x": C.cores[0].records["x"]}


def found(c: PaicoreConfiguration, chip: PaicoreChip = CHIP) -> dict[str, tuple[str, int]]:
    return {v.what: (v.place, v.found) for v in violations(c, chip)}


def test_the_whole_configuration_breaks_none() -> None:
    assert violations(C, CHIP) == ()


@pytest.mark.parametrize(
    ("core", "changed", "what", "place", "number"),
    [
        (1, {"y": 1}, "y", "core 3, 1", 1),
        (1, {"x": 9}, "x", "core 9, 3", 9),
        (1, {"lcn": 8}, "lcn", "core 3, 3", 8),
        (1, {"busy_cycle": 1}, "busy_cycle", "core 3, 3", 1),
        (1, {"csc_accelerate": 1}, "csc_accelerate", "core 3, 3", 1),
        (1, {"tick_duration": 5}, "tick_duration", "core 3, 3", 5),
        (1, {"tick_start": 0}, "tick_start", "core 3, 3", 0),
        (1, {"max_pooling": 1, "add_potential": 1}, "max_pooling together with add_potential", "core 3, 3", 1),
        (1, {"snn_ann": 1}, "entries of the table", "core 3, 3", 0),
        (1, {"neuron_number": 4}, "neuron_number", "core 3, 3", 4),
        (1, {"thread_number": 3}, "threads", "chip", 2),
        (2, {"global_receive": 0}, "signals from the root", "core 3, 4", 0),
        (1, {"thr_pos": -(1 << 31) - 1}, "thr_pos", "core 3, 3 record 0", -(1 << 31) - 1),
        (0, {"thr_neg": 100}, "thr_pos less thr_neg", "core 2, 3 record 0", -40),
        (0, {"reset_mode": 3}, "reset_mode", "core 2, 3 record 0", 3),
        (0, {"fold_range_x": 3}, "neurons beyond a fold's ranges", "core 2, 3 fold 0", 4),
        (0, {"fold_skew_x": 400}, "highest bit that a weight meets", "core 2, 3", 0),
        (0, {"weight_skew": -1}, "lowest bit that a weight meets", "core 2, 3 record 0", -1),
        (0, {"weight_end": 900}, "weight_end off by", "core 2, 3 record 0", 893),
        (1, {"weight_skew": -1}, "weight_skew of weights with addresses", "core 3, 3 record 4", -1),
        (1, {"vector": 9}, "weight vector", "core 3, 3 record 0", 9),
        (2, {"copy_x": 1}, "positions without a core", "core 3, 4 route 0, -3, -4, 0, 1, 0", 1),
        (2, {"copy_z": -4}, "positions beside the board", "core 3, 4 route 0, -3, -4, -4, 0, 0", 9),
    ],
)  # fmt: skip
def test_a_core_is_named(core: int, changed: dict[str, int], what: str, place: str, number: int) -> None:
    where = {name: changed.pop(name) for name in ("x", "y") if core == 1 and name in changed}
    c = with_core(C, core, **changed)
    if where:
        moved = replace(c.cores[core], **where)
        c = replace(c, cores=(*c.cores[:core], moved, *c.cores[core + 1 :]))
    broken = found(c)
    assert what in broken, broken
    if number:
        assert broken[what] == (place, number)


def test_memory_is_counted() -> None:
    small = replace_core_rows(CHIP, 12)
    assert found(C, small)["memory rows"] == ("core 3, 3", 18)


def replace_core_rows(chip: PaicoreChip, rows: int) -> PaicoreChip:
    import msgspec

    return msgspec.structs.replace(chip, core=msgspec.structs.replace(chip.core, rows=rows))


def test_weights_have_their_width() -> None:
    core = C.cores[2]
    wide = completed(replace(core, vectors=(Vector(core.vectors[0].weights + 200), *core.vectors[1:])))
    assert found(replace(C, cores=(*C.cores[:2], wide)))["weight"][0].startswith("core 3, 4 vector 0")


def test_a_vector_that_nobody_reads_is_found() -> None:
    core = C.cores[2]
    more = completed(replace(core, vectors=(*core.vectors, Vector(np.ones(3, dtype=np.int64)))))
    broken = found(replace(C, cores=(*C.cores[:2], more)))
    assert broken["weight vectors that no record reads"] == ("core 3, 4", 1)


@pytest.mark.parametrize(
    ("core", "changed", "what", "number"),
    [
        (1, {"lcn": 1}, "lcn of the receiver", 1),
        (1, {"tick_start": 1}, "steps until it is read, at least", 0),
        (2, {"tick_start": 300}, "steps until it is read, at most", 298),
        (1, {"output_type": 1}, "potentials sent to a core that adds none", 1),
        (1, {"zero_output": 1, "axon": 3}, "input elements with several senders", 4),
    ],
)
def test_what_cores_send_is_looked_at(core: int, changed: dict[str, int], what: str, number: int) -> None:
    assert found(with_core(C, core, **changed))[what][1] == number


def test_wide_inputs_are_written_as_a_whole() -> None:
    broken = found(with_core(C, 2, input_width=2))
    assert "bits beside an input element" in broken


def inputs(**changed: object) -> PaicoreConfiguration:
    return replace(C, inputs=(InputMap(**{**C.inputs[0]._asdict(), **changed}),))


@pytest.mark.parametrize(
    ("changed", "what", "number"),
    [
        ({"x": 4}, "positions without a core", 1),
        ({"first": 1}, "first input element", 1),
        ({"address": np.arange(19)}, "addresses", 19),
        ({"address": np.arange(20) + 512 * 300}, "steps ahead", 300),
        ({"copy_x": -9}, "positions beside the board", 14),
    ],
)
def test_what_the_host_sends_is_looked_at(changed: dict[str, object], what: str, number: int) -> None:
    assert found(inputs(**changed))[what][1] == number


def outputs(line: OutputLine) -> PaicoreConfiguration:
    return replace(C, outputs=(line, *C.outputs[1:]))


@pytest.mark.parametrize(
    ("changed", "what", "number"),
    [
        ({"core": 3}, "core", 3),
        ({"record": 3}, "record", 3),
        ({"record": 1}, "records listed twice", 1),
        ({"potential": False}, "potentials", 0),
        ({"address": np.array([8])}, "address off by", 8),
        ({"address": np.array([0, 8])}, "neurons", 2),
        ({"core": 0, "record": 0, "potential": False}, "records that the host does not hear", 1),
    ],
)
def test_what_the_host_sees_is_looked_at(changed: dict[str, object], what: str, number: int) -> None:
    line = OutputLine(**{**C.outputs[0]._asdict(), **changed})
    assert found(outputs(line))[what][1] == number


def test_arrays_of_no_chip_are_refused() -> None:
    core = C.cores[0]
    bad = {
        "records": replace(core, records=np.zeros(1)),
        "registers": replace(core, registers={}),
        "potentials of folded": replace(core, fold_v=(np.zeros(2, dtype=np.int64),)),
        "weight vector": replace(core, vectors=(Vector(np.zeros(4), np.zeros(3)),)),
    }
    for message, made in bad.items():
        with pytest.raises(ValueError, match=message):
            violations(replace(C, cores=(made, *C.cores[1:])), CHIP)
