"""Every diagnostic code: a small input that brings it about, and all that spikec then says."""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from spikec.compiler.diagnostics import aliases, codes
from syrupy.assertion import SnapshotAssertion

from ..compiler.sweeping import here
from ..effort import thinned
from . import (
    compile_cases,
    events_cases,
    file_cases,
    graph_cases,
    grid_cases,
    layers_cases,
    lint_cases,
    option_cases,
    ordered_cases,
    output_cases,
    packet_cases,
    reading_cases,
    recurrent_cases,
    stimulus_cases,
    warning_cases,
)
from .netfiles import linear, port, small, weights
from .outputs import chip_file, compile_small
from .running import READING, Case, compiled, inspect, said, shows

MODULES = (
    file_cases, graph_cases, reading_cases, stimulus_cases, option_cases, compile_cases,
    ordered_cases, layers_cases, grid_cases, events_cases, packet_cases, recurrent_cases, output_cases,
    warning_cases, lint_cases,
)  # fmt: skip
CASES: dict[str, Case] = {name: case for module in MODULES for name, case in module.CASES.items()}

WITH_A_CHANGED_PROGRAM = {
    "SPK0107",
    "SPK0119",
    "SPK0413",
    "SPK0514",
    "SPK0526",
    "SPK0527",
    "SPK0601",
    "SPK0602",
    "SPK0610",
    "SPK2002",
    "SPK9001",
}
"""Their tests are below: no small input brings them about, so a limit or a part of spikec is replaced."""

REFERENCE = "the compiler finds it first ({}); only callers of sim.reference meet it"
PYTHON = "only what is called from Python meets it (tests/api/test_wrong_values.py)"
PACKAGE = "only an installed package brings it about (tests/targets/test_packages.py)"
ROW = "a row of a sweep has it (tests/compiler/test_sweep_processes.py)"
SHELL = "only a process of its own meets it (tests/compiler/test_shell.py)"
WITHOUT_A_CASE = {
    "SPK0280": REFERENCE.format("SPK0201"),
    "SPK0281": REFERENCE.format("SPK0207"),
    "SPK0283": REFERENCE.format("SPK0406, SPK0407, SPK0220"),
    "SPK0285": REFERENCE.format("SPK0112, SPK0114, SPK0212"),
    "SPK0286": REFERENCE.format("SPK0209, SPK1002"),
    "SPK0287": REFERENCE.format("SPK0111"),
    "SPK0530": PYTHON,
    "SPK0531": PYTHON,
    "SPK0532": PYTHON,
    "SPK0523": "a row of a sweep has it (tests/compiler/test_sweep.py)",
    "SPK0603": SHELL,
    "SPK0604": SHELL,
    "SPK0605": SHELL,
    "SPK0606": ROW,
    "SPK0607": "only where a cluster is asked for (tests/compiler/test_sweep_cluster.py)",
    "SPK0608": ROW,
    "SPK0609": SHELL,
    "SPK0508": PACKAGE,
    "SPK0509": PACKAGE,
    "SPK4011": "the rules of a chip ask for a step; only a machine made in memory has none",
    "SPK2028": "no file asks for copies of spikes; only a network made in memory copies a neuron twice",
    "SPK2033": "splitters get the step that they need; only a network made in memory has none to spare",
    "SPK4010": "the scales keep sums inside the chip's registers; only a machine made in memory passes 32 bits",
}
"""Code -> why no input of the command line reaches it."""


@pytest.mark.parametrize("name", CASES)
def test_what_is_said(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    snapshot: SnapshotAssertion,
) -> None:
    found = said(CASES[name](tmp_path), tmp_path, monkeypatch, capsys)
    shows(name, found)
    assert found.text == snapshot


@pytest.mark.parametrize("ended_by", ["SEGV", "XCPU"])
def test_a_file_that_ends_its_reader(
    ended_by: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    snapshot: SnapshotAssertion,
) -> None:
    crasher = tmp_path / "crasher"
    crasher.write_text(f"#!/bin/sh\nkill -{ended_by} $$\n", encoding="utf-8")
    crasher.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(crasher))
    found = said(inspect(small(tmp_path / "net.nir")), tmp_path, monkeypatch, capsys)
    shows("SPK0107", found)
    assert found.text == snapshot


def test_seconds_for_the_reader_that_are_none(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    snapshot: SnapshotAssertion,
) -> None:
    monkeypatch.setenv("SPIKEC_READER_SECONDS", "ten")
    found = said(inspect(small(tmp_path / "net.nir")), tmp_path, monkeypatch, capsys)
    shows("SPK0119", found)
    assert found.text == snapshot


def test_memory_that_is_no_number(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    snapshot: SnapshotAssertion,
) -> None:
    monkeypatch.setenv("SPIKEC_MEMORY_GIB", "4G")
    found = said(stimulus_cases.on(tmp_path, "--poisson", "0.5"), tmp_path, monkeypatch, capsys)
    shows("SPK0413", found)
    assert found.text == snapshot


def test_more_devices_than_there_are(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    snapshot: SnapshotAssertion,
) -> None:
    """On every machine as on one with two."""
    monkeypatch.setattr("jax.device_count", lambda: 2)
    words = ("simulate", compile_small(tmp_path), "--devices", "3", "-q", "-o", tmp_path / "trace.npz")
    found = said(words, tmp_path, monkeypatch, capsys)
    shows("SPK0514", found)
    assert found.text == snapshot
    assert not (tmp_path / "trace.npz").exists()


@pytest.mark.parametrize(
    "problem", [RuntimeError("no tpu\nand more"), AssertionError()], ids=["said", "unsaid"]
)
def test_no_device_at_all(
    problem: Exception,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    snapshot: SnapshotAssertion,
) -> None:
    """As with JAX_PLATFORMS=tpu, and with JAX_PLATFORMS=cuda, on a machine without them."""

    def none() -> int:
        raise problem

    monkeypatch.setenv("JAX_PLATFORMS", "cuda")
    monkeypatch.setattr("jax.device_count", none)
    words = ("simulate", compile_small(tmp_path), "--engine", "jax", "-q", "-o", tmp_path / "trace.npz")
    found = said(words, tmp_path, monkeypatch, capsys)
    shows("SPK0514", found)
    assert found.text == snapshot


def test_processes_that_do_not_meet(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    snapshot: SnapshotAssertion,
) -> None:
    """Nobody is at port 1 of this machine; a user would wait a minute."""
    monkeypatch.setattr("spikec.sim.engines.processes.MEET_SECONDS", 0.1)
    who = ("--coordinator", "localhost:1", "--processes", "2", "--process", "1")
    words = ("simulate", compile_small(tmp_path), *who, "-q", "-o", tmp_path / "trace.npz")
    found = said(words, tmp_path, monkeypatch, capsys)
    shows("SPK0610", found)
    assert found.text == snapshot
    assert not (tmp_path / "trace.npz").exists()


def test_cuts_that_do_not_settle(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    snapshot: SnapshotAssertion,
) -> None:
    """The rounds that settle no cut are fewer here, since a network for all of them has 1,600 neurons."""
    monkeypatch.setattr("spikec.compiler.backends.loihi.slice_cuts._ROUNDS", 3)
    words = compile_cases.cuts_that_ask_for_finer_ones(tmp_path)
    found = said(words, tmp_path, monkeypatch, capsys)
    shows("SPK2002", found)
    assert found.text == snapshot


def test_a_fault_of_spikec(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    snapshot: SnapshotAssertion,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("spikec.compiler.pipeline.compile_graph", broken)
    words = compiled(small(tmp_path / "net.nir"))
    found = said(words, tmp_path, monkeypatch, capsys)
    shows("SPK9001", found)
    assert found.text == snapshot
    monkeypatch.setattr("sys.argv", ["spikec", "--debug", *map(str, words)])
    with pytest.raises(ZeroDivisionError):
        said(("--debug", *words), tmp_path, monkeypatch, capsys)


def test_widths_that_make_no_difference(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    snapshot: SnapshotAssertion,
) -> None:
    """A neuron of so many inputs has axons for two bits alone. The jobs run in this process."""
    monkeypatch.setattr("spikec.compiler.sweep.processes.in_processes", here())
    net = small(tmp_path / "net.nir", in_=port("Input", 120), w=linear(weights(3, 120) - 0.5))
    words = ("sweep", net, *READING, "--target", "ranc", "--allow-approximation", "--weight-bits", "2,4")
    found = said((*words, "-q", "-o", tmp_path / "space"), tmp_path, monkeypatch, capsys)
    shows("SPK0526", found)
    assert found.text == snapshot


def test_a_cluster_without_its_package(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    snapshot: SnapshotAssertion,
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    words = (
        "sweep",
        small(tmp_path / "net.nir"),
        *READING,
        "--scheduler",
        "tcp://host:8786",
        "-o",
        tmp_path / "s",
    )
    found = said(words, tmp_path, monkeypatch, capsys)
    shows("SPK0527", found)
    assert found.text == snapshot


@pytest.mark.parametrize(("code", "number"), [("SPK0601", errno.ENOSPC), ("SPK0602", errno.EROFS)])
def test_a_machine_that_does_not_write(
    code: str,
    number: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    snapshot: SnapshotAssertion,
) -> None:
    """A full disk and a read-only one are no usage: exit code 1."""

    def refuses(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("os.fsync", refuses)
    found = said(compiled(small(tmp_path / "net.nir")), tmp_path, monkeypatch, capsys)
    shows(code, found)
    assert found.code == 1
    assert found.text == snapshot
    assert not (tmp_path / "out").exists()


def test_what_is_typed_is_looked_at_before_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Targets, dialects, required figures, files to write: no network has to be read for them."""

    def unwanted(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the network was read")

    monkeypatch.setattr("spikec.sim.nir.file.read_image", unwanted)
    net = tmp_path / "net.nir"
    for words, code in (
        (compiled(net, "--target", "xylo"), 2),
        (compiled(net, "--target", chip_file(tmp_path, ("cores_per_chip = 128", "cores_per_chip = 0"))), 2),
        (compiled(net, "--dialect", "snntroch"), 1),
        (compiled(net, "--require", "f1=2"), 2),
        (compiled(net, "--require", "f2=1"), 2),
        (compiled(net, "--lock", tmp_path / "absent.json"), 2),
        (compiled(net, "--stimulus", "-"), 2),
        (("reference", net, "--poisson", "1", "-o", tmp_path / "absent" / "t.npz"), 2),
        (("reference", net, "--poisson", "1", "-o", tmp_path), 2),
    ):
        found = said(words, tmp_path, monkeypatch, capsys)
        assert found.code == code, found.text


def test_names_and_labels_are_looked_at_before_anything_is_composed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unwanted(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the network was composed")

    monkeypatch.setattr("spikec.compiler.prepare.connect", unwanted)
    net = small(tmp_path / "net.nir")
    inputs = np.zeros((4, 2, 4), np.uint8)
    np.savez(tmp_path / "past.npz", input=inputs, labels=np.array([1, 3]))
    np.savez(tmp_path / "plain.npz", input=inputs)
    on = ("compile", net, *READING, "-q", "-o", tmp_path / "out", "--stimulus")
    for words, code, text in (
        (compiled(net, "--pin", "ghost=0"), 2, "SPK0505"),
        (compiled(net, "--pin", "n=128"), 2, "SPK0505"),
        (compiled(net, "--target", "speck2f", "--pin", "n=9"), 2, "SPK0505"),
        (compiled(net, "--host-prefix", "ghost"), 1, "SPK1009"),
        (compiled(net, "--require", "accuracy-loss=0.1"), 2, "needs labels"),
        ((*on, tmp_path / "plain.npz", "--require", "accuracy-loss=0.1"), 2, "needs labels"),
        ((*on, tmp_path / "past.npz"), 1, "SPK0409"),
    ):
        found = said(words, tmp_path, monkeypatch, capsys)
        assert found.code == code, found.text
        assert text in found.stderr


def test_waves_of_no_population_are_refused_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unwanted(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the chip was run")

    words = CASES["SPK0510"](tmp_path)
    monkeypatch.setattr("spikec.compiler.output.again.chip_trace", unwanted)
    found = said(words, tmp_path, monkeypatch, capsys)
    shows("SPK0510", found)
    assert found.code == 2


@pytest.mark.parametrize(
    "name", [name for name in CASES if name[:7] in ("SPK0503", "SPK0504", "SPK0506", "SPK0507")]
)
def test_an_output_is_refused_before_the_compile(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unwanted(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the network was read")

    words = CASES[name](tmp_path)
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.setattr("spikec.sim.nir.file.read_image", unwanted)
    found = said(words, tmp_path, monkeypatch, capsys)
    shows(name, found)
    assert found.code == 2
    assert sorted(tmp_path.rglob("*")) == before


def test_a_lock_that_is_a_pipe_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    found = said(
        compiled(small(tmp_path / "net.nir"), "--lock", tmp_path / "pipe"), tmp_path, monkeypatch, capsys
    )
    assert found.code == 2
    assert "--lock: DIR/pipe: not a regular file" in found.stderr


def test_every_code_has_a_case_or_a_reason() -> None:
    with_case = {name[:7] for name in CASES} | WITH_A_CHANGED_PROGRAM
    assert with_case | set(WITHOUT_A_CASE) == set(codes())
    assert not with_case & set(WITHOUT_A_CASE)


@pytest.mark.parametrize("code", thinned(codes(), 4))
def test_explain(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record = codes()[code]
    assert said(("explain", code.lower()), tmp_path, monkeypatch, capsys).text == "exit 0\n"
    monkeypatch.setattr("sys.argv", ["spikec", "explain", code])
    from spikec.compiler.shell.cli import _run

    assert _run() == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"{code} ({record.severity}): {record.title}\n\n{record.explanation}\n")
    assert record.title
    assert record.explanation
    assert (f"\nhint: {record.hint}\n" in printed) == bool(record.hint)


@pytest.mark.parametrize("code", aliases())
def test_explain_answers_to_codes_of_earlier_versions(
    code: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from spikec.compiler.shell.cli import _run

    now = aliases()[code]
    assert code not in codes()
    monkeypatch.setattr("sys.argv", ["spikec", "explain", code.lower()])
    assert _run() == 0
    printed = capsys.readouterr().out
    assert printed.startswith(
        f"{code} is {now} now.\n\n{now} ({codes()[now].severity}): {codes()[now].title}\n"
    )
    monkeypatch.setattr("sys.argv", ["spikec", "explain", code, "--json"])
    assert _run() == 0
    assert json.loads(capsys.readouterr().out)["code"] == now
