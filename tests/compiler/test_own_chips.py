"""Every family's toml under another name and with other numbers: it compiles, checks and simulates."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np
import pytest
from spikec.compiler.ir.report import read_report
from spikec.compiler.options import Options
from spikec.compiler.output.again import check_files, chip_trace
from spikec.compiler.output.reopen import reopen
from spikec.compiler.output.saved import saved_options
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.verdicts.capabilities import support
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.dialect.dialect import Dialect, NodeDialect
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.stimulus import Stimulus
from spikec.targets import TargetError, read_target, toml_of

from ..effort import THOROUGH, thinned
from ..targets.test_reading import mutants
from .graphs import affine, graph, integrate_and_fire, port


@dataclass(frozen=True)
class Own:
    """`like` with texts replaced."""

    like: str
    changes: tuple[tuple[str, str], ...]

    @property
    def toml(self) -> bytes:
        text = toml_of(self.like).decode()
        for old, new in (f'name = "{self.like}"', 'name = "my-chip.2"'), *self.changes:
            assert text.count(old) >= 1, old
            text = text.replace(old, new)
        return text.encode()


OWN = {
    "loihi1: twice the neurons, few weight bits, another grid": Own(
        "loihi1",
        (
            ("compartments = 1024", "compartments = 2048"),
            ("weight_bits = [1, 2, 3, 4, 5, 6, 8]", "weight_bits = [2, 4]"),
            ("cores_per_chip = 128", "cores_per_chip = 60"),
            ("rows = 8", "rows = 6"),
            ("synapse_memory_bits = 1048576", "synapse_memory_bits = 262144"),
        ),
    ),
    "loihi1: other codes of a width": Own("loihi1", (("[1, 2, 3, 4, 5, 6, 8]", "[2, 4, 8]"),)),
    "xylo: twice the neurons, narrow weights": Own(
        "xylo_audio3",
        (
            ("hidden = 992", "hidden = 1984"),
            ("inputs = 16 ", "inputs = 32 "),
            ("weight = [-128, 127]", "weight = [-8, 7]"),
            ("input = 15 ", "input = 7 "),
            ("hidden = 31 ", "hidden = 15 "),
            ("exact = [31], replaced_by = 31", "exact = [15], replaced_by = 15"),
        ),
    ),
    "xylo, first generation": Own("xylo_audio2", (("hidden = 1000", "hidden = 2000"),)),
    "speck: other cores, narrow weights": Own(
        "speck2f",
        (
            ("[65536, 65536, 65536, 32768, 32768, 16384, 16384, 16384, 16384]", "[4096, 4096, 8192, 8192]"),
            ("[16384, 16384, 16384, 32768, 32768, 65536, 65536, 16384, 16384]", "[4096, 4096, 8192, 8192]"),
            ("[1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024]", "[64, 64, 64, 64]"),
            ("\nweight = [-128, 127]", "\nweight = [-8, 7]"),
            ("kernel_size = 16", "kernel_size = 5"),
        ),
    ),
    "tinyodin: half the neurons, narrow weights": Own(
        "tinyodin",
        (
            ("neurons = 256", "neurons = 128"),
            ("rows = 256", "rows = 136"),
            ("weight = [-8, 7]", "weight = [-4, 3]"),
            ("queue = 128", "queue = 20"),
        ),
    ),
    "odin: half the neurons, narrow weights": Own(
        "odin",
        (
            ("neurons = 256", "neurons = 128"),
            ("rows = 256", "rows = 144"),
            ("weight = [0, 7]", "weight = [0, 3]"),
            ("queue = 32", "queue = 16"),
        ),
    ),
    "ranc: twice the neurons, wide weights, another grid": Own(
        "ranc",
        (
            ("neurons = 256", "neurons = 512"),
            ("axons = 256", "axons = 128"),
            ("dimension = 512", "dimension = 64"),
            ("potential = 9 ", "potential = 16 "),
            ("\nweight = 9 ", "\nweight = 12 "),
            ("slots = 16", "slots = 8"),
        ),
    ),
    "ranc: two types of axons, narrow weights": Own(
        "ranc", (("types = 4", "types = 2"), ("\nweight = 9 ", "\nweight = 2 "))
    ),
}


def net() -> RawGraph:
    """Two layers of neurons without leak, on a chip that resets them by subtraction; most weights excite."""
    rng = np.random.default_rng(1)
    nodes = {
        "input": port("Input", 10),
        "w1": affine(rng.uniform(-0.2, 0.8, (12, 10))),
        "a": integrate_and_fire(12, 1.0),
        "w2": affine(rng.uniform(-0.2, 0.8, (6, 12))),
        "b": integrate_and_fire(6, 1.0),
        "output": port("Output", 6),
    }
    return graph(nodes, list(pairwise(nodes)))


READING = Dialect(
    name="own", dt_seconds=1.0, default=NodeDialect(fire=">=", if_gain="one", reset="subtract", multi=1)
)


@pytest.mark.parametrize("name", OWN)
def test_compiles_checks_and_simulates(name: str) -> None:
    toml, raw = OWN[name].toml, net()
    assert read_target(toml).name == "my-chip.2"
    options = Options(target_toml=toml, reading=READING, allow_approximation=True)
    events = (np.random.default_rng(2).random((15, 2, 10)) < 0.4).astype(np.float32)
    stimulus = Stimulus(inputs={"input": events}, labels=None, source={})
    compiled = compile_graph(raw, options, stimulus=stimulus)
    assert compiled.placement_identical
    assert compiled.files["target.toml"] == toml
    report = read_report(compiled.files["report.json"])
    again = check_files(raw, compiled.files, saved_options(report), stimulus)
    assert again == report.verdicts
    (output,) = chip_trace(reopen(raw, compiled.files, options, stimulus)).outputs.values()
    assert output.any()


def test_a_chip_on_which_no_weight_is_left() -> None:
    """Thresholds so low that weights below a third of one are 0: crossbars without a row."""
    toml = toml_of("tinyodin").decode().replace("firing = [0, 2047]", "firing = [0, 2]").encode()
    assert {row.answer for row in support("", toml).rows} >= {"exact"}


@pytest.mark.parametrize(
    "like", thinned(["loihi1", "loihi2", "odin", "ranc", "speck2f", "tinyodin", "xylo_audio2"], 2)
)
def test_what_is_read_of_changed_tomls_compiles_or_is_refused(like: str) -> None:
    """Some of the changes that every number and line of an installed toml can have, of those that are still a chip."""
    every, rng = tuple(mutants(like)), np.random.default_rng(1)
    chips = (every[k] for k in rng.permutation(len(every)).tolist() if is_chip(every[k]))
    raw = net()
    events = (np.random.default_rng(2).random((3, 1, 10)) < 0.4).astype(np.float32)
    stimulus = Stimulus(inputs={"input": events}, labels=None, source={})
    for toml in islice(chips, 4 if THOROUGH else 2):
        options = Options(target_toml=toml, reading=READING, allow_approximation=True)
        found = refusal(raw, options, stimulus)
        assert found <= {"SPK1", "SPK2"}, toml.decode()


def refusal(raw: RawGraph, options: Options, stimulus: Stimulus) -> set[str]:
    """The first letters of the codes with which a compile is refused; none where it is right."""
    try:
        return set() if compile_graph(raw, options, stimulus=stimulus).placement_identical else {"different"}
    except DiagnosticError as problem:
        return {d.code[:4] for d in problem.diagnostics if d.severity == "error"}


def is_chip(toml: bytes) -> bool:
    try:
        read_target(toml)
    except TargetError:
        return False
    return True
