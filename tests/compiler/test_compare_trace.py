"""The first difference between a recorded trace and the simulator, and the waves around it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from spikec.compiler.output.waves import WINDOW, chosen_neurons
from spikec.compiler.verdicts.compare_trace import compare_traces
from spikec.sim.diagnostic import DiagnosticError

from ..vcdreader import read_vcd, values_over
from .commandline import spikec


def arrays(seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {
        "layer/a": random.integers(0, 2, (30, 2, 3, 4)).astype(np.uint8),
        "layer/b": random.integers(0, 2, (30, 2, 5)).astype(np.uint8),
        "output": random.random((30, 2, 5)).astype(np.float32),
    }


def test_the_earliest_step_on_the_chip_is_first() -> None:
    mine, leads = arrays(), {"layer/a": 0, "layer/b": 3}
    recorded = {name: values.copy() for name, values in mine.items()}
    recorded["layer/b"][10, 1, 2] ^= 1
    recorded["layer/b"][20, 0, 0] ^= 1
    recorded["layer/a"][12, 0, 2, 1] ^= 1
    recorded["output"][5, 0, 0] += 1
    found = compare_traces(recorded, mine, leads)
    assert not found.identical
    assert [(d.array, d.chip_step) for d in found.divergences] == [
        ("layer/a", 12), ("layer/b", 13), ("output", None),
    ]  # fmt: skip
    first, second, _ = found.divergences
    assert (first.step, first.sample, first.neuron, first.different) == (12, 0, (2, 1), 1)
    assert (second.step, second.sample, second.neuron, second.different) == (10, 1, (2,), 2)
    assert first.first_shown == 8
    assert first.recorded == tuple(float(v) for v in recorded["layer/a"][8:17, 0, 2, 1])
    assert first.simulated == tuple(float(v) for v in mine["layer/a"][8:17, 0, 2, 1])


def test_fewer_arrays_and_steps_are_a_recording_too() -> None:
    mine = arrays()
    found = compare_traces({"layer/a": mine["layer/a"][:7]}, mine, {})
    assert found.identical
    assert found.compared == {"layer/a": 7 * 2 * 12}


@pytest.mark.parametrize(
    "recorded",
    [
        {},
        {"layer/c": np.zeros((30, 2, 5))},
        {"layer/b": np.zeros((31, 2, 5))},
        {"layer/b": np.zeros((30, 1, 5))},
        {"layer/b": np.zeros((30, 2, 6))},
        {"layer/b": np.zeros((0, 2, 5))},
        {"layer/b": np.zeros(30)},
    ],
)
def test_what_does_not_fit(recorded: dict[str, np.ndarray]) -> None:
    with pytest.raises(DiagnosticError) as raised:
        compare_traces(recorded, arrays(), {})
    assert {d.code for d in raised.value.diagnostics} == {"SPK0411"}


SIZES = {"a": 12, "b:1": 4, "c/d": 3}


def test_chosen_neurons() -> None:
    assert chosen_neurons(["a:3,7-9", "c/d"], SIZES) == {"a": (3, 7, 8, 9), "c/d": (0, 1, 2)}
    assert chosen_neurons(["b:1"], SIZES) == {"b:1": (0, 1, 2, 3)}
    assert chosen_neurons(["b:1:2", "a:1", "a:0-1"], SIZES) == {"a": (0, 1), "b:1": (2,)}


@pytest.mark.parametrize("text", ["z", "a:12", "a:5-4", "a:", "a:-1", "a:1;2", "b", "a:1-99", "a:٣"])
def test_neurons_that_are_not_there(text: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        chosen_neurons([text], SIZES)
    assert [d.code for d in raised.value.diagnostics] == ["SPK0510"]


@pytest.fixture(scope="module")
def trace(digits_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("traces") / "chip.npz"
    vcd = file.with_name("chip.vcd")
    words = ["--states", "--vcd", vcd, "--neurons", "1:0,5-6", "--neurons", "3", "--sample", "7"]
    done = spikec("simulate", digits_out, "-o", file, *words)
    assert done.returncode == 0, done.stderr
    return file


def test_the_waves_of_a_run_are_its_arrays(trace: Path) -> None:
    changes, last = read_vcd(trace.with_name("chip.vcd").read_text())
    assert len(changes) == 3 * (3 + 10)
    with np.load(trace) as found:
        steps, lag = found["state/1/v"].shape[0], found["state/1/v"].shape[0] - found["layer/1"].shape[0]
        assert last == steps
        for population, neuron in (("1", 5), ("3", 9)):
            for name, label in (("i", "u"), ("v", "v")):
                values = found[f"state/{population}/{name}"][:, 7, neuron]
                assert (
                    values_over(changes[f"chip._{population}.n{neuron}.{label}"], 0, steps) == values.tolist()
                )
        spikes = found["layer/3"][:, 7, 9]
        assert spikes.any()
        assert values_over(changes["chip._3.n9.spike"], lag, lag + len(spikes)) == spikes.tolist()


def test_a_trace_equals_itself(digits_out: Path, trace: Path) -> None:
    done = spikec("compare", digits_out, "--trace", trace)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("identical: 7 arrays")


def test_a_changed_trace_is_found_and_drawn(digits_out: Path, trace: Path, tmp_path: Path) -> None:
    with np.load(trace) as found:
        changed = {name: found[name].copy() for name in found.files}
    changed["state/3/v"][9, 4, 2] += 1
    changed["layer/3"][12, 4, 2] ^= 1
    np.savez(tmp_path / "changed.npz", **changed)
    vcd = tmp_path / "around.vcd"
    done = spikec("compare", digits_out, "--trace", tmp_path / "changed.npz", "--vcd", vcd, "--json")
    assert done.returncode == 4, done.stderr
    report = json.loads(done.stdout)
    first = report["divergences"][0]
    assert (first["array"], first["chip_step"], first["sample"], first["neuron"]) == ("state/3/v", 9, 4, [2])
    assert [d["array"] for d in report["divergences"]] == ["state/3/v", "layer/3"]
    changes, _ = read_vcd(vcd.read_text())
    assert set(changes) == {
        f"{who}._3.n2.{name}" for who in ("chip", "simulator") for name in ("spike", "u", "v")
    }
    low, high = max(0, 9 - WINDOW), min(len(changed["state/3/v"]), 9 + WINDOW + 1)
    with np.load(trace) as found:
        for who, source in (("chip", changed), ("simulator", found)):
            wanted = source["state/3/v"][low:high, 4, 2].tolist()
            assert values_over(changes[f"{who}._3.n2.v"], low, high) == wanted
    told = spikec("compare", digits_out, "--trace", tmp_path / "changed.npz")
    assert told.returncode == 4
    assert "first state/3/v: step 9 (chip step 9), sample 4, neuron 2; 1 values differ" in told.stdout


def test_an_output_that_differs_is_drawn(digits_out: Path, trace: Path, tmp_path: Path) -> None:
    with np.load(trace) as found:
        output = found["output"].copy()
    output[3, 1, 4] += 0.5
    np.savez(tmp_path / "changed.npz", output=output)
    vcd = tmp_path / "around.vcd"
    done = spikec("compare", digits_out, "--trace", tmp_path / "changed.npz", "--vcd", vcd)
    assert done.returncode == 4
    assert "first output: step 3, sample 1, neuron 4" in done.stdout
    changes, _ = read_vcd(vcd.read_text())
    assert values_over(changes["chip.output.n4.value"], 0, 20) == output[:20, 1, 4].tolist()


def test_what_simulate_refuses(digits_out: Path, tmp_path: Path) -> None:
    vcd = ["-o", tmp_path / "t.npz", "--vcd", tmp_path / "t.vcd"]
    for words, code, text in (
        (["--neurons", "nine"], 2, "SPK0510"),
        (["--neurons", "1:64"], 2, "neurons 0 to 63"),
        ([], 2, "need each other"),
        (["--neurons", "1", "--sample", "200"], 2, "samples 0 to 199"),
    ):
        done = spikec("simulate", digits_out, *vcd, *words)
        assert done.returncode == code, done.stderr
        assert text in done.stderr
    assert not (tmp_path / "t.vcd").exists()
