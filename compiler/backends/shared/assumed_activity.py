"""What the number search assumes of spikes and leaks where no stimulus was measured."""

from __future__ import annotations

SPIKE_RATE = 0.2
"""Probability that a source spikes in a step, independently of all others."""
SAME_SIGN_STEPS = 10
"""Steps over which rounding errors of one sign add up on a membrane."""
LEAK_AT = 1 / 3
"""Part of the threshold at which a constant leak takes off what an exponential one would: where a membrane is on
average that ramps up, and waits near rest between."""
