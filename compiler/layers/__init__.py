"""Networks as layers of convolution on cores that hold kernels."""
