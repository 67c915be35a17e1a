"""Who is at a vault, and how a passphrase is asked for. Cheap to import: faces need it before anything is opened."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable

from goxray.core.vault_result import VaultKey

Ask = Callable[[VaultKey], bytearray]
"""Returns the passphrase of a key; for a key that is to be made, its id is empty, and who asks should ask twice.

What it returns is wiped after use.
"""

Progress = Callable[[int, int], None]
"""Is told how many bytes are done, and of how many."""


def whoever() -> str:
    """Return who is at the keyboard, as the log names people: ``user@host``, by the system's word."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = f"uid {os.getuid()}"
    return f"{user}@{os.uname().nodename}"
