"""SPK3xxx and SPK4xxx: finished outputs, changed outputs, and what no NIR file can say."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from spikec.compiler.output.artifacts import npz_bytes
from spikec.compiler.output.store import write as write_output

from .netfiles import Node, chain, lif, linear, port, small, weights, write
from .outputs import compile_file, compile_small, replaced
from .running import Case, Words

IN, OUT, N = port("Input", 4), port("Output", 3), lif(3)
W, BACK = linear(weights(3, 4)), linear(weights(3, 3))


def exported(*nodes: Node, **reading: object) -> Case:
    def case(folder: Path) -> Words:
        between = {f"n{k}": node for k, node in enumerate(nodes)}
        net = write(folder / "net.nir", *chain(in_=IN, **between, out=OUT))
        out = compile_file(net, dialect_options=tuple(reading.items()))
        return ("export", out, "-q", "-o", folder / "effective.nir")

    return case


def large_image(folder: Path) -> Words:
    """Two 3 x 3 kernels one after the other, which the chip has as one map: as a matrix each of 96 x 96 neurons needs a
    row of 9,216 weights."""
    conv: Node = {
        "type": "Conv2d", "weight": np.ones((1, 1, 3, 3), np.float32), "bias": np.zeros(1, np.float32),
        "input_shape": np.array([96, 96]), "stride": 1, "padding": "same", "dilation": 1, "groups": 1,
    }  # fmt: skip
    neuron = {name: np.full((1, 96, 96), 1.0) for name in ("r", "v_threshold")}
    nodes = chain(
        in_=port("Input", 1, 96, 96),
        c=conv,
        d=conv,
        n={"type": "IF", **neuron},
        out=port("Output", 1, 96, 96),
    )
    net = write(folder / "net.nir", *nodes)
    return ("export", compile_file(net, inputs=(1, 96, 96)), "-q", "-o", folder / "effective.nir")


def other_words(folder: Path) -> Words:
    return ("check", replaced(compile_small(folder), "loihi1.npz", b"nothing"), "-q")


def changed_file(folder: Path) -> Words:
    out = compile_small(folder)
    (out / "symbols.npz").write_bytes(b"")
    (out / "stimulus.npz").unlink()
    return ("check", out, "-q")


def changed_target(folder: Path) -> Words:
    out = compile_small(folder)
    text = (out / "target.toml").read_bytes().replace(b"compartments = 1024", b"compartments = 100 ")
    return ("check", replaced(out, "target.toml", text), "-q")


def empty_folder(folder: Path) -> Words:
    (folder / "out").mkdir()
    return ("check", folder / "out")


def crafted_manifest(folder: Path) -> Words:
    (folder / "out").mkdir()
    (folder / "out" / "manifest.json").write_text("[" * 200_000, encoding="utf-8")
    return ("check", folder / "out")


def a_report_without_options(folder: Path) -> Words:
    return ("check", replaced(compile_small(folder), "report.json", b"{}"), "-q")


def older_report(folder: Path) -> Words:
    """As it was written before some fields were there."""
    out = compile_small(folder)
    made = json.loads((out / "report.json").read_text(encoding="utf-8"))
    del made["ranges"], made["cost"]
    older = {**made, "schema_version": 1, "field_that_was": 0}
    return ("check", replaced(out, "report.json", json.dumps(older).encode()), "-q")


def a_pipe_in_the_output(folder: Path) -> Words:
    out = compile_small(folder)
    (out / "report.json").unlink()
    os.mkfifo(out / "report.json")
    return ("check", out, "-q")


def symbols_with(change: Callable[[dict[str, np.ndarray]], object]) -> Case:
    """An output whose symbols, which its manifest vouches for, have been changed."""

    def case(folder: Path) -> Words:
        out = compile_small(folder)
        arrays = dict(np.load(io.BytesIO((out / "symbols.npz").read_bytes())))
        change(arrays)
        return ("simulate", replaced(out, "symbols.npz", npz_bytes(arrays)), "-q", "-o", folder / "trace.npz")

    return case


def one_neuron_elsewhere(arrays: dict[str, np.ndarray]) -> None:
    arrays["machine_index/00000"] = arrays["machine_index/00000"] + 1


def an_engine_of_other_chips(folder: Path) -> Words:
    out = compile_file(small(folder / "net.nir"), target="tinyodin", allow_approximation=True)
    return ("simulate", out, "--engine", "numpy", "-q", "-o", folder / "trace.npz")


def devices_of_another_engine(folder: Path) -> Words:
    words = ("--engine", "events", "--devices", "2")
    return ("simulate", compile_small(folder), *words, "-q", "-o", folder / "trace.npz")


def vectors_of_a_closed_chip(folder: Path) -> Words:
    return ("vectors", compile_small(folder), "-q", "-o", folder / "vectors")


def nothing_listed(folder: Path) -> Words:
    write_output(folder / "out", {})
    return ("check", folder / "out", "-q")


def cuba(tau_mem: float, v_leak: float) -> Node:
    values = {"tau_mem": tau_mem, "tau_syn": 5.0, "r": tau_mem, "w_in": 5.0, "v_leak": v_leak}
    params = {**values, "v_threshold": 1.0, "v_reset": 0.0}
    return {"type": "CubaLIF", **{name: np.full(3, value) for name, value in params.items()}}


CASES: dict[str, Case] = {
    "SPK0513": an_engine_of_other_chips,
    "SPK0513 devices": devices_of_another_engine,
    "SPK3001": other_words,
    "SPK3010": large_image,
    "SPK3011": exported(W, cuba(1e9, 0.0), bias_extra=0.25),
    "SPK0540": exported(W, N, BACK, cuba(10.0, 0.25)),
    "SPK0541": exported(W, N, BACK, BACK, N),
    "SPK3013": vectors_of_a_closed_chip,
    "SPK4101": empty_folder,
    "SPK4101 crafted": crafted_manifest,
    "SPK4101 report": a_report_without_options,
    "SPK4102": changed_file,
    "SPK4103": changed_target,
    "SPK4104": symbols_with(lambda arrays: arrays.pop("machine_index/00000")),
    "SPK4105": symbols_with(one_neuron_elsewhere),
    "SPK4106": older_report,
    "SPK4102 pipe": a_pipe_in_the_output,
    "SPK4102 unlisted": nothing_listed,
}
