"""What reports say of contents that were masked before they were shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goxray.render.safe import printable
from goxray.render.words import say

if TYPE_CHECKING:
    from goxray.core.result import Masked
    from goxray.render.words import Lang


def masked(told: Masked, lang: Lang) -> str:
    """Return the line below what is shown: by which rules, under which key, and what may still be there."""
    key = say("keys.key.kept" if told.kept else "keys.key.once", lang, key=told.key_id)
    return say("keys.masked", lang, rules=printable(", ".join(told.rules)), key=key)


def masked_json(told: Masked) -> dict[str, Any]:
    """Return the same for programs."""
    return {"rules": list(told.rules), "key_id": told.key_id, "kept": told.kept}
