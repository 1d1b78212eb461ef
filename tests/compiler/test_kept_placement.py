"""The placement that OUT has is kept for the same network and host, and stands in no other's way."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from spikec.compiler.backends.shared.placement_lock import network_digest
from spikec.targets.machines.synapse_rows import as_rows

from ..errors.netfiles import chain, lif, linear, port, weights, write
from .commandline import Said, spikec
from .quantized_nets import layered

READING = ("--dialect", "nir.euler", "--dt", "1", "-q")


def network(folder: Path, hidden: int = 6) -> Path:
    nodes = chain(
        input=port("Input", 4), w=linear(weights(8, 4)), a=lif(8), u=linear(weights(hidden, 8)), b=lif(hidden),
        out=port("Output", hidden),
    )  # fmt: skip
    return write(folder / "net.nir", *nodes)


def compiled(folder: Path, *words: str | Path) -> tuple[Said, dict[str, Any]]:
    few = ("--max-neurons-per-core", "4", "-o", folder / "out")
    said = spikec("compile", folder / "net.nir", *READING, *few, *words)
    assert said.returncode == 0, said.stderr
    return said, json.loads((folder / "out" / "placement.lock.json").read_text())


def spikes(folder: Path, value: float = 1.0) -> Path:
    inputs = np.random.default_rng(0).integers(0, 2, (6, 2, 4)) * value
    np.savez(folder / f"{value}.npz", input=inputs)
    return folder / f"{value}.npz"


def test_what_a_mistaken_run_left_changes_nothing(tmp_path: Path) -> None:
    """Floats instead of spikes move the first layer to the host; other weights are another network."""
    network(tmp_path)
    right = ("--stimulus", spikes(tmp_path))
    _, wanted = compiled(tmp_path, *right)
    for mistake in (("--stimulus", spikes(tmp_path, 0.5)), ("--weight-bits", "2", *right)):
        _, left = compiled(tmp_path, *mistake, "--fresh")
        assert left["network"] != wanted["network"]
        said, found = compiled(tmp_path, *right)
        assert found == wanted
        assert "SPK2010" in said.stderr
        assert "another network, or of other populations on the host" in said.stderr


def test_it_is_kept_for_the_same_network(tmp_path: Path) -> None:
    network(tmp_path)
    _, first = compiled(tmp_path)
    lock = tmp_path / "out" / "placement.lock.json"
    moved = {**first, "sites": [20 - k for k in range(first["cores"])]}
    lock.write_text(json.dumps(moved), encoding="utf-8")
    said, again = compiled(tmp_path, "--poisson", "0.5")
    assert again["sites"] == moved["sites"]
    assert "SPK2010" not in said.stderr


def test_a_named_lock_is_kept_as_far_as_it_serves(tmp_path: Path) -> None:
    network(tmp_path)
    compiled(tmp_path)
    (tmp_path / "kept.json").write_bytes((tmp_path / "out" / "placement.lock.json").read_bytes())
    network(tmp_path, hidden=7)
    said, _ = compiled(tmp_path, "--lock", tmp_path / "kept.json")
    assert "SPK2011" in said.stderr


def test_the_digest_sees_every_synapse_and_no_rounding_error() -> None:
    net = layered([5, 6, 4])
    digest = network_digest(net)
    assert network_digest(replace(net, roundings=())) == digest
    first = net.projections[0]
    for changed in (
        replace(
            first,
            synapses=as_rows(
                first.cols, first.rows, first.code + (np.arange(first.code.size) == 0), first.delay
            ),
        ),
        replace(first, synapses=as_rows(first.cols, first.rows, first.code, first.delay + 1)),
        replace(first, post=first.pre, pre=first.post),
    ):
        assert network_digest(replace(net, projections=(changed, *net.projections[1:]))) != digest
    assert network_digest(replace(net, inputs=net.inputs[1:])) != digest
    renamed = replace(net.populations[0], name="other")
    assert network_digest(replace(net, populations=(renamed, *net.populations[1:]))) != digest
