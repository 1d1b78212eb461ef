from __future__ import annotations

from functools import cache

import pytest
from spikec.compiler.handbook.chips import supported
from spikec.compiler.options import Options
from spikec.compiler.prepare import read_front, resolve_target
from spikec.compiler.verdicts.capabilities import support
from spikec.compiler.verdicts.capability_probes import READINGS, link_probes, neuron_probes
from spikec.sim.nir.primitives import PRIMITIVES
from spikec.targets import names

of = cache(support)


def answers(target: str) -> dict[tuple[str, str], str]:
    return {(row.kind, row.variant): row.answer for row in of(target).rows}


def test_every_kind_of_node_has_a_probe() -> None:
    probes = [*neuron_probes(), *link_probes("IF", READINGS[0][1])]
    held = {node.kind for probe in probes for _, node in probe.graph.walk()}
    assert held == set(PRIMITIVES)


@pytest.mark.parametrize("target", names())
def test_probes_are_read_without_a_complaint(target: str) -> None:
    """A probe that is itself malformed would make a chip look worse than it is: only a chip's codes may refuse."""
    table = of(target)
    assert table == supported(target), "run python -m tests.compiler.generated_support"
    for row in table.rows:
        assert not row.reason.startswith(("SPK01", "SPK02", "SPK03", "SPK04", "SPK05")), row


def test_a_probe_has_the_kind_that_it_is_named_after() -> None:
    front = read_front(
        neuron_probes()[0].graph, Options(reading=neuron_probes()[0].dialect), resolve_target(Options())
    )
    assert sorted(front.network.populations) == ["n1", "n2"]
    named = [p for p in neuron_probes() if p.kind not in {n.kind for _, n in p.graph.walk()}]
    assert named == []


def test_what_is_known_of_the_chips() -> None:
    loihi, xylo, speck = answers("loihi1"), answers("xylo_audio3"), answers("speck2f")
    hard, soft, many = (text for text, _ in READINGS[:3])
    assert (loihi["LIF", hard], loihi["LIF", soft]) == ("exact", "approximated")
    assert xylo["CubaLIF", hard] == "approximated, on consent"
    assert (speck["IF", hard], speck["IF", many], speck["CubaLIF", hard]) == ("exact", "exact", "no")
    assert speck["loop", "neurons onto themselves"] == "no"
    assert (loihi["Input", "3 events in a step"], xylo["Input", "3 events in a step"]) == (
        "on the host",
        "exact",
    )


def test_what_holds_for_every_network_is_said_once() -> None:
    assert of("speck2f").always == (
        "time steps: event by event; simulated in steps, as the vendor's tools do",
    )
    assert all("time steps" not in row.reason for row in of("speck2f").rows)


def test_a_difference_has_a_reason() -> None:
    for target in ("loihi1", "xylo_audio3", "speck2f"):
        table = of(target)
        assert all(bool(row.reason) == (row.answer != "exact") for row in table.rows)
