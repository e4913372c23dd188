"""Attacks that take long: programs of their own, whose short versions are in the suite."""
