"""The part of the lab's page that tests goxray itself: what the model predicted beside what was measured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from goxray.render.html.lab_figures_table import by_version
from goxray.render.html.markup import attribute, both, number, spans, text
from goxray.render.lab_figures import figure_name, interval_text, value_text
from goxray.render.lab_model_rows import agrees, by_figure, model_text, off, predicted
from goxray.render.lab_story import short_versions
from goxray.render.words import LANGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.lab_result import Measured
    from goxray.render.words import Lang

_WIDTH, _LEFT, _RIGHT = 840, 60, 20
_ROW, _TOP, _BELOW = 34, 6, 24
_FAR = 0.1  # the picture's ends; what lies beyond stands at an end
_SPREAD = 5  # rows of dots within a version's line, so that equal ones do not hide each other
_TICKS = (-0.1, -0.05, -0.01, 0.0, 0.01, 0.05, 0.1)
_MOST_ROWS = 150


def draw(measured: Sequence[Measured], versions: Sequence[str], lang: Lang) -> str:
    """Return the section; empty where the model predicts nothing of what was measured."""
    found = predicted(measured)
    if not found:
        return ""
    told = {at: model_text(measured, at) for at in LANGS}
    return (
        f'<section class="part" aria-labelledby="r0-model"><h3 id="r0-model">{both("lab.page.model.title")}</h3>'
        f'<p>{spans(told)}</p><p class="quiet">{both("lab.page.model.hint")}</p>{_picture(found, versions, lang)}'
        f"{_table(measured, versions)}</section>"
    )


def _x(share: float) -> float:
    """Return a difference's place; the root makes room in the middle, where nearly all lie."""
    at = math.copysign(math.sqrt(min(abs(share) / _FAR, 1.0)), share)
    return _LEFT + (at + 1) / 2 * (_WIDTH - _LEFT - _RIGHT)


def _picture(found: Sequence[Measured], versions: Sequence[str], lang: Lang) -> str:
    short, parts = short_versions(versions), []
    for line, version in enumerate(versions):
        y = _TOP + line * _ROW
        parts.append(
            f'<text x="{_LEFT - 12}" y="{number(y + _ROW / 2 + 4)}" text-anchor="end">{text(short[version])}</text>'
        )
        own = [each for each in found if each.go_version == version]
        for place, each in enumerate(own):
            cy = y + 6 + place % _SPREAD * (_ROW - 12) / (_SPREAD - 1)
            kind = "near" if agrees(each) else "far"
            name = f"{figure_name(each.name, each.arm, each.case)}: {off(each) * 100:+.2f}%"
            parts.append(
                f'<circle class="m-{kind}" cx="{number(_x(off(each)))}" cy="{number(cy)}" r="3.5"><title>{text(name)}'
                "</title></circle>"
            )
    bottom = _TOP + len(versions) * _ROW
    for tick in _TICKS:
        at = number(_x(tick))
        parts.insert(0, f'<path class="rule" d="M{at} {_TOP}V{bottom}"/>')
        told = f"{tick * 100:+g}%" if tick else "0%"
        parts.append(f'<text x="{at}" y="{bottom + 18}" text-anchor="middle">{told}</text>')
    label = attribute("aria-label", "lab.page.model.picture", lang)
    return (
        f'<div class="wide"><svg class="lab-plot" viewBox="0 0 {_WIDTH} {bottom + _BELOW}" role="img" {label}>'
        f"{''.join(parts)}</svg></div>"
    )


def _table(measured: Sequence[Measured], versions: Sequence[str]) -> str:
    def label(key: tuple[str, str, str, str]) -> str:
        return f'<a href="#x-{text(key[0])}">{text(key[0])}</a> <code>{text(figure_name(*key[1:]))}</code>'

    return by_version(by_figure(measured), versions, label, _cell, both("lab.page.model.table"), _MOST_ROWS)


def _cell(each: Measured | None) -> str:
    if each is None or each.predicted is None:
        return '<td class="n"></td>'
    shown = text(interval_text(each.median, each.low, each.high, each.unit))
    said = text(value_text(each.predicted, each.unit, exact=each.low == each.high))
    kind = "" if agrees(each) else ' class="o-fails"'
    return f'<td class="n">{shown}<br><span{kind}>◇ {said}</span></td>'
