"""What is to be said of installed packages whose chips cannot be used."""

from __future__ import annotations

from ..sim.diagnostic import Diagnostic, warning
from ..targets.families import installed

HINT = "what is built in and other packages are not concerned; repair, update or uninstall the package"


def package_warnings() -> tuple[Diagnostic, ...]:
    """SPK0508 for each package whose family of chips cannot be used."""
    return tuple(
        warning("SPK0508", f"the chips of package {package} cannot be used: {reason}", hint=HINT)
        for package, reason in installed().problems
    )
