"""Recorded Xylo networks as configurations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from spikec.targets.xylo.configuration import XyloConfiguration

from .recordings import recordings


def files(folder: Path) -> list[Path]:
    """Recordings of a core whose time constants are shifts."""
    return recordings(folder, "dash_mem", "weight_shift_rec")


def meta(recorded: Mapping[str, np.ndarray]) -> dict[str, Any]:
    return json.loads(str(recorded["meta"]))


def configuration(recorded: Mapping[str, np.ndarray]) -> XyloConfiguration:
    def long(name: str) -> np.ndarray:
        return recorded[name].astype(np.int64)

    return XyloConfiguration(
        weights_in=recorded["weights_in"],
        weights_rec=recorded["weights_rec"],
        weights_out=recorded["weights_out"],
        shift_in=int(recorded["weight_shift_in"]),
        shift_rec=int(recorded["weight_shift_rec"]),
        shift_out=int(recorded["weight_shift_out"]),
        hidden={
            "dash_syn": long("dash_syn"),
            # meaningless, and random, where there is no second synapse
            "dash_syn2": long("dash_syn_2") * (recorded["weights_rec"].shape[2] > 1),
            "dash_mem": long("dash_mem"),
            "bias": long("bias"),
            "threshold": long("threshold"),
        },
        output={
            "dash_syn": long("dash_syn_out"),
            "dash_mem": long("dash_mem_out"),
            "bias": long("bias_out"),
            "threshold": long("threshold_out"),
        },
        alias_target=long("alias_target"),
    )
