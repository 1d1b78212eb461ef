"""ODIN: numbers, arithmetic, words."""
