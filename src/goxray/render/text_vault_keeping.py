"""Legal holds, expiry and periods as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from goxray.render.columns import Piece
from goxray.render.safe import printable
from goxray.render.vault_page import as_rows, bundle_columns, column, joined, moment, period, short
from goxray.render.words import say

if TYPE_CHECKING:
    from goxray.core.vault_result import HoldSet, PolicyShown, VaultExpired
    from goxray.render.vault_page import Page


def hold(page: Page, result: HoldSet) -> None:
    """Print a hold or its release."""
    deed = "released" if result.released else "set"
    page.headline("vault hold", result.hold)
    page.say(f"vault.hold.{deed}", case=result.hold, n=len(result.bundles))
    page.blank()
    numbers = joined((str(number) for number in result.entries), page.lang)
    entries = say(
        "vault.hold.entries" if len(result.entries) != 1 else "vault.hold.entries.one", page.lang, entries=numbers
    )
    page.facts([("why", result.why), ("log", entries)])
    if result.bundles:
        page.blank()
        page.table(bundle_columns(result.bundles, page.lang), as_rows(result.bundles))


def expired(page: Page, result: VaultExpired) -> None:
    """Print what was destroyed, or would be."""
    lang, n = page.lang, len(result.destroyed)
    page.headline("vault expire", result.place, "--dry-run" if result.dry_run else "")
    key = "vault.expired.would" if result.dry_run else "vault.expired"
    page.say(key if n else f"{key}.none", n=n)
    if result.destroyed:
        page.blank()
        page.table(bundle_columns(result.destroyed, lang), as_rows(result.destroyed))
    page.blank()
    if result.held:
        told = joined((f"{short(row.id)} {row.name} ({joined(row.holds, lang)})" for row in result.held), lang)
        page.say("vault.expired.held", "cyan", bundles=told)
    if result.next_due:
        page.say("vault.expired.next", "dim", due=moment(result.next_due))
    elif not result.held:
        page.say("vault.expired.nextnone", "dim")
    if result.dry_run and n:
        page.nexts(("goxray vault expire", ""), ("goxray vault hold BUNDLE --case NAME --why WHY", ""))
    elif n:
        page.say("vault.expired.proof", "dim")


def policy(page: Page, result: PolicyShown) -> None:
    """Print how long each class is kept."""
    lang = page.lang
    page.headline("vault policy", result.place)
    page.say("vault.policy.set" if result.entry else "vault.policy.shown", entry=result.entry)
    page.blank()

    def name(text: str) -> Piece:
        return Piece(say("vault.policy.default", lang) if text == "default" else printable(text), "cyan")

    page.table(
        [
            column("class", lang, 0, lambda each: name(each.name), least=12),
            column("period", lang, 0, lambda each: period(each, lang)),
        ],
        as_rows(result.periods),
    )
    page.blank()
    page.facts([("zone", Text(say("vault.zone", lang, zone=_zone(result.zone_minutes)), style="dim"))])


def _zone(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
