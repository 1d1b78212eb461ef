"""What a chip has no room for is given up, the largest first, and said."""

from __future__ import annotations

from importlib import resources

import pytest
import spikec
from spikec.compiler.ir.fidelity_row import FidelityRow
from spikec.compiler.output.saved import asked_options
from spikec.compiler.sweep.try_target import try_target
from spikec.sim.diagnostic import DiagnosticError

from .nets import drawn


def toml(memory_bits: int) -> bytes:
    """A Loihi 1 with one core of so much synaptic memory."""
    text = (resources.files("spikec.targets") / "loihi1" / "chip.toml").read_text(encoding="utf-8")
    for old, new in (
        ("cores_per_chip = 128", "cores_per_chip = 1"),
        ("rows = 8", "rows = 1"),
        ("synapse_memory_bits = 1048576", f"synapse_memory_bits = {memory_bits}"),
    ):
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def rows(compiled: spikec.Compiled, feature: str) -> list[FidelityRow]:
    return [row for row in compiled.report.fidelity_table if row.feature == feature]


def test_the_largest_is_given_up_and_the_others_stay() -> None:
    compiled = drawn(3, "CubaLIF").compiled(target_toml=toml(10000))
    assert compiled.placement_identical
    reason = "the network needs 2 cores; Intel Loihi 1 as configured has 1"
    lacking = {"n1": {"taps": reason, "overshoot-copies": reason}}
    assert compiled.options.given_up == lacking
    assert asked_options(compiled.report).given_up == lacking
    assert [(row.where, row.wanted, row.done) for row in rows(compiled, "construct")] == [
        ("n1", "neurons made by taps or overshoot-copies", f"the chip's own reset: {reason}")
    ]
    native = next(row for row in rows(compiled, "reset") if row.where == "n1")
    assert native.done == "the membrane is set to v_reset"
    assert [d.code for d in compiled.diagnostics if d.severity == "warning"].count("SPK1024") == 1


def test_the_next_construct_comes_before_the_own_neurons() -> None:
    compiled = drawn(3, "CubaLIF").compiled(given_up={"n1": {"taps": "asked to"}})
    assert [row.done for row in rows(compiled, "construct")] == ["overshoot-copies: asked to"]


def test_what_fits_gives_up_nothing() -> None:
    compiled = drawn(3, "CubaLIF").compiled(target_toml=toml(20000))
    assert compiled.options.given_up == {}
    assert rows(compiled, "construct") == []


def test_what_was_asked_for_by_name_is_not_given_up() -> None:
    with pytest.raises(DiagnosticError, match="SPK2003"):
        drawn(3, "CubaLIF").compiled(target_toml=toml(10000), constructs=(("n1", "taps"), ("n2", "taps")))


def test_fit_gives_up_as_compile_does() -> None:
    case = drawn(3, "CubaLIF")
    row = try_target(case.raw, case.options(target_toml=toml(10000)), case.stimulus)
    assert (row.fits, row.change) == (True, "as it is")
