"""What lint claims of a network is true when the network runs, and sound networks are left in peace."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from spikec.compiler.lint.record import LintRecord
from spikec.compiler.lint.rules import RULES, lint
from spikec.compiler.lint.subject import Subject, subject_of
from spikec.compiler.options import Options
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.reference.reference import reference
from spikec.sim.stimulus import Stimulus

from ..effort import EXAMPLES
from .commandline import DIGITS, spikec
from .graphs import affine, graph, leaky, port

CORPUS = Path(__file__).parents[1] / "corpus"
READ = Options(dialect="nir.euler", dt_seconds=1.0)


def network(seed: int) -> RawGraph:
    """Two layers with weights and biases of any size, some neurons dead, deaf, or firing by themselves."""
    random = np.random.default_rng(seed)
    first = random.normal(0, 1, (12, 6)) * random.choice([0.02, 0.3, 2.0], (12, 1))
    second = random.normal(0, 1, (5, 12)) * (random.random((5, 12)) < 0.3)
    bias = random.normal(0, 0.2, 12) * (random.random(12) < 0.5)
    tau = float(random.choice([1.5, 4.0, 20.0]))
    nodes = {
        "input": port("Input", 6), "a": affine(first, bias), "n": leaky(12, 1.0, tau, r=tau),
        "b": affine(second), "m": leaky(5, 0.7, tau, r=tau), "output": port("Output", 5),
    }  # fmt: skip
    return graph(nodes, [("input", "a"), ("a", "n"), ("n", "b"), ("b", "m"), ("m", "output")])


def subject(raw: RawGraph, stimulus: Stimulus | None = None) -> Subject:
    return subject_of(raw, None, READ, stimulus)[0]


def ran(raw: RawGraph, inputs: np.ndarray) -> np.ndarray:
    """(T, B, 12) spikes of the first layer."""
    return reference(raw, subject(raw).dialect, stimulus={"input": inputs}).layers["n"]


@pytest.mark.parametrize("seed", range(max(3, EXAMPLES // 3)))
def test_claims_about_single_neurons_are_true(seed: int) -> None:
    raw = network(seed)
    found = {d.code: d for d in lint(raw, READ, None, for_chip=False) if d.where == "/node/nodes/n"}
    silence = ran(raw, np.zeros((600, 1, 6), np.float32))
    alone = int(silence.any(axis=(0, 1)).sum())
    assert ("SPK0705" in found) == (alone > 0)
    if alone:
        assert found["SPK0705"].message.startswith(f"{alone} of 12 ")
    # What drives a neuron most is every input with a positive weight, in every step.
    weight = np.asarray(raw.nodes["a"].params["weight"])
    best = [
        ran(raw, np.tile(weight[k] > 0, (600, 1, 1)).astype(np.float32))[:, 0, k].any() for k in range(12)
    ]
    dead = 12 - sum(map(bool, best))
    assert ("SPK0703" in found) == (dead > 0)
    if dead:
        assert found["SPK0703"].message.startswith(f"{dead} of 12 ")
    deaf = int((~np.asarray(raw.nodes["b"].params["weight"]).any(axis=0)).sum())
    assert ("SPK0704" in found) == (deaf > 0)
    if deaf:
        assert f"nobody hears {deaf} of 12 " in found["SPK0704"].message


def test_inputs_of_a_stimulus_bound_what_can_arrive() -> None:
    """A neuron that needs inputs of 3 is dead for spikes, and not for such a stimulus."""
    nodes = {
        "input": port("Input", 1), "a": affine(np.array([[0.5]])), "n": leaky(1, 1.0, 1.0, r=1.0),
        "output": port("Output", 1),
    }  # fmt: skip
    raw = graph(nodes, [("input", "a"), ("a", "n"), ("n", "output")])
    strong = Stimulus(inputs={"input": np.full((4, 1, 1), 3.0)}, labels=None)
    assert any(d.code == "SPK0703" for d in lint(raw, READ, None, for_chip=False))
    assert not any(d.code == "SPK0703" for d in lint(raw, READ, strong, for_chip=False))


def test_a_claimed_core_is_saved() -> None:
    """The neurons that lint says are too many, left out, take a core less."""
    from spikec.compiler.lint.past_a_core import past_a_core

    def cores(rows: int) -> tuple[int, list[str]]:
        weight = np.random.default_rng(4).uniform(0.2, 0.4, (rows, 8))
        nodes = {
            "input": port("Input", 8), "a": affine(weight), "n": leaky(rows, 1.0, 9.0, r=9.0),
            "output": port("Output", rows),
        }  # fmt: skip
        raw = graph(nodes, [("input", "a"), ("a", "n"), ("n", "output")])
        made = subject_of(raw, replace(READ, target="loihi1"), READ, None)[0]
        assert made.on_chip is not None
        assert made.on_chip.resources is not None
        return made.on_chip.resources.cores, [d.message for d in past_a_core(made)]

    cores_now, said = cores(1030)
    assert "1,030 compartments, 1,024 each: 6 fewer" in said[0]
    assert (cores_now, cores(1024)) == (2, (1, []))


def test_a_chip_adds_what_it_does_otherwise() -> None:
    made = spikec(
        "lint", DIGITS / "digits.nir", "--dialect", "snntorch.Leaky", "--target", "speck2f", "--json"
    )
    found = json.loads(made.stdout)
    assert {"SPK1020", "SPK0707"} <= {d["code"] for d in found["diagnostics"]}
    assert all(d["severity"] != "error" for d in found["diagnostics"])
    assert (found["target"], found["dialect"]) == ("speck2f", "snntorch.Leaky")
    assert set(found) - {"schema_version"} == set(LintRecord.__struct_fields__)


def test_strict_and_plain() -> None:
    words = ("lint", DIGITS / "digits.nir", "--dialect", "snntorch.Leaky")
    plain = spikec(*words)
    assert (plain.returncode, spikec(*words, "--strict").returncode) == (0, 0)
    assert plain.stdout.endswith("2 findings, read as snntorch.Leaky; `spikec explain CODE` says more\n")
    assert spikec(*words, "--target", "speck2f", "--strict").returncode == 4


def test_every_rule_is_a_file_of_its_own() -> None:
    folder = Path(__file__).parents[2] / "compiler" / "lint"
    assert all((folder / f"{rule.__name__}.py").exists() for rule in RULES)
    assert len({rule.__module__ for rule in RULES}) == len(RULES)
