"""The built-in formats, in the grammar that users write theirs in."""
