"""Compiled networks in the vendor's functional simulator of PAICORE 2.5: the Outputs show what was computed.

SPIKEC_PAICORE_PYTHON names a Python that has paisim (README.md of the family says how it is made).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ..oracles.paicore25.vendor import PYTHON
from .paicore_vendor import compiled, differences

pytestmark = pytest.mark.skipif(not PYTHON, reason="SPIKEC_PAICORE_PYTHON names no Python that has paisim")
NETWORKS = (
    "norse_mlp_digits_lifbox",
    "sj_cnn_digits_if",
    "sj_cuba_140_64_20",
    "snntorch_rleaky_140_64_20",
    "spyx_rif_140_48_20",
)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_outputs_are_the_vendor_s(name: str, tmp_path: Path) -> None:
    made = compiled(name, 2)
    assert sum(int(values.sum()) for values in made.trace.outputs.values())
    assert differences(made, tmp_path) == 0


def test_wide_weights_are_added_up_as_potentials(tmp_path: Path) -> None:
    """Every neuron has two records whose potentials another core adds."""
    made = compiled("sj_mlp_digits_lif", 2, split_weights=True)
    assert made.report.resources.cores >= 4
    assert differences(made, tmp_path) == 0
