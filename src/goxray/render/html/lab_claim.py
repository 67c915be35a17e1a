"""One claim of the lab's page: what it says, the verdict, the figure that decides, the plot, what was compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.render import lab_story as story
from goxray.render.html import lab_plot
from goxray.render.html.markup import both, spans, text
from goxray.render.lab_figures import value_text
from goxray.render.lab_words_evidence import evidence_text, said_text
from goxray.render.safe import printable
from goxray.render.words import LANGS, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from goxray.core.lab_result import ClaimInfo, Measured, Part, VersionVerdict
    from goxray.core.words import Words
    from goxray.render.lab_story import Judged
    from goxray.render.words import Lang

MARKS = {"SUPPORTED": "✓", "REFUTED": "✗", "CONDITIONAL": "~", "INCONCLUSIVE": "?", story.NOT_RUN: "–"}
_OUTCOMES = {"holds": "✓", "fails": "✗", "unsure": "?"}


def worded(words: Words) -> str:
    """Return a text of the catalogue in both languages."""
    return spans({lang: story.flowing(words, lang) for lang in LANGS})


def told(said: Callable[[Lang], str]) -> str:
    """Return what a function says, in both languages."""
    return spans({lang: said(lang) for lang in LANGS})


def badge(verdict: str) -> str:
    """Return a verdict as a word on its colour, with its mark."""
    return f'<b class="badge v-{verdict}">{MARKS[verdict]} {both(f"lab.verdict.{verdict}")}</b>'


def mark(known: VersionVerdict | None) -> str:
    """Return a verdict as one character on its colour, pale where the claim does not speak of that version.

    Its word is there for who does not see it.
    """
    verdict = known.verdict if known else story.NOT_RUN
    aside = " aside" if known is not None and not known.spoken_of else ""
    word = f'<span class="unseen">{both(f"lab.verdict.{verdict}")}</span>'
    return f'<span class="mark v-{verdict}{aside}"><span aria-hidden="true">{MARKS[verdict]}</span>{word}</span>'


def data(row: Judged) -> str:
    """Return the attributes that the filter looks at."""
    info = row.claim
    return f'data-verdict="{row.verdict}" data-topic="{text(info.topic)}" data-article="{text(info.article)}"'


def draw(row: Judged, measured: Sequence[Measured], versions: Sequence[str], lang: Lang) -> str:
    """Return the claim as an article of the page."""
    info = row.claim
    name = text(info.id)
    parts = [
        f'<article class="claim" id="{name}" {data(row)}>',
        f'<h4><a href="#{name}">{name}</a> {worded(info.text)}</h4>',
        f'<p class="verdict">{badge(row.verdict)}{_versions(row, versions)}'
        f'<span class="quiet">{both("lab.section", article=text(info.article), section=info.section)}</span></p>',
        _decides(row),
        _why(row),
        f'<p class="quiet refuted">{told(lambda at: says_text(info, at))}</p>' if info.sayings else "",
        f'<p class="quiet refuted">{told(lambda at: _refuted_by(info, at))}</p>',
        lab_plot.draw(row, measured, versions, lang),
        _parts(row),
        "</article>",
    ]
    return "".join(parts)


def says_text(info: ClaimInfo, lang: Lang) -> str:
    """Return what must hold for the claim to hold."""
    return say("lab.page.says", lang, said=say("lab.join", lang).join(story.says(info, lang)))


def _refuted_by(info: ClaimInfo, lang: Lang) -> str:
    return say("lab.page.refuted_by", lang, said=story.flowing(info.refuted_by, lang))


def _versions(row: Judged, versions: Sequence[str]) -> str:
    short = story.short_versions(versions)
    cells = []
    for version in versions:
        known = row.by_version.get(version)
        cells.append(f"<span>{text(short[version])} {mark(known)}</span>")
    return f'<span class="per">{"".join(cells)}</span>'


def _decides(row: Judged) -> str:
    of = row.deciding
    if not row.by_version or row.method == "none":
        return ""
    facts = []
    if of is not None:
        said = {lang: story.decided(row.shown, lang) for lang in LANGS}
        value, name = (spans({lang: said[lang][at] for lang in LANGS}) for at in (0, 1))
        facts.append(f"<strong>{value}</strong> <code>{name}</code>")
        if of.predicted is not None:
            exact = of.low == of.high
            facts.append(both("lab.page.model", value=value_text(of.predicted, of.unit, exact=exact)))
    facts.append(told(lambda lang: say("lab.page.by", lang, method=say(f"lab.method.{row.method}", lang))))
    trials = max(each.trials for each in row.by_version.values())
    if row.method == "run" and trials:
        facts.append(both("lab.page.trials", n=trials))
    items = "".join(f"<li>{fact}</li>" for fact in facts)
    return f'<ul class="decides"><li class="quiet">{both("lab.page.decides")}</li>{items}</ul>'


def _why(row: Judged) -> str:
    said = {lang: story.explain(row, lang) for lang in LANGS}
    return f'<p class="why">{spans(said)}</p>' if any(said.values()) else ""


def _parts(row: Judged) -> str:
    """Return what each predicate came to, a row a predicate and case, a column a version."""
    found: dict[tuple[str, str], dict[str, Part]] = {}
    for version, verdict in row.by_version.items():
        for part in verdict.parts:
            found.setdefault((part.text, part.case), {})[version] = part
    if not found:
        return ""
    versions = list(row.by_version)
    short = story.short_versions(versions)
    heads = "".join(f'<th scope="col">{text(short[version])}</th>' for version in versions)
    own = {each.says for each in row.claim.sayings if not each.check}
    checks = {each.says for each in row.claim.sayings if each.check} - own
    body = "".join(_part_row(key, parts, versions, checks) for key, parts in found.items())
    return (
        f'<details><summary>{both("lab.page.parts")}</summary><div class="scroll"><table class="parts"><thead><tr>'
        f'<th scope="col">{both("lab.page.part")}</th>{heads}</tr></thead><tbody>{body}</tbody></table></div></details>'
    )


def _part_row(key: tuple[str, str], parts: dict[str, Part], versions: Sequence[str], checks: set[Words | None]) -> str:
    formal, case = key
    says = next(iter(parts.values())).says
    head = f'<span class="quiet">{both("lab.label.checks")}</span> ' if says in checks and says is not None else ""
    head += f"{worded(says)}<br>" if says is not None else ""
    head += f"<code>{told(lambda lang: said_text(printable(formal), lang))}</code>"
    head += f' <span class="quiet">{text(case)}</span>' if case and case not in formal else ""
    alike: list[tuple[str, int]] = []
    for version in versions:
        cell = _part_cell(parts.get(version))
        if alike and alike[-1][0] == cell:
            alike[-1] = (cell, alike[-1][1] + 1)
        else:
            alike.append((cell, 1))
    cells = "".join(f'<td colspan="{many}">{cell}</td>' if many > 1 else f"<td>{cell}</td>" for cell, many in alike)
    return f"<tr><td>{head}</td>{cells}</tr>"


def _part_cell(part: Part | None) -> str:
    """Return what a predicate came to; neighbours that are alike become one cell."""
    if part is None:
        return ""
    evidence = told(lambda lang: evidence_text(part.evidence, lang))
    return f'<b class="o-{part.outcome}">{_OUTCOMES[part.outcome]}</b> {evidence}'
