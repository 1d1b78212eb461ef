"""Derives every file of an output again, and says which is not what its own source, options and stimulus give.

The placement is that of the lock; nothing is searched but where a chip's placement follows from the network alone. The
bound in the certificate is taken over with the lock: only a new search could repeat it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ...sim.diagnostic import DiagnosticError
from ...sim.nir.path import shown
from ...sim.nir.raw_graph import RawGraph
from ...sim.npzguard import members, read_arrays
from ...sim.reference.reference import reference
from ...sim.stimulus import Stimulus, poisson
from ..backends.interface import backend_of
from ..ir.report import PoissonStimulus, Report, read_report
from ..ir.verdicts import CheckedFiles
from ..prepare import prepare, read_front, resolve_target
from .build import LOCK, REPORT, SOURCE, STIMULUS, Built, Job, build, spike_rates
from .page import DRAWN, SECONDS, drawn_files
from .reopen import with_own_target
from .saved import asked_options

_OF_THE_LOCK = "resources.certificate."
RELATIVE = 1e-6
"""Figures of the float run may differ by so much: its products are rounded by the machine that it runs on."""


def rebuilt(raw: RawGraph, files: Mapping[str, bytes], stimulus: Stimulus) -> CheckedFiles:
    """Compile `raw`, the graph in OUT, once more onto OUT's placement, and compare.

    files: of OUT. stimulus: the recorded one. What does not compile with the options in OUT is a difference."""
    try:
        again = derived(raw, files, stimulus)
    except DiagnosticError as problem:
        reasons = [d.message for d in problem.diagnostics if d.severity == "error"]
        texts = tuple(f"nothing can be derived again: {reason}" for reason in reasons)
        return CheckedFiles(identical=False, compared=(), differences=texts)
    found = compared(again, files)
    texts = (*_other_stimulus(again.report, stimulus), *found.differences)
    return CheckedFiles(identical=not texts, compared=found.compared, differences=texts)


def _other_stimulus(report: Report, stimulus: Stimulus) -> tuple[str, ...]:
    """Whether the recorded stimulus is not the one that its seed gives. Of a search, only half of that was kept."""
    told = report.stimulus
    if not isinstance(told, PoissonStimulus) or report.options["calibrate"]:
        return ()
    shapes = {name: values.shape[2:] for name, values in stimulus.inputs.items()}
    drawn = poisson(shapes, told.rate, told.steps, batch=told.batch, seed=told.seed).inputs
    other = [name for name in sorted(drawn) if not np.array_equal(drawn[name], stimulus.inputs[name])]
    text = "{}: the spikes of {} are not those that rate {:g} and seed {} give"
    return tuple(text.format(STIMULUS, shown(name), told.rate, told.seed) for name in other)


def compared(again: Built, files: Mapping[str, bytes]) -> CheckedFiles:
    """Hold the files of OUT against those that were `derived`."""
    made = {**again.files, SECONDS: files.get(SECONDS, b""), **_drawn_of_its_own(files, again)}
    found: list[str] = []
    for name in sorted({*made, *files}):
        if name not in files:
            found.append(f"{name} is missing")
        elif name not in made:
            found.append(f"{name} is no file that this network gives")
        elif files[name] != made[name]:
            found += _differences(name, made[name], files[name])
    return CheckedFiles(identical=not found, compared=tuple(sorted(made)), differences=tuple(found))


def derived(raw: RawGraph, files: Mapping[str, bytes], stimulus: Stimulus) -> Built:
    """Build OUT again, with what is drawn of its report but for seconds, of its source, options, target, stimulus and
    lock."""
    report = read_report(files[REPORT])
    options = with_own_target(asked_options(report), files)
    target = resolve_target(options)
    given = report.stimulus.given
    source = {key: value for key, value in dict(report.stimulus).items() if key != "given"}
    stimulus = replace(stimulus, source=source)
    prepared = prepare(read_front(raw, options, target), options, target, stimulus)
    floats = reference(raw, prepared.front.dialect, stimulus=stimulus.inputs)
    rates = spike_rates(prepared, floats, stimulus.inputs) if given else {}
    kept_placement = replace(options, lock=files[LOCK])
    placed = backend_of(target).place(prepared.quantized.network, target, kept_placement, rates, None)
    job = Job(prepared=prepared, stimulus=stimulus, given=given, floats=floats, source=files[SOURCE])
    built = build(job, placed, options)
    return replace(built, files={**built.files, **drawn_files(built.report)})


def _drawn_of_its_own(files: Mapping[str, bytes], again: Built) -> dict[str, bytes]:
    """What is drawn of OUT's own report where that is the derived one but for how a float was rounded, and as OUT has
    it: nothing is drawn of numbers that nobody has checked."""
    derived_report, own_report = again.files[REPORT], files.get(REPORT, b"")
    if own_report == derived_report:
        return {}
    try:
        report = read_report(own_report)
    except ValueError:
        return {}
    if _different_values("", json.loads(derived_report), json.loads(own_report)):
        return {}
    own = drawn_files(report)
    return {name: own[name] for name in sorted(DRAWN) if files.get(name) == own[name]}


def _differences(name: str, made: bytes, found: bytes) -> list[str]:
    if name.endswith(".npz"):
        return _different_arrays(name, made, found)
    if name == REPORT:
        return [f"{name}: {text}" for text in _different_values("", json.loads(made), json.loads(found))][:20]
    at = next(
        (k for k, (a, b) in enumerate(zip(made, found, strict=False)) if a != b), min(len(made), len(found))
    )
    line = found[:at].count(b"\n") + 1
    return [f"{name} differs from what this network gives, first in line {line} (byte {at})"]


def _different_arrays(name: str, made: bytes, found: bytes) -> list[str]:
    """Archives may be packed otherwise; what they hold has to be the same."""
    first = _arrays(made)
    try:
        second = _arrays(found)
    except DiagnosticError as problem:
        return [f"{name}: {finding.message}" for finding in problem.diagnostics]
    texts = [f"{name}: {key} is missing" for key in sorted({*first} - {*second})]
    texts += [f"{name}: {key} is no array that this network gives" for key in sorted({*second} - {*first})]
    for key in sorted({*first} & {*second}):
        a, b = first[key], second[key]
        if a.dtype != b.dtype or a.shape != b.shape or a.tobytes() != b.tobytes():
            texts.append(f"{name}: {key} is not what this network gives")
    return texts


def _arrays(data: bytes) -> dict[str, np.ndarray]:
    file = io.BytesIO(data)
    return read_arrays(file, members(file))


def _different_values(path: str, made: object, found: object) -> list[str]:
    if isinstance(made, dict) and isinstance(found, dict):
        texts: list[str] = []
        for key in sorted({*made, *found}):
            at = f"{path}.{key}" if path else str(key)
            if key not in made or key not in found:
                texts.append(
                    f"{at} is {'missing' if key not in found else 'nothing that this network gives'}"
                )
            else:
                texts += _different_values(at, made[key], found[key])
        return texts
    if isinstance(made, list) and isinstance(found, list) and len(made) == len(found):
        return [
            t
            for k, (a, b) in enumerate(zip(made, found, strict=True))
            for t in _different_values(f"{path}[{k}]", a, b)
        ]
    same = made == found and type(made) is type(found)
    if isinstance(made, float) and isinstance(found, float):
        same = abs(made - found) <= RELATIVE * max(abs(made), abs(found))
    origin = f"{LOCK}, where it comes from, has" if path.startswith(_OF_THE_LOCK) else "derived again it is"
    return [] if same else [f"{path} is {_short(found)}; {origin} {_short(made)}"]


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
