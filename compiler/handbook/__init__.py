"""The documentation as pages: its Markdown, what the program says of itself, and a site that opens from disk."""
