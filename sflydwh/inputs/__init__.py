"""EVENTS arguments to files, and digests of their content."""
