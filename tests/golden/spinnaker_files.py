"""Recorded SpiNNaker 1 cores: one population each, as the vendor's mapper wrote it and its binary ran it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from spikec.targets.spinnaker1.core_image import CoreImage
from spikec.targets.spinnaker1.regions import Region
from spikec.targets.spinnaker1.rows import Senders, SourceRows, tables_of
from spikec.targets.spinnaker1.synaptic_word import Synapses, pack_synapses

LABELS = {
    "System": Region.SYSTEM,
    "Neuron Core Params": Region.CORE_PARAMETERS,
    "neuron_params": Region.NEURON_PARAMETERS,
    "SynapseParams": Region.SYNAPSE_PARAMETERS,
    "PopTable": Region.POPULATION_TABLE,
    "SynBlocks": Region.SYNAPTIC_MATRIX,
}
RAW = ("v_init", "v_rest", "c_m", "tau_m", "i_offset", "v_reset", "t_refract", "refract_timer")
KINDS = "ei"


def _files(folder: Path, *keys: str) -> list[Path]:
    texts = {file: file.read_text() for file in sorted(folder.rglob("*.json"))}
    return [file for file, text in texts.items() if all(f'"{key}"' in text for key in keys)]


def cores(folder: Path) -> list[Path]:
    """Recordings of one core, with the network that it was made of."""
    return _files(folder, "params_raw", "regions", "ring_shift")


def networks(folder: Path) -> list[Path]:
    """Recordings of several cores that send each other keys."""
    return _files(folder, "spikes_out", "cores", "keys")


def load(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text())


def recorded_regions(case: Mapping[str, Any]) -> dict[Region, np.ndarray]:
    return {LABELS[name]: np.array(words, dtype=np.uint32) for name, words in case["regions"].items()}


def network_regions(core: Mapping[str, Any]) -> dict[Region, np.ndarray]:
    """Regions that this project writes, of one core of a network."""
    found = {each["num"]: np.frombuffer(base64.b64decode(each["data"]), "<u4") for each in core["regions"]}
    return {Region(number): words for number, words in found.items() if number in {*Region} and words.size}


def core_of(case: Mapping[str, Any], recorded: tuple[Any, ...] = (), ticks: int = 0) -> CoreImage:
    """The core that the network of a recording should be, made of its numbers and not of its words."""
    spec, n = case["spec"], case["n"]
    slots = case["log_max_delay"]
    senders = [_senders(population["key"], population["mask"], size) for population, size in _sources(case)]
    connections = [(senders[0], case["n_in"], spec["conns"])]
    if spec.get("rec"):
        connections.append((senders[1], n, spec["rec"]))
    sources = [
        _rows([c for c in chosen if c[4] == kind], rows, sender, case)
        for sender, rows, chosen in connections
        for kind in KINDS
    ]
    table, matrix = tables_of(sources)
    return CoreImage(
        kind=case["model"],
        timer_period=round(case["dt_ms"] * 1000),
        time_step=_fixed(case["dt_ms"], 1)[0],
        parameters=_parameters(case),
        key=senders[1].key if spec.get("rec") else None,
        shift=tuple(case["ring_shift"]),
        log_neurons=int(n - 1).bit_length(),
        log_delay_slots=slots,
        table=table,
        matrix=matrix,
        recorded=recorded,
        recorded_ticks=ticks,
    )


def _sources(case: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], int]]:
    return list(zip(case["pop_table"], (case["n_in"], case["n"]), strict=False))


def _senders(key: int, mask: int, size: int) -> Senders:
    return Senders(key, mask, 0, 4 + int(size - 1).bit_length(), size)


def _rows(
    chosen: Sequence[Sequence[Any]], rows: int, senders: Senders, case: Mapping[str, Any]
) -> SourceRows:
    ordered = sorted(chosen, key=lambda each: each[0])
    pre = np.array([each[0] for each in ordered], dtype=np.int64)
    kind = np.array([KINDS.index(each[4]) for each in ordered], dtype=np.int64)
    scale = 2.0 ** (15 - np.array(case["ring_shift"])[kind])
    weight = np.rint(np.abs([each[2] for each in ordered]) * scale).astype(np.int64)
    synapses = Synapses(
        post=np.array([each[1] for each in ordered], dtype=np.int64),
        kind=kind,
        delay=np.rint(np.array([each[3] for each in ordered]) / case["dt_ms"]).astype(np.int64),
        weight=weight & 0xFFFF,
    )
    words = pack_synapses(synapses, case["log_n"], case["log_max_delay"])
    return SourceRows(senders, np.append(0, np.cumsum(np.bincount(pre, minlength=rows))), words)


def _parameters(case: Mapping[str, Any]) -> dict[str, np.ndarray]:
    raw = np.array(case["params_raw"], dtype=np.uint32).astype(np.int32)
    given = case["spec"]["params"]
    n = case["n"]
    parameters = {name: raw[:, k] for k, name in enumerate(RAW)}
    parameters |= {name: np.zeros(n, dtype=np.int32) for name in ("input_exc", "input_inh")}
    parameters["v_thresh"] = _fixed(given["v_thresh"], n)
    if case["model"] == "IF_curr_exp":
        parameters |= {
            f"tau_{ours}": _fixed(given[f"tau_syn_{theirs}"], n)
            for ours, theirs in (("exc", "E"), ("inh", "I"))
        }
    return parameters


def _fixed(values: float | Sequence[float], n: int) -> np.ndarray:
    """s16.15."""
    return np.rint(np.broadcast_to(np.asarray(values, dtype=np.float64), n) * 32768).astype(np.int32)
