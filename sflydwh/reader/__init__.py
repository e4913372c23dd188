"""Bytes to rows: the data source `sfly-events` and the pure functions under it, which need no engine."""
