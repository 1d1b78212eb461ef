"""Numbers of a dialect may come from JSON, and be of any size: what 32 bits or a float do not hold is refused."""

from __future__ import annotations

import pytest
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.dialect.dialect import preset
from spikec.sim.option_values import MOST, briefly, is_count, is_number


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("rockpool", {"max_spikes": 2**31}),
        ("sinabs", {"spike_fn": "MaxSpike", "max_num_spikes_per_bin": 2**63}),
        ("nir.euler", {"multi": 10**400}),
        ("nir.euler", {"refractory": 2**40}),
        ("nir.euler", {"v_min": -(10**400)}),
        ("nir.euler", {"bias_extra": 10**5000}),
        ("nir.euler", {"tau_scale": 10**400}),
    ],
)
def test_an_integer_that_nothing_holds(name: str, options: dict[str, object]) -> None:
    with pytest.raises(DiagnosticError) as caught:
        preset(name, dt_seconds=1e-3, options=options)
    (found,) = caught.value.diagnostics
    assert found.code == "SPK0303"
    assert "it takes " in found.hint


def test_a_time_step_that_no_float_holds() -> None:
    with pytest.raises(DiagnosticError, match="SPK0304"):
        preset("nir.euler", dt_seconds=10**400)


def test_numbers_at_their_limits() -> None:
    assert is_count(MOST, 1)
    assert not is_count(MOST + 1, 1)
    assert not is_count(True, 1)
    assert is_number(1.7e308)
    assert not is_number(float("nan"))
    assert not is_number(-(10**309))


def test_a_value_that_python_does_not_write() -> None:
    assert briefly(10**5000, 60) == "an integer of 16,610 bits"
    assert briefly([10**5000], 60) == "something with an integer too long to show"
    assert briefly("x" * 100, 10) == "'xxxxxx..."
