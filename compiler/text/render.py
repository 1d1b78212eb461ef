"""What a compile says on the terminal: verdicts first, then the chain, the table and the resources."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from msgspec import UNSET

from ...sim.nir.path import shown
from ..report.cores import held_and_limits
from ..report.judgement import judgement

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from ..ir.report import Report, Timing
    from ..ir.verdicts import CheckedFiles, FidelityVerdict, Verdicts

UNBOUNDED = 10_000
"""Columns; wider than any table."""


def console() -> Console:
    """Plain when stdout is no terminal, and then no row of a table is broken over lines; honours NO_COLOR."""
    from rich.console import Console

    made = Console(highlight=False, soft_wrap=False, emoji=False, markup=False)
    if not made.is_terminal:
        made.width = UNBOUNDED
    return made


def table(title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> Table:
    """Lay out rows of text under columns; what came from a file is escaped."""
    from rich.table import Table
    from rich.text import Text

    made = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(Text(shown(cell)) for cell in row))
    return made


def number(value: object) -> str:
    """Write a float with four decimals, None as a dash, all else as it is."""
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def verdict_lines(verdicts: Verdicts) -> list[str]:
    """The two verdicts in a line each, findings below."""
    placement, fidelity = verdicts.placement, verdicts.fidelity
    dynamic = placement.dynamic
    word = "identical" if placement.identical else "DIFFERENT"
    static = "identical" if placement.static.identical else "DIFFERENT"
    ran = "identical" if dynamic.identical else "DIFFERENT"
    lines = [
        f"placement  {word}: words {static}; spikes and states {ran} over {dynamic.steps} steps x "
        f"{dynamic.batch} samples, {dynamic.spikes} spikes"
    ]
    lines += [f"           {shown(text)}" for text in placement.findings[:20]]
    if fidelity is None:
        return lines
    lines.append(f"fidelity   {fidelity_words(fidelity)}")
    one, two = fidelity.output_f1_within_1_step, fidelity.output_f1_within_2_steps
    near = [] if one is None else [f"F1 {number(one)} within a step, {number(two)} within two"]
    same = [] if fidelity.same_decisions is None else [f"same decision {fidelity.same_decisions}"]
    if near or same:
        lines.append(f"           {', '.join([*near, *same])}")
    lines += _accuracy_lines(fidelity)
    if said := judgement(fidelity):
        lines.append(f"in words   {said}")
    return lines


def _accuracy_lines(fidelity: FidelityVerdict) -> list[str]:
    accuracy, share = fidelity.accuracy, fidelity.accuracy_fraction
    if accuracy is None or share is UNSET:
        return []
    low, high = share.chip_95
    return [
        f"accuracy   float {accuracy.in_float}, chip {accuracy.chip} ({low:.1%} to {high:.1%} at 95%); "
        f"in float under the chip's rules {fidelity.chip_rules.accuracy}"
    ]


def fidelity_words(fidelity: FidelityVerdict) -> str:
    """How the outputs agree: F1 of those that spike, rms of those that show values."""
    f1, rms, agreement = fidelity.output_f1, fidelity.output_rms, number(fidelity.output_agreement)
    if f1 is None:
        silent = "no spikes at the outputs, in float and on the chip: no F1"
        return silent if rms is None else f"same decision {agreement}, rms {number(rms)}"
    rules = f"in float under the chip's rules {number(fidelity.chip_rules.output_f1)}"
    rest = (
        f"sites equal {agreement}"
        if rms is None
        else f"same decision {agreement}, rms of values {number(rms)}"
    )
    return f"output F1 {number(f1)} ({rules}), {rest}"


def file_lines(files: CheckedFiles) -> list[str]:
    """Whether every file of an output was derived again, differences below."""
    compared, differences = files.compared, files.differences
    word = "identical" if files.identical else "DIFFERENT"
    lines = [
        f"files      {word}: {len(compared)} derived again from the network, its options and its stimulus"
    ]
    return lines + [f"           {shown(text)}" for text in differences[:20]]


def print_report(report: Report) -> None:
    """Verdicts, chain, fidelity table and resources."""
    out = console()
    for line in verdict_lines(report.verdicts):
        out.print(line, soft_wrap=True)
    fidelity = report.verdicts.fidelity
    if fidelity is not None:
        chain = [
            (c.link, number(c.output_f1), number(c.output_agreement), number(c.output_rms))
            for c in fidelity.chain
        ]
        out.print()
        out.print(table("fidelity chain", ("link", "F1", "agreement", "rms"), chain))
    rows = [(r.feature, r.where, r.wanted, r.done, r.status, r.effect) for r in report.fidelity_table]
    if rows:
        out.print()
        columns = ("feature", "where", "wanted", "done", "status", "effect")
        out.print(table("what the chip does otherwise", columns, rows))
    out.print()
    out.print(table(*resource_table(report)))
    for line in partition_lines(report):
        out.print(line, soft_wrap=True)


def partition_lines(report: Report) -> list[str]:
    """Cores with their bounds, what is proven and of what, memory, packets."""
    resources = report.resources
    certificate, memory = resources.certificate, resources.memory_bits
    lines = [
        f"cores      {resources.cores}, at least {certificate.least_cores} in the family searched and "
        f"{resources.least_cores_of_any_partition} in any",
        f"partition  {certificate.value:,} (bound {certificate.bound:,}) {certificate.objective}: "
        f"{certificate.status}",
        f"           family: {certificate.family}",
        f"memory     {memory.stored:,} bits stored; {memory.without_sharing:,} without sharing",
    ]
    mesh = resources.mesh
    if mesh is not UNSET and resources.cores > 1:
        lines.append(
            f"mesh       {mesh.packets:,.1f} packets a step between cores, {mesh.hops:,.1f} hops on "
            f"{mesh.rows} x {mesh.columns} (no placement of these cores below {mesh.bound:,.1f}), "
            f"{mesh.rates}"
        )
    if report.traffic is not UNSET and report.traffic:
        sent = sum(core.out for core in report.traffic)
        host = sum(core.from_host for core in report.traffic)
        lines.append(
            f"packets    {sent:,.1f} a step between and within cores in the chip's run, {host:,.1f} from the host"
        )
    if report.timing is not None:
        lines += timing_lines(report.timing)
    return lines


def timing_lines(timing: Timing) -> list[str]:
    """Cycles of a step, and the clock that the time step asks for."""
    cycles, clock = timing.cycles, timing.clock_hertz
    worst = "without a bound" if cycles.worst is None else f"at most {cycles.worst:,.0f}"
    slowest = f"{frequency(clock.most)} for the stimulus"
    if clock.worst is not None:
        slowest += f", {frequency(clock.worst)} for every input"
    return [
        f"cycles     {cycles.most:,.0f} in the longest step of the stimulus, {cycles.mean:,.0f} on average, "
        f"{worst} ({timing.model})",
        f"clock      steps of {timing.dt_seconds:g} s ask for {slowest}",
    ]


def frequency(hertz: float) -> str:
    """Three digits, rounded up: a slower clock would be too slow."""
    unit, size = next((pair for pair in _PREFIXES if hertz >= pair[1]), ("Hz", 1.0))
    scaled = hertz / size
    step = 10.0 ** (math.floor(math.log10(scaled)) - 2) if scaled > 0 else 1.0
    return f"{math.ceil(round(scaled / step, 6)) * step:.3g} {unit}"


def quantity(value: float, unit: str) -> str:
    """Three digits with the prefix of the unit that fits: `2.1 ms`."""
    size, prefix = next((pair for pair in _PARTS if value >= pair[0] * 0.9995), _PARTS[-1])
    return f"{value / size:.3g} {prefix}{unit}"


_PARTS = ((1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p"))
_PREFIXES = (("GHz", 1e9), ("MHz", 1e6), ("kHz", 1e3))


def _cores(count: int) -> str:
    return "1 core" if count == 1 else f"{count} cores"


def resource_table(report: Report) -> tuple[str, tuple[str, ...], list[tuple[str, ...]]]:
    """The fullest core of every resource."""
    resources = report.resources
    binding = resources.binding.resource
    rows: list[tuple[str, ...]] = []
    for name in sorted(resources.available):
        most, limit = max(held_and_limits(resources, name), key=lambda pair: pair[0] / max(1, pair[1]))
        bar = "#" * round(20 * most / limit) if limit else ""
        mark = " <- binding" if name == binding else ""
        rows.append((name, str(most), str(limit), f"{most / limit:.0%}", bar + mark))
    return (
        f"{_cores(resources.cores)}; the fullest core of each resource",
        ("resource", "used", "of", "", ""),
        rows,
    )
