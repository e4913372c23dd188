"""The event table: every event once, ingested batch by batch, the one source of all answers."""
