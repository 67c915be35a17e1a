"""The page of ``goxray advise``: each finding with its reasons and code, and what other Go versions would take."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from goxray.render import advise_story as story
from goxray.render.html.markup import both, spans, text
from goxray.render.html.shell import Shell, notes_in, write_shell
from goxray.render.words import LANGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from goxray.core.advise_result import AdviseResult, Finding
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

_PREFIX = "r0"
_FORECAST_ROWS = 200
_MOST_FAULTS = 200


def write_html(result: AdviseResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the advice as one self-contained HTML file in UTF-8."""
    styles = ("page.css", "heap.css", "advise.css")
    name = result.target.rpartition("/")[2] or result.target
    write_shell(Shell("advise", "a.page.title", name, _section(result, name), styles=styles), out, options)


def _section(result: AdviseResult, name: str) -> str:
    stamp = ""
    if result.unverified:
        stamp = f'<p class="stamp" role="alert">{_each(lambda lang: story.unverified_line(result, lang))}</p>'
    hidden = result.findings_total - len(result.findings)
    return "".join(
        [
            f'<section class="report" id="{_PREFIX}" aria-labelledby="{_PREFIX}-name">',
            stamp,
            f'<header class="of"><h2 id="{_PREFIX}-name">{text(name)}</h2>{_chips(result)}</header>',
            f'<p class="story">{_each(lambda lang: story.tell(result, lang))}</p>',
            *_findings(result),
            f'<p class="quiet">{both("a.more", n=hidden)}</p>' if hidden > 0 else "",
            f'<p class="quiet">{both("a.overlap")}</p>' if len(result.findings) > 1 else "",
            _forecast(result) if result.forecast else "",
            _faults(result.faults),
            notes_in({lang: story.told_notes(result, lang) for lang in LANGS}),
            "</section>",
        ]
    )


def _findings(result: AdviseResult) -> Iterator[str]:
    """Yield findings under the headings of their kind."""
    headings = {lang: [heading for heading, _ in story.sections(result.findings, lang)] for lang in LANGS}
    for place, (heading, numbered) in enumerate(story.sections(result.findings, LANGS[0])):
        if heading:
            yield f'<p class="kind"><strong>{spans({lang: headings[lang][place] for lang in LANGS})}</strong></p>'
        yield from (_finding(number, finding) for number, finding in numbered)


def _each(said: Callable[[Lang], str]) -> str:
    return spans({lang: said(lang) for lang in LANGS})


def _chips(result: AdviseResult) -> str:
    lines = {lang: story.headline(result, lang) for lang in LANGS}
    places = range(len(lines["en"]))
    items = "".join(f"<li>{spans({lang: lines[lang][place] for lang in LANGS})}</li>" for place in places)
    return f'<ul class="chips">{items}</ul>'


def _finding(number: int, finding: Finding) -> str:
    said = {lang: story.words(finding, lang) for lang in LANGS}
    name = f"{_PREFIX}-f{number}"
    spread = _each(lambda lang: story.spread(finding.gain_low, finding.gain_high, lang))
    addr = f" <code>{finding.addr:#x}</code>" if finding.addr else ""
    where = f"<code>{text(finding.owner)}</code>{addr}"
    facts = (
        ("a.gain.label", f"<strong>{_each(lambda lang: story.gain(finding, lang))}</strong> {spread}"),
        ("a.where", where),
        ("a.why", spans({lang: words.why for lang, words in said.items()})),
        ("a.change", _code({lang: words.change for lang, words in said.items()})),
        ("a.cost", spans({lang: words.cost for lang, words in said.items()})),
        ("a.wrong", spans({lang: words.when_wrong for lang, words in said.items()})),
        ("a.rule", f"<code>{text(finding.rule)}</code>"),
    )
    rows = "".join(f"<div><dt>{both(key)}</dt><dd>{value}</dd></div>" for key, value in facts)
    title = spans({lang: words.title for lang, words in said.items()})
    return (
        f'<section class="part finding" aria-labelledby="{name}"><h3 id="{name}"><span class="quiet">{number}</span> '
        f'{title}</h3><dl class="advice">{rows}</dl></section>'
    )


def _code(change: dict[Lang, str]) -> str:
    """Return Go code; its lines are what ``printable`` would take for something to hide."""

    def lines(code: str) -> str:
        return "\n".join(text(line) for line in code.split("\n"))

    if len(set(change.values())) == 1:
        return f"<pre><code>{lines(next(iter(change.values())))}</code></pre>"
    return "".join(f'<pre lang="{lang}"><code>{lines(code)}</code></pre>' for lang, code in change.items())


def _forecast(result: AdviseResult) -> str:
    names = (("go", ""), ("now", "n"), ("there", "n"), ("change", "n"), ("range", "n"), ("maps", "n"),
             ("entries", "n"), ("type", ""), ("owner", ""))  # fmt: skip
    heads = "".join(f'<th scope="col" class="{kind}">{both(f"a.col.{name}")}</th>' for name, kind in names)
    sums = {lang: story.totals(result.forecast, lang) for lang in LANGS}
    body = "".join(_row([sums[lang][place] for lang in LANGS], "marked") for place in range(len(sums["en"])))
    for row in story.largest_changes(result.forecast, _FORECAST_ROWS):
        body += _row([story.single(row, lang) for lang in LANGS], "plain")
    return (
        f'<section class="part" aria-labelledby="{_PREFIX}-forecast"><h3 id="{_PREFIX}-forecast">'
        f'{both("a.forecast.title")}</h3><p class="quiet">{both("a.forecast.hint")}</p>'
        f'<div class="scroll plain"><table class="heap account"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody>'
        "</table></div></section>"
    )


def _row(rows: Sequence[story.Row], kind: str) -> str:
    english = rows[0]
    texts = dict(zip(LANGS, rows, strict=True))
    change = "grows" if english.grows else "shrinks"
    cells = (
        f"<td><code>{text(english.go_version)}</code></td>",
        f'<td class="n">{english.now}</td>',
        f'<td class="n">{english.there}</td>',
        f'<td class="n {change}">{english.change}</td>',
        f'<td class="n">{spans({lang: row.range for lang, row in texts.items()})}</td>',
        f'<td class="n">{english.maps}</td>',
        f'<td class="n">{english.entries}</td>',
        f"<td><code>{spans({lang: row.type for lang, row in texts.items()})}</code></td>",
        f"<td><code>{text(english.owner)}</code></td>",
    )
    return f'<tr class="{kind}">{"".join(cells)}</tr>'


def _faults(said: Sequence[str]) -> str:
    if not said:
        return ""
    items = "".join(f"<li>{text(fault)}</li>" for fault in said[:_MOST_FAULTS])
    if len(said) > _MOST_FAULTS:
        items += f"<li>{both('faults.more', n=len(said) - _MOST_FAULTS)}</li>"
    return f'<section class="part"><h3>{both("faults.label")}</h3><ul class="faults">{items}</ul></section>'
