"""The report's page: texts, tables and charts from plain numbers, independent of the engine."""
