"""Tests of the reader: pure functions from bytes to rows, and the data source on both engines."""
