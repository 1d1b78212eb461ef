from __future__ import annotations

from dataclasses import replace

import pytest
from spikec.compiler.ir.report import Timing
from spikec.compiler.options import Options
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.text.render import frequency, timing_lines
from spikec.compiler.verdicts.capability_probes import READINGS, neuron_probes
from spikec.sim.stimulus import poisson

DT_SECONDS = 0.5


def timing_on(target: str) -> Timing | None:
    (probe,) = [p for p in neuron_probes() if (p.kind, p.variant) == ("CubaLIF", READINGS[1][0])]
    reading = replace(probe.dialect, dt_seconds=DT_SECONDS)
    stimulus = poisson({"input": (4,)}, 0.3, 8, batch=2, seed=1)
    options = Options(target=target, reading=reading)
    return compile_graph(probe.graph, options, stimulus=stimulus).report.timing


def test_the_clock_is_the_cycles_by_the_time_step() -> None:
    found = timing_on("xylo_audio2")
    assert found is not None
    cycles, clock = found.cycles, found.clock_hertz
    assert cycles.worst is not None
    assert cycles.mean <= cycles.most < cycles.worst
    assert (clock.worst, clock.most) == (cycles.worst / DT_SECONDS, cycles.most / DT_SECONDS)
    lines = timing_lines(found)
    assert frequency(clock.most) in lines[1]
    assert f"{cycles.most:,.0f}" in lines[0]


def test_without_a_public_formula_there_is_none() -> None:
    assert timing_on("xylo_audio3") is None


@pytest.mark.parametrize(
    ("hertz", "text"),
    [
        (0.0, "0 Hz"),
        (12.0, "12 Hz"),
        (999.0, "999 Hz"),
        (1234.0, "1.24 kHz"),
        (5e6, "5 MHz"),
        (1.0001e9, "1.01 GHz"),
    ],
)
def test_a_clock_is_rounded_up(hertz: float, text: str) -> None:
    assert frequency(hertz) == text
