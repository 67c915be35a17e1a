"""What the judge and the runner say in English, in the reader's language: evidence, details, predicates.

Most of it is figures and names, which have no language; the phrases around them are few.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from goxray.render.safe import printable
from goxray.render.words import say

if TYPE_CHECKING:
    from goxray.render.words import Lang

_NUMBER = r"-?[\d.,]+(?:e[-+]?\d+)?(?:inf)?"
_INTERVAL = re.compile(rf"\(({_NUMBER}|-?inf) to ({_NUMBER}|-?inf), \d+ trials?\)")
_TRIALS = re.compile(r" \(\d+ trials?\)$")

_Phrases: TypeAlias = tuple[tuple[re.Pattern[str], str], ...]


def _phrases(*pairs: tuple[str, str]) -> _Phrases:
    return tuple((re.compile(pattern), f"lab.said.{key}") for pattern, key in pairs)


_FINDINGS = _phrases(
    (r"(?P<n>\d+) trials? of at least (?P<least>\d+)(?! \()", "few"),
    (r"(?P<n>\d+) trials? of at least (?P<least>\d+) \(it is declared exact and differs between trials\)", "differs"),
    (r"the program printed no (?P<name>.+)$", "unprinted"),
    (r"no trial was run", "unrun"),
    (r"not found in (?P<n>\d+) files? of (?P<version>\S+)$", "unfound.files"),
    (r"not found in (?P<where>\S+)$", "unfound"),
    (r"no such file in (?P<where>[^:]+): (?P<files>.+)$", "nofile"),
    (r"(?P<name>[^:]+) was not measured", "unmeasured"),
    (r"(?P<name>[\w.-]+) was not built", "unbuilt"),
    (r"it did not end within (?P<time>[\d.]+ s)", "unended"),
    (r"ended above (?P<size>[\d.]+ MiB) of memory", "memory"),
    (r"it compiles$", "compiles"),
    (r"bucket maps \(up to Go (?P<version>[\d.]+)\)", "speaks.buckets"),
    (r"sync\.Map of two plain maps \(up to Go (?P<version>[\d.]+)\)", "speaks.sync"),
    (r"up to Go (?P<version>[\d.]+)", "speaks.up"),
    (r"no C compiler works here", "no.cc"),
    (r"the race detector does not work here", "no.race"),
    (r"there is no (?P<name>\S+) here", "no.command"),
)
_PREDICATES = _phrases(
    (r" is refused by the compiler\b", "refused"),
    (r" compiles(?=:|$)", "passes"),
    (r" never falls along ", "never.falls"),
    (r" never rises along ", "never.rises"),
    (r" rises along ", "rises"),
    (r" falls along ", "falls"),
    (r"(?<=\S) has no (?=\S)", "has.no"),
    (r"(?<=\S) has (?=\S)", "has"),
    (r" within (?P<share>[\d.]+%)", "within"),
)


def bracketed(text: str) -> str:
    """Return figures with their intervals in brackets, as all reports write them, and without their trials."""
    return _TRIALS.sub("", _INTERVAL.sub(r"[\1, \2]", text))


def evidence_text(text: str, lang: Lang) -> str:
    """Return what was found: intervals in brackets, without the trials, which stand elsewhere.

    A line of a program or its source stays what it is, even where it has words that the judge uses.
    """
    return _told(bracketed(printable(text)), _FINDINGS, lang, whole=True)


def said_text(text: str, lang: Lang) -> str:
    """Return a predicate, or why it decides nothing, in the reader's language; what nobody has translated stays."""
    return _told(text, (*_FINDINGS, *_PREDICATES), lang, whole=False)


def _told(text: str, phrases: _Phrases, lang: Lang, *, whole: bool) -> str:
    if lang == "en":
        return text
    for pattern, key in phrases:
        found = pattern.match(text) if whole else pattern.search(text)
        if found is not None:
            text = text[: found.start()] + say(key, lang, **found.groupdict()) + text[found.end() :]
    return text
