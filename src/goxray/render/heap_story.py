"""The sentences of ``goxray heap``: how much there is, who holds it, what looks like a leak, and whether it adds up."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import TYPE_CHECKING, Any

from goxray.core.units import format_bytes, format_count, format_share
from goxray.render.heap_rows import joined, part, rows_of
from goxray.render.safe import printable
from goxray.render.words import say

if TYPE_CHECKING:
    from goxray.core.heap_result import HeapResult
    from goxray.render.words import Lang

_MOST_HOLDERS = 3
_WORTH_NAMING = 0.05  # an owner of less than this share is not named in the sentence
_UNREACHABLE = "unreachable"
_FRAME = "frame at "
_MIXED = (None, "", "(mixed)")


def tell(result: HeapResult, lang: Lang) -> str:
    """Return the sentences that come first: the heap's size, what of it is garbage, and who holds most."""
    counts = result.reconcile
    if counts.live_objects == 0:
        return say("h.story.none", lang)
    garbage = counts.live_bytes - counts.reachable_bytes
    text = say(
        "h.story.some" if garbage > 0 else "h.story.all",
        lang,
        bytes=format_bytes(counts.live_bytes),
        objects=format_count(counts.live_objects),
        reached=format_bytes(counts.reachable_bytes),
        share=format_share(part(counts.reachable_bytes, counts.live_bytes)),
        garbage=format_bytes(garbage),
    )
    return text + _joint(lang) + holders if (holders := _holders(result, lang)) else text


def _joint(lang: Lang) -> str:
    return " " if lang == "en" else ""


def _holders(result: HeapResult, lang: Lang) -> str:
    whole = result.reconcile.reachable_bytes
    held = _by_root(result)[:_MOST_HOLDERS]
    held = [each for place, each in enumerate(held) if place == 0 or each[1] >= whole * _WORTH_NAMING]
    if not held or not whole:
        return ""
    named = [
        say(
            "h.story.holder",
            lang,
            owner=printable(owner),
            bytes=format_bytes(size),
            share=format_share(part(size, whole)),
        )
        for owner, size in held
    ]
    return say(f"h.story.holds.{len(named)}", lang, **dict(zip("abc", named, strict=False)))


def _by_root(result: HeapResult) -> list[tuple[str, int]]:
    """Return what holds the memory outermost, with the bytes of all that hangs on it, most first.

    Owner paths begin with their root, so that its bytes add up over them. Where there are no paths, owners stand for
    themselves.
    """
    sums: Counter[str] = Counter()
    for path in joined(result.paths):
        if path.frames:
            sums[path.frames[0]] += path.bytes
    if not sums:
        for row in rows_of(result, "owners"):
            if row["kind"] != _UNREACHABLE and row["owner"]:
                sums[row["owner"]] += row["bytes"] or 0
    return [each for each in sums.most_common() if each[1]]


def suspects(result: HeapResult, lang: Lang) -> list[tuple[str, str]]:
    """Return two sentences for each suspect: what it keeps alive, and where the memory piles up below it."""
    return [(_keeps(row, lang), _piles(row, lang)) for row in rows_of(result, "suspects")]


def _keeps(row: dict[str, Any], lang: Lang) -> str:
    mixed = _unknown(row["type"])
    key = "h.suspect.object"
    if row["kind"] != "object":
        # One thing without an address is no object of the heap but what holds it: a variable, a stack.
        many = (row["count"] or 0) > 1
        frames = (row["type"] or "").startswith(_FRAME)
        key = "h.suspect.owner" if many else "h.suspect.variable"
        key = "h.suspect.frames" if many and frames else key + (".mixed" if mixed or frames else "")
    return say(
        key,
        lang,
        count=format_count(row["count"] or 0),
        type=say("h.object", lang) if mixed else printable(row["type"]),
        owner=printable(row["owner"] or "-"),
        bytes=format_bytes(row["retained_bytes"] or 0),
        share=format_share(row["share"]),
    )


def _unknown(kind: str | None) -> bool:
    """Return whether a type says nothing: none, several, or ``? (48 bytes)`` where no type is known."""
    return kind in _MIXED or kind is None or kind.startswith("?")


def _piles(row: dict[str, Any], lang: Lang) -> str:
    where = row["accumulation_owner"]
    if where in _MIXED:
        return say("h.suspect.spread", lang)
    objects, member = row["accumulation_objects"] or 0, row["accumulation_member_type"]
    if not objects:
        kind = row["accumulation_type"]
        size = format_bytes(row["accumulation_bytes"] or row["retained_bytes"] or 0)
        if row["accumulation_addr"] is None:
            key = "h.suspect.pile.themselves" + (".mixed" if _unknown(kind) else "")
            return say(key, lang, where=printable(where), type=printable(kind or ""), bytes=size)
        told = say("h.object", lang) if _unknown(kind) else printable(kind)
        return say("h.suspect.pile.itself", lang, where=printable(where), type=told, bytes=size)
    key = "h.suspect.pile.bare" if _unknown(member) else "h.suspect.pile"
    key += ".one" if objects == 1 and not _unknown(member) else ""
    return say(key, lang, where=printable(where), objects=format_count(objects), member=printable(member or ""))


def facts(result: HeapResult, lang: Lang) -> list[tuple[str, str]]:
    """Return labelled lines: the count beside the runtime's own, what the last collection marked, and the roots."""
    counts = result.reconcile
    lines = [(say("h.counted.label", lang), _counted(result, lang))]
    if counts.runtime_marked_bytes is not None:
        marked, reached = format_bytes(counts.runtime_marked_bytes), format_bytes(counts.reachable_bytes)
        lines.append((say("h.marked.label", lang), say("h.marked", lang, marked=marked, reached=reached)))
    key = "h.roots.some" if counts.conservative_roots else "h.roots"
    roots, guesses = format_count(counts.roots), format_count(counts.conservative_roots)
    lines.append((say("h.roots.label", lang), say(key, lang, roots=roots, guesses=guesses)))
    return lines


def _counted(result: HeapResult, lang: Lang) -> str:
    counts = result.reconcile
    ours = {"objects": format_count(counts.live_objects), "bytes": format_bytes(counts.live_bytes)}
    if counts.runtime_live_objects is None or counts.runtime_live_bytes is None:
        return say("h.counted.alone", lang, **ours)
    more_objects = counts.live_objects - counts.runtime_live_objects
    more_bytes = counts.live_bytes - counts.runtime_live_bytes
    if more_objects == 0 and more_bytes == 0:
        return say("h.counted.same", lang, **ours)
    return say(
        "h.counted.differ",
        lang,
        **ours,
        their_objects=format_count(counts.runtime_live_objects),
        their_bytes=format_bytes(counts.runtime_live_bytes),
        more_objects=f"{more_objects:+,}",
        more_bytes=f"{'+' if more_bytes >= 0 else ''}{format_bytes(more_bytes)}",
    )


def next_step(result: HeapResult, lang: Lang) -> str:
    """Return the command that looks at the first suspect; empty where there is none."""
    commands = [command for row in rows_of(result, "suspects") if (command := why_command(result, row))]
    return say("h.next", lang, command=commands[0]) if commands else ""


def why_command(result: HeapResult, suspect: dict[str, Any]) -> str:
    """Return the command that asks why a suspect is alive: by its address, that of its accumulation, or by type.

    Empty where there is neither: the frame of a stack is no object.
    """
    pid = result.target.pid
    where = "CORE" if result.target.kind == "core" else str(pid) if pid is not None else "TARGET"
    addr = suspect["addr"] if suspect["addr"] is not None else suspect["accumulation_addr"]
    if addr is not None:
        return f"goxray why {where} {addr:#x}"
    kind = suspect["type"]
    if _unknown(kind) or kind.startswith(_FRAME):
        return ""
    return f"goxray why {where} {shlex.quote(printable(kind))}"


def category(name: str, lang: Lang) -> str:
    """Return what a row of the account of RSS is called; names that the catalogue lacks stay as they are."""
    from goxray.render.words import CATALOGUE

    key = f"h.rss.{name}"
    return say(key, lang) if key in CATALOGUE else printable(name)
