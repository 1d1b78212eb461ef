"""Networks on chips that work event by event: rules, integers, rows and their order, places."""
