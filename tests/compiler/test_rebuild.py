"""`check` derives every file of OUT again: nothing in it may be changed, left out or added, on any target."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from spikec.compiler.output.artifacts import json_bytes, npz_bytes
from spikec.compiler.output.build import Built
from spikec.compiler.output.page import page_files
from spikec.compiler.output.rebuild import compared, derived, rebuilt
from spikec.compiler.pipeline import compile_graph
from spikec.sim.diagnostic import DiagnosticError
from spikec.targets import names

from ..effort import thinned
from .test_exports import options, stimulus, two_layers


@cache
def made(target: str) -> Mapping[str, bytes]:
    compiled = compile_graph(two_layers(target), options(target), stimulus=stimulus(target))
    return {**compiled.files, **page_files(compiled.report)}


@cache
def again(target: str) -> Built:
    return derived(two_layers(target), made(target), stimulus(target))


def differences(target: str, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """What `check` says; the readers of OUT may refuse such files before."""
    try:
        return compared(again(target), files).differences
    except (DiagnosticError, KeyError, ValueError, TypeError) as problem:
        return (f"refused: {problem}",)


@pytest.mark.parametrize("target", names())
def test_every_file_is_derived_again(target: str) -> None:
    found = rebuilt(two_layers(target), made(target), stimulus(target))
    assert found.differences == ()
    assert set(found.compared) == set(made(target))


def changed(data: bytes, how: str) -> bytes:
    """One digit two thirds into the file, or a byte more at its end."""
    if how == "end":
        return data + b"\n"
    at = next((k for k in range(len(data) * 2 // 3, len(data)) if chr(data[k]).isdigit()), len(data) // 2)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize("target", thinned(["loihi1", "ranc", "speck2f", "tinyodin", "xylo_audio3"], 2))
def test_every_text_that_is_changed_is_found(target: str) -> None:
    files = made(target)
    texts = [
        n
        for n in sorted(files)
        if not n.endswith((".npz", ".nir")) and n not in ("report.json", "seconds.json")
    ]
    for name in texts:
        if name in ("target.toml", "placement.lock.json"):
            continue
        for how in ("digit", "end"):
            assert differences(target, {**files, name: changed(files[name], how)}), f"{name}, {how}"
        assert differences(target, {k: v for k, v in files.items() if k != name}), name
    assert differences(target, {**files, "more.txt": b"1\n"})


@pytest.mark.parametrize("key", ["cores", "cores_per_chip", "neurons_per_core"])
def test_no_page_is_drawn_of_numbers_that_nobody_has_checked(key: str) -> None:
    """A report of 10**15 cores would take more memory than there is."""
    report = json.loads(made("loihi1")["report.json"])
    report["resources"][key] = 10**15
    files = {**made("loihi1"), "report.json": json_bytes(report)}
    (found,) = differences("loihi1", files)
    assert f"resources.{key} is {10**15}" in found


def test_a_certificate_that_the_lock_has_otherwise_is_said_to_come_from_the_lock() -> None:
    """It is taken over with the lock, so that nobody has derived it."""
    lock = json.loads(made("loihi1")["placement.lock.json"])
    lock["certificate"]["family"] = "tampered"
    files = {**made("loihi1"), "placement.lock.json": json.dumps(lock).encode()}
    found = compared(derived(two_layers("loihi1"), files, stimulus("loihi1")), files).differences
    (said,) = [text for text in found if "certificate.family" in text]
    assert said.endswith('placement.lock.json, where it comes from, has "tampered"')


@pytest.mark.parametrize("target", thinned(["tinyodin", "loihi1"], 2))
def test_every_array_that_is_changed_is_found(target: str) -> None:
    files = made(target)
    for name in ("quantized.npz", "symbols.npz"):
        arrays = dict(np.load(io.BytesIO(files[name])))
        for key in sorted(arrays):
            if not arrays[key].size:
                continue
            other = arrays[key].copy()
            other.flat[-1] += 1
            assert differences(target, {**files, name: npz_bytes({**arrays, key: other})}), f"{name}: {key}"


def test_every_figure_of_the_report_that_is_changed_is_found() -> None:
    files = made("ranc")
    report = json.loads(files["report.json"])
    cases = 0
    for key in ("resources", "verdicts", "network", "stimulus", "timing", "traffic", "configuration_sha256"):
        text = json.dumps(report[key])
        at = next(k for k, letter in enumerate(text) if letter.isdigit())
        other = json.loads(text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :])
        data = (json.dumps({**report, key: other}, indent=1, sort_keys=True) + "\n").encode()
        assert differences("ranc", {**files, "report.json": data}), key
        cases += 1
    assert cases == 7


def test_a_lock_of_another_placement_is_found() -> None:
    raw = two_layers("loihi1")
    files = made("loihi1")
    lock = json.loads(files["placement.lock.json"])
    lock["slices"][0]["slot"], lock["slices"][1]["slot"] = (
        lock["slices"][1]["slot"],
        lock["slices"][0]["slot"],
    )
    data = (json.dumps(lock, indent=2, sort_keys=True) + "\n").encode()
    assert rebuilt(raw, {**files, "placement.lock.json": data}, stimulus("loihi1")).differences


def test_a_stimulus_that_its_seed_does_not_give_is_found() -> None:
    """Also where nothing that the network does depends on the spike that was added."""
    drawn = stimulus("loihi1")
    inputs = {name: values.copy() for name, values in drawn.inputs.items()}
    inputs["input"][-1, 0, 0] ^= 1
    other = replace(drawn, inputs=inputs)
    compiled = compile_graph(two_layers("loihi1"), options("loihi1"), stimulus=other)
    files = {**compiled.files, **page_files(compiled.report)}
    (found,) = rebuilt(two_layers("loihi1"), files, other).differences
    assert found == "stimulus.npz: the spikes of input are not those that rate 0.3 and seed 1 give"
