"""Xylo: revisions as data, arithmetic, configuration."""
