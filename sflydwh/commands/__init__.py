"""Command lines: arguments are parsed and checked before an engine starts."""

import os

# The kernel zeroes a huge page as a whole although only part of it is used: without huge pages a large run takes a
# twelfth less CPU. The allocator of pyarrow and Sail reads this when it is loaded, so set it before their imports.
os.environ.setdefault("MIMALLOC_ALLOW_THP", "0")
