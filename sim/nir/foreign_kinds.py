"""What to do in place of layers that exporters write and NIR does not have."""

from __future__ import annotations

import re

_ADVICE: tuple[tuple[str, str], ...] = (
    (
        r"max_?pool|^max$",
        "a maximum is no sum, so no pool of NIR does the same: put AvgPool2d, SumPool2d or a convolution with a stride "
        "in its place, and retrain",
    ),
    (
        r"(avg|average|mean|sum)_?pool",
        "NIR has AvgPool2d and SumPool2d, with a kernel and a stride as whole numbers: write it as one of them, over "
        "one axis as a map of height 1",
    ),
    (
        r"batch_?norm",
        "fold it into the layer before it, then export again: with g = gamma / sqrt(running_var + eps) the weights of "
        "output channel k become g[k] * weight[k], and its bias g[k] * (bias[k] - running_mean[k]) + beta[k]; torch "
        "does it with torch.nn.utils.fusion.fuse_conv_bn_eval and fuse_linear_bn_eval",
    ),
    (
        r"norm",
        "it depends on all values of a step, which no chip sees together: train without it, or with a BatchNorm, which "
        "can be folded into the weights before the export",
    ),
    (
        r"drop_?out",
        "it does nothing after training: leave it out, for example by exporting after model.eval()",
    ),
    (
        r"relu|sigmoid|tanh|soft_?max|gelu|silu|swish",
        "chips compute with spiking neurons: use IF or LIF in its place; a softmax before the decision can be left out",
    ),
    (r"conv3d|conv_?transpose|deconv", "NIR has Conv1d and Conv2d: train with one of them in its place"),
    (
        r"lstm|gru|attention|embedding",
        "chips compute with spiking neurons: train with recurrent LIF or CubaLIF layers",
    ),
    (r"identity|noop", "it passes on what it gets: leave it out, and join the nodes before and behind it"),
    (r"synaptic|cuba", "a LIF neuron with a synaptic current is a CubaLIF in NIR"),
    (r"leaky|lif_?node|parametriclif|^plif", "a leaky integrate-and-fire neuron is a LIF in NIR"),
    (r"if_?node", "an integrate-and-fire neuron is an IF in NIR"),
)


def advice(kind: str) -> str:
    """Say what to use in place of a layer that NIR does not have; empty for a name that tells nothing."""
    return next((text for pattern, text in _ADVICE if re.search(pattern, kind[:64].casefold())), "")
