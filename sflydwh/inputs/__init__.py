"""What to read: EVENTS arguments to files, and what tells their contents apart."""
