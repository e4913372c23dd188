"""Rows to accepted events and rejects: rules 1 to 5."""

from sflydwh.events.judgement import counted, events, rejects, with_judgement

__all__ = ["counted", "events", "rejects", "with_judgement"]
