"""Command lines: arguments are parsed and checked before an engine starts."""

import gc
import os

# The kernel zeroes a huge page as a whole although only part of it is used: without huge pages a large run takes a
# twelfth less CPU. The allocator of pyarrow and Sail reads this when it is loaded, so set it before their imports.
os.environ.setdefault("MIMALLOC_ALLOW_THP", "0")

# Imports make many objects and no garbage, and Python would search them for garbage some hundred times: a tenth of a
# start.
gc.set_threshold(100_000)
