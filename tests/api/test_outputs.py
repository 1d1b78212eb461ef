"""A compile in memory and the folder that it writes: the same output to every function."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
import spikec
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.output.execution import chosen_execution
from spikec.sim.engines.choice import Execution

from .nets import BATCH, N_OUT, READING, STEPS, N, network, spikes


@pytest.fixture(params=["memory", "folder"])
def either(request: pytest.FixtureRequest, compiled: spikec.Compiled, out: Path) -> Any:
    return compiled if request.param == "memory" else out


def same(a: spikec.Trace, b: spikec.Trace) -> None:
    assert a.arrays().keys() == b.arrays().keys()
    for name, array in a.arrays().items():
        np.testing.assert_array_equal(array, b.arrays()[name])


def test_a_compile_in_short(compiled: spikec.Compiled) -> None:
    f1 = compiled.verdicts.fidelity.output_f1
    assert repr(compiled) == f"<Compiled for loihi1: 1 core, placement identical, output F1 {f1:.4f}>"
    assert str(compiled).startswith("placement  identical: ")
    assert "\ncores      1, at least 1" in str(compiled)
    assert compiled._repr_html_()
    assert str(compiled.verdicts) in str(compiled)
    assert compiled.verdicts.placement.identical is True


def test_the_report_by_name_and_by_key(compiled: spikec.Compiled) -> None:
    report = compiled.report
    assert isinstance(report, spikec.Report)
    assert report.resources.cores == report["resources"]["cores"] == 1
    assert report.network.populations[0].name == report["network"]["populations"][0]["name"]
    assert {**report} == dict(report)
    assert json.loads(compiled.files["report.json"]) == {k: v for k, v in json.loads(
        json.dumps(dict(report))).items() if k != "stages"}  # fmt: skip
    with pytest.raises(AttributeError, match=r"no verdict; it has .*verdicts"):
        report.verdict  # noqa: B018
    with pytest.raises(AttributeError):
        report.options = {}
    with pytest.raises(TypeError):
        report["options"] = {}  # pyright: ignore[reportIndexIssue]


def test_the_trace_of_the_compile(compiled: spikec.Compiled) -> None:
    assert compiled.trace.outputs["output"].shape == (STEPS, BATCH, N_OUT)
    assert compiled.trace.layers["hidden"].any()
    same(compiled.trace, compiled.simulate())
    same(compiled.trace, compiled.simulate(spikes()))


def test_simulate(either: Any, compiled: spikec.Compiled) -> None:
    trace = spikec.simulate(either, spikes(9), True)
    assert trace.states["hidden"]["v"].shape[2] == N
    same(trace, compiled.simulate(spikes(9), states=True))
    assert (trace.layers["hidden"] != compiled.trace.layers["hidden"]).any()
    same(spikec.simulate(either), compiled.trace)


@pytest.mark.parametrize(
    ("engine", "module"), [("numpy", "in_numpy"), ("events", "by_event"), ("jax", "in_jax")]
)
def test_the_engine_that_is_asked_for(
    engine: Any, module: str, out: Path, compiled: spikec.Compiled, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ran(*_: object, **__: object) -> None:
        raise ZeroDivisionError(module)

    monkeypatch.setattr(f"spikec.sim.engines.summed.{module}.start", ran)
    with pytest.raises(ZeroDivisionError, match=module):
        spikec.simulate(out, engine=engine)
    with pytest.raises(ZeroDivisionError, match=module):
        compiled.simulate(engine=engine)


def test_an_engine_that_is_none(out: Path, compiled: spikec.Compiled) -> None:
    chip = spikec.load_target("loihi1")
    for engine, devices in (("torch", None), (None, None), ("auto", 0), ("jax", True), ("auto", "2")):
        with pytest.raises(spikec.DiagnosticError, match="SPK0531"):
            chosen_execution(chip, engine, devices)  # pyright: ignore[reportArgumentType]
    with pytest.raises(spikec.DiagnosticError, match="SPK0531"):
        spikec.simulate(out, engine="torch")  # pyright: ignore[reportArgumentType]
    with pytest.raises(spikec.DiagnosticError, match="SPK0513"):
        compiled.simulate(engine="numpy", devices=1)


def test_all_devices_of_several_processes_take_part(monkeypatch: pytest.MonkeyPatch) -> None:
    chip = spikec.load_target("loihi1")
    monkeypatch.setattr("jax.device_count", lambda: 4)
    assert chosen_execution(chip, "auto", 2) == Execution(engine="jax", devices=2)
    monkeypatch.setattr("jax.process_count", lambda: 2)
    assert chosen_execution(chip, "auto", 4) == Execution(engine="jax", devices=4)
    with pytest.raises(spikec.DiagnosticError, match=r"SPK0514.*JAX has 4 in 2 processes"):
        chosen_execution(chip, "auto", 2)


@pytest.mark.parametrize("target", spikec.targets())
def test_a_choice_where_the_simulator_has_one(target: str) -> None:
    """By what decodes: lists of synapses have three engines, crossbars on a grid two, all else one."""
    chip = spikec.load_target(target)
    for engine in ("numpy", "events", "jax"):
        if engine in backend_of(chip).engines:
            assert chosen_execution(chip, engine, None) == Execution(engine=engine)
        else:
            with pytest.raises(spikec.DiagnosticError, match=rf"SPK0513.*{engine} is asked for"):
                chosen_execution(chip, engine, None)
    assert chosen_execution(chip, "auto", None) == Execution()
    if "jax" in backend_of(chip).engines:
        assert chosen_execution(chip, "auto", 1) == Execution(engine="jax")
    else:
        with pytest.raises(spikec.DiagnosticError, match=r"SPK0513.*--devices needs the engine jax"):
            chosen_execution(chip, "auto", 1)


def test_check(either: Any) -> None:
    found = spikec.check(either)
    assert found.identical
    assert repr(found) == "<Checked: identical>"
    assert not found.files.differences
    assert "files      identical" in str(found)
    assert spikec.check(either, spikes(9)).identical


def test_a_changed_file_is_found(compiled: spikec.Compiled, tmp_path: Path) -> None:
    out = compiled.write(tmp_path / "out")
    (out / "report.json").write_bytes(b"{}")
    with pytest.raises(spikec.DiagnosticError, match="SPK4102"):
        spikec.check(out)


def test_compare(either: Any, compiled: spikec.Compiled, tmp_path: Path) -> None:
    arrays = compiled.trace.arrays()
    np.savez(tmp_path / "trace.npz", **arrays)  # pyright: ignore[reportArgumentType]
    for trace in (compiled.trace, arrays, tmp_path / "trace.npz", {"output": arrays["output"]}):
        assert spikec.compare(either, trace).identical
    changed = {**arrays, "layer/last": 1 - arrays["layer/last"]}
    assert spikec.compare(either, changed).divergences[0].array == "layer/last"
    with pytest.raises(spikec.DiagnosticError, match="SPK0411"):
        spikec.compare(either, {"layer/none": arrays["output"]})
    with pytest.raises(spikec.DiagnosticError, match="SPK0532"):
        spikec.compare(either, 5)  # pyright: ignore[reportArgumentType]


def test_export(either: Any, tmp_path: Path) -> None:
    found = spikec.export(either)
    assert found.agreement.samples_alike == BATCH
    path = found.write(tmp_path / "effective.nir")
    assert "hidden" in nir.read(path).nodes
    trace = spikec.reference(
        path, spikes(), dialect="nir.euler", dt=found.dt_seconds, dialect_options=found.dialect_options
    )
    same_spikes = spikec.simulate(either).layers["hidden"]
    np.testing.assert_array_equal(trace.layers["hidden"], same_spikes)
    with pytest.raises(spikec.DiagnosticError, match="SPK0504"):
        found.write(tmp_path / "absent" / "effective.nir")


def test_diff(either: Any, compiled: spikec.Compiled, net: Path) -> None:
    assert not [change for change in spikec.diff(either, compiled).figures if change.differs]
    coarse = spikec.compile(net, **READING, stimulus=spikes(), weight_bits=2)
    assert spikec.diff(either, coarse).figure("configuration digest").differs


def test_write(compiled: spikec.Compiled, tmp_path: Path) -> None:
    out = compiled.write(str(tmp_path / "deep" / "out"))
    names = {path.name for path in out.iterdir()}
    drawn = {"report.html", "model_explorer.json", "model_explorer_data.json"}
    assert names == {*compiled.files, *drawn, "seconds.json", "manifest.json"}
    assert compiled.write(out) == out
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(spikec.DiagnosticError, match="SPK0503"):
        compiled.write(tmp_path / "mine")


def test_the_command_line_reads_what_python_wrote(out: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "spikec", "check", str(out), "-q"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_host_that_the_compile_chose(tmp_path: Path) -> None:
    """Values that are no spikes: the first population runs on the host, in every later run as well."""
    values = np.random.default_rng(4).random((STEPS, BATCH, 6)).astype(np.float32)
    made = spikec.compile(network(), **READING, stimulus=values)
    assert made.report.network.host == ("hidden",)
    same(made.trace, made.simulate())
    same(made.simulate(spikes()), spikec.simulate(made.write(tmp_path / "out"), spikes()))


@pytest.mark.parametrize("function", [spikec.check, spikec.simulate, spikec.export], ids=lambda f: f.__name__)
def test_what_is_no_output(function: Any, tmp_path: Path) -> None:
    with pytest.raises(spikec.DiagnosticError, match=r"SPK0532.*`out`"):
        function(5)
    with pytest.raises(spikec.DiagnosticError, match="SPK4101"):
        function(tmp_path)
