"""Sail and Spark: how each starts, what it can do, and what it says when it fails."""
