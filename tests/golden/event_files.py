"""Recorded tinyODIN and ODIN networks as cores and operations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from spikec.targets.machines.crossbar_events import EventCore, EventMachine, HostRoutes, Learning, Operations
from spikec.targets.odin import codes as odin_codes
from spikec.targets.odin.tinyodin import codes as tinyodin_codes

from ..shipped import revision
from .recordings import recordings

ODIN_PARAMETERS = {
    "leak": "neur_leak",
    "leak_enable": "neur_leak_en",
    "threshold": "neur_thr",
    "calcium_enable": "neur_ca_en",
    "theta_membrane": "neur_thetamem",
    "theta1": "neur_ca_theta1",
    "theta2": "neur_ca_theta2",
    "theta3": "neur_ca_theta3",
    "calcium_leak": "neur_ca_leak",
    "disable": "neur_disable",
}
ODIN_STATES = {"v": "neur_core", "calcium": "neur_calcium", "calcium_count": "neur_caleak_cnt"}


def odin_files(folder: Path) -> list[Path]:
    return recordings(folder, "ev_code", "weights3")


def tinyodin_files(folder: Path) -> list[Path]:
    return recordings(folder, "ev_code", "weights")


def tinyodin_core(recorded: Mapping[str, np.ndarray]) -> EventCore:
    """From the logical arrays alone."""
    return EventCore(
        params={
            "threshold": recorded["thr"].astype(np.int64),
            "leak": recorded["leak"].astype(np.int64),
            "disable": recorded["disable"].astype(np.int64),
        },
        initial={"v": recorded["v0"].astype(np.int64)},
        weights=recorded["weights"],
        inhibitory=np.zeros(256, dtype=np.bool_),
        mapped=np.ones((256, 256), dtype=np.bool_),
        last_neuron=int(recorded["max_neur"]),
        closed_loop=not recorded["open_loop"],
        queue=revision("tinyodin").capacity.queue,
        report_rows=bool(recorded["aer_src_ctrl"]),
    )


def odin_core(recorded: Mapping[str, np.ndarray]) -> EventCore:
    """From the logical arrays alone."""
    return EventCore(
        params={name: recorded[key].astype(np.int64) for name, key in ODIN_PARAMETERS.items()},
        initial={name: recorded[key].astype(np.int64) for name, key in ODIN_STATES.items()},
        weights=recorded["weights3"].astype(np.int8),
        inhibitory=recorded["reg_syn_sign"].astype(np.bool_),
        mapped=recorded["mapping"].astype(np.bool_),
        last_neuron=255,
        closed_loop=not recorded["reg_open_loop"],
        queue=revision("odin").capacity.queue,
        report_rows=bool(recorded["reg_src"]),
        learning=Learning(
            unmapped_learn=bool(recorded["reg_update_unmapped"]),
            unmapped_deliver=bool(recorded["reg_propagate_unmapped"]),
            single_learn=bool(recorded["reg_sdsp_on_syn"]),
        ),
    )


def operations(recorded: Mapping[str, np.ndarray], *, odin: bool) -> tuple[Operations, np.ndarray]:
    """What the core is told, and (T,) how many operations are done at the end of each step."""
    kind, first, second = (odin_codes if odin else tinyodin_codes).decode(recorded["ev_code"])
    ends = np.searchsorted(recorded["ev_t"], np.arange(int(recorded["steps"])), side="right")
    waits = recorded["ev_wait"].astype(np.bool_)
    return Operations(kind=kind, first=first, second=second, waits=waits), ends


def words64(words: np.ndarray) -> np.ndarray:
    """Words of 32 bits, (N, 4) least significant first, as (N, 2) of 64 bits."""
    wide = words.astype(np.uint64)
    return wide[:, 0::2] | wide[:, 1::2] << np.uint64(32)


def machine(core: EventCore, rows: np.ndarray) -> EventMachine:
    """A host whose inputs are `rows` of the one core."""
    none = np.zeros(rows.size, dtype=np.int64)
    return EventMachine(
        n_inputs=rows.size,
        cores=(core,),
        routes=HostRoutes(
            source=core.n_neurons + np.arange(rows.size), core=none, row=rows.astype(np.int64), delay=none
        ),
        row_order=(np.arange(core.n_rows),),
        leaks=1,
        protocol="wait",
    )
