"""The form of the quantised network of this family."""

from __future__ import annotations

from ...ir.quantized import QuantizedNetwork as Of, QuantizedProjection

QuantizedNetwork = Of[QuantizedProjection]
