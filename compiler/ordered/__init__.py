"""Networks for chips whose sums saturate in a fixed order of neurons, with decays that are powers of two."""
