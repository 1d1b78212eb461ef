"""Encodes the content of Loihi 1 cores as words, and decodes words into the machine that they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..configuration import Configuration
from ..layout import DecodeError, WordType, pack, require_range, unpack
from ..machines.exports import one_each
from ..machines.synapse_list import Machine
from ..machines.synapse_rows import SynapseRows, narrow, narrowest
from ..native.threads import each
from . import words as w
from .content import (
    COMPARTMENT_REGISTERS,
    CORE_REGISTERS,
    NO_READS,
    Content,
    CoreContent,
    InputRoutes,
    OutputReads,
)
from .files import bundle_files, read_files
from .neuron import effective_weight
from .synapse_memory import decode_synapses, encode_synapses

__all__ = [
    "Content",
    "CoreContent",
    "DecodeError",
    "InputRoutes",
    "OutputReads",
    "bundle_files",
    "decode",
    "encode",
    "machine",
    "read_files",
    "undriven",
]

PROFILE_REGISTERS = ("decayU", "decayV", "refractDelay")


def encode(
    cores: Sequence[CoreContent],
    n_inputs: int,
    input_routes: InputRoutes,
    target: str = "loihi1",
    *,
    output_reads: OutputReads = NO_READS,
) -> Configuration:
    """The words of `cores`, in images `<chip>/<core>/<image>` and `host/<image>`.

    Profiles, formats, slots and synapses are stored in sorted order, so equal content gives equal words.
    Raises ValueError naming what no field can hold (capacities are checked before, when placing)."""
    images: dict[str, np.ndarray] = {}
    cores = sorted(cores, key=lambda c: (c.chip, c.core))

    def words_of(k: int) -> dict[str, np.ndarray]:
        try:
            return _core_words(cores[k])
        except ValueError as problem:
            raise ValueError(f"core {cores[k].chip}/{cores[k].core}: {problem}") from problem

    for core, words in zip(cores, each(words_of, len(cores)), strict=True):
        for name, values in words.items():
            path = f"{core.chip}/{core.core}/{name}"
            if path in images:
                raise ValueError(f"two cores {core.chip}/{core.core}")
            images[path] = values
    routes = {name: getattr(input_routes, name) for name in ("element", "chip", "core", "axon")}
    order = np.lexsort((routes["axon"], routes["core"], routes["chip"], routes["element"]))
    images["host/inputCount"] = pack(w.INPUT_COUNT, {"elements": np.array([n_inputs])})
    images["host/inputRoutes"] = pack(w.INPUT_ROUTE, {name: column[order] for name, column in routes.items()})
    reads = {name: getattr(output_reads, name) for name in ("chip", "core", "compartment", "membrane")}
    images["host/outputReads"] = pack(w.OUTPUT_READ, reads)
    for words in images.values():
        words.setflags(write=False)
    return Configuration(target=target, images=images)


def _core_words(core: CoreContent) -> dict[str, np.ndarray]:
    registers = core.registers
    profiles, profile = _table([registers[name] for name in PROFILE_REGISTERS])
    thresholds, threshold = _table([registers["vth"]])
    formats, synapse_map, memory = encode_synapses(core)
    axon_map, axons = _slot_words(core)
    limits = {name: np.array([core.core_registers[name]]) for name in CORE_REGISTERS}
    require_range("negVmLimit", limits["negVmLimit"], 0, w.NEG_VM_LIMIT_MAX)
    return {
        w.COMPARTMENT_PROFILE.name: pack(
            w.COMPARTMENT_PROFILE, dict(zip(PROFILE_REGISTERS, profiles, strict=True))
        ),
        w.THRESHOLD_PROFILE.name: pack(w.THRESHOLD_PROFILE, {"vth": thresholds[0]}),
        w.COMPARTMENT.name: pack(
            w.COMPARTMENT,
            {
                "bias": registers["bias"],
                "biasExp": registers["biasExp"],
                "cxProfile": profile,
                "vthProfile": threshold,
            },
        ),
        w.DENDRITE.name: pack(w.DENDRITE, limits),
        w.SYNAPSE_FORMAT.name: formats,
        w.SYNAPSE_MAP.name: synapse_map,
        w.SYNAPSE_WORD.name: memory,
        w.AXON_MAP.name: axon_map,
        w.AXON.name: axons,
    }


def _table(columns: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The distinct rows of `columns`, sorted, as (columns, rows), and each row's place among them."""
    rows, place = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
    return rows.T, place.reshape(-1)


def _slot_words(core: CoreContent) -> tuple[np.ndarray, np.ndarray]:
    order = np.lexsort((core.slot_axon, core.slot_core, core.slot_chip, core.slot_compartment))
    source = core.slot_compartment[order]
    require_range("slot compartment", source, 0, core.n_compartments - 1)
    count = np.bincount(source, minlength=core.n_compartments)
    first = np.cumsum(count) - count
    axons = {"chip": core.slot_chip[order], "core": core.slot_core[order], "axon": core.slot_axon[order]}
    return pack(w.AXON_MAP, {"first": first, "count": count}), pack(w.AXON, axons)


def decode(configuration: Configuration) -> Content:
    """What the words say. Raises DecodeError, and nothing else, for words that `encode` does not write.

    Every input axon that a slot or an input route names exists on its core."""
    places = _places(configuration.images)
    words = {
        name: np.ascontiguousarray(image, dtype=np.uint64) for name, image in configuration.images.items()
    }
    cores = tuple(each(lambda k: _read_core(words, *places[k]), len(places)))
    count = words["host/inputCount"]
    if count.size != 1:
        raise DecodeError("host/inputCount", -1, f"{count.size} words; 1 expected")
    n_inputs = int(unpack(w.INPUT_COUNT, count, "host/inputCount")["elements"][0])
    routes = unpack(w.INPUT_ROUTE, words["host/inputRoutes"], "host/inputRoutes")
    w.refuse(
        "host/inputRoutes", routes["element"] >= n_inputs, f"no such input element, there are {n_inputs}"
    )
    axons = _Axons.of(cores)
    axons.ids("host/inputRoutes", routes)
    for core in cores:
        axons.driven(core, f"{core.chip}/{core.core}/{w.AXON.name}")
    reads = OutputReads(**unpack(w.OUTPUT_READ, words["host/outputReads"], "host/outputReads"))
    _compartments(cores, reads)
    return Content(cores=cores, n_inputs=n_inputs, input_routes=InputRoutes(**routes), output_reads=reads)


def _places(images: Mapping[str, np.ndarray]) -> list[tuple[int, int]]:
    """(chip, core) of every core, sorted. Raises DecodeError for an unknown or a missing image."""
    known = {f"host/{image.name}" for image in w.HOST_IMAGES}
    places: set[tuple[int, int]] = set()
    for name in sorted(images):
        chip, _, rest = name.partition("/")
        core, _, image = rest.partition("/")
        if name in known:
            continue
        numbers = all(
            part.isascii() and part.isdigit() and str(int(part[:6])) == part for part in (chip, core)
        )
        if not numbers or image not in {word_type.name for word_type in w.CORE_IMAGES}:
            raise DecodeError(name[:80], -1, "no such image")
        places.add((int(chip), int(core)))
    for chip, core in sorted(places):
        known.update(f"{chip}/{core}/{word_type.name}" for word_type in w.CORE_IMAGES)
    for name in sorted(known):
        if name not in images:
            raise DecodeError(name, -1, "the image is missing")
        if images[name].ndim != 1 or images[name].dtype.kind != "u":
            raise DecodeError(name, -1, "not a list of unsigned words")
    return sorted(places)


def _read_core(words: Mapping[str, np.ndarray], chip: int, core: int) -> CoreContent:
    prefix = f"{chip}/{core}/"

    def read(word_type: WordType) -> dict[str, np.ndarray]:
        return unpack(word_type, words[prefix + word_type.name], prefix + word_type.name)

    profiles, thresholds, compartments = (
        read(w.COMPARTMENT_PROFILE),
        read(w.THRESHOLD_PROFILE),
        read(w.COMPARTMENT),
    )
    image = prefix + w.COMPARTMENT.name
    w.refuse(image, compartments["cxProfile"] >= profiles["decayU"].size, "no such compartment profile")
    w.refuse(image, compartments["vthProfile"] >= thresholds["vth"].size, "no such threshold profile")
    registers = {name: profiles[name][compartments["cxProfile"]] for name in PROFILE_REGISTERS}
    registers["vth"] = thresholds["vth"][compartments["vthProfile"]]
    registers |= {"bias": compartments["bias"], "biasExp": compartments["biasExp"]}
    n = int(registers["vth"].size)

    limits = read(w.DENDRITE)
    image = prefix + w.DENDRITE.name
    if limits["negVmLimit"].size != 1:
        raise DecodeError(image, -1, f"{limits['negVmLimit'].size} words; 1 expected")
    w.refuse(image, limits["negVmLimit"] > w.NEG_VM_LIMIT_MAX, "negVmLimit above 23")

    axon_map, axons = read(w.AXON_MAP), read(w.AXON)
    image = prefix + w.AXON_MAP.name
    if axon_map["count"].size != n:
        raise DecodeError(image, -1, f"{axon_map['count'].size} words for {n} compartments")
    expected = np.cumsum(axon_map["count"]) - axon_map["count"]
    w.refuse(image, axon_map["first"] != expected, "its slots do not follow those of the compartment before")
    if int(axon_map["count"].sum()) != axons["axon"].size:
        raise DecodeError(image, -1, f"{axon_map['count'].sum()} slots; {axons['axon'].size} are stored")
    synapses = decode_synapses(
        prefix,
        words[prefix + w.SYNAPSE_FORMAT.name],
        words[prefix + w.SYNAPSE_MAP.name],
        words[prefix + w.SYNAPSE_WORD.name],
        n,
    )
    return CoreContent(
        chip=chip,
        core=core,
        registers={name: registers[name] for name in COMPARTMENT_REGISTERS},
        core_registers={name: int(limits[name][0]) for name in CORE_REGISTERS},
        formats=synapses.formats,
        row_format=synapses.row_format,
        axon_row=synapses.axon_row,
        axon_base=synapses.axon_base,
        synapse_row=synapses.synapse_row,
        synapse_offset=synapses.synapse_offset,
        synapse_mantissa=synapses.synapse_mantissa,
        synapse_delay=synapses.synapse_delay,
        slot_compartment=np.repeat(np.arange(n), axon_map["count"]),
        slot_chip=axons["chip"],
        slot_core=axons["core"],
        slot_axon=axons["axon"],
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Axons:
    """The input axons of all cores, counted over all of them. cores: in order of their places; place, size, first:
    (cores,) int64 one number of chip and core, axons, and the number of the first."""

    cores: Sequence[CoreContent]
    place: np.ndarray
    size: np.ndarray
    first: np.ndarray

    @staticmethod
    def of(cores: Sequence[CoreContent]) -> _Axons:
        size = np.array([core.n_axons for core in cores], dtype=np.int64)
        place = np.array([core.chip * 128 + core.core for core in cores], dtype=np.int64)
        return _Axons(cores=cores, place=place, size=size, first=np.cumsum(size) - size)

    def routed(self, routes: InputRoutes) -> np.ndarray:
        """The axon that each row of the host's table names."""
        return self.ids("", {"chip": routes.chip, "core": routes.core, "axon": routes.axon})

    def driven(self, core: CoreContent, image: str = "") -> np.ndarray:
        """The axon that each output slot of a core names."""
        return self.ids(image, {"chip": core.slot_chip, "core": core.slot_core, "axon": core.slot_axon})

    def ids(self, image: str, routes: Mapping[str, np.ndarray]) -> np.ndarray:
        """Each destination's number. Raises DecodeError for one that is not there."""
        destination = routes["chip"] * 128 + routes["core"]
        if not len(self.cores):
            w.refuse(image, np.ones(destination.size, dtype=bool), "no such core")
            return destination
        place = np.minimum(np.searchsorted(self.place, destination), len(self.cores) - 1)
        w.refuse(image, self.place[place] != destination, "no such core")
        missing = np.flatnonzero(routes["axon"] >= self.size[place])
        if missing.size:
            at = int(missing[0])
            core = self.cores[int(place[at])]
            reason = (
                f"chip {core.chip} core {core.core} has {core.n_axons} input axons, no {routes['axon'][at]}"
            )
            raise DecodeError(image, at, reason)
        return self.first[place] + routes["axon"]


def _compartments(cores: Sequence[CoreContent], reads: OutputReads) -> np.ndarray:
    """(L,) each read compartment, counted over all cores. Raises DecodeError for one that is not there."""
    first = 0
    numbers = np.full(reads.chip.size, -1, dtype=np.int64)
    for core in cores:
        here = (reads.chip == core.chip) & (reads.core == core.core)
        here &= reads.compartment < core.n_compartments
        numbers[here] = first + reads.compartment[here]
        first += core.n_compartments
    w.refuse("host/outputReads", numbers < 0, "no such compartment")
    return numbers


def undriven(content: Content) -> list[tuple[int, int, int]]:
    """(chip, core, axon) of the input axons that no output slot and no input route names."""
    axons = _Axons.of(content.cores)
    parts = [axons.routed(content.input_routes), *(axons.driven(core) for core in content.cores)]
    driven = np.zeros(sum(core.n_axons for core in content.cores), dtype=bool)
    driven[np.concatenate(parts)] = True
    idle_axons: list[tuple[int, int, int]] = []
    first = 0
    for core in content.cores:
        idle = np.flatnonzero(~driven[first : first + core.n_axons]).tolist()
        idle_axons += [(core.chip, core.core, axon) for axon in idle]
        first += core.n_axons
    return idle_axons


def machine(content: Content) -> Machine:
    """The arrays that the decoded chip computes with: the stored rows, and an axon for each that a source drives,
    ordered by source, then axon; neurons are the compartments of the cores end to end, inputs follow them."""
    cores = content.cores
    sizes = np.array([core.n_compartments for core in cores], dtype=np.int64)
    first = np.cumsum(sizes) - sizes
    total = int(sizes.sum())
    axons = _Axons.of(cores)
    source = [total + content.input_routes.element]
    source += [core.slot_compartment + start for core, start in zip(cores, first, strict=True)]
    axon = [axons.routed(content.input_routes), *(axons.driven(core) for core in cores)]
    rows = _row_table(cores, first)
    edge_source, edge_axon = np.concatenate(source), np.concatenate(axon)
    order = np.lexsort((edge_axon, edge_source))
    edge_source, edge_axon = edge_source[order], edge_axon[order]
    return Machine(
        n_inputs=content.n_inputs,
        core=np.repeat(np.arange(len(cores)), sizes),
        slot=np.arange(total) - np.repeat(first, sizes),
        params=_parameters(cores, sizes),
        synapses=SynapseRows(
            source=narrow(edge_source),
            row=narrow(rows["of_axon"][edge_axon]),
            base=narrow(rows["base"][edge_axon]),
            axon=narrow(rows["local"][edge_axon]),
            start=rows["start"],
            offset=narrowest(rows["offset"]),
            weight=narrowest(rows["weight"]),
            delay=narrowest(rows["delay"]),
        ),
        exports=one_each(_compartments(cores, content.output_reads), content.output_reads.membrane == 1),
    )


def _parameters(cores: Sequence[CoreContent], sizes: np.ndarray) -> dict[str, np.ndarray]:
    empty = np.zeros(0, dtype=np.int64)
    params = {
        name: np.concatenate([empty, *(core.registers[name] for core in cores)])
        for name in COMPARTMENT_REGISTERS
    }
    for name in CORE_REGISTERS:
        values = np.array([core.core_registers[name] for core in cores], dtype=np.int64)
        params[name] = np.repeat(values, sizes)
    return params


def _row_table(cores: Sequence[CoreContent], first: np.ndarray) -> dict[str, np.ndarray]:
    """All stored synapses, row after row, in the order of the memory, and where each row begins; and of every axon
    (counted over all cores) its row, the machine neuron that it counts from, and its number on its core."""
    names = ("count", "offset", "weight", "delay", "of_axon", "base", "local")
    parts: dict[str, list[np.ndarray]] = {name: [np.zeros(0, dtype=np.int8)] for name in names}
    rows = 0
    for core, start in zip(cores, first, strict=True):
        order = np.argsort(core.synapse_row, kind="stable")
        row = core.synapse_row[order]
        exponent = core.formats["wgtExp"][core.row_format[row]]
        parts["count"].append(np.bincount(row, minlength=core.row_format.size))
        parts["offset"].append(narrowest(core.synapse_offset[order]))
        parts["weight"].append(
            narrowest(effective_weight(np, core.synapse_mantissa[order].astype(np.int64), exponent))
        )
        parts["delay"].append(narrowest(core.synapse_delay[order]))
        parts["of_axon"].append(core.axon_row + rows)
        parts["base"].append(core.axon_base + start)
        parts["local"].append(np.arange(core.n_axons))
        rows += core.row_format.size
    table = {name: np.concatenate(columns) for name, columns in parts.items()}
    table["start"] = np.concatenate([[0], np.cumsum(table.pop("count"))])
    return table
