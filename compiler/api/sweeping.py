"""`spikec.sweep`: a design space from Python."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TypeAlias

import numpy as np

from ...sim.diagnostic import DiagnosticError, error
from ...sim.npzguard import members, read_arrays
from ...sim.stimulus import Stimulus, read_bytes
from ..ir.sweep import Sweep, SweepRow, SweepStimulus
from ..option_kinds import Kind, whole
from ..options import OPTIONS, Options
from ..output.artifacts import npz_bytes
from ..output.store import claimed
from ..render_sweep import row_line
from ..sweep.folder import FILES
from ..sweep.names import short_names
from ..sweep.processes import Runner, in_processes, usual_workers
from ..sweep.space import Space
from ..sweep.stimulus import file_stimulus, stand_in
from ..sweep.sweep import run_sweep
from .chips import ATarget
from .net import Net, read_net
from .options import chosen_options
from .stimulus import KINDS, AnyStimulus
from .wrong_kind import wrong_kind

Nets: TypeAlias = "Net | list[Net] | tuple[Net, ...] | Mapping[str, Net]"
"""One network, paths of several, or networks by name."""
Targets: TypeAlias = "ATarget | list[ATarget] | tuple[ATarget, ...]"
WORKERS = whole(1)
NOT_FIXED = ("lock", "pins", "progress", "seed", "weight_bits")
"""Options of a compile that a sweep has no single value of, or takes by another name."""


def sweep(
    nets: Nets,
    targets: Targets = "loihi1",
    *,
    weight_bits: Sequence[int] | None = None,
    seeds: Sequence[int] = (),
    dialect: str | None = None,
    dt: float | None = None,
    stimulus: AnyStimulus | None = None,
    labels: object = None,
    out: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Callable[[str], None] | None = None,
    **options: object,
) -> Sweep:
    """Compile every network for every target at every weight width, each in a process of its own.

    nets: a network as `spikec.compile` takes it, a list of paths, or a dict of networks by name. targets: one or a
    list. weight_bits: of stored weights; None is the widest of each chip. seeds: of the random stimulus, where none is
    given. dialect, dt, stimulus, labels: as `spikec.compile`; what does not suit one network is said in its rows. out:
    the folder that `spikec sweep -o` writes; what is finished there already is not run again. workers: processes, None
    for one a core; scheduler: address of a dask.distributed cluster instead. progress: hears of each row, in words.
    options: as `spikec.compile` takes them, the same for all.

        made = spikec.sweep("net.nir", ["loihi1", "speck2f"], weight_bits=(4, 6, 8), stimulus="s.npz", out="space")
        [(row.target, row.weight_bits) for row in made.rows if row.front]

    A point that is refused, or whose process dies, is a row with its code, and stops nothing. Raises DiagnosticError:
    SPK05xx for what is asked for, SPK01xx and SPK04xx for files that cannot be read, SPK06xx where nothing can be
    written or no cluster answers."""
    found = _space(
        nets, targets, weight_bits, seeds, _fixed(dialect, dt, options), _stimulus(stimulus, labels)
    )

    def heard(row: SweepRow, there: int, of: int) -> None:
        if progress is not None:
            progress(f"{there} of {of}  {row_line(row)}")

    with ExitStack() as held:
        claim = None if out is None else held.enter_context(claimed(Path(out), FILES))
        made, _ = run_sweep(found, _runner(workers, scheduler), claim, heard)
    return made


def _space(
    nets: Nets,
    targets: Targets,
    weight_bits: Sequence[int] | None,
    seeds: Sequence[int],
    fixed: Callable[[ATarget], Options],
    stimulus: tuple[SweepStimulus, bytes],
) -> Space:
    several = targets if isinstance(targets, list | tuple) else [targets]
    return Space(
        networks=_networks(nets),
        targets=[fixed(target) for target in several],
        weight_bits=None
        if weight_bits is None
        else _numbers_of(OPTIONS["weight_bits"].kind, "weight_bits", weight_bits),
        seeds=_numbers_of(OPTIONS["seed"].kind, "seeds", seeds),
        stimulus=stimulus[0],
        stimulus_file=stimulus[1],
    )


def _fixed(
    dialect: str | None, dt: float | None, options: Mapping[str, object]
) -> Callable[[ATarget], Options]:
    """What makes the options of all jobs for a target. Raises DiagnosticError: SPK0530 for what a sweep fixes not."""
    if wrong := [name for name in NOT_FIXED if name in options]:
        message = f"a sweep has no option `{wrong[0]}`"
        raise DiagnosticError((error("SPK0530", message, hint="it is of a single compile"),))
    return lambda target: chosen_options(target, dialect, dt, options)


def _networks(nets: Nets) -> dict[str, bytes]:
    if isinstance(nets, Mapping):
        return {str(name): read_net(net).image for name, net in nets.items()}
    if isinstance(nets, list | tuple):
        paths = [Path(net) for net in nets if isinstance(net, str | os.PathLike)]
        if len(paths) < len(nets):
            raise wrong_kind("nets", nets, "a network, a list of paths, or a dict of networks by name")
        return {name: read_net(net).image for name, net in zip(short_names(paths), paths, strict=True)}
    if isinstance(nets, str | os.PathLike):
        return {Path(nets).name: read_net(nets).image}
    return {"network": read_net(nets).image}


def _numbers_of(kind: Kind, name: str, values: Sequence[int]) -> tuple[int, ...]:
    """Raises DiagnosticError: SPK0531 for what an argument cannot be."""
    try:
        return tuple(int(str(kind.read(value))) for value in values)
    except (ValueError, TypeError) as problem:
        message = f"`{name}` cannot be {values!r}"[:200]
        raise DiagnosticError((error("SPK0531", message, hint=f"each is {kind.takes}"),)) from problem


def _stimulus(given: AnyStimulus | None, labels: object) -> tuple[SweepStimulus, bytes]:
    """As the bytes of an `.npz`, which every network reads for itself. Raises DiagnosticError: SPK0401, SPK0402,
    SPK0409, SPK0532."""
    if given is None and labels is not None:
        message = "labels are given, and no stimulus that they are of"
        raise DiagnosticError((error("SPK0409", message, hint="give `stimulus` as well"),))
    if given is None:
        return stand_in(), b""
    if isinstance(given, str | os.PathLike) and labels is None:
        data = read_bytes(Path(given))
    else:
        data = npz_bytes({**_arrays(given), **({} if labels is None else {"labels": np.asarray(labels)})})
    return file_stimulus(data), data


def _arrays(given: AnyStimulus) -> dict[str, np.ndarray]:
    """By the names that they have in a stimulus file."""
    if isinstance(given, str | os.PathLike):
        with open(given, "rb") as file:
            return read_arrays(file, members(file))
    if isinstance(given, Stimulus):
        kept = {} if given.labels is None else {"labels": given.labels}
        return {**{f"input/{name}": values for name, values in given.inputs.items()}, **kept}
    if isinstance(given, Mapping):
        return {f"input/{name}": np.asarray(values) for name, values in given.items()}
    if hasattr(given, "__array__"):
        return {"input": np.asarray(given)}
    raise wrong_kind("stimulus", given, KINDS)


def _runner(workers: int | None, scheduler: str | None) -> Runner:
    """Raises DiagnosticError: SPK0527 where the package for clusters is absent, SPK0531 for no number of workers."""
    if scheduler is None:
        return in_processes(
            usual_workers() if workers is None else _numbers_of(WORKERS, "workers", [workers])[0]
        )
    from ..sweep.cluster import on_cluster

    return on_cluster(scheduler)
