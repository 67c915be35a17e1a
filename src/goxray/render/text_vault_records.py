"""Keys and the log's entries as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.render.columns import Piece
from goxray.render.safe import printable
from goxray.render.text_vault_verify import fault_words
from goxray.render.vault_page import as_rows, column, detail_of, moment, short
from goxray.render.words import say

if TYPE_CHECKING:
    from goxray.core.vault_result import KeysListed, LogEntry, LogShown, VaultKey
    from goxray.render.heap_grid import GridColumn
    from goxray.render.vault_page import Page
    from goxray.render.words import Lang

_DAY = 10
_SECOND = 19
_LOG_S_OWN = frozenset({"log-created", "log-head", "log-torn", "log-mark-lost"})


def keys(page: Page, result: KeysListed) -> None:
    """Print keys: all, or those that a command made or changed."""
    lang = page.lang
    page.headline("vault keys", result.place, "" if result.done else say("vault.keys", lang, n=len(result.keys)))
    if result.done:
        page.say(f"vault.keys.{result.done}")
    elif not any(key.own and key.state == "active" for key in result.keys):
        page.say("vault.keys.noown", "yellow")
    if result.keys:
        page.blank()
        page.table(_key_columns(result, lang), as_rows(result.keys))
    if result.done in ("new", "rotated"):
        name = result.keys[-1].name if result.keys else "NAME"
        page.nexts((f"goxray vault keys export-public {name} -o {name}.pem", "vault.made.export"))


def _key_columns(result: KeysListed, lang: Lang) -> list[GridColumn]:
    def state(key: VaultKey) -> Piece:
        if key.state == "active":
            return Piece(say("vault.key.active", lang), "green")
        return Piece(say("vault.key.retired", lang, day=key.retired[:_DAY]), "dim")

    found = [
        column("name", lang, 0, lambda key: Piece(printable(key.name), "cyan"), least=10),
        column("key", lang, 1, lambda key: Piece(key.id, "bold")),
        column("whose", lang, 2, lambda key: say("vault.key.own" if key.own else "vault.key.foreign", lang)),
        column("state", lang, 3, state),
        column("created", lang, 5, lambda key: key.created[:_DAY]),
    ]
    if any(key.follows for key in result.keys):
        found.append(column("follows", lang, 4, lambda key: Piece(short(key.follows), "dim")))
    return found


def log(page: Page, result: LogShown) -> None:
    """Print entries of the log, oldest first."""
    lang = page.lang
    total = len(result.entries) + result.left_out
    page.headline("vault log show", result.place, say("vault.entries", lang, n=total))
    refused = sum(entry.result != "ok" for entry in result.entries)
    if not total:
        page.say("vault.log.empty")
        return
    if result.fault is not None:
        page.say("vault.log.fault", "bold red", where=fault_words(result.fault, lang))
    if refused:
        page.say("vault.log.refused", "yellow", n=refused)
    page.blank()
    if result.left_out:
        page.say("vault.log.before", "dim", n=result.left_out)
    page.table(
        [
            column("number", lang, 0, lambda entry: f"{entry.sequence:,}", right=True),
            column("at", lang, 0, lambda entry: entry.at[:_SECOND].replace("T", " ")),
            column("who", lang, 3, lambda entry: entry.who, least=8),
            column("what", lang, 0, _what),
            column("result", lang, 1, _result),
            column("object", lang, 5, lambda entry: Piece(short(entry.object), "dim")),
            column("detail", lang, 4, lambda entry: Piece(printable(detail_of(entry.detail)), "dim"), least=20),
        ],
        as_rows(result.entries),
    )
    if result.fault is not None:
        page.nexts(("goxray vault log verify", ""))
        return
    page.blank()
    page.say("vault.log.unread", "dim")


def _what(entry: LogEntry) -> Piece:
    return Piece(printable(entry.what), "dim" if entry.what in _LOG_S_OWN else "cyan")


def _result(entry: LogEntry) -> Piece:
    return Piece(printable(entry.result), "green" if entry.result == "ok" else "bold red")


def accepted(page: Page, result: LogEntry) -> None:
    """Print the entry by which somebody vouches for a step of the clock."""
    page.headline("vault log accept-clock", moment(result.at))
    page.say("vault.clock.accepted", entry=result.sequence, who=result.who)
    page.blank()
    page.facts([("digest", result.digest), ("why", detail_of(result.detail))])
