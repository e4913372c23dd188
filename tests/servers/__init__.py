"""Servers that tests start on the loopback, and end by their own process id."""
