"""What the mapper proved of a partition."""

from __future__ import annotations

from ...ir.placement import Certificate
from ...mapping.mapper import Mapped


def certificate_of(found: Mapped, least: int, *, exact: bool = True) -> Certificate:
    """least: no partition has fewer cores. exact: whether no source was given targets that it does not have."""
    objective = "packets a step at the rates given"
    if not exact:
        objective += ", if the sources at one position had the same targets"
    packets = round(found.cost.packets, 6)
    if not found.proofs:
        status = "feasible (parts along slow modes, annealed)"
        return Certificate(
            objective=objective, value=packets, bound=0.0, status=status, family="any", least_cores=least
        )
    proof = found.proofs[-1]
    proven = "optimal" if proof.proven else "feasible (search stopped at its limit)"
    after = "" if packets >= round(proof.value, 6) else f"; refinement then lowered it to {packets:,}"
    return Certificate(
        objective=objective,
        value=round(proof.value, 6),
        bound=round(proof.bound, 6),
        status=proven + after,
        family=proof.family,
        least_cores=least,
    )
