"""The query of the main job, each module as an expert of its tool would write it.

Each is run as `python -m benchmarks.peers.NAME N EVENTS OUT FORM`, with FORM
`lines` or `array`, and writes the lines of our .dat to OUT. Clean logs are
taken for granted: there is no account of rejects, and no check of what is read.
"""
