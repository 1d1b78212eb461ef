"""RANC and TrueNorth: revisions as data, arithmetic, memory images."""
