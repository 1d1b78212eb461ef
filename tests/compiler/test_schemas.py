"""Every JSON output holds to its schema, and the schemas are closed: nothing more, nothing less."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from spikec.compiler.ir.report import read_report
from spikec.compiler.options import OPTIONS, Options, of_record, to_record
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.schemas import load, names
from spikec.compiler.shell.cli import VERBS
from spikec.sim.dialect.dialect import names as dialects
from spikec.targets import names as targets

from ..errors.netfiles import small
from .commandline import COMPILED, DIGITS, ROOT, spikec
from .generated_schemas import FOLDER, SCHEMAS, WITH_FORMAT, WITHOUT_VERSION, generated
from .sweeping import no_processes
from .test_exports import options as options_of, stimulus as stimulus_of, two_layers

CORPUS = ROOT / "tests" / "corpus"
FILES = {
    "report.json": "report",
    "placement.lock.json": "placement-lock",
    "manifest.json": "manifest",
    "io_map.json": "io-map",
    "model_explorer.json": "model-explorer",
    "model_explorer_data.json": "model-explorer-data",
    "seconds.json": "seconds",
    "configuration.json": "configuration-loihi1",
    "lava.json": "configuration-loihi2",
    "host.json": "configuration-odin",
    "paicore25.json": "configuration-paicore25",
    "ranc.json": "configuration-ranc",
    "reckon.json": "configuration-reckon",
    "simulator.json": "simulator-ranc",
    "simulator_config.json": "simulator-config-ranc",
    "speck.json": "configuration-speck",
    "spinnaker1.json": "configuration-spinnaker1",
    "xylo.json": "configuration-xylo",
    "sweep.json": "sweep",
    "results.json": "sweep-results",
}
"""File of an output -> its schema."""
RANDOM = ("--poisson", "0.2", "--steps", "10", "--batch", "2", "--json")


@dataclass
class Outputs:
    """All that was written under a schema."""

    found: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in names()})

    def add(self, name: str, text: str) -> None:
        self.found[name].append(json.loads(text))

    def run(self, name: str, *words: str | Path, code: int = 0) -> None:
        done = spikec(*words)
        assert done.returncode == code, done.stderr
        self.add(name, done.stdout)

    def files(self, out: Path) -> None:
        """Every JSON file of an output has a schema."""
        for file in sorted(out.glob("*.json")):
            self.add(FILES[file.name], file.read_text(encoding="utf-8"))


def _failures_and_pages(made: Outputs, folder: Path) -> None:
    """Commands that need no network."""
    for words, code in ((("none.nir",), 1), ((DIGITS / "digits.nir", "--target", "loihi"), 2)):
        made.run("error", "compile", *words, "-o", folder / "none", "--json", code=code)
    made.run("docs", "docs", "-o", folder / "pages", "--json")


@pytest.fixture(scope="module")
def outputs(digits_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    """Digits (labels), a read-out that does not spike, a convolution over several cores, one on a chip of kernels;
    every verb once."""
    folder, made = tmp_path_factory.mktemp("schemas"), Outputs()
    made.files(digits_out)
    for net, reading in (
        ("rockpool_expsyn_readout", ("--dialect", "rockpool.LIF", "--dt", "0.001")),
        (
            "sj_cnn_digits_if",
            ("--dialect", "spikingjelly", "--dt", "0.0001", "--max-neurons-per-core", "200"),
        ),
        (
            "spyx_cnn_nmnist",
            ("--dialect", "spyx.LIF", "--dt", "0.001", "--target", "speck2f", "--allow-approximation"),
        ),
    ):
        made.run("compile", "compile", CORPUS / f"{net}.nir", *reading, *RANDOM, "-o", folder / net)
        made.files(folder / net)
    for target in ("ranc", "tinyodin"):
        words = ("--target", target, "--allow-approximation", *RANDOM, "-o", folder / target)
        made.run("compile", "compile", DIGITS / "digits.nir", "--dialect", "snntorch.Leaky", *words)
        made.files(folder / target)
    for target in sorted({*targets()} - {"loihi1", "ranc", "speck2f", "tinyodin"}):
        compiled = compile_graph(two_layers(target), options_of(target), stimulus=stimulus_of(target))
        compiled.write(folder / target)
        made.files(folder / target)
    made.run("check", "check", digits_out, "--json")
    made.run(
        "diff", "diff", digits_out, folder / "sj_cnn_digits_if", "--json", "--max-cores-more", "0", code=4
    )
    made.run("vectors", "vectors", folder / "ranc", "-o", folder / "v", "--samples", "1,0", "--json")
    made.add("vectors", (folder / "v" / "vectors.json").read_text(encoding="utf-8"))
    _failures_and_pages(made, folder)
    made.run("explain", "explain", "SPK0306", "--json")
    made.run("export", "export", folder / "rockpool_expsyn_readout", "-o", folder / "e.nir", "--json")
    few = ("--target", "loihi1,tinyodin,xylo_audio3")
    with no_processes():
        made.run("fit", "fit", DIGITS / "digits.nir", "--dialect", "snntorch.Leaky", *few, "--json")
    made.run("inspect", "inspect", DIGITS / "digits.nir", "--dialect", "snntorch.Leaky", "--json")
    made.run("inspect", "inspect", DIGITS / "digits.nir", "--json")
    reading = ("--dialect", "snntorch.Leaky", "--allow-approximation", "--json")
    for stage in ("connect", "cut", "retime", "quantize", "place"):
        made.run("inspect", "inspect", DIGITS / "digits.nir", *reading, "--after", stage)
    made.run("inspect", "inspect", DIGITS / "digits.nir", *reading[:2], "--json")
    trace = folder / "trace.npz"
    made.run("simulate", "simulate", digits_out, "-o", trace, "--json")
    made.run("reference", "reference", DIGITS / "digits.nir", *COMPILED, "-o", folder / "float.npz", "--json")
    swept = ("--target", "loihi1,tinyodin", "--weight-bits", "7,8", "--allow-approximation", *RANDOM)
    with no_processes():
        made.run(
            "sweep",
            "sweep",
            small(folder / "net.nir"),
            "--dialect",
            "nir.euler",
            "--dt",
            "1",
            *swept,
            "-o",
            folder / "space",
        )
    made.files(folder / "space")
    made.run("targets", "targets", "--json")
    made.run(
        "lint", "lint", DIGITS / "digits.nir", "--dialect", "snntorch.Leaky", "--target", "tinyodin", "--json"
    )
    made.run("dialects", "dialects", "--json")
    for dialect in dialects():
        made.run("dialect", "dialects", "show", dialect, "--json")
    for target in ("loihi1", "speck2f", "xylo_imu"):
        made.run("target", "targets", "show", target, "--json")
    own = folder / "own.toml"
    made.run("target-new", "targets", "new", "own", "--like", "odin", "-o", own, "--json")
    made.run("target-check", "targets", "check", own, "--json")
    made.run("target-registers", "targets", "registers", own, "--json")
    made.run("schema", "schema", "--json")
    made.run("compare", "compare", digits_out, "--trace", trace, "--json")
    with np.load(trace) as kept:
        arrays = {name: kept[name].copy() for name in kept.files}
    arrays["layer/1"][3, 0, 0] ^= 1
    arrays["output"][5, 0, 0] += 1
    np.savez(trace, **arrays)
    made.run("compare", "compare", digits_out, "--trace", trace, "--json", code=4)
    return made


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(load(name))


@pytest.mark.parametrize("name", names())
def test_real_outputs_are_valid(name: str, outputs: Outputs) -> None:
    assert outputs.found[name]
    for record in outputs.found[name]:
        problems = [f"{'/'.join(map(str, e.path))}: {e.message}" for e in validator(name).iter_errors(record)]
        assert not problems


def objects(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], dict]]:
    """Every object in `value`; of a list those in its first two elements."""
    if isinstance(value, dict):
        yield path, value
    children = value.items() if isinstance(value, dict) else enumerate(value[:2])
    for key, child in children:
        if isinstance(child, dict | list):
            yield from objects(child, (*path, key))


def changed(record: Any, path: tuple[str | int, ...], change: Callable[[dict], object]) -> Any:
    new = copy.deepcopy(record)
    place = new
    for key in path:
        place = place[key]
    change(place)
    return new


OPEN = {("resources",)}
"""To which a package of chips adds records of its own."""
MAY_LACK = {
    "traffic", "mesh", "accuracy_fraction", "events", "copies", "splitters",  # absent where there is nothing to say
    "answers", "behind",  # likewise
    "cycle_model",  # likewise
    "energy",  # of a chip of which no figures are public
    "constructs", "spared", "self_synapse", "counts", "delays", "raised_rest", "start_pulses",  # where none is offered
    "lowered",  # likewise
    "replaced_by", "refused", "needs_consent", "exact_if_subtract", "layer_delay",  # of a rule that says less
    "traversals", "orders", "sites",  # a lock may leave them out; spikec writes them
}  # fmt: skip


def shortened(value: Any) -> Any:
    """Lists down to the two elements whose objects are looked at."""
    if isinstance(value, dict):
        return {key: shortened(child) for key, child in value.items()}
    return [shortened(child) for child in value[:2]] if isinstance(value, list) else value


VENDOR_TREES = {"configuration-speck", "configuration-xylo"}
"""Attributes of a vendor's object, of which a toml may list more."""


@pytest.mark.parametrize("name", sorted({*names()} - VENDOR_TREES))
def test_a_key_more_or_less_is_refused(name: str, outputs: Outputs) -> None:
    check = validator(name)
    record = outputs.found[name][-1]
    short = shortened(record)
    record = short if check.is_valid(short) else record
    closed = 0
    for path, value in objects(record):
        more = changed(record, path, lambda place: place.update(surplus=None))
        assert not check.is_valid(more), f"{path} takes a key without a type"
        first = next(iter(value.values()), "")
        same = changed(record, path, lambda place, v=first: place.update(surplus=v))
        if not value or (path not in OPEN and check.is_valid(same)):
            continue  # a map: its keys are names
        closed += 1
        for key in sorted(set(value) - MAY_LACK):
            less = changed(record, path, lambda place, k=key: place.pop(k))
            assert not check.is_valid(less) or "by_path" in path or "by_kind" in path, f"{path}/{key}"
    assert closed


@pytest.mark.parametrize("name", sorted({*names()} - {*WITHOUT_VERSION}))
def test_the_version_is_pinned(name: str, outputs: Outputs) -> None:
    key = "format" if name in WITH_FORMAT else "schema_version"
    record = outputs.found[name][0]
    assert not validator(name).is_valid({**record, key: 99})
    if key == "schema_version":
        assert load(name)["$id"] == f"urn:spikec:schema:{name}:{record[key]}"


@pytest.mark.parametrize("name", names())
def test_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(load(name))
    assert load(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_verb_has_one() -> None:
    assert set(VERBS) <= set(names())


@pytest.mark.parametrize("name", SCHEMAS)
def test_generated_schemas_are_of_today(name: str) -> None:
    text = (FOLDER / f"{name}.schema.json").read_text(encoding="utf-8")
    assert text == generated(name), "run python -m tests.compiler.generated_schemas"


def test_a_printed_schema_stands_alone() -> None:
    assert "report.json" in spikec("schema").stdout
    printed = json.loads(spikec("schema", "compile").stdout)
    assert printed == load("compile")
    refused = spikec("schema", "nonsense")
    assert refused.returncode == 2
    assert "schemas: check, compare" in refused.stderr


def test_the_report_has_every_option_as_it_is_declared() -> None:
    report = load("report")["$defs"]["Options"]
    declared = {name: dict(option.kind.schema) for name, option in OPTIONS.items()}
    assert {name: report["properties"][name] for name in declared} == declared
    assert set(report["properties"]) - set(declared) == {"target", "tuning", "given_up", "whole_reading"}
    assert sorted(report["required"]) == sorted(report["properties"])


def test_options_are_read_back_as_they_were() -> None:
    options = Options(
        dialect="nir.euler", dialect_options=(("a", 1),), dt_seconds=0.5, pins=(("b", 3),), host_prefix=("c",)
    )
    assert of_record(json.loads(json.dumps(to_record(options)))) == options
    for name in OPTIONS:
        with pytest.raises((KeyError, TypeError, ValueError)):
            of_record({**to_record(options), name: object()})


def test_a_package_of_chips_adds_records_to_the_resources(digits_out: Path) -> None:
    report = json.loads((digits_out / "report.json").read_text(encoding="utf-8"))
    own = {**report, "resources": {**report["resources"], "synaptic_pages": {"used": 3, "of": 8}}}
    assert validator("report").is_valid(own)
    assert not validator("report").is_valid({**own, "resources": {**report["resources"], "pages": 3}})
    assert read_report(json.dumps(own).encode()) == read_report(json.dumps(report).encode())
