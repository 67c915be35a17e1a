"""Which licence a module's text is: the common ones by phrases that only they have. What is not certain has no name."""

from __future__ import annotations

import re
from pathlib import Path

_NAMES = re.compile(r"(?:licen[cs]e|copying|unlicense)(?:[.-](?:md|txt|mit|bsd|apache|mpl|rst))?", re.IGNORECASE)
_LARGEST = 256 << 10
_WORDS = re.compile(r"[^a-z0-9.]+")

_MIT = (
    "permission is hereby granted free of charge to any person obtaining a copy of this software and associated "
    "documentation files",
    "the above copyright notice and this permission notice shall be included in all copies or substantial portions",
)
_BSD = (
    "redistributions of source code must retain the above copyright notice",
    "redistributions in binary form must reproduce the above copyright notice",
)
_BSD3 = re.compile(r"may (?:not )?be used to endorse or promote products derived from")
_PHRASES = {
    "Apache-2.0": ("apache license version 2.0 january 2004", "terms and conditions for use reproduction"),
    "MPL-2.0": ("mozilla public license version 2.0", "covered software"),
    "ISC": ("permission to use copy modify and", "distribute this software for any purpose with or without fee"),
    "Unlicense": ("this is free and unencumbered software released into the public domain",),
    "CC0-1.0": ("creative commons legal code", "cc0 1.0 universal"),
    "BSL-1.0": ("boost software license version 1.0",),
    "MulanPSL-2.0": ("mulan permissive software license version 2",),
    "Zlib": (
        "this software is provided as is without any express or implied warranty",
        "this notice may not be removed or altered from any source distribution",
    ),
    "MIT": _MIT,
}
_ISC_NOTICE = "provided that the above copyright notice and this permission notice appear in all copies"
_COPYLEFT = re.compile(r"gnu (?:affero |lesser |library )?general public license")


def licence_of(directory: Path) -> str:
    """Return the SPDX id of the licence of a module's directory; empty where there is none, or not exactly one.

    Several licence files count as one where they are the same licence. The GNU licences have no name here: their text
    does not say whether later versions count too.
    """
    try:
        files = sorted(each for each in directory.iterdir() if _NAMES.fullmatch(each.name) and each.is_file())
    except OSError:
        return ""
    found = {_recognised(each) for each in files}
    return found.pop() if len(found) == 1 else ""


def _recognised(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            return ""
        return recognise(path.read_text("utf-8", "replace"))
    except OSError:
        return ""


def recognise(text: str) -> str:
    """Return the SPDX id of a licence's text, empty where it is none of the common ones or several."""
    plain = _WORDS.sub(" ", text.lower())
    found = [name for name, phrases in _PHRASES.items() if all(each in plain for each in phrases)]
    if _COPYLEFT.search(plain) and "MPL-2.0" not in found:
        return ""
    if "ISC" in found and _ISC_NOTICE not in plain:
        # Without a notice to keep it is 0BSD.
        found[found.index("ISC")] = "0BSD"
    if all(each in plain for each in _BSD):
        found.append("BSD-3-Clause" if _BSD3.search(plain) else "BSD-2-Clause")
    if "all advertising materials mentioning features" in plain:
        return ""
    return found[0] if len(found) == 1 else ""
