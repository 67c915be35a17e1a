"""Destroys the data key of a bundle where it is: its slots become zeros, and what needs no secret still verifies.

Overwriting cannot be proven on an SSD, which may keep the old block, nor does it reach copies and backups.
"""

from __future__ import annotations

import os
from pathlib import Path

from goxray.core.errors import BadBundle, UsageError
from goxray.vault.bundle.chunks import read_exactly
from goxray.vault.bundle.format import HEADER_LIMIT, MAGIC, SLOT_BYTES, Header, decode_header


def destroy_keys(path: Path) -> Header:
    """Overwrite every key slot of the bundle with zeros, on disk; more than once does no harm.

    A power cut on the way leaves slots that are zeros, whole, or (one of them) neither; doing it again ends it.

    Returns:
        The header, for the tombstone.

    Raises:
        UsageError: The file cannot be changed.
        BadBundle: It is no bundle.
    """
    try:
        with open(path, "r+b", buffering=0) as file:
            front = read_exactly(file, len(MAGIC) + 4, "within its first bytes: it is no sealed bundle")
            length = int.from_bytes(front[len(MAGIC) :], "big")
            if not front.startswith(MAGIC) or not 2 <= length <= HEADER_LIMIT:
                raise BadBundle("this is no sealed bundle: it begins otherwise")
            header = decode_header(read_exactly(file, length, "within its header"))
            start, size = file.tell(), SLOT_BYTES * len(header.recipients)
            read_exactly(file, size, "within its key slots")
            done = 0
            while done < size:
                done += os.pwrite(file.fileno(), bytes(size - done), start + done)
            os.fsync(file.fileno())
    except OSError as error:
        raise UsageError(f"cannot change {path}: {error.strerror}") from None
    return header
