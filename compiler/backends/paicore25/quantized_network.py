"""The quantised network of PAICORE 2.5, whose synapses carry plain weights, or a potential as it is."""

from __future__ import annotations

from ...ir.quantized import QuantizedNetwork as AnyQuantizedNetwork, QuantizedProjection

QuantizedNetwork = AnyQuantizedNetwork[QuantizedProjection]
