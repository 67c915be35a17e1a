"""What ``goxray vault`` did or found, as text for people: init, seal, open, list; the others in rooms beside this."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO

from rich.text import Text

from goxray.core.units import format_bytes
from goxray.core.vault_result import BundleOpened, BundleSealed, VaultListed, VaultMade
from goxray.render.safe import printable
from goxray.render.vault_page import Page, as_rows, bundle_columns, joined, moment, period, person, short
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from goxray.core.vault_result import BundleRow, KeepPeriod, MaskCounts
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

_WORST_FIRST = ("damaged", "missing", "stranger", "begun", "due", "held", "kept", "destroyed")
_TO_BE_TOLD = ("damaged", "missing", "stranger", "begun", "due")
_ELSEWHERE = {
    "HoldSet": "text_vault_keeping:hold",
    "VaultExpired": "text_vault_keeping:expired",
    "PolicyShown": "text_vault_keeping:policy",
    "KeysListed": "text_vault_records:keys",
    "LogShown": "text_vault_records:log",
    "LogEntry": "text_vault_records:accepted",
    "VaultVerified": "text_vault_verify:verified",
    "LogVerified": "text_vault_verify:log_verified",
}


def write_table(result: object, out: BinaryIO, options: RenderOptions) -> None:
    """Write a result of the vault as text to a binary stream, UTF-8, or ASCII where the terminal knows no more."""
    out.write(render_vault(result, options).encode("ascii" if options.ascii_only else "utf-8", "backslashreplace"))


def render_vault(result: object, options: RenderOptions) -> str:
    """Return a result of the vault as text; several sealed bundles come as a sequence."""
    page = Page(options)
    if isinstance(result, VaultMade):
        _made(page, result)
    elif isinstance(result, BundleSealed):
        _sealed(page, result)
    elif isinstance(result, tuple):
        for place, each in enumerate(result):
            if place:
                page.blank()
            _sealed(page, each)
    elif isinstance(result, BundleOpened):
        _opened(page, result)
    elif isinstance(result, VaultListed):
        _listed(page, result)
    else:
        module, function = _ELSEWHERE[type(result).__name__].split(":")
        getattr(import_module(f"goxray.render.{module}"), function)(page, result)
    return page.text()


# ---- init


def _made(page: Page, result: VaultMade) -> None:
    page.headline("vault init", result.place)
    page.say("vault.made", name=result.key.name)
    page.blank()
    page.facts(
        [
            ("id", result.vault),
            ("key", f"{result.key.name}  {result.key.id}"),
            ("keeps", kept_for(result.periods, page.lang)),
        ]
    )
    page.nexts(
        ("goxray vault seal FILE", "vault.made.seal"),
        (f"goxray vault keys export-public {result.key.name} -o {result.key.name}.pem", "vault.made.export"),
        ("goxray vault keys new SPARE", "vault.made.spare"),
    )


def kept_for(periods: Sequence[KeepPeriod], lang: Lang) -> str:
    """Return how long each class is kept, in one line."""
    told = (say("vault.period", lang, name=each.name, period=period(each, lang)) for each in periods)
    return joined(told, lang)


# ---- seal


def _sealed(page: Page, result: BundleSealed) -> None:
    row = result.bundle
    page.headline("vault seal", row.name)
    page.say("vault.sealed", name=row.name, id=short(row.id), entry=result.entry)
    page.blank()
    page.facts(_sealed_facts(result, page.lang))
    if result.masked is not None:
        page.blank()
        page.say("vault.sealed.tokens", "dim")
    page.nexts((f"goxray vault open {short(row.id)} -o DIR", ""), (f"goxray vault verify {short(row.id)}", ""))


def _sealed_facts(result: BundleSealed, lang: Lang) -> Iterator[tuple[str, str | Text]]:
    row = result.bundle
    yield "bundle", row.id
    size = f", {format_bytes(row.content_bytes)}" if row.content_bytes is not None else ""
    yield "content", f"{row.name} ({row.kind}){size}"
    yield "for", joined(map(person, row.recipients), lang)
    yield "signer", person(row.signer)
    yield "kept", say("vault.sealed.atleast", lang, due=moment(row.due), name=printable(row.retention))
    if result.masked is None:
        if row.mask:
            yield "rules", joined(row.mask, lang)
        else:
            yield "masked", Text(say("vault.sealed.unmasked", lang), style="dim")
        return
    yield from _masked(result.masked, lang)


def _masked(counts: MaskCounts, lang: Lang) -> Iterator[tuple[str, str | Text]]:
    found = [(kind, n) for kind, n in sorted(counts.masked.items(), key=lambda pair: (-pair[1], pair[0])) if n]
    if found:
        yield "masked", joined((say("vault.values", lang, kind=printable(kind), n=n) for kind, n in found), lang)
    else:
        yield "masked", Text(say("vault.sealed.nothing", lang), style="yellow")
    yield "rules", joined(counts.rules, lang)
    why = [(reason, n) for reason, n in sorted(counts.dropped.items()) if n]
    if why:
        told = joined((f"{printable(reason)} {n:,}" for reason, n in why), lang)
        yield "dropped", Text(say("vault.sealed.dropped", lang, n=sum(n for _, n in why), why=told), style="yellow")
    if counts.repeated:
        yield "", Text(say("vault.sealed.repeated", lang, n=counts.repeated), style="yellow")


# ---- open


def _opened(page: Page, result: BundleOpened) -> None:
    row, lang = result.bundle, page.lang
    page.headline("vault open", short(row.id))
    page.say("vault.opened", name=row.name)
    page.blank()
    facts: list[tuple[str, str | Text]] = [
        ("content", Text(f"{printable(result.file)}  {format_bytes(result.content_bytes)}", style="bold")),
        ("bundle", row.id),
        ("signer", person(row.signer)),
        ("sealed", moment(row.created)),
    ]
    if row.mask:
        facts.append(("rules", joined(row.mask, lang)))
    page.facts(facts)
    page.blank()
    page.say("vault.opened.clear", "dim")
    if row.mask:
        page.say("vault.opened.masked", "dim")


# ---- list


def _listed(page: Page, result: VaultListed) -> None:
    page.headline("vault list", result.place, say("vault.bundles", page.lang, n=len(result.bundles) + result.left_out))
    if not result.log_good:
        page.say("vault.list.bad.log", "bold red")
    counts: Counter[str] = Counter(row.state for row in result.bundles)
    told = [(state, counts[state]) for state in _TO_BE_TOLD if state in counts]
    for state, n in told:
        page.say(f"vault.list.state.{state}", "bold red" if state in ("damaged", "missing") else "yellow", n=n)
    if not told and result.log_good and (result.bundles or not result.left_out):
        page.say("vault.list.good" if result.bundles else "vault.list.empty")
    rows = sorted(result.bundles, key=lambda row: (_WORST_FIRST.index(row.state), row.due, row.created, row.id))
    if rows:
        page.blank()
        page.table(bundle_columns(rows, page.lang), as_rows(rows))
    if result.left_out:
        if rows or told:
            page.blank()
        page.say("vault.list.left", "dim", n=result.left_out)
    nexts = _list_nexts(result, rows, dict(counts))
    if nexts:
        page.nexts(*((command, "") for command in nexts))


def _list_nexts(result: VaultListed, rows: Sequence[BundleRow], counts: dict[str, int]) -> list[str]:
    """Return the commands that help with what is there, the most urgent first."""
    found = []
    if not result.log_good:
        found.append("goxray vault log verify")
    if any(counts.get(state) for state in ("damaged", "missing", "stranger")):
        found.append("goxray vault verify")
    if counts.get("due") or counts.get("begun"):
        found.append("goxray vault expire --dry-run")
    there = [row for row in rows if row.state in ("kept", "held", "due")]
    if there and not found:
        found.append(f"goxray vault open {short(there[0].id)} -o DIR")
    if not rows and not result.left_out:
        found.append("goxray vault seal FILE")
    return found
