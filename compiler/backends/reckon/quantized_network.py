"""The quantised network with this family's weights: codes with a shift, on one of several rows of an input."""

from __future__ import annotations

from ...ir import quantized

QuantizedNetwork = quantized.QuantizedNetwork[quantized.ShiftedProjection]
