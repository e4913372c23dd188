"""Formats: how the records of a log become events."""
