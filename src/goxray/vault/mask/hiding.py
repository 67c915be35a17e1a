"""What stands in a value's place: tokens and partial forms, kept for values that come again."""

from __future__ import annotations

from goxray.vault.mask.detect.freetext import KINDS
from goxray.vault.mask.detect.shape import UNSEEN, WIDE
from goxray.vault.mask.tokens import Tokens

KEPT = 1 << 10
"""Values that are kept for each kind and action: few enough for a processor's cache, a token costs little."""


class Hidden(dict[str, str]):
    """What is written for each value of one kind under one action; made when it is first asked for."""

    def __init__(self, tokens: Tokens, kind: str, action: str) -> None:
        super().__init__()
        self._token = tokens.token
        self._kind = kind
        self._action = action
        self._known = KINDS.get(kind)

    def __missing__(self, value: str) -> str:
        if len(self) >= KEPT:
            self.clear()
        known = self._known
        if self._action == "drop":
            made = f"[{self._kind}]"
        elif known is None:
            made = self._token(self._kind, value)
        else:
            plain = value if value.isascii() else UNSEEN.sub("", value).translate(WIDE)
            shown = known.partial(plain) if self._action == "partial" else None
            made = self._token(self._kind, known.canonical(plain)) if shown is None or shown == plain else shown
        self[value] = made
        return made


class Hiding(dict[tuple[str, str], Hidden]):
    """``Hidden`` by kind and action."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self._tokens = tokens

    def __missing__(self, wanted: tuple[str, str]) -> Hidden:
        made = self[wanted] = Hidden(self._tokens, *wanted)
        return made
