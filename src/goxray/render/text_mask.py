"""``goxray mask``'s counts as text for people: what was masked, what was left out and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from rich.text import Text

from goxray.core.units import format_count
from goxray.render.safe import printable
from goxray.render.terminal import facts_grid, finish, make_console
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goxray.core.vault_result import MaskCounts
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang


def write_table(result: MaskCounts, out: BinaryIO, options: RenderOptions) -> None:
    """Write the counts as text to a binary stream, UTF-8, or ASCII where the terminal knows no more."""
    out.write(render_mask(result, options).encode("ascii" if options.ascii_only else "utf-8", "backslashreplace"))


def render_mask(result: MaskCounts, options: RenderOptions) -> str:
    """Return the counts as text."""
    console, lang = make_console(options), options.lang
    separator = " - " if options.ascii_only else " · "
    heads = ["goxray mask"]
    if result.rules:
        heads.append(say("mask.rules", lang, rules=printable(say("mask.comma", lang).join(result.rules))))
    if result.key_id:
        heads.append(say("mask.key", lang, key=result.key_id))
    console.print(Text(separator.join(heads), style="bold"))
    grid = facts_grid()
    figures = {name: format_count(getattr(result, name)) for name in ("lines", "json", "text")}
    grid.add_row(say("mask.lines.label", lang), Text(say("mask.lines", lang, **figures)))
    grid.add_row(say("mask.masked.label", lang), Text(_masked(result, lang)))
    if result.dropped:
        dropped = _counted(
            "mask.dropped", sum(result.dropped.values()), lang, reasons=listed("why", result.dropped, lang)
        )
        grid.add_row(say("mask.dropped.label", lang), Text(dropped, style="yellow"))
    if result.repeated:
        grid.add_row(say("mask.repeated.label", lang), Text(_counted("mask.repeated", result.repeated, lang)))
    console.print(grid)
    return finish(console, options)


def listed(group: str, counts: Mapping[str, int], lang: Lang) -> str:
    """Return counts by kind or reason in words, the largest first."""
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    told = [
        say(f"mask.of.{group}", lang, what=say(f"mask.{group}.{name}", lang), n=format_count(n)) for name, n in ordered
    ]
    return say("mask.comma", lang).join(told)


def _masked(result: MaskCounts, lang: Lang) -> str:
    if not result.masked:
        return say("mask.masked.none", lang)
    return _counted("mask.masked", sum(result.masked.values()), lang, kinds=listed("kind", result.masked, lang))


def _counted(key: str, count: int, lang: Lang, **told: str) -> str:
    return say(f"{key}.one" if count == 1 else key, lang, n=format_count(count), **told)
