"""Counts of pieces by outcome, deduplication of events, and the rows of rejects."""
