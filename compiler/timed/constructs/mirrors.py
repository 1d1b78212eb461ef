"""The floor of a membrane, by mirrored neurons.

A mirror hears everything with the other sign, resets and corrections included, so that its membrane is the negative
one. It fires where the membrane falls below the floor -F: mirror j at F + (j - 1/2) * d. Each spike of a mirror raises
the membrane by what is left of d after the next decay, and lowers the mirrors by as much: the floor is held to half a
grade d, at its time, for membranes that fall no more than m grades below it at once.
"""

from __future__ import annotations

from dataclasses import replace

from ...ir.network import Neuron
from ...ir.timed_network import Level, Tie, TimedPopulation

MIRRORS, GRADE = 4, 0.25
"""Mirrors of a neuron, and how far apart their thresholds are, in thresholds."""
ALIKE = 1e-9


def floor_in_thresholds(neuron: Neuron) -> float | None:
    """How many thresholds the floor is below 0; None where there is no such floor, or where neurons differ."""
    if neuron.v_min is None or neuron.theta is None or not neuron.theta.size:
        return None
    ratio = -neuron.v_min / neuron.theta
    low, high = float(ratio.min()), float(ratio.max())
    return high if low > 0 and high - low <= ALIKE * high else None


def with_floor(counting: tuple[TimedPopulation, ...]) -> tuple[TimedPopulation, ...]:
    """Put mirrors beside populations that stand for one and take thresholds off; these as they are without a floor."""
    first = counting[0]
    floor = floor_in_thresholds(first.neuron)
    if floor is None:
        return counting
    from scipy import sparse

    places = [floor + (j - 0.5) * GRADE for j in range(1, MIRRORS + 1)]
    names = [f"floor@{j}:{first.name}" for j in range(1, MIRRORS + 1)]
    raised = first.neuron.beta * GRADE
    most = max(counting[0].most_thresholds, *places)
    neuron = replace(first.neuron, v_min=None)
    upright = tuple(
        replace(
            population,
            neuron=neuron,
            ties=(*population.ties, *(Tie(source=name, share=raised) for name in names)),
            level=Level(first=first.name, times=1.0, most=most, counts=True)
            if population.level is None
            else replace(population.level, most=most),
        )
        for population in counting
    )
    mirrored = replace(
        first,
        links=tuple(replace(link, weights=sparse.csr_array(-link.weights)) for link in first.links),
        constants={step: -vector for step, vector in first.constants.items()},
        neuron=replace(
            neuron, bias=-neuron.bias, v_start=None if neuron.v_start is None else -neuron.v_start
        ),
        ties=(
            *(replace(tie, share=-tie.share) for tie in first.ties),
            *(Tie(source=name, share=-raised) for name in names),
        ),
    )
    below = tuple(
        replace(mirrored, name=name, level=Level(first=first.name, times=times, most=most, counts=False))
        for name, times in zip(names, places, strict=True)
    )
    return (*upright, *below)


def all_alike(neuron: Neuron, wanted: int) -> int:
    """Mirrors of each neuron: as many as are wanted where one place serves all, else none."""
    return wanted if floor_in_thresholds(neuron) is not None else 0


def words(mirrors: int) -> str:
    """Say what mirrors do; empty for none."""
    return (
        f"; {mirrors} mirrored neurons for each hold the floor to {GRADE / 2:g} thresholds" if mirrors else ""
    )
