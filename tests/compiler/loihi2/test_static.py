"""The static verdict of Loihi 2: right files are the network, and every kind of wrong number is found where it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from spikec.compiler.backends.loihi2.backend import Loihi2Backend
from spikec.compiler.ir.stages import Emitted, Prepared, StaticVerdict
from spikec.compiler.options import Options
from spikec.compiler.prepare import prepare, read_front
from spikec.sim.nir.file import from_nir
from spikec.targets.loihi2.content import Connection, Content
from spikec.targets.loihi2.files import encode

from .nets import CHIP, READING, content_of_files, several_kinds

BACKEND = Loihi2Backend()


@cache
def emitted() -> tuple[Prepared, Emitted, Content]:
    options = Options(target="loihi2", **READING)
    raw = from_nir(several_kinds(3))[0]
    prepared = prepare(read_front(raw, options, CHIP), options, CHIP, None)
    network = prepared.quantized.network
    placed = BACKEND.place(network, CHIP, options, {}, None)
    made = BACKEND.emit(network, placed.placement, CHIP)
    return prepared, made, content_of_files(made.files)


def first(content: Content, **changes: object) -> Content:
    head, *others = content.neurons
    return replace(content, neurons=(replace(head, **changes), *others))


def synapses(content: Content, change: Callable[[Connection], Connection]) -> Content:
    head, *others = content.connections
    return replace(content, connections=(change(head), *others))


def weight(c: Connection) -> Connection:
    changed = c.synapses.weight.astype(np.int16)
    changed[0] += 2 if changed[0] < 200 else -2
    return replace(c, synapses=replace(c.synapses, weight=changed))


def delay(c: Connection) -> Connection:
    changed = c.synapses.delay.copy()
    changed[0] += 1
    return replace(c, synapses=replace(c.synapses, delay=changed))


WRONG: dict[str, Callable[[Content], Content]] = {
    "du": lambda c: first(c, du=c.neurons[0].du + 1),
    "dv": lambda c: first(c, dv=c.neurons[0].dv + 1),
    "vth": lambda c: first(c, vth=c.neurons[0].vth - 1),
    "bias_mant": lambda c: first(c, bias_mant=c.neurons[0].bias_mant + 1),
    "weight": lambda c: synapses(c, weight),
    "delay": lambda c: synapses(c, delay),
    "synapse": lambda c: replace(c, connections=c.connections[1:]),
}


def verdict(content: Content) -> StaticVerdict:
    prepared, made, _ = emitted()
    loaded = BACKEND.read_files(CHIP, encode(content, CHIP))
    return BACKEND.verify_words(prepared.quantized.network, CHIP, loaded, made.symbols)


def test_right_files_are_the_network() -> None:
    found = verdict(emitted()[2])
    assert found.identical, found.findings


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_number_is_found(what: str) -> None:
    found = verdict(WRONG[what](emitted()[2]))
    assert not found.identical
    assert what in found.findings[0]
    assert "process" in found.findings[0]
