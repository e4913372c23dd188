"""Which customers are worth most? The answer from raw JSON events, on one machine or many."""

__version__ = "0.2.0"
