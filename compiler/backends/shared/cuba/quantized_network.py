"""The quantised network with mantissas for weights, and a format of registers."""

from __future__ import annotations

from ....ir import quantized

QuantizedNetwork = quantized.QuantizedNetwork[quantized.ScaledProjection]
