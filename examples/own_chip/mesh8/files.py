"""The configuration as a file: lists of words for each core, written and read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import numpy as np
from spikec.targets.documents import named, parsed, text_of
from spikec.targets.layout import DecodeError, Field, WordType, pack, unpack
from spikec.targets.machines.exports import one_each
from spikec.targets.machines.synapse_list import Machine

if TYPE_CHECKING:
    from .chip import Mesh

FILE, FORMAT, MOST_BYTES = "mesh8.json", "mesh8/1", 1 << 26
NEURON = WordType(
    "neuron", (Field("leak", 5), Field("threshold", 15), Field("bias", 16, True), Field("initial", 16, True))
)
AXON = WordType("axon", (Field("source", 20), Field("from_host", 1)))
SYNAPSE = WordType(
    "synapse", (Field("axon", 6), Field("neuron", 5), Field("weight", 8, True), Field("delay", 3))
)
REGISTERS = tuple(field.name for field in NEURON.fields)
SLOTS = 32  # neurons are numbered through all cores, so many each

Word = Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)]


class CoreWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """site: number on the mesh. axons: where the spikes of each one come from."""

    site: Annotated[int, msgspec.Meta(ge=0, lt=64)]
    neurons: list[Word]
    axons: list[Word]
    synapses: list[Word]


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """inputs: elements that the host drives. outputs: the neuron behind each line that it reads."""

    format: Literal["mesh8/1"]
    target: str
    inputs: Annotated[int, msgspec.Meta(ge=0, le=1 << 20)]
    outputs: list[Word]
    cores: list[CoreWords]


def encode(machine: Machine, chip: Mesh) -> dict[str, bytes]:
    """File name -> bytes; `machine.core` is the site of each neuron."""
    address = machine.core * SLOTS + machine.slot
    cores = [_core_words(machine, address, site) for site in np.unique(machine.core).tolist()]
    outputs = address[machine.exports.neuron].tolist()
    document = Document("mesh8/1", chip.name, machine.n_inputs, outputs, cores)
    return {FILE: (json.dumps(msgspec.to_builtins(document), separators=(",", ":")) + "\n").encode()}


def _core_words(machine: Machine, address: np.ndarray, site: int) -> CoreWords:
    own, here = machine.core == site, machine.core[machine.syn_post] == site
    sources, axon = np.unique(machine.syn_source[here], return_inverse=True)
    outer = sources >= machine.n_neurons
    number = np.concatenate([address, np.arange(machine.n_inputs)])[sources]
    columns = {
        "axon": axon,
        "neuron": machine.slot[machine.syn_post[here]],
        "weight": machine.syn_weight[here],
    }
    synapses = pack(SYNAPSE, {**columns, "delay": machine.syn_delay[here]})
    return CoreWords(
        site=site,
        neurons=pack(NEURON, {name: machine.params[name][own] for name in REGISTERS}).tolist(),
        axons=pack(AXON, {"source": number, "from_host": outer.astype(np.int64)}).tolist(),
        synapses=np.sort(synapses).tolist(),
    )


def decode(files: Mapping[str, bytes], chip: Mesh) -> Machine:
    """Raises DecodeError for what `encode` does not write, and for what the chip cannot hold."""
    document = parsed(text_of(files, FILE, MOST_BYTES), FILE, FORMAT, Document)
    named(document.target, chip.name, FILE)
    sites = [core.site for core in document.cores]
    _require(sites == sorted({*sites} & {*range(chip.cores)}), "cores that the mesh has, in order")
    size = np.zeros(chip.cores, dtype=np.int64)
    size[sites] = [len(core.neurons) for core in document.cores]
    _require(int(size.max(initial=0)) <= chip.core.neurons, "as many neurons as a core has")
    core = np.repeat(np.arange(chip.cores), size)
    slot = np.arange(core.size) - (np.cumsum(size) - size)[core]
    number = np.full(chip.cores * SLOTS, -1, dtype=np.int64)
    number[core * SLOTS + slot] = np.arange(core.size)
    words = [unpack(NEURON, _words(each.neurons), f"{FILE} core {each.site}") for each in document.cores]
    parts = [_synapses(each, number, core.size, document.inputs, chip) for each in document.cores]
    source, post, weight, delay, axon = np.concatenate([np.zeros((5, 0), dtype=np.int64), *parts], axis=1)
    outputs = _known(number, _words(document.outputs).astype(np.int64))
    return Machine(
        n_inputs=document.inputs,
        core=core,
        slot=slot,
        params={n: np.concatenate([np.zeros(0, dtype=np.int64), *(w[n] for w in words)]) for n in REGISTERS},
        syn_source=source,
        syn_post=post,
        syn_weight=weight,
        syn_delay=delay,
        syn_axon=axon,
        exports=one_each(outputs, np.zeros(outputs.size, dtype=np.bool_)),
    )


def _synapses(core: CoreWords, number: np.ndarray, n: int, inputs: int, chip: Mesh) -> np.ndarray:
    """(5, K) source, neuron, weight, delay, axon. number: neuron at each address, -1 for none."""
    place, limits = f"{FILE} core {core.site}", chip.core
    axons, s = unpack(AXON, _words(core.axons), place), unpack(SYNAPSE, _words(core.synapses), place)
    outer = axons["from_host"] == 1
    _require(bool((axons["source"][outer] < inputs).all()), "input elements that there are")
    source = n + axons["source"]
    source[~outer] = _known(number, axons["source"][~outer])
    _require(source.size <= limits.axons and bool((s["axon"] < source.size).all()), "axons that the core has")
    low, high = limits.weight
    _require(bool(((low <= s["weight"]) & (s["weight"] <= high)).all()), "weights that the chip has")
    _require(bool((s["delay"] <= limits.max_delay).all()), "delays that the chip has")
    post = _known(number, core.site * SLOTS + s["neuron"])
    return np.stack([source[s["axon"]], post, s["weight"], s["delay"], s["axon"]])


def _known(number: np.ndarray, address: np.ndarray) -> np.ndarray:
    _require(
        bool((address < number.size).all()) and bool((number[address] >= 0).all()), "neurons that there are"
    )
    return number[address]


def _words(listed: list[int]) -> np.ndarray:
    return np.array(listed, dtype=np.uint64)


def _require(holds: bool, wanted: str) -> None:
    if not holds:
        raise DecodeError(FILE, -1, f"it does not name {wanted}")
