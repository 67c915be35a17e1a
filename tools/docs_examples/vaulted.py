"""What the pages on the vault speak of: a service's log with customers in it, and its reader's passphrase.

The people are made up: telephone numbers end in zeros, the identity card's holder was born on 1 January 1900.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

LOG = "service.log"
PLACE = "evidence"
"""Where GOXRAY_VAULT points, seen from the reader's directory."""

_PASSPHRASE = "a sentence nobody guesses"
_LINES: tuple[dict[str, object], ...] = (
    {"level": "info", "msg": "login", "customer": "王小明", "mobile": "13800000000", "ip": "203.0.113.7"},
    {"level": "info", "msg": "transfer", "customer": "王小明", "id_card": "110101190001010014", "amount": 128.5},
    {"level": "warn", "msg": "call 13800000000 back, mail ming@example.com", "trace": "5f1c09d2"},
    {"level": "info", "msg": "login", "customer": "Jane Example", "mobile": "13900000000", "ip": "203.0.113.9"},
)


def prepare(directory: Path) -> dict[str, str]:
    """Put the log and the passphrase into a reader's directory; return what the reader's environment says of them."""
    lines = (json.dumps(line, ensure_ascii=False) + "\n" for line in _LINES)
    (directory / LOG).write_text("".join(lines), "utf-8")
    (directory / "opened").mkdir()
    secret = directory / ".passphrase"
    with open(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(_PASSPHRASE + "\n")
    return {"GOXRAY_VAULT": PLACE, "GOXRAY_PASSPHRASE_FILE": str(secret)}
