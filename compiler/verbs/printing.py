"""How verbs print: JSON in one shape everywhere, and a written trace."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from msgspec import Struct

    from ...sim.trace import Trace
    from ..output.trace_file import Written


SCHEMA_VERSION = 1


def print_json(record: Struct | Mapping[str, object]) -> None:
    """Sorted keys, to stdout; `schema_version` is that of `schemas/`, unless the record has its own."""
    from ..ir.record import builtins_of

    made = {"schema_version": SCHEMA_VERSION, **builtins_of(record)}
    click.echo(json.dumps(made, indent=1, sort_keys=True))


def say_packages() -> None:
    """Say to stderr which installed packages have chips that cannot be used."""
    from ..diagnostics import render_all
    from ..packages import package_warnings

    if found := package_warnings():
        click.echo(render_all(found), err=True)


def write_file(file: Path, data: bytes) -> None:
    """Raises DiagnosticError: SPK0504, SPK0601 or SPK0602 where the operating system refuses."""
    from ...sim.diagnostic import DiagnosticError
    from ..shell.write_refused import write_refused

    try:
        file.write_bytes(data)
    except OSError as problem:
        raise DiagnosticError((write_refused(problem, str(file)),)) from problem


def write_trace(file: Path, trace: Trace, *, as_json: bool) -> None:
    """Write `trace` as `.npz` and say which arrays it holds."""
    from ..output.trace_file import write_trace_file

    print_trace(file, write_trace_file(file, [trace]), as_json=as_json)


def print_trace(file: Path, written: Written, *, as_json: bool) -> None:
    """Say which arrays a written trace holds."""
    from ...sim.nir.path import shown

    if as_json:
        from .printed import SimulatedTrace, WrittenTrace

        name, arrays, told = file.name, written.shapes, written.provenance
        if told is None:
            print_json(WrittenTrace(trace=name, arrays=arrays))
        else:
            print_json(SimulatedTrace(trace=name, arrays=arrays, provenance=told))
        return
    for name, shape in written.shapes.items():
        click.echo(f"{shown(name)} {list(shape)}")
