"""What names a finding from one run to the next, wherever its lines have moved to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

from goxray.audit.rule import Hit

_FORM = "1"
"""Goes into every fingerprint: another way to make them is another number."""

_DIGITS = 32


def fingerprints(hits: Iterable[tuple[str, Hit]]) -> list[str]:
    """Return a fingerprint (32 hex digits) for each (rule id, hit), in their order.

    It is made of rule, path, symbol and the hit's text without differences in white space, never of line or column.
    Hits that are equal in all four are told apart by their place among each other, so they must come in the order of
    the file.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for rule, hit in hits:
        key = (_FORM, rule, hit.place.path, hit.place.symbol, " ".join(hit.text.split()))
        seen[key] += 1
        text = "\0".join((*key, str(seen[key])))
        found.append(sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS])
    return found
