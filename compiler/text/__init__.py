"""Words and tables for a terminal: what was found, compiled, compared and tried."""
