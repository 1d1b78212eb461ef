"""tinyODIN: numbers, arithmetic, words."""
