"""Names, keys and elems come from a foreign process: make them harmless before anyone looks at them."""

from __future__ import annotations

import re

# C0 and C1 controls drive terminals, bidirectional controls reorder what a reader sees, line and paragraph
# separators break rows, and lone surrogates cannot be encoded at all.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb]"
)


def printable(text: str) -> str:
    r"""Return the text with everything that could act on a terminal or a reader written as ``\x1b`` or ``\u202e``."""
    return _UNSAFE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
