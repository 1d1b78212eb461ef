"""`spikec.sweep`: a design space from Python."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TypeAlias

from ...sim.diagnostic import DiagnosticError, error
from ..ir.sweep import Sweep, SweepRow, SweepStimulus
from ..options import OPTIONS, Options
from ..output.store import claimed
from ..shell.option_kinds import Kind, whole
from ..sweep.folder import FILES
from ..sweep.names import short_names
from ..sweep.processes import Runner, in_processes, usual_workers
from ..sweep.space import Space
from ..sweep.sweep import run_sweep
from ..text.render_sweep import row_line
from .chips import ATarget
from .described_stimulus import described_stimulus
from .net import Net, name_of, read_net
from .options import chosen_options
from .stimulus import AnyStimulus
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
        nets, targets, weight_bits, seeds, _fixed(dialect, dt, options), described_stimulus(stimulus, labels)
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
    return {name_of(nets): read_net(nets).image}


def _numbers_of(kind: Kind, name: str, values: Sequence[int]) -> tuple[int, ...]:
    """Raises DiagnosticError: SPK0531 for what an argument cannot be."""
    try:
        return tuple(int(str(kind.read(value))) for value in values)
    except (ValueError, TypeError) as problem:
        message = f"`{name}` cannot be {values!r}"[:200]
        raise DiagnosticError((error("SPK0531", message, hint=f"each is {kind.takes}"),)) from problem


def workers_of(given: int | None) -> int:
    """How many processes; None: one a core. Raises DiagnosticError: SPK0531 for no number of them."""
    return usual_workers() if given is None else _numbers_of(WORKERS, "workers", [given])[0]


def _runner(workers: int | None, scheduler: str | None) -> Runner:
    """Raises DiagnosticError: SPK0527 where the package for clusters is absent, SPK0531 for no number of workers."""
    if scheduler is None:
        return in_processes(workers_of(workers))
    from ..sweep.cluster import on_cluster

    return on_cluster(scheduler)
