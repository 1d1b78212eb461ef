"""What `import spikec` gives, through `import spikec` only."""
