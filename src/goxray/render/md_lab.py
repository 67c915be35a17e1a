"""``goxray lab report -o FILE.md``: the report as Markdown, for an issue, a wiki or a merge request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO

from rich.cells import cell_len

from goxray.render import lab_story as story
from goxray.render.lab_figures import figure_name, interval_text, value_text
from goxray.render.lab_model_rows import by_figure, model_text
from goxray.render.lab_plot_data import scale_of, series_of
from goxray.render.safe import printable
from goxray.render.text_lab import clock, duration
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from goxray.core.lab_result import ExperimentInfo, LabResult, Measured
    from goxray.render.lab_plot_data import Point, Scale, Series
    from goxray.render.lab_story import Judged
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")
_MARKS = {"SUPPORTED": "✓", "REFUTED": "✗", "CONDITIONAL": "~", "INCONCLUSIVE": "?", story.NOT_RUN: "–"}
_CELLS = 48
_MODEL_ROWS = 30


def write_md(result: LabResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the report as Markdown in UTF-8."""
    out.write(("\n".join(_lines(result, options.lang)) + "\n").encode("utf-8", "backslashreplace"))


def plain(text: str) -> str:
    """Keep foreign text from being read as markup."""
    return _SPECIAL.sub(r"\\\1", printable(text))


def _lines(result: LabResult, lang: Lang) -> Iterator[str]:
    rows, versions = story.judged(result), story.versions_of(result)
    yield f"# {say('lab.page.name', lang)}"
    yield from ("", plain(" · ".join(_head(result, lang))), "", f"**{story.tell(rows, lang)}**")
    if result.interrupted:
        yield from ("", f"**{say('lab.interrupted', lang)}**")
    yield from ("", say("lab.page.lead", lang))
    if rows:
        yield from _sums(rows, lang)
        yield from _reading(lang)
        yield from _every(rows, versions, lang)
        yield from _model(result.measured, versions, lang)
        yield from _topics(result, rows, versions, lang)
    yield from _machine(result, lang)
    if result.faults:
        yield from ("", f"## {say('faults.label', lang)}", "")
        yield from (f"- {plain(story.fault_text(fault, lang))}" for fault in result.faults)


def _head(result: LabResult, lang: Lang) -> list[str]:
    parts = [say(f"lab.mode.{result.mode}", lang), say("lab.experiments", lang, n=len(result.experiments))]
    if result.versions:
        parts.append(say("lab.page.versions", lang, versions=", ".join(result.versions)))
    if result.started:
        parts.append(say("lab.page.started", lang, time=printable(clock(result.started))))
    return [*parts, duration(result.seconds)] if result.seconds else parts


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield ""
    yield f"| {' | '.join(heads)} |"
    yield f"|{'|'.join(' --- ' for _ in heads)}|"
    yield from (f"| {' | '.join(cells)} |" for cells in rows)


def _sums(rows: Sequence[Judged], lang: Lang) -> Iterator[str]:
    found = list(story.counts(rows))
    heads = [
        say("lab.page.by.article", lang),
        *(f"{_MARKS[name]} {say(f'lab.verdict.{name}', lang)}" for name in found),
    ]
    articles = sorted({row.claim.article for row in rows})
    topics = list(dict.fromkeys(row.claim.topic for row in sorted(rows, key=lambda row: row.claim.id)))
    by_article = [
        (say("lab.page.article", lang, article=plain(name)), [row for row in rows if row.claim.article == name])
        for name in articles
    ]
    by_topic = [
        (plain(story.topic_text(name, lang)), [row for row in rows if row.claim.topic == name]) for name in topics
    ]
    yield from ("", f"## {say('lab.page.bars', lang)}")
    for head, groups in ((heads[0], by_article), (say("lab.page.by.topic", lang), by_topic)):
        body = [[name, *(str(story.counts(some).get(verdict, "")) for verdict in found)] for name, some in groups]
        yield from _table([head, *heads[1:]], body)
    methods = story.methods_text(rows, lang)
    if methods:
        yield from ("", f"{say('lab.label.decided', lang)}: {methods}")


def _reading(lang: Lang) -> Iterator[str]:
    yield from ("", f"## {say('lab.page.read', lang)}", "")
    for name in story.VERDICTS:
        yield f"- {_MARKS[name]} **{say(f'lab.verdict.{name}', lang)}**: {say(f'lab.page.read.{name}', lang)}"
    yield from ("", say("lab.page.read.figure", lang))
    keys = (("●", "measured"), ("├┤", "interval"), ("◇", "model"), ("░", "claimed"))
    yield from ("", "; ".join(f"`{mark}` {say(f'lab.page.key.{name}', lang)}" for mark, name in keys))


def _every(rows: Sequence[Judged], versions: Sequence[str], lang: Lang) -> Iterator[str]:
    short = story.short_versions(versions)
    yield from ("", f"## {say('lab.page.every', lang)}")
    heads = [say("lab.col.claim", lang), say("lab.col.text", lang), *(short[at] for at in versions)]
    body = []
    for row in sorted(rows, key=lambda row: row.claim.id):
        known = [row.by_version.get(version) for version in versions]
        marks = [_MARKS[each.verdict if each else story.NOT_RUN] for each in known]
        id_ = plain(row.claim.id)
        link = f"[{id_}](#{id_.lower()})"
        body.append([link, plain(story.flowing(row.claim.text, lang)), *marks, say(f"lab.verdict.{row.verdict}", lang)])
    yield from _table([*heads, say("lab.col.verdict", lang)], body)


def _model(measured: Sequence[Measured], versions: Sequence[str], lang: Lang) -> Iterator[str]:
    told = model_text(measured, lang)
    if not told:
        return
    yield from ("", f"## {say('lab.page.model.title', lang)}", "", plain(told))
    short, body = story.short_versions(versions), []
    for (experiment, *key), by in list(by_figure(measured).items())[:_MODEL_ROWS]:
        cells = [_beside(by.get(version)) for version in versions]
        body.append([f"{plain(experiment)}: {plain(figure_name(*key))}", *cells])
    yield from _table([say("lab.page.measure", lang), *(short[version] for version in versions)], body)


def _beside(each: Measured | None) -> str:
    if each is None or each.predicted is None:
        return ""
    shown = interval_text(each.median, each.low, each.high, each.unit)
    return plain(f"{shown} ◇ {value_text(each.predicted, each.unit, exact=each.low == each.high)}")


def _topics(result: LabResult, rows: Sequence[Judged], versions: Sequence[str], lang: Lang) -> Iterator[str]:
    by_experiment: dict[str, list[Judged]] = {}
    for row in rows:
        by_experiment.setdefault(row.claim.experiment, []).append(row)
    for topic, experiments in story.by_topic(result.experiments).items():
        yield from ("", f"## {plain(story.topic_text(topic, lang))}")
        for info in experiments:
            if info.id in by_experiment:
                measured = [each for each in result.measured if each.experiment == info.id]
                yield from _experiment(info, by_experiment[info.id], measured, versions, lang)


def _experiment(
    info: ExperimentInfo, rows: Sequence[Judged], measured: Sequence[Measured], versions: Sequence[str], lang: Lang
) -> Iterator[str]:
    yield from ("", f"### {plain(story.flowing(info.title, lang))}", "", plain(story.flowing(info.about, lang)))
    for row in rows:
        yield from _claim(row, measured, versions, lang)
    go = ",".join(story.short_versions(versions).values())
    source = say("lab.page.source", lang, sha=info.source_sha256)
    name = printable(info.id).replace("`", "'")
    yield from ("", f"{say('lab.page.redo', lang)}: `goxray lab run {name} --go {go}` ({plain(source)})")


def _claim(row: Judged, measured: Sequence[Measured], versions: Sequence[str], lang: Lang) -> Iterator[str]:
    info = row.claim
    section = say("lab.section", lang, article=plain(info.article), section=plain(info.section))
    yield from ("", f"#### {plain(info.id)}", "")
    verdict = f"{_MARKS[row.verdict]} {say(f'lab.verdict.{row.verdict}', lang)}"
    yield f"**{plain(story.flowing(info.text, lang))}** **{verdict}** ({section})"
    why = story.explain(row, lang)
    if why:
        yield from ("", plain(why))
    if info.sayings:
        said = say("lab.join", lang).join(story.says(info, lang))
        yield from ("", say("lab.page.says", lang, said=plain(said)))
    yield from ("", say("lab.page.refuted_by", lang, said=plain(story.flowing(info.refuted_by, lang))))
    if row.by_version and row.method != "none":
        yield from _versions(row, lang)
    yield from _plot(row, measured, versions, lang)


def _versions(row: Judged, lang: Lang) -> Iterator[str]:
    keys = ("go", "verdict", "figure", "measure", "model", "trials", "by")
    body = []
    for version, each in row.by_version.items():
        of = each.deciding
        model = value_text(of.predicted, of.unit, exact=of.low == of.high) if of and of.predicted is not None else ""
        figure, name = story.decided(each, lang)
        body.append([
            plain(version), say(f"lab.verdict.{each.verdict}", lang), plain(figure), plain(name), model,
            str(each.trials), say(f"lab.method.{each.method}", lang),
        ])  # fmt: skip
    yield from _table([say(f"lab.col.{key}", lang) for key in keys], body)


def _plot(row: Judged, measured: Sequence[Measured], versions: Sequence[str], lang: Lang) -> Iterator[str]:
    of = row.deciding
    if of is None or not story.drawable(of):
        return
    series = list(series_of(row, of, measured, story.short_versions(versions)))
    scale = scale_of(series)
    if scale is None:
        return
    yield from ("", "```text")
    for each in series:
        yield printable(each.name)
        for point in each.points:
            every = len(point.versions) == len(versions) > 1
            name = say("lab.page.all", lang) if every else ", ".join(point.versions)
            pad = " " * max(24 - cell_len(name), 0)
            shown = interval_text(point.value, point.low, point.high, of.unit)
            yield f"{pad}{name} {_line(each, point, scale)} {printable(shown)}"
    yield "```"


def _line(each: Series, point: Point, scale: Scale) -> str:
    """Draw one line: what the claim allows as a shade, the interval, the value, the model."""

    def at(value: float) -> int:
        return round(scale.share(value) * (_CELLS - 1))

    cells = ["·"] * _CELLS
    if each.claimed is not None:
        low, high = each.claimed
        first, last = at(low) if low is not None else 0, at(high) if high is not None else _CELLS - 1
        cells[first : last + 1] = "░" * (last + 1 - first)
    for place in range(at(point.low), at(point.high) + 1):
        cells[place] = "─"
    if at(point.low) != at(point.high):
        cells[at(point.low)], cells[at(point.high)] = "├", "┤"
    if point.predicted is not None:
        cells[at(point.predicted)] = "◇"
    cells[at(point.value)] = "◈" if point.predicted is not None and at(point.predicted) == at(point.value) else "●"
    return "".join(cells)


def _machine(result: LabResult, lang: Lang) -> Iterator[str]:
    lines = {row.go_version: row.go_line for row in result.verdicts if row.go_line}
    yield from ("", f"## {say('lab.page.machine', lang)}", "", f"- {plain(story.machine_text(result.machine, lang))}")
    for version in result.versions:
        key = "lab.page.goline" if version in lines else "lab.page.goline.none"
        yield f"- {plain(say(key, lang, version=version, line=lines.get(version, '')))}"
    if result.kept_in:
        yield f"- {plain(say('lab.page.raw', lang, place=result.kept_in))}"
