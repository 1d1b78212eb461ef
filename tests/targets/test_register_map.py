"""Maps of registers: the header compiles, and its shifts are where the words have the fields."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spikec.targets import load, names
from spikec.targets.layout import WordType, pack
from spikec.targets.loihi1 import words as loihi_words
from spikec.targets.odin import words as odin_words
from spikec.targets.odin.tinyodin import words as tiny_words
from spikec.targets.ranc.words import bits_of
from spikec.targets.register_map import Word
from spikec.targets.register_text import c_header, macro, markdown
from spikec.targets.words import register_map

from ..golden.event_files import odin_core, odin_files, tinyodin_core, tinyodin_files

GOLDEN = Path(__file__).parents[1] / "golden"
WITH_WORDS = ("loihi1", "odin", "paicore25", "ranc", "reckon", "spinnaker1", "tinyodin", "truenorth")


def word_of(target: str, name: str) -> Word:
    return next(word for word in register_map(load(target)).words if word.name == name)


def read(word: Word, value: int) -> dict[str, int]:
    """Field name -> what shift, width and sign make of a word."""
    found: dict[str, int] = {}
    for field in word.fields:
        part = value >> field.shift & ((1 << field.width) - 1)
        found[field.name] = part - (1 << field.width) if field.signed and part >> (field.width - 1) else part
    return found


@pytest.mark.parametrize("name", names())
def test_fields_do_not_overlap(name: str) -> None:
    for word in register_map(load(name)).words:
        taken = [bit for f in word.fields for bit in range(f.shift, f.shift + f.width)]
        assert len(taken) == len(set(taken))
        assert max(taken) < word.bits
    assert bool(register_map(load(name)).words) == (name in WITH_WORDS)
    assert register_map(load(name)).words or register_map(load(name)).values


def random_values(word_type: WordType) -> dict[str, int]:
    rng = np.random.default_rng(len(word_type.name))
    return {f.name: int(rng.integers(f.low, f.high, endpoint=True)) for f in word_type.fields}


@pytest.mark.parametrize(
    "word_type", [*loihi_words.CORE_IMAGES, *loihi_words.HOST_IMAGES], ids=lambda w: w.name
)
def test_loihi_words(word_type: WordType) -> None:
    values = random_values(word_type)
    packed = pack(word_type, {name: np.array([value]) for name, value in values.items()})
    assert read(word_of("loihi1", word_type.name), int(packed[0])) == values


def test_odin_words() -> None:
    core = odin_core(np.load(odin_files(GOLDEN)[0], allow_pickle=False))
    low, high = odin_words.neuron_words(core)[3].tolist()
    found = read(word_of("odin", "neuron"), low | high << 64)
    assert {name: found[name] for name in core.params} == {n: int(v[3]) for n, v in core.params.items()}
    assert found["lif"] == 1
    assert word_of("odin", "neuron").bits == 8 * odin_words.NEURON_BYTES
    synapses = read(word_of("odin", "synapses"), int(odin_words.synapses(core)[0]))
    assert [synapses[f"weight{k}"] for k in range(8)] == core.weights[0, :8].tolist()
    assert [synapses[f"mapped{k}"] for k in range(8)] == core.mapped[0, :8].tolist()


def test_tinyodin_words() -> None:
    core = tinyodin_core(np.load(tinyodin_files(GOLDEN)[0], allow_pickle=False))
    found = read(word_of("tinyodin", "neuron"), int(tiny_words.neuron_words(core)[5]))
    assert found == {n: int(v[5]) for n, v in {**core.params, **core.initial}.items()}
    synapses = read(word_of("tinyodin", "synapses"), int(tiny_words.synapses(core)[0]))
    assert [synapses[f"weight{k}"] for k in range(8)] == core.weights[0, :8].tolist()


def test_ranc_rows() -> None:
    chip: Any = load("ranc")
    values = {f.name: np.array([f.low if f.signed else f.high]) for f in chip.row()}
    row = int("".join(map(str, bits_of(chip.row(), values)[0].tolist())), 2)
    found = read(word_of("ranc", "neuron row"), row)
    assert found == {"connected": 0, **{name: int(value[0]) for name, value in values.items()}}


@pytest.mark.parametrize("name", names())
def test_macros_are_told_apart(name: str) -> None:
    macros = re.findall(r"^#define (\S+)", c_header(register_map(load(name))), re.MULTILINE)
    assert len(macros) == len(set(macros))


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler")
@pytest.mark.parametrize("name", names())
def test_the_header_compiles_and_holds_the_fields(name: str, tmp_path: Path) -> None:
    found = register_map(load(name))
    (tmp_path / "chip.h").write_text(c_header(found), encoding="ascii")
    checks = [
        f"check({macro(name, w.name, f.name)}_SHIFT == {f.shift} && {macro(name, w.name, f.name)}_WIDTH == {f.width});"
        for w in found.words
        for f in w.fields
    ]
    checks += [f"check({macro(name, v.name, 'MIN')} <= {macro(name, v.name, 'MAX')});" for v in found.values]
    body = "\n".join(checks)
    text = (
        '#include "chip.h"\n#include "chip.h"\n#include <stdlib.h>\n'
        f"static void check(int holds) {{ if (!holds) abort(); }}\nint main(void) {{\n{body}\nreturn 0; }}\n"
    )
    (tmp_path / "main.c").write_text(text, encoding="ascii")
    flags = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror")
    subprocess.run(["gcc", *flags, "main.c", "-o", "main"], cwd=tmp_path, check=True, timeout=60)
    subprocess.run([tmp_path / "main"], check=True, timeout=60)


@pytest.mark.parametrize("name", names())
def test_the_map_has_every_field_and_range(name: str) -> None:
    found = register_map(load(name))
    text = markdown(found)
    for word in found.words:
        assert f"## {word.name}\n" in text
        assert all(f"| {field.name} | {field.width} |" in text for field in word.fields)
    assert all(f"| {value.name} | {value.low} | {value.high} |" in text for value in found.values)
