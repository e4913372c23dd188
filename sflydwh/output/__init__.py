"""The ordered top N to one named file, and what lies beside it."""
