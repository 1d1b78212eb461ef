"""What `import spikec` gives: the command line's verbs as functions, in values that Python has.

No module here is imported before one of its names is asked for.
"""
