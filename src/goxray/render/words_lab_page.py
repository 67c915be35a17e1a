"""What the report of ``goxray lab report`` says beside the words of its tables, in English and Chinese."""

from __future__ import annotations

_Entry = tuple[str, str]  # English, Chinese

LAB_PAGE_WORDS: dict[str, _Entry] = {
    "lab.page.title": ("goxray lab: {names}", "goxray lab：{names}"),
    "lab.page.name": ("Published claims on Go, put to the test", "Go 技术文章的说法，逐条验证"),
}
"""Key to (English, Chinese)."""
