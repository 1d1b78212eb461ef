"""Recorded networks of Lava's fixed-point processes as graphs of these processes, and recorded sigma-delta neurons."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from spikec.targets.loihi2.content import MIXED, Connection, Content, Kernel, Lif, Port
from spikec.targets.loihi2.convolution import synapses_of
from spikec.targets.machines.synapse_list import Machine
from spikec.targets.machines.synapse_rows import as_rows

from .recordings import recordings

MESSAGE_BITS = 13
Recorded = Mapping[str, np.ndarray]


def lif_files(folder: Path) -> list[Path]:
    """Networks that Lava reproduces."""
    found = recordings(folder, "dialects", "g0_du", "n_proj")
    return [f for f in found if "lava" in str(np.load(f, allow_pickle=False)["dialects"]).split(";")]


def sigma_delta_files(folder: Path) -> list[Path]:
    return recordings(folder, "act_mode", "spike_exp", "s_out")


def layer_files(folder: Path) -> list[Path]:
    """Single layers of somebody else's networks, never in this repository."""
    return recordings(folder, "iDecay", "vThMant", "kind", "weight")


def content(recorded: Recorded) -> Content:
    """Group g<i> is a process, projection p<j> a connection."""
    groups, projections = range(int(recorded["n_groups"])), range(int(recorded["n_proj"]))
    return Content(
        ports=(Port(name="input", shape=(int(recorded["n_in"]),)),),
        neurons=tuple(_lif(recorded, k) for k in groups),
        connections=tuple(_connection(recorded, k) for k in projections),
    )


def _lif(recorded: Recorded, k: int) -> Lif:
    du, dv, vth = (np.unique(recorded[f"g{k}_{name}"]).tolist() for name in ("du", "dv", "vth_mant"))
    assert len(du) == len(dv) == len(vth) == 1
    bias = [recorded[f"g{k}_{name}"].astype(np.int64) for name in ("bias_mant", "bias_exp")]
    return Lif(name=f"g{k}", du=du[0], dv=dv[0], vth=vth[0], bias_mant=bias[0], bias_exp=bias[1])


def _connection(recorded: Recorded, k: int) -> Connection:
    weight = recorded[f"p{k}_W"].astype(np.int64)
    delay = np.broadcast_to(recorded[f"p{k}_delay"].astype(np.int64), weight.shape)
    source, post = np.nonzero(weight.T)
    number = int(recorded[f"p{k}_src"])
    return Connection(
        pre="input" if number < 0 else f"g{number}",
        post=f"g{int(recorded[f'p{k}_dst'])}",
        synapses=as_rows(source, post, weight[post, source], delay[post, source]),
        weight_exp=int(recorded[f"p{k}_wexp"]),
        num_weight_bits=int(recorded[f"p{k}_wbits"]),
        sign_mode=int(recorded[f"p{k}_sign"]),
    )


def sigma_delta(recorded: Recorded) -> tuple[Machine, np.ndarray]:
    """A machine of neurons that each take a number from elements of their own, one for each of its bits and one for its
    sign; and the (T, 1, inputs) events that send them what was recorded."""
    sent = recorded["a_in"].astype(np.int64)
    steps, n = sent.shape
    places = np.arange(MESSAGE_BITS)
    bits = np.concatenate([(sent[..., None] >> places) & 1, (sent < 0)[..., None]], axis=2)
    weight = np.append(1 << places, -(1 << MESSAGE_BITS))
    names = {"vth": "vth", "bias": "bias", "spike_exp": "spike_exp", "state_exp": "state_exp",
             "relu": "act_mode", "cum_error": "cum_error"}  # fmt: skip
    machine = Machine(
        n_inputs=n * weight.size,
        core=np.zeros(n, dtype=np.int64),
        slot=np.arange(n),
        params={name: np.broadcast_to(recorded[key].astype(np.int64), (n,)) for name, key in names.items()},
        synapses=as_rows(
            n + np.arange(n * weight.size), np.repeat(np.arange(n), weight.size), np.tile(weight, n)
        ),
    )
    return machine, bits.reshape(steps, 1, -1).astype(np.uint8)


def layer(recorded: Recorded) -> tuple[Content, np.ndarray]:
    """One layer of neurons as lava-dl exports it, and (T, 1, inputs) events from its reset on: all row-major over
    channels, rows and columns."""
    weight, spikes = recorded["weight"].astype(np.int64), _row_major(recorded["in_spikes"])
    bias = recorded["bias"].astype(np.int64)
    if str(recorded["kind"]) == "dense":
        source, post = np.nonzero(weight.T)
        rows, after = as_rows(source, post, weight[post, source]), (weight.shape[0], 1, 1)
    else:
        kernel = _kernel(recorded, weight)
        rows, after = synapses_of(kernel), kernel.after
    neurons = Lif(
        name="layer",
        du=int(recorded["iDecay"]) - 1,
        dv=int(recorded["vDecay"]),
        vth=int(recorded["vThMant"]),
        bias_mant=np.repeat(bias, after[1] * after[2]),
        bias_exp=np.full(int(np.prod(after)), 6, dtype=np.int64),
    )
    connection = Connection(
        pre="input", post="layer", synapses=rows, weight_exp=0, num_weight_bits=8, sign_mode=MIXED
    )
    begin, end = (int(recorded[name]) - int(recorded["in_latency"]) for name in ("valid_from", "valid_to"))
    ports = (Port(name="input", shape=(spikes.shape[1],)),)
    return (
        Content(ports=ports, neurons=(neurons,), connections=(connection,)),
        spikes[begin:end, None, :].astype(np.uint8),
    )


def _kernel(recorded: Recorded, weight: np.ndarray) -> Kernel:
    columns, high, channels, _ = recorded["in_spikes"].shape
    after_columns, after_high, features, _ = recorded["out_s"].shape
    return Kernel(
        weights=weight,
        before=(channels, high, columns),
        after=(features, after_high, after_columns),
        stride=(int(recorded["stride"][0]), int(recorded["stride"][1])),
        padding=(int(recorded["padding"][0]), int(recorded["padding"][1])),
        dilation=(1, 1),
        groups=1,
    )


def layer_output(recorded: Recorded, name: str) -> np.ndarray:
    """(T, n) of the steps from the reset on."""
    return _row_major(recorded[name])[int(recorded["valid_from"]) : int(recorded["valid_to"])]


def _row_major(values: np.ndarray) -> np.ndarray:
    """(columns, rows, channels, T) or (n, T) -> (T, n)."""
    return values.T.reshape(values.shape[-1], -1)
