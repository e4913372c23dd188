"""Publishes the top N as one named file, with rejects and summary beside it."""
