"""What ``goxray snapshot``, ``diff`` and ``query`` say, in English and Chinese; part of the one catalogue."""

from __future__ import annotations

_Entry = tuple[str, str]  # English, Chinese

_QUERY: dict[str, _Entry] = {
    "q.rows.one": ("1 row", "1 行"),
    "q.rows": ("{n} rows", "{n} 行"),
    "q.more.one": ("… and 1 more row; --limit 0 shows all", "……另有 1 行；--limit 0 显示全部"),
    "q.more": ("… and {n} more rows; --limit 0 shows all", "……另有 {n} 行；--limit 0 显示全部"),
}

DIFF_WORDS: dict[str, _Entry] = {**_QUERY}
"""Key to (English, Chinese), for :data:`goxray.render.words.CATALOGUE`."""
