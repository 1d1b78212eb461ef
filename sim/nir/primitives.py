"""The primitives of NIR: which parameters a node of each kind stores, and of what sort.

The table follows the primitives of NIR 1.0 (nir 1.0.8). Defaults are those that NIR itself gives to files
that lack the parameter; a consumer of a `RawGraph` applies them, the reader does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ParameterSort = Literal["real", "integer", "padding", "shape"]
"""`real`: an array of finite numbers. `integer`: one or more whole numbers. `padding`: whole numbers,
or the text 'same' or 'valid'. `shape`: whole numbers, or nothing where the exporter did not know it: an empty array of
any type, or the text 'None'."""

GRAPH_KIND = "NIRGraph"
FACTORS = frozenset({"tau", "tau_mem", "tau_syn", "r", "w_in", "delay"})
"""Parameters that only act through what they make together; all others are numbers that a network computes with."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """One stored parameter. default: NIR's value where the file may leave it out, in words."""

    sort: ParameterSort = "real"
    required: bool = True
    default: str = ""


REAL = Parameter()
INTEGER = Parameter(sort="integer")
PADDING = Parameter(sort="padding")
V_RESET = Parameter(required=False, default="0")
W_IN = Parameter(required=False, default="1")
SHAPE = Parameter(sort="shape")
SHAPE_HINT = Parameter(sort="shape", required=False)

_POOL = {"kernel_size": INTEGER, "stride": INTEGER, "padding": INTEGER}
_CONV = {
    "input_shape": SHAPE_HINT,
    "weight": REAL,
    "stride": INTEGER,
    "padding": PADDING,
    "dilation": INTEGER,
    "groups": INTEGER,
    "bias": REAL,
}

PRIMITIVES: Mapping[str, Mapping[str, Parameter]] = {
    "Input": {"shape": SHAPE},
    "Output": {"shape": SHAPE},
    "Linear": {"weight": REAL},
    "Affine": {"weight": REAL, "bias": REAL},
    "Scale": {"scale": REAL},
    "Conv1d": _CONV,
    "Conv2d": _CONV,
    "SumPool2d": _POOL,
    "AvgPool2d": _POOL,
    "Flatten": {
        "input_type": SHAPE_HINT,
        "start_dim": Parameter(sort="integer", required=False, default="1"),
        "end_dim": Parameter(sort="integer", required=False, default="-1"),
    },
    "Delay": {"delay": REAL},
    "Threshold": {"threshold": REAL},
    "I": {"r": REAL},
    "IF": {"r": REAL, "v_threshold": REAL, "v_reset": V_RESET},
    "LI": {"tau": REAL, "r": REAL, "v_leak": REAL},
    "LIF": {"tau": REAL, "r": REAL, "v_leak": REAL, "v_threshold": REAL, "v_reset": V_RESET},
    "CubaLI": {"tau_syn": REAL, "tau_mem": REAL, "r": REAL, "v_leak": REAL, "w_in": W_IN},
    "CubaLIF": {
        "tau_syn": REAL,
        "tau_mem": REAL,
        "r": REAL,
        "v_leak": REAL,
        "v_threshold": REAL,
        "v_reset": V_RESET,
        "w_in": W_IN,
    },
}
"""Kind -> stored parameters, by name. Types are not stored: shapes are inferred."""
