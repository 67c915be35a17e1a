"""All kinds at once in a text without fields: one expression that says whether to look, then the kinds' own ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from goxray.vault.mask.detect.address import ADDRESS
from goxray.vault.mask.detect.bankcard import BANKCARD
from goxray.vault.mask.detect.email import EMAIL
from goxray.vault.mask.detect.idcard import IDCARD
from goxray.vault.mask.detect.ip import IP
from goxray.vault.mask.detect.kind import Kind
from goxray.vault.mask.detect.name import NAME
from goxray.vault.mask.detect.phone import PHONE

KINDS: dict[str, Kind] = {each.name: each for each in (EMAIL, IDCARD, BANKCARD, IP, PHONE, ADDRESS, NAME)}
"""Every kind that a detector finds. Where two find the same characters, the one that stands first here has them."""

Found = tuple[int, int, str, str]
"""Start, end, kind, and the action of the rule whose name stands before it; empty where a detector found it."""

Label = tuple[str, str]
"""The kind and the action of the rule that a name has."""

Labels = Callable[[str], Label | None]
"""Says which rule a name has, or None: rules for names of fields count in free text as well."""

_SUSPECT = re.compile(
    r"[0-9@=:+%\\\"A-Z\x7f-\U0010ffff](?:"
    r"(?<=[0-9])(?:[0-9]{6}|\.(?:[0-9]{1,3}\.[0-9]|[0-9]{4}\.)|[0-9]{0,3}[ ()-]{1,2}[0-9]{3}|[A-Za-z]? [A-Z0-9]"
    r"|(?<=0)0[1-9][0-9]{0,2}[ -])"
    r"|(?<![0-9])(?:(?<=[@=\"\\\x7f-\U0010ffff])|(?<=[A-Z])[A-Za-z'-]{0,21}\.? [A-Z0-9]"
    r"|(?<=[A-Za-z_.\"'\\\] -]:)|(?<=[a-z_][0-9]:)|(?<=[a-z_][0-9]{2}:)|(?<=:)(?::|(?:[0-9A-Fa-f]{1,4}:){3})"
    r"|(?<=\+)[1-9]|(?<=%)[0-9A-Fa-f]{2}))"
)
"""Matches somewhere in each text in which any kind or label can be found."""

NAMED = re.compile(
    r"(?:(?<![A-Za-z0-9_.-])([A-Za-z0-9_.-]{1,64}+)|([\u4e00-\u9fff]{1,16}+))"
    r"[\"'\\\]]{0,3}[ ]{0,2}(?:[:=：]|=>)[ ]{0,2}"
)
# The closing quote is not asked for: a line that was cut off holds its last value all the same.
_QUOTED = re.compile(
    r"\"(?P<plain>(?:[^\"\\]|\\[\s\S]){0,65536}+)|\\\"(?P<escaped>(?:[^\"\\]|\\(?!\")){0,65536}+)"
    r"|'(?P<single>[^'\n]{0,65536}+)'"
)
_PLAIN = re.compile(r"(?:[^\s,，;；。&|\"'(){}<>\\]|'(?=[A-Za-z])){1,500}+")
_CLAUSE = re.compile(r"(?:[^,，;；。&|\"'\n{}<>\\=:：]|'(?=[A-Za-z])){1,200}+")
_NEXT = re.compile(r"[ ]+[^\s]{1,32}\Z|[ ]+\Z")
_EMPTY = frozenset(("", "null", "nil", "none", "None", "-", "true", "false", "<nil>"))
_WORDS = ("name", "address")


_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_WHOLE = re.compile(
    rf"(?P<phone>1[3-9][0-9]{{9}})|(?P<ip>(?!127\.|0\.|255\.255\.255\.255){_OCTET}(?:\.{_OCTET}){{3}})"
    r"|(?P<time>[12][0-9]{3}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?)"
    r"|(?P<hex>(?=[0-9]*[a-f])[0-9a-f]{16,64})"
)


def whole(text: str) -> str | None:
    """Return what a text is that is nothing but one common thing: ``phone``, ``ip``, or ``time`` and ``hex``.

    The last two are nobody's data. This is the short way for most values of most logs.
    """
    match = _WHOLE.fullmatch(text)
    return None if match is None else match.lastgroup


def suspect(text: str) -> bool:
    """Whether anything could be found in a text: one expression for all kinds, quick where the answer is no."""
    return _SUSPECT.search(text) is not None


def find(text: str, kinds: Iterable[Kind], labels: Labels) -> list[Found]:
    """Return what is found in a text, in order and without overlaps."""
    found: list[Found] = labelled(text, labels)
    tried, hit = None, None
    for kind in kinds:
        if kind.trigger is not tried:
            tried, hit = kind.trigger, kind.trigger.search(text)
        if hit:
            found += [(start, end, kind.name, "") for start, end in kind.find(text)]
    return apart(found) if len(found) > 1 else found


def apart(found: list[Found]) -> list[Found]:
    """Join what overlaps: the longer one gives the kind, the earlier detector where they are the same."""
    found.sort(key=lambda each: (each[0], -each[1]))
    out = [found[0]]
    for each in found[1:]:
        before = out[-1]
        if each[0] >= before[1]:
            out.append(each)
        elif each[1] > before[1]:
            longer = each if each[1] - each[0] > before[1] - before[0] else before
            out[-1] = (before[0], each[1], *longer[2:])
    return out


def labelled(text: str, labels: Labels) -> list[Found]:
    """Find ``name=value``, ``"name": "value"`` and ``名称：值`` where a rule knows the name."""
    found: list[Found] = []
    for match in NAMED.finditer(text):
        label = _label_of(match, labels)
        if label is None:
            continue
        start, end = _value(text, match.end(), label[0])
        if text[start:end] not in _EMPTY:
            found.append((start, end, *label))
    return found


def _label_of(match: re.Match[str], labels: Labels) -> Label | None:
    word = match.group(1)
    if word is not None:
        return labels(word) or (labels(word.rpartition(".")[2]) if "." in word else None)
    word = match.group(2)
    for at in range(len(word) - 1):
        label = labels(word[at:])
        if label is not None:
            return label
    return None


def _value(text: str, start: int, kind: str) -> tuple[int, int]:
    """Return where the value begins and ends that follows a label."""
    quoted = _QUOTED.match(text, start)
    if quoted:
        return quoted.span(quoted.lastgroup or 0)
    plain = _PLAIN.match(text, start)
    if plain is None:
        return start, start
    if kind not in _WORDS:
        return plain.span()
    clause = _CLAUSE.match(text, start)
    end = clause.end() if clause else plain.end()
    if end < len(text) and text[end] in "=:：":  # what stands before the sign is the next label
        cut = _NEXT.search(text, start, end)
        end = cut.start() if cut else plain.end()
    words = text[start:end].split(" ")
    if kind == "name" and not plain.group().isascii():
        words = words[:1]
    elif kind == "name":
        words = words[: next((n for n, word in enumerate(words) if n and not word[:1].isupper()), 4)]
    return start, max(start + len(" ".join(words)), min(plain.end(), end) if len(words) == 1 else 0)
