"""A configuration file of lists of words, core by core: written from a machine and read back into one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np

from ..documents import named, parsed, text_of
from ..layout import DecodeError, WordType, pack, unpack
from ..machines.exports import one_each
from ..machines.synapse_list import Machine
from ..machines.synapse_rows import as_rows
from ..register_map import RegisterMap, of_word_type, values_of
from .chip import MeshRecord

MOST_BYTES = 1 << 26
Word = Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)]


class CoreWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """site: number on the mesh. axons: where the spikes of each one come from."""

    site: Annotated[int, msgspec.Meta(ge=0, lt=1 << 20)]
    neurons: list[Word]
    axons: list[Word]
    synapses: list[Word]


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """inputs: elements that the host drives. outputs: the neuron behind each line that it reads."""

    format: str
    target: str
    inputs: Annotated[int, msgspec.Meta(ge=0, le=1 << 20)]
    outputs: list[Word]
    cores: list[CoreWords]


@dataclass(frozen=True, kw_only=True)
class WordLists:
    """The words of a chip, and the file that lists them. The address of a neuron is its site on the mesh times the
    neurons that a synapse word can number, plus its number on the core.

    file, format: names of the file and of its format. neuron: its fields are the registers of a neuron. axon: has the
    fields `source`, an address or the number of an input element, and `from_host`, 1 for the latter. synapse: has the
    fields `axon`, `neuron`, `weight` and `delay`."""

    file: str
    format: str
    neuron: WordType
    axon: WordType
    synapse: WordType

    @property
    def registers(self) -> tuple[str, ...]:
        """Names of the registers of a neuron."""
        return tuple(field.name for field in self.neuron.fields)

    @property
    def slots(self) -> int:
        """Neurons of a core that a synapse word can number."""
        return next(field.high + 1 for field in self.synapse.fields if field.name == "neuron")

    def register_map(self, chip: MeshRecord) -> RegisterMap:
        """List the words bit by bit, and the ranges of the chip."""
        return RegisterMap(
            target=chip.name,
            title=chip.title,
            remark="Words are numbers in lists, core by core.",
            document=self.file,
            words=tuple(of_word_type(kind, self.file) for kind in (self.neuron, self.axon, self.synapse)),
            registers=(),
            values=tuple(values_of(chip)),
        )

    def encode(self, machine: Machine, chip: MeshRecord) -> dict[str, bytes]:
        """Write a machine whose `core` is the site of each neuron: file name -> bytes."""
        address = machine.core * self.slots + machine.slot
        cores = [self._core_words(machine, address, site) for site in np.unique(machine.core).tolist()]
        outputs = address[machine.exports.neuron].tolist()
        document = Document(self.format, chip.name, machine.n_inputs, outputs, cores)
        text = json.dumps(msgspec.to_builtins(document), separators=(",", ":"))
        return {self.file: f"{text}\n".encode()}

    def decode(self, files: Mapping[str, bytes], chip: MeshRecord) -> Machine:
        """Read a machine. Raises DecodeError for what `encode` does not write, and for what the chip cannot hold."""
        document = parsed(text_of(files, self.file, MOST_BYTES), self.file, self.format, Document)
        self._require(document.format == self.format, f"the format {self.format}")
        named(document.target, chip.name, self.file)
        sites = [core.site for core in document.cores]
        self._require(sites == sorted({*sites} & {*range(chip.cores)}), "cores that the mesh has, in order")
        size = np.zeros(chip.cores, dtype=np.int64)
        size[sites] = [len(core.neurons) for core in document.cores]
        self._require(int(size.max(initial=0)) <= chip.core.neurons, "as many neurons as a core has")
        core = np.repeat(np.arange(chip.cores), size)
        slot = np.arange(core.size) - (np.cumsum(size) - size)[core]
        number = np.full(chip.cores * self.slots, -1, dtype=np.int64)
        number[core * self.slots + slot] = np.arange(core.size)
        words = [
            unpack(self.neuron, _words(each.neurons), f"{self.file} core {each.site}")
            for each in document.cores
        ]
        parts = [self._synapses(each, number, core.size, document.inputs, chip) for each in document.cores]
        source, post, weight, delay, axon = np.concatenate([np.zeros((5, 0), dtype=np.int64), *parts], axis=1)
        outputs = self._known(number, _words(document.outputs).astype(np.int64))
        return Machine(
            n_inputs=document.inputs,
            core=core,
            slot=slot,
            params={
                name: np.concatenate([np.zeros(0, dtype=np.int64), *(w[name] for w in words)])
                for name in self.registers
            },
            synapses=as_rows(source, post, weight, delay, axon),
            exports=one_each(outputs, np.zeros(outputs.size, dtype=np.bool_)),
        )

    def _core_words(self, machine: Machine, address: np.ndarray, site: int) -> CoreWords:
        synapses = machine.synapses.flat()
        own, here = machine.core == site, machine.core[synapses.post] == site
        sources, axon = np.unique(synapses.source[here], return_inverse=True)
        outer = sources >= machine.n_neurons
        number = np.concatenate([address, np.arange(machine.n_inputs)])[sources]
        columns = {
            "axon": axon,
            "neuron": machine.slot[synapses.post[here]],
            "weight": synapses.weight[here],
            "delay": synapses.delay[here],
        }
        return CoreWords(
            site=site,
            neurons=pack(self.neuron, {name: machine.params[name][own] for name in self.registers}).tolist(),
            axons=pack(self.axon, {"source": number, "from_host": outer.astype(np.int64)}).tolist(),
            synapses=np.sort(pack(self.synapse, columns)).tolist(),
        )

    def _synapses(
        self, core: CoreWords, number: np.ndarray, n: int, inputs: int, chip: MeshRecord
    ) -> np.ndarray:
        """(5, K) source, neuron, weight, delay, axon. number: neuron at each address, -1 for none."""
        place, limits = f"{self.file} core {core.site}", chip.core
        axons = unpack(self.axon, _words(core.axons), place)
        s = unpack(self.synapse, _words(core.synapses), place)
        outer = axons["from_host"] == 1
        self._require(bool((axons["source"][outer] < inputs).all()), "input elements that there are")
        source = n + axons["source"]
        source[~outer] = self._known(number, axons["source"][~outer])
        heard = source.size <= limits.axons and bool((s["axon"] < source.size).all())
        self._require(heard, "axons that the core has")
        low, high = limits.weight
        self._require(bool(((low <= s["weight"]) & (s["weight"] <= high)).all()), "weights that the chip has")
        self._require(bool((s["delay"] <= limits.max_delay).all()), "delays that the chip has")
        post = self._known(number, core.site * self.slots + s["neuron"])
        return np.stack([source[s["axon"]], post, s["weight"], s["delay"], s["axon"]])

    def _known(self, number: np.ndarray, address: np.ndarray) -> np.ndarray:
        self._require(
            bool((address < number.size).all()) and bool((number[address] >= 0).all()),
            "neurons that there are",
        )
        return number[address]

    def _require(self, holds: bool, wanted: str) -> None:
        if not holds:
            raise DecodeError(self.file, -1, f"it does not name {wanted}")


def _words(listed: list[int]) -> np.ndarray:
    return np.array(listed, dtype=np.uint64)
