"""The page of ``goxray predict``: the answer, a drawing of how the map grows, all figures, each growth step."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from goxray.core.units import format_bytes, format_count
from goxray.render import predict_story
from goxray.render.html.markup import attribute, both, number, spans, text
from goxray.render.html.shell import Shell, notes_in, write_shell
from goxray.render.html.table import count_cell, name_cell, share_cell, size_cell
from goxray.render.html.treemap import load_class
from goxray.render.words import LANGS, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.predict_result import Prediction, PredictResult
    from goxray.render.options import RenderOptions
    from goxray.render.predict_story import Growth
    from goxray.render.words import Lang

_WIDTH, _HEIGHT, _LEFT, _BELOW = 1200, 360, 90, 30
_LINES = 6
_TICKS = 4
_POINTS = 240
_COLUMNS = ("go", "kind", "step", "entries", "bytes", "range", "peak", "load", "slots", "mallocs", "total", "scan",
            "indirect", "how")  # fmt: skip


def write_html(result: PredictResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the result as one self-contained HTML file in UTF-8."""
    first = result.results[0]
    grown = predict_story.growths(result)
    every = list(dict.fromkeys(each.go_version for each in result.results))
    parts = [
        '<section class="report predict" id="r0" aria-labelledby="r0-name">',
        f'<header class="of"><h2 id="r0-name">{text(first.type)}</h2>'
        f'<ul class="chips"><li>linux/{text(first.goarch)}</li></ul></header>',
        f'<p class="story">{spans({lang: predict_story.tell(result, lang) for lang in LANGS})}</p>',
        _chart(grown, every, options.lang),
        _table(result),
        *(_growth(growth, every, place) for place, growth in enumerate(grown)),
        notes_in({lang: predict_story.told_notes(result, lang) for lang in LANGS}),
        "</section>",
    ]
    shell = Shell("predict", "p.page.title", first.type, "".join(parts), styles=("page.css", "predict.css"))
    write_shell(shell, out, options)


def _chart(grown: Sequence[Growth], every: Sequence[str], lang: Lang) -> str:
    if not grown or grown[0].entries < 2:
        return ""
    entries = format_count(grown[0].entries)
    most = max(step.peak_bytes for growth in grown for step in growth.steps)
    label = attribute("aria-label", "p.page.chart", lang, entries=entries)
    drawn = "".join(_line(growth, most, place % _LINES) for place, growth in enumerate(grown))
    legend = "".join(
        f'<li><svg class="swatch" viewBox="0 0 14 14" aria-hidden="true"><path class="g{place % _LINES} area" '
        f'd="M0 0h14v14h-14z"/></svg>{_names(growth, every)}</li>'
        for place, growth in enumerate(grown)
    )
    return (
        f'<section class="part" aria-labelledby="r0-chart"><h3 id="r0-chart">'
        f'{both("p.title.picture", entries=entries)}</h3><p class="quiet">{both("p.page.chart.hint")}</p>'
        f'<div class="wide"><svg class="growth" viewBox="0 0 {_WIDTH} {_HEIGHT + _BELOW}" role="img" {label}>'
        f"{_axes(grown[0].entries, most)}{drawn}</svg></div>"
        f'<ul class="legend">{legend}</ul></section>'
    )


def _names(growth: Growth, every: Sequence[str]) -> str:
    return spans({lang: predict_story.name_versions(growth.versions, every, lang) for lang in LANGS})


def _axes(entries: int, most: int) -> str:
    lines = []
    for tick in range(_TICKS + 1):
        y = number(_HEIGHT - tick / _TICKS * (_HEIGHT - 10))
        lines.append(f'<path class="axis" d="M{_LEFT} {y}H{_WIDTH}"/>')
        lines.append(f'<text x="{_LEFT - 8}" y="{y}" text-anchor="end">{format_bytes(most * tick / _TICKS)}</text>')
    for tick in range(1, _TICKS + 1):
        x = number(_LEFT + tick / _TICKS * (_WIDTH - _LEFT - 10))
        told = format_count(entries * tick // _TICKS)
        lines.append(f'<text x="{x}" y="{_HEIGHT + 22}" text-anchor="end">{told}</text>')
    return "".join(lines)


def _line(growth: Growth, most: int, color: int) -> str:
    """Draw what is held as an area with a line on it, and each peak as a dot above."""

    def x(entries: float) -> str:
        return number(_LEFT + entries / growth.entries * (_WIDTH - _LEFT - 10))

    def y(held: int) -> str:
        return number(_HEIGHT - held / most * (_HEIGHT - 10))

    at = sorted({*(place / _POINTS * growth.entries for place in range(_POINTS + 1)), *_corners(growth)})
    path = "".join(f"L{x(entries)} {y(predict_story.held_at(growth, entries))}" for entries in at)
    dots = "".join(
        f'<circle cx="{x(step.entries)}" cy="{y(step.peak_bytes)}" r="4"><title>{format_count(step.entries)}: '
        f"{format_bytes(step.peak_bytes)}</title></circle>"
        for step in growth.steps
        if step.peak_bytes * 50 > most
    )
    start = f"M{_LEFT} {_HEIGHT}"
    area = f'<path class="area" d="{start}{path}L{x(growth.entries)} {_HEIGHT}z"/>'
    return f'<g class="g{color}">{area}<path class="line" d="{start}{path}"/>{dots}</g>'


def _corners(growth: Growth) -> list[float]:
    """Return where the line bends: before and at each growth step."""
    return [at for step in growth.steps for at in (step.entries - 0.001, float(step.entries))]


def _table(result: PredictResult) -> str:
    columns = [key for key in _COLUMNS if _wanted(key, result)]
    head = "".join(f"<th{_right(key)}>{both(f'p.col.{key}')}</th>" for key in columns)
    rows = "".join(f"<tr>{''.join(_cell(key, each) for key in columns)}</tr>" for each in result.results)
    return (
        f'<section class="part" aria-labelledby="r0-table"><h3 id="r0-table">{both("p.title.result")}</h3>'
        f'<p class="quiet">{both("p.page.median")}</p><div class="scroll"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _right(key: str) -> str:
    return "" if key in ("go", "kind", "step", "what", "how") else ' class="n"'


def _wanted(key: str, result: PredictResult) -> bool:
    if key == "step":
        return predict_story.last_step(result) > 0
    return key != "indirect" or any(each.indirect_bytes for each in result.results)


def _cell(key: str, each: Prediction) -> str:
    if key in ("go", "kind", "step"):
        return name_cell({"go": each.go_version, "kind": each.kind, "step": each.step_text}[key])
    sizes = {
        "bytes": each.bytes,
        "peak": each.peak_bytes,
        "total": each.total_alloc,
        "scan": each.scan_bytes,
        "indirect": each.indirect_bytes,
    }
    if key in sizes:
        return size_cell(sizes[key])
    if key == "load":
        load = each.n / each.slots if each.slots else None
        return share_cell(load, load_class(load))
    if key == "range":
        return f'<td class="n quiet" data-v="{each.high - each.low}">{text(predict_story.span(each))}</td>'
    if key == "how":
        return f"<td>{spans({lang: predict_story.how(each, lang) for lang in LANGS})}</td>"
    return count_cell({"entries": each.n, "slots": each.slots, "mallocs": each.mallocs}[key])


def _growth(growth: Growth, every: Sequence[str], place: int) -> str:
    titles = {
        lang: say("p.title.growth", lang, versions=predict_story.name_versions(growth.versions, every, lang))
        for lang in LANGS
    }
    head = "".join(f"<th{_right(key)}>{both(f'p.col.{key}')}</th>" for key in ("at", "what", "after", "peak"))
    rows = "".join(
        f"<tr>{count_cell(step.entries)}<td>{spans({lang: predict_story.what(step, lang) for lang in LANGS})}</td>"
        f"{size_cell(step.bytes)}{size_cell(step.peak_bytes)}</tr>"
        for step in growth.steps
    )
    return (
        f'<section class="part" aria-labelledby="r0-g{place}"><h3 id="r0-g{place}">{spans(titles)}</h3>'
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></section>'
    )
