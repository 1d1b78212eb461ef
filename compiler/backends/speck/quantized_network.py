"""The quantised network with this family's weights: kernels, and no single synapses."""

from __future__ import annotations

from ...ir import quantized

QuantizedNetwork = quantized.QuantizedNetwork[quantized.QuantizedProjection]
