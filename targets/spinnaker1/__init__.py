"""SpiNNaker 1: cores that run the vendor's binaries on regions in SDRAM, and a router that sends keys to them."""
