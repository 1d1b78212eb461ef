"""Speck and DYNAP-CNN: revisions as data, arithmetic, configuration."""
