"""The quantised network with this family's weights: signed ones, and the order of the host's events."""

from __future__ import annotations

from ...ir import quantized

QuantizedNetwork = quantized.QuantizedNetwork[quantized.SignedProjection]
