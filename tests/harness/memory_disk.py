"""A directory in memory, for tests that kill what writes and syncs at each of many steps.

What a killed process leaves is in the kernel's hands and the same on every file system; only a loss of power would tell
them apart, and no test causes one. On a disk that others write to as well, each sync waits for all of them.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = "/dev/shm"


@contextmanager
def memory_disk() -> Iterator[Path]:
    """Give an empty directory in memory, on the disk where there is none; it is removed behind the block."""
    where = _MEMORY if os.access(_MEMORY, os.W_OK | os.X_OK) else None
    with tempfile.TemporaryDirectory(prefix="goxray-", dir=where) as directory:
        yield Path(directory)
