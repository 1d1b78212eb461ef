"""The README of an output: every file of every target in it, inputs and outputs by name, and no name that breaks it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from itertools import pairwise

import nir
import numpy as np
import pytest
from spikec.compiler.output.io_map import IO_MAP
from spikec.compiler.output.page import page_files
from spikec.compiler.output.readme import README
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.schemas import names as schemas
from spikec.sim.nir.file import from_nir
from spikec.sim.stimulus import Stimulus
from spikec.targets import names

from .test_exports import options, stimulus, two_layers


@cache
def made(target: str) -> Mapping[str, bytes]:
    compiled = compile_graph(two_layers(target), options(target), stimulus=stimulus(target))
    return {**compiled.files, **page_files(compiled.report), "manifest.json": b""}


def rows(text: str, head: str) -> dict[str, list[str]]:
    """First cell -> the others, of the table below a head."""
    table = text.split(head)[1].split("\n\n")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()]
    return {first.strip("`"): rest for first, *rest in cells if set(first) != {"-"}}


@pytest.mark.parametrize("target", names())
def test_every_file_is_told_of(target: str) -> None:
    files, text = made(target), made(target)[README].decode()
    listed = rows(text, "| file | what it is |")
    told: set[str] = set()
    for name, (what,) in listed.items():
        pattern = re.escape(re.sub(r"` \(\d+ files\)$", "", name)).replace(r"\*", r"\d+")
        matching = {file for file in files if re.fullmatch(pattern, file)}
        count = re.search(r"\((\d+) files\)", name)
        assert matching, name
        assert count is None or int(count[1]) == len(matching)
        assert what
        assert "the configuration of" not in what
        told |= matching
    assert told == {*files}
    assert {name for name in re.findall(r"`spikec schema ([a-z0-9-]+)`", text)} <= {*schemas()}
    assert "@" not in re.sub(r"`[^`]*@\d+`", "", text).replace("spikec-ranc@", "")


def test_registers_are_those_of_the_chip_in_the_folder() -> None:
    """By its toml: an installed chip may have the name of an own one."""
    text = made("loihi1")[README].decode()
    assert "`spikec targets registers target.toml`" in text
    assert "target.toml" in made("loihi1")


@pytest.mark.parametrize("target", names())
def test_inputs_and_outputs_are_told_of(target: str) -> None:
    text = made(target)[README].decode()
    assert rows(text, "| input | shape | what drives it |")["input"][1] == "the stimulus"
    found = rows(text, "| population | shape | what is read | Output, shift |")
    assert set(found) == {"a", "b"}
    assert all("through a linear map of the host" in cells[-1] for cells in found.values())
    for part in ("Files", "Loading", "What to send in each step", "What comes back", "Testing"):
        assert f"\n## {part}\n" in text
    assert all(len(line) <= 400 for line in text.splitlines())


def test_constants_have_their_onset_and_names_stay_in_their_cells() -> None:
    ones = np.ones(3)
    nodes = {
        "in|`x`": nir.Input(np.array([2])), "w": nir.Affine(np.ones((3, 2)), 0.0 * ones),
        "n": nir.LIF(r=ones, tau=4 * ones, v_threshold=4 * ones, v_leak=0 * ones, v_reset=0 * ones),
        "w2": nir.Affine(np.ones((3, 3)), 0.5 * ones),
        "m\n| x |": nir.LIF(r=ones, tau=4 * ones, v_threshold=4 * ones, v_leak=0 * ones, v_reset=0 * ones),
        "output": nir.Output(np.array([3])),
    }  # fmt: skip
    order = list(nodes)
    raw = from_nir(nir.NIRGraph(nodes=nodes, edges=list(pairwise(order))))[0]
    spikes = (np.random.default_rng(0).random((6, 1, 2)) < 0.5).astype(np.float32)
    compiled = compile_graph(
        raw, options("loihi1"), stimulus=Stimulus(inputs={"in|`x`": spikes}, labels=None)
    )
    text = compiled.files[README].decode()
    found = rows(text, "| input | shape | what drives it |")
    assert sorted(found) == ["bias@1", "in/'x'"]
    assert "from 1 on" in found["bias@1"][1]
    assert all(
        len(cells) == 3
        for cells in rows(text, "| population | shape | what is read | Output, shift |").values()
    )
    assert IO_MAP in compiled.files
