"""A text in both languages of the product: English and Chinese."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """A text in the two languages of the reports."""

    en: str
    zh: str

    def of(self, lang: str) -> str:
        """Return the text in a language: ``en`` or ``zh``."""
        return self.zh if lang == "zh" else self.en
