"""Symbols say where convolutions may be: the JAX engine finds them in a compiled network, its neurons on any core."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spikec
from spikec.compiler.verdicts.chip_run import feature_maps
from spikec.sim.engines.summed import deliveries, in_jax, kept_machines
from spikec.targets.configuration import InputSymbols, PopulationSymbols, Symbols

CORPUS = Path(__file__).parents[1] / "corpus"


def test_what_has_sides() -> None:
    def population(name: str, shape: tuple[int, ...], index: np.ndarray) -> PopulationSymbols:
        return PopulationSymbols(name=name, shape=shape, machine_index=index, lag_steps=0, role="original")

    symbols = Symbols(
        populations=(
            population("conv", (2, 1, 3), np.array([4, 3, 9, 0, 1, 2])),
            population("out", (10,), np.arange(10)),
        ),
        inputs=(
            InputSymbols(name="bias", shape=(1,), first=0, size=1, constant=True),
            InputSymbols(name="in", shape=(2, 2), first=1, size=4),
        ),
    )
    found = feature_maps(symbols, 100)
    assert [one.shape for one in found] == [(2, 1, 3), (2, 2)]
    assert [one.sources.tolist() for one in found] == [[4, 3, 9, 0, 1, 2], [101, 102, 103, 104]]


def test_a_compiled_convolution_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    laid_out_in = in_jax.laid_out_in

    def spied(*given: Any) -> Any:
        seen.append(laid_out_in(*given))
        return seen[-1]

    monkeypatch.setattr(kept_machines, "laid_out_in", spied)
    compiled = spikec.compile(
        CORPUS / "spyx_cnn_nmnist.nir",
        "loihi1",
        dialect="spyx.IF",
        stimulus=CORPUS / "spyx_cnn_nmnist.npz",
        native_reset=True,
    )
    plain, found = (compiled.simulate(engine=engine).arrays() for engine in ("events", "jax"))
    assert plain.keys() == found.keys()
    for name, values in plain.items():
        np.testing.assert_array_equal(values, found[name], name)
    forms = [one.form for stage in seen[-1] for _, one in stage.deliveries]
    windows = [form for form in forms if isinstance(form, deliveries.Window)]
    assert [form.before for form in windows] == [(34, 34, 2)]
    assert not any(isinstance(form, deliveries.Listed) for form in forms)
