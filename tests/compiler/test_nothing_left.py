"""Networks of which little or nothing is left for a chip: refused in words, or compiled, on every target."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import nir
import numpy as np
import pytest
from spikec.compiler.diagnostics import exit_code
from spikec.compiler.options import Options, to_record
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.prepare import target_toml, with_target
from spikec.compiler.sweep.job import FitJob
from spikec.compiler.sweep.stimulus import stand_in
from spikec.compiler.sweep.try_target import run_fit
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.nir.file import from_nir
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.nir.write import image_of
from spikec.sim.stimulus import poisson
from spikec.sim.stimulus_arrays import from_arrays
from spikec.targets import names

from .test_exports import DENSE

Nodes = Mapping[str, Any]


def chain(nodes: Nodes, beside: Nodes | None = None, *more: tuple[str, str]) -> RawGraph:
    """Nodes one after the other; `beside` are others, which `more` edges join to them."""
    edges = [*itertools.pairwise(nodes), *more]
    return from_nir(nir.NIRGraph(nodes={**nodes, **(beside or {})}, edges=edges))[0]


def of(target: str) -> dict[str, RawGraph]:
    """Networks by what they lack, with images for chips that compute on images."""
    shape = (3,) if target in DENSE else (3, 4, 4)
    ends = {"input": nir.Input(np.array(shape)), "output": nir.Output(np.array(shape))}
    fire = nir.IF(r=np.ones(shape), v_threshold=np.ones(shape), v_reset=np.zeros(shape))

    def link(value: float) -> Any:
        if target in DENSE:
            return nir.Linear(np.full((3, 3), value))
        return nir.Conv2d((4, 4), np.full((3, 3, 3, 3), value), 1, 1, 1, 1, np.zeros(3))

    def net(**between: Any) -> RawGraph:
        return chain({"input": ends["input"], **between, "output": ends["output"]})

    return {
        "wire": net(),
        "linear": net(w=link(1.0)),
        "no weight": net(w=link(0.0), n=fire),
        "no weight behind": net(w=link(1.0), n=fire, w2=link(0.0), m=fire),
        "no weight back": chain(
            {"input": ends["input"], "w": link(1.0), "n": fire, "output": ends["output"]},
            {"back": link(0.0)},
            ("n", "back"),
            ("back", "n"),
        ),
        "no link": net(n=fire),
        "tiny weights": net(w=link(1e-30), n=fire),
    }


def asked(target: str, **more: Any) -> Options:
    return Options(target=target, dialect="nir.euler", dt_seconds=1.0, allow_approximation=True, **more)


def answer(raw: RawGraph, options: Options, analog: bool = False) -> tuple[int, str]:
    """Exit code, and what was said. A compile that succeeds must be proven."""
    shape = tuple(int(n) for n in np.asarray(raw.nodes["input"].params["shape"]))
    stimulus = poisson({"input": shape}, 0.5, 4, batch=1)
    if analog:
        stimulus = from_arrays({"input": np.full((4, 1, *shape), 0.3)}, {"input": shape})
    try:
        made = compile_graph(raw, options, stimulus=stimulus)
    except DiagnosticError as problem:
        return exit_code(problem.diagnostics), str(problem)
    assert made.placement_identical
    return 0, ""


@pytest.mark.parametrize("target", names())
def test_every_target_says_what_it_does(target: str) -> None:
    networks = of(target)
    for name in ("wire", "linear"):
        code, said = answer(networks[name], asked(target))
        assert (code, "SPK1011" in said) == (1, True), f"{name}: {said}"
    for name, raw in networks.items():
        for options, analog in (
            (asked(target), False),
            (asked(target), True),
            (asked(target, host_prefix=("n",)), False),
        ):
            code, said = answer(raw, options, analog)
            assert code in (0, 1, 3), f"{name}: {said}"
            assert (code == 0) == (said == "")
            assert said == "" or "error[SPK" in said


@pytest.mark.parametrize("name", ["no link", "no weight behind"])
def test_fit_has_a_row_for_whatever_a_target_refuses(name: str) -> None:
    net = image_of(of("loihi1")[name])
    for target in names():
        options = with_target(asked(target))
        row = run_fit(
            FitJob(
                net=net, toml=target_toml(options), options=to_record(options), stimulus=stand_in(), target=target
            )
        )  # fmt: skip
        assert row.target == target
        assert row.fits == (not row.reason)
        assert row.status != "failed", row.reason
