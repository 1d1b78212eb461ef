"""Tomls that describe no chip: said with the line and with what is allowed, never anything else."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from spikec.targets import TargetError, UnknownTargetError, load, names, read_target, toml_of
from spikec.targets.reading import MAX_BYTES, line_of

from ..effort import thinned

VALUES = (
    "0",
    "-1",
    "1000000",
    "99999999999999999999",
    '"x"',
    "1.5",
    "nan",
    "true",
    "[]",
    "{}",
    "[5, 1]",
    "1979-05-27",
)


def wrong(toml: bytes) -> TargetError:
    with pytest.raises(TargetError) as caught:
        read_target(toml)
    return caught.value


def changed(name: str, old: str, new: str) -> bytes:
    text = toml_of(name).decode()
    assert old in text
    return text.replace(old, new, 1).encode()


@pytest.mark.parametrize("name", names())
def test_the_installed_ones_keep_every_rule(name: str) -> None:
    assert load(name).name == name


@pytest.mark.parametrize(
    ("toml", "reason", "line", "allowed"),
    [
        (b'family = "x\n', "not toml", 1, "toml 1.0"),
        (b'a = 1\nb = "', "not toml", 2, "toml 1.0"),
        (b"a = 1\n\xff", "byte 6 is no UTF-8", 2, "text in UTF-8"),
        (b"#" * (MAX_BYTES + 1), "larger", None, "at most"),
        (b"a = " + b"[" * 5000, "nested|not toml", None, ""),
        (b"", "`family` is missing", None, "one of loihi, loihi2, odin, paicore, ranc, reckon, speck, spinnaker, xylo"),
        (b"family = 3", "`family` is 3", 1, "one of loihi"),
        (b'family = "mesh"', "`family` is 'mesh'", 1, "one of loihi"),
        (b'family = "loihi"', "missing required field `grid`", None, "name, title"),
        (changed("loihi1", "rows = 8", "row = 8"), "unknown field `row`|field `rows`", 16, "the keys cores_per_chip"),
        (changed("loihi1", "rows = 8", 'rows = "8"'), "`grid.rows`: Expected `int`", 16, "a whole number, 1 to"),
        (changed("loihi1", "rows = 8", "rows = 200"), "`grid.rows` is 200", 16, "1 to 128"),
        (changed("loihi1", '"loihi1"\nfire', '"loihi9"\nfire'), "'loihi9'", 30, "one of loihi1"),
        (
            changed("loihi1", '["v_reset", "none"], replaced_by = "v_reset"', '["subtract"], replaced_by = "subtract"'),
            "`dialect.reset.exact` is [.subtract",
            63,
            "of v_reset, none",
        ),
        (changed("loihi1", "5, 6, 8]", "5, 6, 7, 8]"), "`synapse.weight_bits`", 50, "ascending, of 1, 2, 3, 4, 5"),
        (changed("loihi1", "[0, 4095]", "[4095, 0]"), "`neuron.current_decay` is [4095, 0]", 39, "a low end"),
        (changed("tinyodin", '= "tinyodin"\n\n', '= "xylo"\n\n'), "'xylo'", 10, "one of odin, tinyodin"),
        (changed("tinyodin", "neurons = 256", "neurons = 1024"), "`capacity.neurons` is 1024", 13, "up to 256"),
        (changed("xylo_audio3", "output = 1 ", "output = 2 "), "`spikes.output` is 2", 43, "1"),
        (changed("xylo_audio3", "input_source", "input"), "`attributes` is 'input'", None, "attributes outside"),
        (changed("ranc", "slots = 16", "slots = 12"), "`core.slots` is 12", 19, "a power of two from 4 to 256"),
        (changed("speck2f", "strides = [1, ", "strides = ["), "`layer.strides`", 27, "ascending, 1 first"),
        (changed("odin", 'name = "odin"', 'name = "../odin"'), "`name`", 6, "letters, digits"),
        (changed("odin", 'title = "ODIN"', 'title = "a\\u001bb"'), "`title`", 8, "one line in ASCII"),
        (changed("tinyodin", "neurons = 256", "neurons = 0"), "`capacity.neurons`", 13, "a multiple of 8 up to 256"),
        (changed("tinyodin", "queue = ", "queue = -"), "`capacity.queue`", 16, "1 to 4096"),
        (
            changed("loihi1", '"none"], replaced_by = "v_reset"', '"none"], replaced_by = "subtract"'),
            "`replaced_by` is 'subtract'; it has to be one of `exact`: v_reset, none",
            63,
            "",
        ),
        (b"a = 1\nb = " + b"9" * 5000, "a number has more digits", 2, "64 bits"),
    ],
)  # fmt: skip
def test_what_is_said(toml: bytes, reason: str, line: int | None, allowed: str) -> None:
    problem = wrong(toml).problems[0]
    assert re.search(reason.replace("[", r"\["), problem.reason), problem
    assert allowed in problem.allowed, problem
    if line is not None:
        assert problem.line is not None
        found = toml.decode("utf-8", "replace").split("\n")
        assert abs(problem.line - line) <= 1 or "=" in found[problem.line - 1], problem


def test_every_broken_rule_is_said_at_once() -> None:
    text = toml_of("loihi1").decode().replace("= 1024", "= 9999").replace("rows = 8", "rows = 129")
    assert [p.reason for p in wrong(text.encode()).problems] == [
        "`grid.rows` is 129",
        "`capacity.compartments` is 9999",
    ]


def test_a_range_that_another_number_empties_is_said_as_such() -> None:
    text = (
        toml_of("tinyodin")
        .decode()
        .replace("neurons = 256", "neurons = 512")
        .replace("rows = 256", "rows = 100")
    )
    told = {p.reason: p.allowed for p in wrong(text.encode()).problems}
    assert told["`capacity.neurons` is 512"] == "a multiple of 8 up to 256"
    assert told["`capacity.rows` is 100"] == "at most 256, and other numbers of the file need 512"


def test_a_mark_of_the_encoding_is_taken() -> None:
    marked = b"\xef\xbb\xbf" + toml_of("loihi1")
    assert read_target(marked) == load("loihi1")
    assert wrong(marked.replace(b"rows = 8", b"rows = 200")).problems[0].line == 15
    assert line_of(b"\xef\xbb\xbfa = 1", ("a",)) == 1


def test_lines_are_those_of_the_keys() -> None:
    toml = b'# x\na = 1\n[s]\nb = 2 # [t]\n[s.u]\n"c.d" = 3\n'
    places = {
        ("a",): 2,
        ("s", "b"): 4,
        ("s", "missing"): 3,
        ("s", "u", "x"): 5,
        ("s", "u", "c.d"): 6,
        ("q",): None,
    }
    assert {path: line_of(toml, path) for path in places} == places


def test_paths(tmp_path: Path) -> None:
    folder, pipe, secret = tmp_path / "folder.toml", tmp_path / "pipe.toml", tmp_path / "secret.toml"
    folder.mkdir()
    os.mkfifo(pipe)
    secret.write_bytes(b"")
    for path in (folder, pipe):
        with pytest.raises(TargetError, match="not a regular file"):
            load(str(path))
    for name in (str(tmp_path / "none.toml"), "none", str(secret / "below.toml"), "x" * 5000 + ".toml"):
        with pytest.raises((UnknownTargetError, TargetError)):
            load(name)
    (tmp_path / "huge.toml").write_bytes(b" " * (MAX_BYTES + 5))
    with pytest.raises(TargetError, match="at most"):
        load(str(tmp_path / "huge.toml"))


def mutants(name: str) -> Iterator[bytes]:
    """Every line left out and twice; every number and every value as something else."""
    lines = toml_of(name).decode().split("\n")
    for k, line in enumerate(lines):
        body = line.split("#")[0]
        if not body.strip():
            continue
        yield "\n".join(lines[:k] + lines[k + 1 :]).encode()
        yield "\n".join([*lines[:k], line, *lines[k:]]).encode()
        key, _, value = body.partition("=")
        for number in re.finditer(r"-?\d+", value):
            for new in VALUES:
                other = f"{key}={value[: number.start()]}{new}{value[number.end() :]}"
                yield "\n".join([*lines[:k], other, *lines[k + 1 :]]).encode()
        for new in VALUES if value else ():
            yield "\n".join([*lines[:k], f"{key}= {new}", *lines[k + 1 :]]).encode()


@pytest.mark.parametrize("name", names())
def test_every_mutant_is_a_chip_or_refused_with_a_place(name: str) -> None:
    refused = kept = 0
    for mutant in thinned(mutants(name), 7):
        try:
            read_target(mutant)
            kept += 1
        except TargetError as problem:
            refused += 1
            for each in problem.problems:
                assert each.line is not None or "required field" in each.reason or "`attributes`" in each.reason or (
                    "family" in each.reason
                ), each  # fmt: skip
    assert refused > 10 * kept / 2


@pytest.mark.parametrize("seed", range(3))
def test_random_bytes_are_refused(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for name in names():
        text = bytearray(toml_of(name))
        for _ in range(40):
            text[int(rng.integers(len(text)))] = int(rng.integers(256))
        with pytest.raises(TargetError):
            read_target(bytes(text))
