"""What a run of masking counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Stats:
    """Counts of lines and of values.

    ``masked`` counts values by kind, ``dropped`` lines by the reason for which they could not be masked. ``repeated``
    counts JSON objects that held a key twice: the last value is kept, as most readers do, the others are left out.
    """

    lines: int = 0
    json: int = 0
    text: int = 0
    repeated: int = 0
    masked: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)

    def add(self, other: Stats) -> None:
        """Add the counts of another part of the same input."""
        self.lines += other.lines
        self.json += other.json
        self.text += other.text
        self.repeated += other.repeated
        self.masked.update(other.masked)
        self.dropped.update(other.dropped)
