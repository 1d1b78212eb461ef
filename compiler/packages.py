"""What is to be said of installed packages: those whose chips cannot be used, and those whose code failed."""

from __future__ import annotations

import traceback

from ..sim.diagnostic import Diagnostic, warning
from ..targets.families import installed

HINT = "what is built in and other packages are not concerned; repair, update or uninstall the package"


def package_warnings() -> tuple[Diagnostic, ...]:
    """SPK0508 for each package whose family of chips cannot be used."""
    return tuple(
        warning("SPK0508", f"the chips of package {package} cannot be used: {reason}", hint=HINT)
        for package, reason in installed().problems
    )


def package_at_work(problem: BaseException) -> str | None:
    """Name the installed package of chips that was at work when an exception was raised; None for none."""
    families = installed().families.values()
    packages = {
        module.partition(".")[0]
        for family in families
        for module in (family.backend.partition(":")[0], family.record.__module__)
    }
    modules = (
        str(frame.f_globals.get("__name__", "")).partition(".")[0]
        for frame, _ in traceback.walk_tb(problem.__traceback__)
    )
    return next((name for name in modules if name in packages), None)
