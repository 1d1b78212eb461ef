"""The quantised network with this family's weights: mantissas with a format of registers."""

from __future__ import annotations

from ...ir import quantized

QuantizedNetwork = quantized.QuantizedNetwork[quantized.ScaledProjection]
