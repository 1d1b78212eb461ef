"""The quantised network with this family's weights: sets of axon types."""

from __future__ import annotations

from ...ir import quantized

QuantizedNetwork = quantized.QuantizedNetwork[quantized.MaskProjection]
