"""Accepted events and rejects as an engine holds them: what became of all pieces, and the last of a key."""
