"""Recorded Loihi networks (integers of groups and projections) as quantised networks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from spikec.compiler.ir.quantized import (
    QuantizedInput,
    QuantizedNetwork,
    QuantizedPopulation,
    ScaledProjection,
)
from spikec.targets.configuration import StateScale
from spikec.targets.machines.synapse_rows import as_rows

from .recordings import recordings

DELAY_BITS = range(7)


def files(folder: Path) -> list[Path]:
    """LIF files that the arithmetic of the chip reproduces."""
    found = recordings(folder, "dialects", "g0_du", "n_proj")
    return [f for f in found if "chip" in str(np.load(f, allow_pickle=False)["dialects"]).split(";")]


def network(recorded: Mapping[str, np.ndarray]) -> QuantizedNetwork:
    """Groups g<i> become populations of that name, projections p<j> synapses of one format."""
    populations = [_population(recorded, k) for k in range(int(recorded["n_groups"]))]
    projections = [_projection(recorded, k) for k in range(int(recorded["n_proj"]))]
    return QuantizedNetwork(
        target="loihi1",
        populations=tuple(sorted(populations, key=lambda p: p.name)),
        inputs=(QuantizedInput(name="input", shape=(int(recorded["n_in"]),)),),
        projections=tuple(p for p in projections if p.code.size),
        outputs={},
        max_lag_steps=0,
    )


def _population(recorded: Mapping[str, np.ndarray], k: int) -> QuantizedPopulation:
    names = {"decayU": "du", "decayV": "dv", "vth": "vth_mant", "bias": "bias_mant", "biasExp": "bias_exp",
             "refractDelay": "refract"}  # fmt: skip
    one = StateScale(units=1.0, offset=0.0)
    return QuantizedPopulation(
        name=f"g{k}",
        shape=(int(recorded[f"g{k}_n"]),),
        params={register: recorded[f"g{k}_{name}"].astype(np.int64) for register, name in names.items()},
        core_params={
            "negVmLimit": int(recorded[f"g{k}_vmin_exp"]),
            "posVmLimit": int(recorded[f"g{k}_vmax_exp"]),
        },
        scales={"u": one, "v": one},
        lag_steps=0,
    )


def _projection(recorded: Mapping[str, np.ndarray], k: int) -> ScaledProjection:
    weight = recorded[f"p{k}_W"].astype(np.int64)
    delay = np.broadcast_to(recorded[f"p{k}_delay"].astype(np.int64), weight.shape)
    rows, cols = np.nonzero(weight)
    source = int(recorded[f"p{k}_src"])
    longest = int(delay[rows, cols].max(initial=0))
    return ScaledProjection(
        pre="input" if source < 0 else f"g{source}",
        post=f"g{int(recorded[f'p{k}_dst'])}",
        synapses=as_rows(cols, rows, weight[rows, cols], delay[rows, cols]),
        format={
            "wgtExp": int(recorded[f"p{k}_wexp"]),
            "wgtBits": int(recorded[f"p{k}_wbits"]),
            "signMode": int(recorded[f"p{k}_sign"]),
            "dlyBits": next(bits for bits in DELAY_BITS if longest < 1 << bits),
        },
    )
