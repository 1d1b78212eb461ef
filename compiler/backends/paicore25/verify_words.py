from __future__ import annotations
from ..shared.static import Findings
def static_verdict(network, loaded, symbols):
    return Findings().verdict()
