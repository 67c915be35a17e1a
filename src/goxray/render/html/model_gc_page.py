"""The page of ``goxray model gc``: the heap against its goal as a curve, the steps and the collections as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from goxray.core.units import format_bytes
from goxray.render import gc_story as story
from goxray.render.html.markup import attribute, both, number, spans, text
from goxray.render.html.shell import Shell, notes_in, write_shell
from goxray.render.words import LANGS

if TYPE_CHECKING:
    from goxray.core.gc_result import GcResult, GcRun
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

_WIDTH, _HEIGHT = 1000, 260
_MOST_CYCLES = 500
_BAR = f'<svg class="gc-bar" viewBox="0 0 {_WIDTH} 16" preserveAspectRatio="none" aria-hidden="true">'


def write_html(result: GcResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the report as one self-contained HTML file in UTF-8."""
    sections = "".join(_section(run, f"r{place}", options.lang) for place, run in enumerate(result.runs))
    versions = ", ".join(run.go_version for run in result.runs)
    styles = ("page.css", "heap.css", "model_gc.css")
    sections += notes_in({lang: story.notes(result, lang) for lang in LANGS})
    write_shell(Shell("model gc", "g.page.title", versions, sections, styles=styles), out, options)


def _section(run: GcRun, prefix: str, lang: Lang) -> str:
    told = spans({each: story.tell(run, each) for each in LANGS})
    return (
        f'<section class="report" id="{prefix}" aria-labelledby="{prefix}-name"><header class="of">'
        f'<h2 id="{prefix}-name">{text(run.go_version)}</h2><ul class="chips"><li>linux/{text(run.goarch)}</li></ul>'
        f'</header><p class="story">{told}</p>'
        f"{_part('g.title.picture', _picture(run, lang))}{_part('g.title.bars', _bars(run))}"
        f"{_part('g.title.steps', _steps(run))}"
        f"{_part('g.title.cycles', _cycles(run))}</section>"
    )


def _part(title: str, content: str) -> str:
    return f'<section class="part"><h3>{both(title)}</h3>{content}</section>'


def _picture(run: GcRun, lang: Lang) -> str:
    whole = max(run.picture[-1].allocated, 1)
    top = max(max(each.heap, min(each.goal, 4 * each.heap)) for each in run.picture) or 1

    def at(allocated: int, size: int) -> str:
        return f"{number(allocated / whole * _WIDTH)} {number(_HEIGHT - min(size / top, 1) * _HEIGHT)}"

    heap = " L".join(at(each.allocated, each.heap) for each in run.picture)
    goal = f"M{at(run.picture[0].allocated, run.picture[0].goal)}"
    for before, after in zip(run.picture, run.picture[1:], strict=False):
        goal += f" L{at(after.allocated, before.goal)} L{at(after.allocated, after.goal)}"
    legend = (
        "".join(f'<span class="gc-{name}">{both(f"g.legend.{name}")}</span>' for name in ("heap", "goal"))
        + both("g.legend.peak", bytes=format_bytes(top))
        + " · "
        + both("g.axis", bytes=format_bytes(whole))
    )
    return (
        f'<svg class="gc" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f"{attribute('aria-label', 'g.title.picture', lang)}>"
        f'<path class="heap" d="M0 {_HEIGHT} L{heap} L{_WIDTH} {_HEIGHT} Z"/><path class="goal" d="{goal}"/></svg>'
        f'<p class="legend">{legend}</p>'
    )


def _bars(run: GcRun) -> str:
    """Return one bar a step: what is in use, idle and backed, released, with a mark at the next goal."""
    whole = story.widest(run.steps)
    rows = ""
    for step in run.steps:
        backed = step.heap_sys - step.heap_released
        parts = (
            ("inuse", step.heap_inuse),
            ("idle", max(backed - step.heap_inuse, 0)),
            ("released", step.heap_released),
        )
        cells, left = "", 0.0
        for name, size in parts:
            wide = size / whole * _WIDTH
            cells += f'<rect class="gc-{name}" x="{number(left)}" width="{number(wide)}" height="16"/>'
            left += wide
        if step.heap_goal <= whole:
            at = min(step.heap_goal / whole * _WIDTH, _WIDTH - 2)
            cells += f'<rect class="gc-next" x="{number(at)}" width="2" height="16"/>'
        label = text(f"{step.step} {step.text}") if step.text else f"0 {both('g.start')}"
        rows += f'<div class="gc-row"><code>{label}</code>{_BAR}{cells}</svg></div>'
    names = ("inuse", "idle", "released", "next")
    legend = "".join(f'<span class="gc-{name}">{both(f"g.legend.{name}")}</span>' for name in names)
    return rows + f'<p class="legend">{legend}{both("g.legend.width", bytes=format_bytes(whole))}</p>'


def _steps(run: GcRun) -> str:
    names = [*story.BYTES, "num_gc"]
    heads = f'<th scope="col" class="n">{both("g.col.step")}</th><th scope="col">{both("g.col.text")}</th>'
    heads += "".join(f'<th scope="col" class="n">{both(f"g.col.{name}")}</th>' for name in names)
    rows = "".join(
        f'<tr><td class="n">{step.step}</td><td class="gc-step"><code>{text(step.text) or both("g.start")}</code></td>'
        + "".join(f'<td class="n">{text(story.figure(step, name))}</td>' for name in names)
        + "</tr>"
        for step in run.steps
    )
    return (
        f'<div class="scroll plain"><table class="heap account"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody>'
        "</table></div>"
    )


def _cycles(run: GcRun) -> str:
    if not run.cycles:
        return f'<p class="quiet">{both("g.cycles.none")}</p>'
    lines = "".join(f"<li><code>{text(cycle.trace)}</code></li>" for cycle in run.cycles[:_MOST_CYCLES])
    rest = len(run.cycles) - _MOST_CYCLES
    more = f'<p class="quiet">{both("g.cycles.more", n=rest)}</p>' if rest > 0 else ""
    return f'<ol class="traces">{lines}</ol>{more}'
