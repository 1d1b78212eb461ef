"""What a run lost is warned of by the link that lost it, and each counter by what it counts."""

from __future__ import annotations

import pytest
from spikec.compiler.ir.verdicts import ChainLink, ChipRules, FidelityVerdict, LayerAgreement
from spikec.compiler.verdicts.losses import FAR, losses

RULES, DECAYS, CHIP, WHOLE = "source -> rules", "rules -> decays", "decays -> chip", "source -> chip"


def link(name: str, f1: float | None, rms: float | None = None, **layers: float) -> ChainLink:
    agree = {
        key: LayerAgreement(f1=value, agreement=1.0, rms=None, first_divergence=None)
        for key, value in layers.items()
    }
    return ChainLink(link=name, output_f1=f1, output_agreement=1.0, output_rms=rms, layers=agree)


def verdict(*chain: ChainLink, rules_f1: float | None = None, **overflows: int) -> FidelityVerdict:
    return FidelityVerdict(
        output_f1=chain[-1].output_f1,
        output_agreement=1.0,
        output_rms=chain[-1].output_rms,
        first_divergence=None,
        chip_rules=ChipRules(output_f1=rules_f1, output_agreement=1.0),
        chain=chain,
        layers=chain[-1].layers,
        overflows=overflows,
    )


@pytest.mark.parametrize(
    ("decays", "chip", "named"), [(0.46, 0.89, DECAYS), (0.9, 0.5, CHIP), (0.5, 0.5, CHIP)]
)
def test_the_link_that_loses_most_is_named(decays: float, chip: float, named: str) -> None:
    made = verdict(
        link(RULES, 1.0),
        link(DECAYS, decays, a=decays + 0.1, b=decays),
        link(CHIP, chip, a=chip + 0.1, b=chip),
        link(WHOLE, 0.45, a=0.5, b=0.45),
        rules_f1=1.0,
    )
    (found,) = losses(made)
    assert found.code == "SPK4214"
    assert dict(found.facts)["worst"] == f"b, F1 {min(decays, chip):.4f} by `{named}`"


def test_values_are_held_by_their_rms() -> None:
    chain = [link(RULES, None, 0.0), link(DECAYS, None, 0.9, v=0.2), link(CHIP, None, 0.1, v=0.9)]
    (found,) = losses(verdict(*chain, link(WHOLE, None, 0.9)))
    assert "rms of 0.9" in found.message
    assert dict(found.facts)["worst"] == f"v, F1 0.2000 by `{DECAYS}`"


def test_little_is_no_warning() -> None:
    f1 = 1 - FAR
    chain = [link(RULES, 1.0), link(DECAYS, f1), link(CHIP, 1.0), link(WHOLE, f1)]
    assert losses(verdict(*chain, rules_f1=1.0, floor_resets=7, merged_arrivals=0)) == []


def test_rules_that_cost_much_are_warned_of_unless_they_were_asked_for() -> None:
    chain = [link(RULES, 0.4), link(DECAYS, 1.0), link(CHIP, 1.0), link(WHOLE, 0.4)]
    (found,) = losses(verdict(*chain, rules_f1=0.4))
    assert (found.code, found.severity) == ("SPK4215", "warning")
    assert "0.4000" in found.message
    assert losses(verdict(*chain, rules_f1=0.4), agreed=True) == []
    near = [link(RULES, 1 - FAR), link(DECAYS, 1.0), link(CHIP, 1.0), link(WHOLE, 1 - FAR)]
    assert losses(verdict(*near, rules_f1=1 - FAR)) == []


@pytest.mark.parametrize(
    "counter",
    ["q_wraps", "membrane_saturations", "spike_limits", "beyond_16_bits", "dropped_spikes",
     "spikes_of_a_loop_without_rest"],
)  # fmt: skip
def test_what_no_float_network_does_is_warned_of_where_it_happens(counter: str) -> None:
    chain = [link(name, 1.0) for name in (RULES, DECAYS, CHIP, WHOLE)]
    assert losses(verdict(*chain, rules_f1=1.0, **{counter: 0})) == []
    (found,) = losses(verdict(*chain, rules_f1=1.0, **{counter: 1234}))
    assert (found.code, found.severity) == ("SPK4213", "warning")
    assert found.message == f"{counter.replace('_', ' ')}: 1,234 in this run"
