"""Text files of strangers, read without waiting and without end."""

from __future__ import annotations

import os
import stat
from pathlib import Path

LARGEST = 64 << 20
"""No go.sum of any project comes near it."""


def read_text(path: Path, most: int = LARGEST) -> str:
    """Return a file's text. A pipe or device is refused before anything waits for it.

    Raises:
        OSError: it cannot be read, is no ordinary file, or has more than ``most`` bytes; ``strerror`` says which.
        UnicodeDecodeError: it is not UTF-8.
    """
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(number, "rb") as file:
        status = os.fstat(number)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(None, "it is no ordinary file")
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(None, f"it has more than {most >> 20} MiB")
    return data.decode("utf-8")
