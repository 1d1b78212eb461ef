"""ReckOn: chips as data, arithmetic, words, files."""
