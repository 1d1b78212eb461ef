"""spikec compiles spiking networks (`.nir`) for neuromorphic chips, and proves what it made.

    import spikec

    compiled = spikec.compile("net.nir", "loihi1", dialect="snntorch.Leaky", stimulus="samples.npz")
    print(compiled)
    compiled.write("out")

The names in `__all__` are the public API; all else may change. Each is imported when it is first used, so that
`import spikec` takes no time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spikec.compiler.api.chips import load_target
    from spikec.compiler.api.compiling import compile
    from spikec.compiler.api.fitting import fit
    from spikec.compiler.api.networks import dialects, inspect, lint, reference
    from spikec.compiler.api.outputs import check, compare, diff, export, simulate
    from spikec.compiler.api.sweeping import sweep
    from spikec.compiler.compiled import Compiled
    from spikec.compiler.ir.fit import Fit
    from spikec.compiler.ir.report import Report
    from spikec.compiler.ir.sweep import Sweep
    from spikec.compiler.options import Options
    from spikec.sim.diagnostic import Diagnostic, DiagnosticError
    from spikec.sim.stimulus import Stimulus, poisson
    from spikec.sim.trace import Trace
    from spikec.targets import names as targets

    __version__: str

__all__ = [
    "Compiled",
    "Diagnostic",
    "DiagnosticError",
    "Fit",
    "Options",
    "Report",
    "Stimulus",
    "Sweep",
    "Trace",
    "__version__",
    "check",
    "compare",
    "compile",
    "dialects",
    "diff",
    "export",
    "fit",
    "inspect",
    "lint",
    "load_target",
    "poisson",
    "reference",
    "simulate",
    "sweep",
    "targets",
]

_HOMES = {
    "compiler.api.chips": ("load_target",),
    "compiler.api.compiling": ("compile",),
    "compiler.api.fitting": ("fit",),
    "compiler.api.networks": ("dialects", "inspect", "lint", "reference"),
    "compiler.api.outputs": ("check", "compare", "diff", "export", "simulate"),
    "compiler.api.sweeping": ("sweep",),
    "compiler.compiled": ("Compiled",),
    "compiler.ir.fit": ("Fit",),
    "compiler.ir.sweep": ("Sweep",),
    "compiler.options": ("Options",),
    "compiler.ir.report": ("Report",),
    "sim.diagnostic": ("Diagnostic", "DiagnosticError"),
    "sim.stimulus": ("Stimulus", "poisson"),
    "sim.trace": ("Trace",),
}
"""Module below spikec -> the public names that it has."""


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("spikec")
    if name == "targets":  # a package, and what it does when it is called
        return import_module(".targets", __name__)
    for home, names in _HOMES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(f".{home}", __name__), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
