"""What a rule is: its texts in both languages, and a pure function from evidence to drafts of findings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from goxray.core.advise_result import Finding, Wording

if TYPE_CHECKING:
    from goxray.advise.evidence import Evidence
    from goxray.advise.prices import Prices
    from goxray.core.advise_result import Gain

_LONG = 10_000
_PACKAGE_PATH = re.compile(r"[\w.~-]+(?:/[\w.~-]+)*/")
_LAST_NAME = re.compile(r"(?:^|\.)([A-Za-z_]\w*)(?:\[\.\.\.\])*$")
_VARIABLE = re.compile(r"[\w./~-]+")


@dataclass(frozen=True)
class Draft:
    """A finding before its texts are written: ``values`` fill the placeholders of the rule's texts, alike in both.

    ``variant`` chooses one of the rule's texts.
    """

    owner: str
    gain_bytes: int
    gain_low: int
    gain_high: int
    values: Mapping[str, str]
    addr: int = 0
    count: int = 1
    gain_of: Gain = "heap"
    variant: str = ""


@dataclass(frozen=True)
class Texts:
    """What a rule says in both languages; placeholders in braces are the same in both. ``change`` is Go in both."""

    english: Wording
    chinese: Wording


@dataclass(frozen=True)
class Rule:
    """One rule: a stable id, its texts by variant, and what it finds. ``judge`` must neither fail nor keep anything."""

    id: str
    texts: Mapping[str, Texts]
    judge: Callable[[Evidence, Prices], Iterator[Draft]] = field(repr=False)

    def finding(self, draft: Draft) -> Finding:
        """Write a finding out."""
        texts = self.texts[draft.variant]
        english, chinese = (_filled(words, draft.values) for words in (texts.english, texts.chinese))
        return Finding(
            rule=self.id,
            owner=draft.owner,
            addr=draft.addr,
            gain_bytes=draft.gain_bytes,
            gain_low=draft.gain_low,
            gain_high=draft.gain_high,
            title=english.title,
            why=english.why,
            change=english.change,
            cost=english.cost,
            when_wrong=english.when_wrong,
            count=draft.count,
            gain_of=draft.gain_of,
            chinese=chinese,
        )


def _filled(words: Wording, values: Mapping[str, str]) -> Wording:
    return Wording(
        *(_fill(text, values) for text in (words.title, words.why, words.change, words.cost, words.when_wrong))
    )


def _fill(text: str, values: Mapping[str, str]) -> str:
    """Fill ``{name}`` in; other braces stand for themselves, since Go code is full of them."""
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), text)


def variable(owner: str, fallback: str = "m") -> str:
    """Return how Go code of the owner's own package would write it; ``fallback`` where it is no plain expression."""
    if not _VARIABLE.fullmatch(owner):
        return fallback
    name = owner.rpartition("/")[2].partition(".")[2]
    return name if name else fallback


def declared(name: str) -> str:
    """Return the name alone under which an expression's last part is declared."""
    return name.rpartition(".")[2]


def field_of(owner: str, fallback: str = "m") -> str:
    """Return the field or variable that holds it, of ``main.users[...].Tags`` ``Tags``, without its elements."""
    match = _LAST_NAME.search(owner)
    return match[1] if match and "." in owner else fallback


def number(count: int) -> str:
    """Return a number as Go code spells long ones: ``55_104``."""
    return f"{count:_}" if count >= _LONG else str(count)


def plural(count: int, noun: str) -> str:
    """Return a count with its English noun: ``1 map``, ``2,000 maps``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def spelled(type_name: str) -> str:
    """Return a type's text without import paths and without ``main.``, as Go code would write it.

    What is not known of a type (:func:`goxray.maps.found.several`) is ``T``, of a map's ``K`` and ``V``.
    """
    if type_name == "?":
        return "T"
    if " or " in type_name or type_name == "map[?]?":
        return "map[K]V"
    type_name = re.sub(r"^map\[\?\]", "map[K]", re.sub(r"^(map\[.+\])\?$", r"\1V", type_name))
    return re.sub(r"\bmain\.", "", _PACKAGE_PATH.sub("", type_name)).replace("interface {}", "any")
