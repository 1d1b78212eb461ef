"""What does not fit says what would, and by how much; and what it names does fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from spikec.compiler.ir.fit import Fit, FitRow
from spikec.compiler.options import Options
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.prepare import read_front, resolve_target
from spikec.compiler.sweep.fit import run_fit_on
from spikec.compiler.sweep.job import FitJob
from spikec.compiler.sweep.stimulus import stand_in
from spikec.compiler.sweep.try_target import try_target
from spikec.compiler.text.render_fit import fit_tables
from spikec.compiler.verdicts.fit import trial
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.targets import names

from .graphs import affine, graph, leaky, port

OPTIONS = Options(dialect="nir.euler", dt_seconds=1.0)


def two_layers(n_in: int = 16, hidden: int = 20, n_out: int = 8) -> RawGraph:
    random = np.random.default_rng(0)
    nodes = {
        "input": port("Input", n_in),
        "w1": affine(random.normal(0.0, 0.1, (hidden, n_in))),
        "first": leaky(hidden, 0.9, 10.0, r=10.0),
        "w2": affine(random.normal(0.0, 0.1, (n_out, hidden))),
        "second": leaky(n_out, 0.9, 10.0, r=10.0),
        "output": port("Output", n_out),
    }
    return graph(
        nodes, [("input", "w1"), ("w1", "first"), ("first", "w2"), ("w2", "second"), ("second", "output")]
    )


def test_a_narrow_terminal_gets_several_tables() -> None:
    """No word and no number is broken over lines, and nothing is left out."""
    cells = {"change": "--allow-approximation, 2 chips", "accuracy_float": "187/200", "accuracy": "188/200",
             "chip_95": (0.898, 0.965), "same_decisions": "199/200", "output_f1": 0.9943, "rate_distance": 0.01,
             "output_f1_within_1_step": 0.5, "output_f1_within_2_steps": 0.75}  # fmt: skip
    done = FitRow(target="odin", status="done", identical=True, cores=2, available_cores=4, binding="rows",
                  share=0.5, latency_steps=1, approximated=("leak of the membrane", "floor"), **cells)  # fmt: skip
    misfit = FitRow(target="xylo_imu", status="refused", code="SPK2017", reason="too many inputs: 64 > 16")
    found = Fit(network="net.nir", stimulus="file", rows=(done, misfit))
    lines: list[str] = []
    for width in (80, 1000):
        console = Console(width=width, color_system=None, highlight=False)
        with console.capture() as captured:
            for each in fit_tables(found, width):
                console.print(each)
        lines.append(captured.get())
        assert max(len(line.rstrip()) for line in lines[-1].splitlines()) <= width
    narrow, wide = (" ".join(text.split()) for text in lines)
    assert set(wide.split()) == set(narrow.split())
    for cell in (
        "--allow-approximation, 2 chips",
        "187/200 -> 188/200",
        "89.8% to 96.5%",
        "too many inputs: 64 > 16",
    ):
        assert cell in narrow
    assert len(fit_tables(found, 80)) > len(fit_tables(found)) == 2


@pytest.fixture
def small_chip(tmp_path: Path) -> str:
    """A Loihi 1 with few cores and little memory, in a file of its own."""
    text = (resources.files("spikec.targets") / "loihi1" / "chip.toml").read_text(encoding="utf-8")
    for old, new in (
        ('name = "loihi1"', 'name = "small"'),
        ("cores_per_chip = 128", "cores_per_chip = 2"),
        ("rows = 8", "rows = 1"),
        ("synapse_memory_bits = 1048576", "synapse_memory_bits = 1600"),
    ):
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "small.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def rows(raw: RawGraph, options: Options = OPTIONS) -> list[FitRow]:
    """Of all targets, in this process."""
    return [try_target(raw, replace(options, target=name), None) for name in names()]


def test_what_fits_as_it_is_is_compiled_and_measured() -> None:
    made = compile_graph(two_layers(), OPTIONS)
    found = try_target(two_layers(), OPTIONS, None)
    fidelity = made.report.verdicts.fidelity
    assert fidelity is not None
    assert found.fits
    assert (found.target, found.change, found.cores, found.reason) == ("loihi1", "as it is", 1, "")
    assert found.available_cores == 128
    assert found.tried == ()
    assert (found.output_f1, found.same_decisions) == (fidelity.output_f1, fidelity.same_decisions)
    assert found.output_f1_within_1_step == fidelity.output_f1_within_1_step
    assert 0 < found.share <= 1


def test_what_a_chip_does_not_do_is_tried_and_told() -> None:
    """Without consent it would be refused, and with it that is not said."""
    asked = replace(OPTIONS, target="ranc", chips=2)
    with pytest.raises(DiagnosticError, match="SPK1020"):
        compile_graph(two_layers(), asked)
    found = try_target(two_layers(), asked, None)
    assert found.fits
    assert found.change == "--allow-approximation"
    assert "leak of the membrane" in found.approximated
    given = try_target(two_layers(), replace(asked, allow_approximation=True), None)
    assert given.change == "as it is"
    assert given.configuration_sha256 == found.configuration_sha256


def test_the_nearest_change_that_fits_is_compiled(small_chip: str) -> None:
    found = try_target(two_layers(), replace(OPTIONS, target=small_chip), None)
    assert found.fits
    assert "chips" in found.change
    chips = int(found.change.split()[0])
    assert found.chips == chips
    assert (
        compile_graph(two_layers(), replace(OPTIONS, target=small_chip, chips=chips)).report.resources.cores
        == found.cores
    )


def test_the_best_comes_first() -> None:
    """Answers lost beyond chance before spikes, spikes before cores; what does not fit last."""

    def done(target: str, accuracy: str, highest: float, f1: float, cores: int) -> FitRow:
        return FitRow(
            status="done", target=target, accuracy=accuracy, accuracy_float="10/10", chip_95=(0.4, highest),
            output_f1=f1, cores=cores, available_cores=9, latency_steps=1, identical=True,
        )  # fmt: skip

    made = [
        FitRow(status="refused", target="a", code="SPK2003", reason="too small"),
        done("b", "9/10", 0.98, 0.9, 1),
        done("c", "9/10", 1.0, 0.5, 9),
        done("d", "9/10", 0.98, 0.9, 2),
        FitRow(status="failed", target="e", code="SPK0606", reason="gone"),
        done("f", "9/10", 0.98, 0.95, 3),
    ]

    def runner(jobs: Sequence[FitJob]) -> Iterator[tuple[int, FitRow]]:
        yield from enumerate(made[: len(jobs)])

    heard: list[str] = []
    found = run_fit_on(
        "net", b"", [replace(OPTIONS, target="loihi1")] * 6, (stand_in(), b""), runner,
        lambda row, there, of: heard.append(f"{there}/{of} {row.target}"),
    )  # fmt: skip
    assert [row.target for row in found.rows] == ["c", "f", "b", "d", "a", "e"]
    assert heard[-1] == "6/6 f"
    said = str(found)
    assert "fits 4 of 6 targets; figures are of random spikes, as no stimulus is given" in said
    assert "too small" in said


def test_what_is_named_does_fit(small_chip: str) -> None:
    raw, options = two_layers(), replace(OPTIONS, target=small_chip)
    with pytest.raises(DiagnosticError) as refused:
        compile_graph(raw, options)
    (found,) = refused.value.diagnostics
    assert found.code == "SPK2003"
    facts = [text for label, text in found.facts if label == "nearest"]
    assert facts
    front = read_front(raw, options, resolve_target(options))
    plain = trial(front, options, None, "as it is")
    assert plain.cores is not None
    assert not plain.fits
    chips = next(text for text in facts if "chips" in text)
    number = int(chips.split()[0])
    assert trial(front, replace(options, chips=number), None, "").fits
    assert not trial(front, replace(options, chips=number - 1), None, "").fits
    assert compile_graph(raw, replace(options, chips=number)).placement_identical
    bits = [text for text in facts if "weight bits" in text]
    for text in bits:
        fewer = int(text.split()[0])
        assert trial(front, replace(options, weight_bits=fewer), None, "").fits


def test_a_neuron_that_exceeds_a_core(small_chip: str) -> None:
    """No number of chips helps; the host takes the layer before it."""
    raw = two_layers(n_in=600, hidden=12, n_out=4)
    with pytest.raises(DiagnosticError) as refused:
        compile_graph(raw, replace(OPTIONS, target=small_chip))
    found = refused.value.diagnostics[0]
    assert found.code == "SPK2001"
    assert "synapse memory bits" in found.message
    assert any(label == "nearest" for label, _ in found.facts)
    assert not any("chips" in text.split(":")[0] for label, text in found.facts if label == "nearest")


@pytest.mark.parametrize("delayed", [False, True])
def test_a_recurrent_network_has_a_row_for_every_target(delayed: bool) -> None:
    """Chips that cannot hold a spike back, or cannot loop, say so in their rows; the others are tried."""
    random = np.random.default_rng(1)
    nodes = {
        "input": port("Input", 6),
        "w": affine(random.normal(0.0, 0.5, (7, 6))),
        "cells": leaky(7, 0.9, 10.0, r=10.0),
        "back": affine(random.normal(0.0, 0.3, (7, 7))),
        "output": port("Output", 7),
    }
    edges = [("input", "w"), ("w", "cells"), ("cells", "back"), ("back", "cells"), ("cells", "output")]
    if delayed:
        nodes["late"] = RawNode(kind="Delay", params={"delay": np.full(7, 100.0)})
        edges = [("back", "late") if edge == ("back", "cells") else edge for edge in edges] + [
            ("late", "cells")
        ]
    found = rows(graph(nodes, edges))
    assert [row.target for row in found] == [*names()]
    assert all(row.fits == (not row.reason) for row in found)
    assert any(not row.fits for row in found)
