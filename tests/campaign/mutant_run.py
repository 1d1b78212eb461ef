"""Compiles known networks in a process of its own, by a compiler that is changed at one place."""

from __future__ import annotations

import pickle
import resource
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from .mutation import Site, install

if TYPE_CHECKING:
    from .cases import Known

SECONDS, MEMORY_BYTES = 60, 6 << 30
PASSES = (
    "spikec.compiler.backends.",
    "spikec.compiler.mapping.",
    "spikec.compiler.timed.",
    "spikec.targets.",
)
PRELOADED = ["numpy", "scipy.sparse", "networkx", "msgspec", "h5py", "numba"]


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a compile gave. refused: codes, or the exception of a crash; else files and what its own verdicts said."""

    refused: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    static: bool = False
    dynamic: bool = False
    f1: float | None = None


def made_by(site: Site | None, cases: Sequence[Known], folder: Path) -> list[Made]:
    """Of each known network; in a process that ends with it. One that hangs or dies is a refusal."""
    path = folder / "made.pickle"
    path.unlink(missing_ok=True)
    context = get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    worker = context.Process(target=_work, args=(site, pickle.dumps(list(cases)), str(path)))
    worker.start()
    worker.join(2 * SECONDS)
    if worker.is_alive():
        worker.kill()
        worker.join()
    if not path.exists():
        return [Made(refused=f"no answer, exit code {worker.exitcode}")]
    return pickle.loads(path.read_bytes())


def _work(site: Site | None, cases: bytes, path: str) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    if site is not None:
        install(site)
    made = _all_made(cases)
    Path(path).write_bytes(pickle.dumps(made))


def _all_made(cases: bytes) -> list[Made]:
    """The cases are unpickled here, so that what they are made of is imported after the hook is there."""
    try:
        return [_made(case) for case in pickle.loads(cases)]
    except Exception as problem:  # whatever a change leads to
        return [Made(refused=_text(problem))]


def _made(case: Known) -> Made:
    from spikec.sim.diagnostic import DiagnosticError

    try:
        compiled = case.compiled()
    except DiagnosticError as refusal:
        return Made(refused=" ".join(d.code for d in refusal.diagnostics if d.severity == "error"))
    except Exception as problem:  # whatever a change leads to
        return Made(refused=_text(problem))
    placement, fidelity = compiled.verdicts.placement, compiled.verdicts.fidelity
    return Made(
        files=compiled.files,
        static=placement.static.identical,
        dynamic=placement.dynamic.identical,
        f1=None if fidelity is None else fidelity.output_f1,
    )


def _text(problem: Exception) -> str:
    return traceback.format_exception_only(problem)[-1].strip()[:200]


def executed(cases: Sequence[Known]) -> dict[str, set[int]]:
    """Module -> lines of it that run while networks are prepared, placed and emitted: the passes, not those that judge
    them."""
    from spikec.compiler.backends.interface import backend_of
    from spikec.compiler.prepare import prepare, read_front, resolve_target

    lines: dict[str, set[int]] = {}

    def in_frame(frame: FrameType, event: str, _: object) -> Any:
        if event == "line":
            lines[frame.f_globals["__name__"]].add(frame.f_lineno)
        return in_frame

    def at_call(frame: FrameType, event: str, _: object) -> Any:
        name = frame.f_globals.get("__name__", "")
        if not name.startswith(PASSES) or frame.f_code.co_name == "<module>":
            return None
        lines.setdefault(name, set()).add(frame.f_lineno)
        return in_frame

    for case in cases:
        chip = resolve_target(case.options)
        backend = backend_of(chip)
        sys.settrace(at_call)
        try:
            prepared = prepare(
                read_front(case.case.raw, case.options, chip), case.options, chip, case.stimulus
            )
            network = prepared.quantized.network
            placed = backend.place(network, chip, case.options, {}, None)
            backend.emit(network, placed.placement, chip)
        finally:
            sys.settrace(None)
    return lines
