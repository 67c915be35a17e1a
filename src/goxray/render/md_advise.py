"""``goxray advise --format md``: the advice as Markdown, for an issue or a merge request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO

from goxray.render import advise_story as story
from goxray.render.safe import printable
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goxray.core.advise_result import AdviseResult, Finding
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")
_FORECAST_ROWS = 20


def write_md(result: AdviseResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the advice as Markdown in UTF-8."""
    out.write(("\n".join(_lines(result, options.lang)) + "\n").encode("utf-8", "backslashreplace"))


def _plain(text: str) -> str:
    """Keep foreign text from being read as markup."""
    return _SPECIAL.sub(r"\\\1", printable(text))


def _lines(result: AdviseResult, lang: Lang) -> Iterator[str]:
    yield f"# goxray advise: {_plain(result.target.rpartition('/')[2] or result.target)}"
    yield ""
    if result.unverified:
        yield f"**{_plain(story.unverified_line(result, lang))}**"
        yield ""
    yield _plain(" · ".join(story.headline(result, lang)))
    yield ""
    yield story.tell(result, lang)
    for heading, numbered in story.sections(result.findings, lang):
        if heading:
            yield from ("", f"**{heading}**")
        for number, finding in numbered:
            yield from _finding(number, finding, lang)
    hidden = result.findings_total - len(result.findings)
    if hidden > 0:
        yield from ("", say("a.more", lang, n=hidden))
    if len(result.findings) > 1:
        yield from ("", say("a.overlap", lang))
    if result.forecast:
        yield from _forecast(result, lang)
    for key, said in (("faults.label", result.faults), ("notes.label", story.told_notes(result, lang))):
        if said:
            yield from ("", f"## {say(key, lang)}", "")
            yield from (f"- {_plain(text)}" for text in said)


def _finding(number: int, finding: Finding, lang: Lang) -> Iterator[str]:
    said = story.words(finding, lang)
    gain = story.with_spread(finding, lang)
    where = f"`{printable(finding.owner).replace('`', chr(39))}`" + (f" {finding.addr:#x}" if finding.addr else "")
    yield from ("", f"## {number}. {_plain(said.title)}", "")
    yield f"- {say('a.gain.label', lang)}: **{gain}**"
    yield f"- {say('a.where', lang)}: {where}"
    yield f"- {say('a.rule', lang)}: `{finding.rule}`"
    yield from ("", _plain(said.why), "", "```go", said.change.replace("```", "'''"), "```", "")
    yield f"- {say('a.cost', lang)}: {_plain(said.cost)}"
    yield f"- {say('a.wrong', lang)}: {_plain(said.when_wrong)}"


def _forecast(result: AdviseResult, lang: Lang) -> Iterator[str]:
    names = ("go", "now", "there", "change", "range", "maps", "entries", "type", "owner")
    yield from ("", f"## {say('a.forecast.title', lang)}", "", say("a.forecast.hint", lang), "")
    yield "| " + " | ".join(say(f"a.col.{name}", lang) for name in names) + " |"
    yield "|" + "---|" * len(names)
    rows = story.totals(result.forecast, lang)
    rows += [story.single(row, lang) for row in story.largest_changes(result.forecast, _FORECAST_ROWS)]
    for row in rows:
        cells = (row.go_version, row.now, row.there, row.change, row.range, row.maps, row.entries, row.type, row.owner)
        yield "| " + " | ".join(_plain(cell) for cell in cells) + " |"
