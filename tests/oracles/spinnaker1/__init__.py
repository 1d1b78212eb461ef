"""Emulated SpiNNaker 1 cores that run the vendor's own binaries."""
