"""The page of ``goxray lab report``: the sum as a picture, every claim in a list, each experiment with its claims."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, BinaryIO

from goxray.render import lab_story as story
from goxray.render.html import lab_model
from goxray.render.html.lab_claim import MARKS, badge, data, draw, mark, told, worded
from goxray.render.html.lab_figures_table import figures_table
from goxray.render.html.markup import attribute, both, number, spans, swatch, text
from goxray.render.html.shell import Shell, write_shell
from goxray.render.text_lab import clock, duration
from goxray.render.words import LANGS, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from goxray.core.lab_result import ExperimentInfo, LabResult, Measured
    from goxray.render.lab_story import Judged
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

_PREFIX = "r0"
_BAR = 600
_ROW = 22
_MOST_FAULTS = 200


def write_html(result: LabResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the report as one self-contained HTML file in UTF-8."""
    rows, versions = story.judged(result), story.versions_of(result)
    parts = [
        f'<section class="report lab" id="{_PREFIX}" aria-labelledby="{_PREFIX}-name">',
        f'<header class="of"><h2 id="{_PREFIX}-name">{both("lab.page.name")}</h2>{_chips(result)}</header>',
        f'<p class="story">{told(lambda lang: story.tell(rows, lang))}</p>',
        f'<p class="quiet lead">{both("lab.page.lead")}</p>',
        f'<p class="stamp" role="alert">{both("lab.interrupted")}</p>' if result.interrupted else "",
        _stats(rows),
        _bars(rows),
        _reading(),
        _list(rows, versions, options.lang),
        lab_model.draw(result.measured, versions, options.lang),
        *_topics(result, rows, versions, options.lang),
        _machine(result),
        _faults(result),
        "</section>",
    ]
    shell = Shell(
        "lab",
        "lab.page.title",
        ", ".join(("Go", *story.short_versions(versions).values())).replace(",", "", 1),
        "".join(parts),
        styles=("page.css", "lab.css"),
        scripts=("page.js", "lab.js"),
    )
    write_shell(shell, out, options)


def _chips(result: LabResult) -> str:
    items = [both(f"lab.mode.{result.mode}"), both("lab.experiments", n=len(result.experiments))]
    if result.versions:
        items.append(both("lab.page.versions", versions=", ".join(result.versions)))
    if result.started:
        items.append(both("lab.page.started", time=clock(result.started)))
    if result.seconds:
        items.append(text(duration(result.seconds)))
    return f'<ul class="chips">{"".join(f"<li>{item}</li>" for item in items)}</ul>'


def _stats(rows: Sequence[Judged]) -> str:
    found = story.counts(rows)
    tiles = [
        f'<div class="stat s-{verdict}"><dt>{both(f"lab.verdict.{verdict}")}</dt><dd>{MARKS[verdict]} {n}</dd></div>'
        for verdict, n in found.items()
    ]
    methods = Counter(row.method for row in rows if row.verdict in story.VERDICTS[:3])
    tiles += [
        f'<div class="stat"><dt>{both(f"lab.page.decided.{method}")}</dt><dd>{methods[method]}</dd></div>'
        for method in story.METHODS
        if methods[method]
    ]
    return f'<dl class="stats">{"".join(tiles)}</dl>'


def _bars(rows: Sequence[Judged]) -> str:
    articles = sorted({row.claim.article for row in rows})
    topics = _topics_of(rows)
    by_article = [(article, [row for row in rows if row.claim.article == article]) for article in articles]
    by_topic = [(topic, [row for row in rows if row.claim.topic == topic]) for topic in topics]
    if not rows:
        return ""
    legend = "".join(f"<li>{swatch(f'b-{name}')}{both(f'lab.verdict.{name}')}</li>" for name in story.counts(rows))
    return (
        f'<section class="part" aria-labelledby="{_PREFIX}-bars"><h3 id="{_PREFIX}-bars">{both("lab.page.bars")}</h3>'
        f'<ul class="legend">{legend}</ul><div class="pair">{_group("lab.page.by.article", by_article, articles=True)}'
        f"{_group('lab.page.by.topic', by_topic)}</div></section>"
    )


def _named(topic: str) -> Callable[[Lang], str]:
    return lambda lang: story.topic_text(topic, lang)


def _topics_of(rows: Sequence[Judged]) -> list[str]:
    ordered = sorted(rows, key=lambda row: row.claim.id)
    return list(dict.fromkeys(row.claim.topic for row in ordered))


def _group(title: str, groups: Sequence[tuple[str, Sequence[Judged]]], *, articles: bool = False) -> str:
    most = max(len(rows) for _, rows in groups)
    lines = []
    for name, rows in groups:
        label = both("lab.page.article", article=name) if articles else told(_named(name))
        lines.append(f"<dt>{label}</dt><dd>{_bar(rows, most)} {len(rows)}</dd>")
    return f'<div><h4>{both(title)}</h4><dl class="bars">{"".join(lines)}</dl></div>'


def _bar(rows: Sequence[Judged], most: int) -> str:
    at, rects = 0.0, []
    for verdict, n in story.counts(rows).items():
        width = n / most * _BAR
        rects.append(f'<rect class="b-{verdict}" x="{number(at)}" width="{number(width)}" height="{_ROW}"/>')
        if width > _ROW:
            middle = number(at + width / 2)
            rects.append(f'<text class="t-{verdict}" x="{middle}" y="16" text-anchor="middle">{n}</text>')
        at += width
    told = {lang: story.counts_text(rows, lang) for lang in LANGS}
    title = f"<title>{text(told['en'])} / {text(told['zh'])}</title>"
    return f'<svg class="lab-bar" viewBox="0 0 {_BAR} {_ROW}" role="img">{title}{"".join(rects)}</svg>'


def _reading() -> str:
    lines = "".join(
        f"<div><dt>{badge(name)}</dt><dd>{both(f'lab.page.read.{name}')}</dd></div>" for name in story.VERDICTS
    )
    keys = (
        ("measured", '<circle class="dot" cx="15" cy="7" r="4.5"/>'),
        ("interval", '<path class="span" d="M2 3v8M2 7h26M28 3v8"/>'),
        ("trial", '<path class="trial" d="M6 2v10M13 2v10M22 2v10"/>'),
        ("model", '<path class="model" d="M15 0l7 7l-7 7l-7-7z"/>'),
        (
            "claimed",
            '<rect class="claimed" width="24" x="3" height="14"/><path class="claim-edge" d="M3 0v14M27 0v14"/>',
        ),
    )
    marks = "".join(
        f'<li><svg class="key lab-plot" viewBox="0 0 30 14" aria-hidden="true">{drawn}</svg>'
        f"{both(f'lab.page.key.{name}')}</li>"
        for name, drawn in keys
    )
    marks += f'<li><span class="mark v-REFUTED aside">{MARKS["REFUTED"]}</span> {both("lab.page.aside")}</li>'
    return (
        f'<section class="part"><h3>{both("lab.page.read")}</h3><dl class="reading">{lines}</dl>'
        f'<p class="quiet">{both("lab.page.read.figure")}</p><ul class="legend">{marks}</ul></section>'
    )


def _list(rows: Sequence[Judged], versions: Sequence[str], lang: Lang) -> str:
    short = story.short_versions(versions)
    heads = "".join(f'<th scope="col" class="v">{text(short[version])}</th>' for version in versions)
    body = "".join(_list_row(row, versions) for row in sorted(rows, key=lambda row: row.claim.id))
    shown = " ".join(
        f'data-{at}-data-shown="{text(say("lab.page.shown", at, shown="{shown}", total="{total}"))}"' for at in LANGS
    )
    return (
        f'<section class="part" id="{_PREFIX}-list" aria-labelledby="{_PREFIX}-every"><h3 id="{_PREFIX}-every">'
        f'{both("lab.page.every")}</h3><div class="tools">'
        f'<input type="search" data-lab-filter {attribute("placeholder", "lab.page.filter", lang)} '
        f"{attribute('aria-label', 'lab.page.filter', lang)}>{_picks(rows, lang)}"
        f'<span role="status" class="quiet" {shown}></span></div>'
        f'<div class="scroll plain"><table class="lab-list"><thead><tr><th scope="col">{both("lab.col.claim")}</th>'
        f'<th scope="col">{both("lab.col.text")}</th>{heads}<th scope="col">{both("lab.col.verdict")}</th></tr></thead>'
        f"<tbody>{body}</tbody></table></div></section>"
    )


def _list_row(row: Judged, versions: Sequence[str]) -> str:
    known = [row.by_version.get(version) for version in versions]
    cells = "".join(f'<td class="v">{mark(each)}</td>' for each in known)
    name = text(row.claim.id)
    return (
        f'<tr {data(row)} data-id="{name}"><td><a href="#{name}">{name}</a></td><td>{worded(row.claim.text)}</td>'
        f"{cells}<td>{badge(row.verdict)}</td></tr>"
    )


def _picks(rows: Sequence[Judged], lang: Lang) -> str:
    verdicts = [(name, {at: say(f"lab.verdict.{name}", at) for at in LANGS}) for name in story.counts(rows)]
    topics = [(name, {at: story.topic_text(name, at) for at in LANGS}) for name in _topics_of(rows)]
    articles = [
        (name, {at: say("lab.page.article", at, article=name) for at in LANGS})
        for name in sorted({row.claim.article for row in rows})
    ]
    return "".join(
        _pick(name, choices, lang)
        for name, choices in (("verdict", verdicts), ("topic", topics), ("article", articles))
    )


def _pick(name: str, choices: Sequence[tuple[str, dict[Lang, str]]], lang: Lang) -> str:
    """Return a choice; an option's text is an attribute that the script swaps, for options hold no elements."""
    label = attribute("aria-label", f"lab.page.pick.{name}.label", lang)
    first = attribute("label", f"lab.page.pick.{name}", lang)
    options = "".join(
        f'<option value="{text(value)}" label="{text(said[lang])}" '
        + " ".join(f'data-{at}-label="{text(said[at])}"' for at in LANGS)
        + f">{text(said[lang])}</option>"
        for value, said in choices
    )
    shown = text(say(f"lab.page.pick.{name}", lang))
    return f'<select data-lab-pick="{name}" {label}><option value="" {first}>{shown}</option>{options}</select>'


def _topics(result: LabResult, rows: Sequence[Judged], versions: Sequence[str], lang: Lang) -> Iterator[str]:
    by_experiment: dict[str, list[Judged]] = {}
    for row in rows:
        by_experiment.setdefault(row.claim.experiment, []).append(row)
    measured: dict[str, list[Measured]] = {}
    for one in result.measured:
        measured.setdefault(one.experiment, []).append(one)
    for topic, experiments in story.by_topic(result.experiments).items():
        inside = [
            _experiment(one, by_experiment[one.id], measured.get(one.id, []), versions, lang)
            for one in experiments
            if one.id in by_experiment
        ]
        if inside:
            yield f'<section class="topic"><h3 class="topic">{told(_named(topic))}</h3>{"".join(inside)}</section>'


def _experiment(
    info: ExperimentInfo, rows: Sequence[Judged], measured: Sequence[Measured], versions: Sequence[str], lang: Lang
) -> str:
    name = text(info.id)
    claims = "".join(draw(row, measured, versions, lang) for row in rows)
    go = ",".join(story.short_versions(versions).values())
    return (
        f'<section class="part experiment" id="x-{name}" aria-labelledby="x-{name}-name"><header>'
        f'<h3 id="x-{name}-name">{worded(info.title)}</h3>'
        f'<p class="quiet"><code>{name}</code> · {worded(info.about)}</p>'
        f'</header>{claims}{figures_table(measured, versions)}<footer class="redo"><span class="quiet">'
        f"{both('lab.page.redo')}</span><code>goxray lab run {name} --go {text(go)}</code>"
        f'<code>{both("lab.page.see", id=info.id)}</code><span class="quiet">'
        f"{both('lab.page.source', sha=info.source_sha256)}</span>"
        f'<a href="#{_PREFIX}-list">{both("lab.page.top")}</a></footer></section>'
    )


def _machine(result: LabResult) -> str:
    lines = {row.go_version: row.go_line for row in result.verdicts if row.go_line}
    items = [told(lambda lang: story.machine_text(result.machine, lang))]
    if result.machine.noise is not None:
        items.append(both("lab.page.noise", noise=f"{result.machine.noise * 100:.1f}%"))
    for version in result.versions:
        key = "lab.page.goline" if version in lines else "lab.page.goline.none"
        items.append(both(key, version=version, line=lines.get(version, "")))
    if result.kept_in:
        items.append(both("lab.page.raw", place=result.kept_in))
    listed = "".join(f"<li>{item}</li>" for item in items)
    return f'<section class="part"><h3>{both("lab.page.machine")}</h3><ul>{listed}</ul></section>'


def _faults(result: LabResult) -> str:
    if not result.faults:
        return ""
    items = "".join(
        f"<li>{spans({lang: story.fault_text(fault, lang) for lang in LANGS})}</li>"
        for fault in result.faults[:_MOST_FAULTS]
    )
    if len(result.faults) > _MOST_FAULTS:
        items += f"<li>{both('faults.more', n=len(result.faults) - _MOST_FAULTS)}</li>"
    return f'<section class="part"><h3>{both("faults.label")}</h3><ul class="faults">{items}</ul></section>'
