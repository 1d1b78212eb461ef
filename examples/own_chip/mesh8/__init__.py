"""An 8 x 8 mesh of small cores: a chip of one's own, outside spikec."""
