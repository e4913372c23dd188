"""The command lines: what is asked for, checked before an engine starts."""

import os

# Huge pages are zeroed whole and used in part: without them a large run takes a twelfth less CPU, most of it the
# kernel's. The allocator of pyarrow and Sail reads this when it is loaded, so it stands before any of them.
os.environ.setdefault("MIMALLOC_ALLOW_THP", "0")
