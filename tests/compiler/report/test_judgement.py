"""What the figures of a fidelity verdict come to, in words."""

from __future__ import annotations

import msgspec
import pytest
from spikec.compiler.ir.verdicts import Accuracy, AccuracyFraction, ChipRules, FidelityVerdict
from spikec.compiler.report.judgement import judgement

VERDICT = FidelityVerdict(
    output_f1=0.4, output_f1_within_1_step=0.9, output_f1_within_2_steps=0.95, output_one_step_late=0.8,
    output_one_step_early=0.05, same_decisions="196/200", output_agreement=0.9, output_rms=None,
    first_divergence=None, chip_rules=ChipRules(output_f1=1.0, output_agreement=1.0), chain=(), layers={},
    overflows={}, accuracy=Accuracy(in_float="187/200", chip="183/200"),
    accuracy_fraction=AccuracyFraction(in_float=0.935, chip=0.915, chip_95=(0.868, 0.946)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "183 of 200 right, float 187: no more than chance makes of 200 samples. "
         "Most spikes that differ come one step late."),
        ({"output_one_step_late": 0.05, "output_one_step_early": 0.8}, "come one step early."),
        ({"output_one_step_late": 0.4, "output_one_step_early": 0.4}, "come one step early or late."),
        ({"output_f1_within_1_step": 0.5, "output_f1_within_2_steps": 0.9}, "come one or two steps late."),
        ({"output_f1_within_1_step": 0.41, "output_f1_within_2_steps": 0.42}, "missing or too many"),
        ({"output_f1": 0.96}, "Nearly all spikes at the outputs come in their step."),
        ({"accuracy": Accuracy(in_float="187/200", chip="187/200"),
          "accuracy_fraction": AccuracyFraction(in_float=0.935, chip=0.935, chip_95=(0.9, 0.96))}, "no answer is lost"),
        ({"accuracy_fraction": AccuracyFraction(in_float=0.99, chip=0.915, chip_95=(0.868, 0.946))}, "a loss, beyond"),
        ({"accuracy": None, "accuracy_fraction": msgspec.UNSET}, "196 of 200 samples get the decision"),
    ],
)  # fmt: skip
def test_in_words(changed: dict[str, object], words: str) -> None:
    assert words in judgement(msgspec.structs.replace(VERDICT, **changed))
