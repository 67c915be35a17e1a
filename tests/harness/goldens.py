"""Outputs that people have read and found right: files under ``tests/golden``."""

from __future__ import annotations

import os
from pathlib import Path

GOLDEN = Path(__file__).parents[1] / "golden"


def reviewed(name: str, text: str) -> str:
    """Return the golden file's text; with ``UPDATE_GOLDEN=1`` in the environment ``text`` becomes that first."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(text, "utf-8")
    return path.read_text("utf-8")
