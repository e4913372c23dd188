"""The page: what a run found, in words, tables and pictures. It gets plain numbers, and knows no engine."""
