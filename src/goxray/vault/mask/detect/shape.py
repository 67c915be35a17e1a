"""What can be found in texts of one shape: decided once for all texts that differ in their digits alone.

Lines of a log repeat with other numbers. The shape of a text has 0 for each digit and is looked up in a table: most
texts are nobody's data whatever their digits are, and nothing more is done with them. Otherwise the table says which
expressions can match and where they would begin. What does not depend on digits is found already: names, and the
values behind names that rules know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial

from goxray.vault.mask.detect.freetext import Found, Labels, apart, labelled
from goxray.vault.mask.detect.kind import Accept, Kind
from goxray.vault.mask.detect.zeroed import zeroed

ZEROS = bytes.maketrans(b"123456789", b"000000000")
# The wide and typographic forms of the characters that numbers and addresses are made of: one for one.
WIDE = str.maketrans("０１２３４５６７８９＠．－‐‑–—＋＝Ｘｘ\u3000\u00a0", "0123456789@.-----+=Xx  ")
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
OBJECT = re.compile(r"[{\[]\s*[\"{\[]")
ESCAPED = re.compile(r"\\u[0-9A-Fa-f]{4}")
PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_ODD = (UNSEEN, OBJECT, ESCAPED, PERCENT)
_KEPT, _KEPT_BYTES = 1 << 12, 512
_HEX = re.compile(r"(?=[0-9]*[a-f])[0-9a-f]{16,64}")

Look = tuple[str, Callable[[str, int], re.Match[str] | None], tuple[int, ...], Accept]
"""A kind, what matches where a value of it begins, the places where one may begin, and what says whether it is one."""

Labelled = Callable[[str], list[Found]]


@dataclass(frozen=True)
class Verdict:
    """What can be found in texts of one shape.

    ``labels`` and ``names`` stand there in each of them; ``looks`` depend on the digits, ``finders`` on more, and
    ``every`` does instead of ``labels`` where rules name fields by digits. ``odd`` texts hold JSON, escapes or
    characters that nobody sees, ``wide`` ones forms of characters that detectors know in their plain form.
    """

    labels: tuple[Found, ...] = ()
    every: Labelled | None = None
    looks: tuple[Look, ...] = ()
    finders: tuple[Kind, ...] = ()
    names: tuple[Found, ...] = ()
    odd: bool = False
    wide: bool = False

    def find(self, text: str) -> list[Found]:
        """Return what stands in a text of the shape, in order and without overlaps; ``odd`` texts as they are."""
        plain = text.translate(WIDE) if self.wide else text
        found = self.every(plain) if self.every else [*self.labels]
        for name, match_at, starts, accept in self.looks:
            done = 0
            for start in starts:
                if start >= done and (match := match_at(plain, start)) is not None:
                    done = match.end()
                    span = accept(plain, match)
                    if span is not None:
                        found.append((*span, name, ""))
        for kind in self.finders:
            found += [(start, end, kind.name, "") for start, end in kind.find(plain)]
        found += self.names
        return apart(found) if len(found) > 1 else found


NOTHING = Verdict()
"""In no text of the shape is anything to be found."""


class Verdicts(dict[bytes, Verdict]):
    """The verdict of each shape: made when it is first asked for, kept while there is room."""

    def __init__(self, kinds: Iterable[Kind], labels: Labels, label_digits: bool) -> None:
        """Judge by these kinds and labels; ``label_digits`` tells that a rule may depend on a digit of a name."""
        super().__init__()
        self._kinds = tuple(kinds)
        self._labels = labels
        self._label_digits = label_digits

    def __missing__(self, shape: bytes) -> Verdict:
        text = shape.decode("utf-8", "surrogatepass")
        made = self._judged(text)
        if len(shape) <= _KEPT_BYTES:
            if len(self) >= _KEPT:
                self.clear()
            self[shape] = made
        return made

    def of(self, text: str) -> Verdict:
        """Return the verdict of the shape of a text."""
        shape = _shape(text)
        known = self.get(shape)
        if known is None:
            # A digest or an id of a request: shapes of such are too many to be kept.
            return NOTHING if _HEX.fullmatch(text) else self[shape]
        return known

    def _judged(self, text: str) -> Verdict:
        plain = text if text.isascii() else text.translate(WIDE)
        wide = plain != text
        if wide:
            plain = _shape(plain).decode("utf-8", "surrogatepass")
        labels: tuple[Found, ...] = ()
        every: Labelled | None = None
        if ":" in plain or "=" in plain or "：" in plain:
            if self._label_digits:
                every = partial(labelled, labels=self._labels)
            else:
                labels = tuple(labelled(plain, self._labels))
        looks: list[Look] = []
        finders: list[Kind] = []
        names: list[Found] = []
        for kind in self._kinds:
            if not _zeroed(kind.trigger).search(plain):
                continue
            if kind.any_digit:
                names += [(start, end, kind.name, "") for start, end in kind.find(plain)]
            elif (
                kind.accept is None or len(plain) > _KEPT_BYTES
            ):  # such a text is not seen again: no place is looked for
                finders.append(kind)
            else:
                looks += _looks(kind, kind.accept, plain)
        odd = any(pattern.search(text) for pattern in _ODD)
        if not (labels or every or looks or finders or names or odd):
            return NOTHING
        return Verdict(labels, every, tuple(looks), tuple(finders), tuple(names), odd, wide)


def _shape(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass").translate(ZEROS)


def _looks(kind: Kind, accept: Accept, plain: str) -> Iterator[Look]:
    """Yield what is to be done for one kind in texts of a shape."""
    for pattern in kind.begins:
        starts = tuple(match.start() for match in _starts(pattern).finditer(plain))
        if starts:
            yield kind.name, pattern.match, starts, accept


@cache
def _zeroed(pattern: re.Pattern[str]) -> re.Pattern[str]:
    return zeroed(pattern)


@cache
def _starts(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """Return what matches, with nothing of it taken, wherever a value can begin in a shape."""
    return re.compile(f"(?={zeroed(pattern).pattern})", pattern.flags)
