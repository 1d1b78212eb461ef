"""`spikec.fit`: a network on every chip side by side, from Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ...sim.diagnostic import Diagnostic, DiagnosticError, error
from ...targets import names
from ..ir.fit import Fit, FitRow
from ..prepare import read_graph
from ..sweep.fit import run_fit_on, with_notes
from ..sweep.processes import fits_in_processes
from ..text.render_fit import row_line
from .described_stimulus import described_stimulus
from .net import Net, name_of, read_net
from .options import chosen_options
from .stimulus import AnyStimulus, as_recorded, optional_stimulus
from .sweeping import workers_of

OF_ONE_CHIP = ("lock", "pins", "progress")


def fit(
    net: Net,
    targets: str | Sequence[str] | None = None,
    *,
    dialect: str | None = None,
    dt: float | None = None,
    stimulus: AnyStimulus | None = None,
    labels: object = None,
    workers: int | None = None,
    progress: Callable[[str], None] | None = None,
    **options: object,
) -> Fit:
    """Compile a network for every chip, each in a process, and measure what it costs and what is lost.

    net, dialect, dt, stimulus, labels, options: as `spikec.compile` takes them; what a chip does not do exactly is
    tried too, and told. targets: names; None for all that are installed. workers: processes, None for one a core.
    progress: hears of each row, in words. The rows are sorted, the best first: those that fit before those that do not.

        found = spikec.fit("digits.nir", dialect="snntorch.Leaky", stimulus="digits.npz")
        [(row.target, row.cores, row.accuracy) for row in found.rows if row.fits]

    That it fits nowhere is no error. Raises DiagnosticError: SPK01xx to SPK05xx as `spikec.compile`."""
    if wrong := [name for name in OF_ONE_CHIP if name in options]:
        message = f"a fit has no option `{wrong[0]}`"
        raise DiagnosticError((error("SPK0530", message, hint="it is of a single compile"),))
    named = (targets,) if isinstance(targets, str) else tuple(targets or names())
    asked = [chosen_options(target, dialect, dt, options) for target in named]
    read = read_net(net)
    told: tuple[Diagnostic, ...] = ()
    if asked:
        known, told = as_recorded(read.raw, asked[0], stimulus)
        names_it = ("dialect", "dialect_options", "dt_seconds")
        asked = [replace(one, **{name: getattr(known, name) for name in names_it}) for one in asked]
        optional_stimulus(stimulus, labels, read_graph(read.raw, asked[0]).ports, None)

    def heard(row: FitRow, there: int, of: int) -> None:
        if progress is not None:
            progress(f"{there} of {of}  {row_line(row)}")

    found = run_fit_on(
        name_of(net),
        read.image,
        asked,
        described_stimulus(stimulus, labels),
        fits_in_processes(workers_of(workers)),
        heard,
    )
    return with_notes(found, told)
