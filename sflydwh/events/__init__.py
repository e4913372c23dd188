"""Rows to accepted events and rejects: rules 1 to 5."""

from sflydwh.events.judgement import events, rejects, with_judgement

__all__ = ["events", "rejects", "with_judgement"]
