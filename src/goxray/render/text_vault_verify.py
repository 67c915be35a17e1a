"""What verifying found, as text for people: what is wrong first, by kind, with what to do; then what was looked at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from goxray.render.safe import printable
from goxray.render.vault_page import INDENT, joined, moment, person, short
from goxray.render.words import CATALOGUE, say
from goxray.render.words_vault_verify import WRONG_ZH

if TYPE_CHECKING:
    from goxray.core.vault_result import BundleChecked, ClockStep, LogFault, LogVerified, VaultVerified, WrongRow
    from goxray.render.vault_page import Page
    from goxray.render.words import Lang

_MOST = 20
_NANOSECONDS = re.compile(r"\.\d{9}Z")
_ORDER = (
    "fault", "bundle.changed", "missing", "early", "held", "there", "unsigned", "bundle.format", "bundle.untrusted",
    "bundle.unreadable", "bundle.", "stranger", "log", "clock", "unfinished", "overdue", "other",
)  # fmt: skip
"""Kinds of what is wrong: what can be somebody's doing first, what the next command mends last."""


@dataclass(frozen=True)
class _Found:
    """Something wrong: its kind, what it is about, and what it says."""

    kind: str
    about: str
    says: str


def verified(page: Page, result: VaultVerified) -> None:
    """Print what verifying a vault or bundles found."""
    lang = page.lang
    page.headline("vault verify", result.place)
    found = list(_bundles(result.bundles, lang))
    found += [_wrong(row, result, lang) for row in result.wrong]
    found += [_fault(each, lang) for each in result.log.faults] if result.log is not None else []
    bundles = say("vault.bundles", lang, n=len(result.bundles))
    if found:
        _tell(page, found)
    else:
        page.say("vault.verify.good" if result.log is not None else "vault.verify.good.files", "green", bundles=bundles)
    page.blank()
    page.facts(_vault_facts(result, lang))


def log_verified(page: Page, result: LogVerified) -> None:
    """Print what verifying a log found."""
    lang = page.lang
    page.headline("vault log verify", result.log_id)
    found = [_fault(each, lang) for each in result.faults]
    if found:
        _tell(page, found)
    else:
        page.say("vault.verify.good.log", "green", entries=say("vault.entries", lang, n=result.entries))
    page.blank()
    page.facts(_log_facts(result, lang))


# ---- what is wrong


def _tell(page: Page, found: list[_Found]) -> None:
    """Print what is wrong, kind by kind, and what to do about each kind."""
    page.say("vault.verify.bad", "bold red", n=len(found))
    for kind in sorted({each.kind for each in found}, key=_ORDER.index):
        these = [each for each in found if each.kind == kind]
        page.blank()
        title = Text.assemble((say(f"vault.wrong.{kind}", page.lang), "bold red"), (f"  {len(these)}", "dim"))
        page.console.print(title)
        for each in these[:_MOST]:
            page.line(f"{each.about}: {each.says}" if each.about else each.says, indent=len(INDENT))
        if len(these) > _MOST:
            page.line(say("vault.more", page.lang, n=len(these) - _MOST), "dim", len(INDENT))
        page.facts([("do", Text(say(f"vault.do.{kind}", page.lang), style="cyan"))])


def _bundles(checked: Iterable[BundleChecked], lang: Lang) -> Iterator[_Found]:
    for each in checked:
        if each.fault:
            kind = f"bundle.{each.kind}" if f"vault.wrong.bundle.{each.kind}" in CATALOGUE else "bundle."
            signer = person(each.bundle.signer) if each.bundle is not None else ""
            says = each.fault if lang == "en" else WRONG_ZH[kind].format(signer=signer)
            yield _Found(kind, _name(each), printable(says))


def _name(each: BundleChecked) -> str:
    """Return how a bundle is named: its id's beginning and its content's name, or the file that was named."""
    row = each.bundle
    told = each.name if row is None or not row.id else f"{short(row.id)} {row.name}".strip()
    return printable(told)


def _wrong(row: WrongRow, result: VaultVerified, lang: Lang) -> _Found:
    kind = row.kind if f"vault.wrong.{row.kind}" in CATALOGUE else "other"
    named = {each.bundle.id: each for each in result.bundles if each.bundle is not None}
    about = _name(named[row.id]) if row.id in named else printable(short(row.id))
    if lang == "en":
        words = row.words.replace(row.id, short(row.id)) if row.id else row.words
        return _Found(kind, about, printable(_NANOSECONDS.sub("Z", words)))
    needs = {"early": (row.at, row.due), "held": (row.holds,), "overdue": (row.due,), "missing": (row.due,)}
    plain = ".plain" if not all(needs.get(kind, (True,))) else ""
    values = {"entry": row.entry, "at": moment(row.at), "due": moment(row.due), "holds": joined(row.holds, lang)}
    return _Found(kind, about, printable(WRONG_ZH[f"{kind}{plain}"].format(**values)))


def _fault(fault: LogFault, lang: Lang) -> _Found:
    return _Found("fault", "", fault_words(fault, lang))


def fault_words(fault: LogFault, lang: Lang) -> str:
    """Return what is wrong with a log, harmless; in Chinese by its kind."""
    if lang == "en":
        return printable(fault.words)
    last = max(fault.last, fault.entry)
    entries = f"第 {fault.entry} 条" if last == fault.entry else f"第 {fault.entry} 至 {last} 条"
    told = WRONG_ZH.get(f"fault.{fault.kind}", WRONG_ZH["fault."])
    return told.format(entries=entries, at=fault.at, end=fault.end or fault.at)


# ---- what was looked at


def _vault_facts(result: VaultVerified, lang: Lang) -> Iterator[tuple[str, str | Text]]:
    if result.vault:
        yield "id", result.vault
    destroyed = sum(each.destroyed for each in result.bundles)
    told = say("vault.bundles", lang, n=len(result.bundles))
    if destroyed:
        told += ("，" if lang == "zh" else ", ") + say("vault.verify.destroyed", lang, n=destroyed)
    yield "bundle", told
    names = (f"{key.name} {short(key.id)}" for key in result.trusted)
    yield "trusted", joined(names, lang) or Text(say("vault.none", lang), style="yellow")
    if result.log is not None:
        yield from _log_facts(result.log, lang)


def _log_facts(log: LogVerified, lang: Lang) -> Iterator[tuple[str, str | Text]]:
    entries = say("vault.entries", lang, n=log.entries)
    yield "log", say("vault.verify.entries", lang, entries=entries, at=moment(log.last_at)) if log.last_at else entries
    if log.heads:
        yield "heads", say("vault.verify.covered", lang, heads=log.heads, covered=log.covered, entries=log.entries)
    else:
        yield "heads", Text(say("vault.verify.covered.none", lang), style="yellow")
    if log.unknown_keys:
        keys = joined(map(short, log.unknown_keys), lang)
        yield "", Text(say("vault.verify.unknown", lang, keys=printable(keys)), style="yellow")
    if log.anchors_given:
        style = "" if log.anchors_met == log.anchors_given else "bold red"
        told = say("vault.verify.anchors", lang, met=log.anchors_met, given=log.anchors_given)
        yield "anchors", Text(told, style=style)
    else:
        yield "anchors", Text(say("vault.verify.noanchor", lang), style="dim")
    for place, step in enumerate(log.steps):
        yield ("clock" if place == 0 else ""), Text(_step(step, lang), style="" if step.accepted else "yellow")
    if log.torn:
        yield "crash", say("vault.verify.torn", lang, n=log.torn)
    if log.marks_lost:
        numbers = joined(map(str, log.marks_lost), lang)
        yield ("" if log.torn else "crash"), say("vault.verify.marks", lang, entries=numbers)


def _step(step: ClockStep, lang: Lang) -> str:
    return say(
        "vault.verify.step",
        lang,
        way=say(f"vault.verify.step.{'back' if step.by_s < 0 else 'forward'}", lang),
        least="" if step.certain else say("vault.verify.step.least", lang),
        seconds=f"{abs(step.by_s):,.0f}",
        entry=step.entry,
        accepted=say(f"vault.verify.step.{'accepted' if step.accepted else 'open'}", lang),
    )
