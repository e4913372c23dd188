"""The event table: every event once, ingested batch by batch."""
