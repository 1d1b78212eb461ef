"""The quantised network with this family's weights: codes with a shift, onto one of a neuron's accumulators."""

from __future__ import annotations

from ...ir import quantized

QuantizedNetwork = quantized.QuantizedNetwork[quantized.ReceptorProjection]
