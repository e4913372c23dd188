"""Sail and Spark: how each starts, what it can do, and how its failures are reported."""
