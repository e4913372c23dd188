"""The command lines: what is asked for, checked before an engine starts."""
