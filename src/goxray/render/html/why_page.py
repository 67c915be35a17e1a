"""The page of ``goxray why``: each way from its root as a chain, with what a cut would free."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from goxray.core.units import format_bytes, format_count
from goxray.render import why_story
from goxray.render.html.markup import both, spans, text
from goxray.render.html.shell import Shell, chips, fault_items, notes, short, stamp, write_shell
from goxray.render.words import LANGS

if TYPE_CHECKING:
    from goxray.core.heap_result import WhyPath, WhyResult, WhyStep
    from goxray.render.options import RenderOptions

_PREFIX = "r0"
_DEEPEST = 12  # levels after which a chain goes straight down


def write_html(result: WhyResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the answer as one self-contained HTML file in UTF-8."""
    styles = ("page.css", "heap.css")
    write_shell(Shell("why", "w.page.title", text_of(result), _section(result), styles=styles), out, options)


def text_of(result: WhyResult) -> str:
    """Return what was asked for and where, for the title."""
    return f"{result.asked} · {short(result)}"


def _section(result: WhyResult) -> str:
    story = spans({lang: why_story.tell(result, lang) for lang in LANGS})
    items = fault_items(result.faults)
    faults = f'<section class="part"><h3>{both("faults.label")}</h3><ul class="faults">{items}</ul></section>'
    return "".join(
        [
            f'<section class="report" id="{_PREFIX}" aria-labelledby="{_PREFIX}-name">',
            stamp(result),
            f'<header class="of"><h2 id="{_PREFIX}-name">{text(result.asked)}</h2>{chips(result)}</header>',
            f'<p class="story">{story}</p>',
            _stats(result),
            *(_path(path, place, len(result.paths)) for place, path in enumerate(result.paths, 1)),
            faults if items else "",
            notes(result.notes),
            "</section>",
        ]
    )


def _stats(result: WhyResult) -> str:
    shown = [
        (format_bytes(result.retained_bytes), "h.col.retained_bytes", "wasted"),
        (format_bytes(result.bytes), "h.col.bytes", ""),
        (format_count(result.objects), "h.col.objects", ""),
    ]
    tiles = "".join(
        f'<div class="stat {kind}"><dt>{both(key)}</dt><dd>{value}</dd></div>' for value, key, kind in shown
    )
    return f'<dl class="stats">{tiles}</dl>'


def _path(path: WhyPath, number: int, of: int) -> str:
    name = f"{_PREFIX}-way{number}"
    root = spans({lang: why_story.root_line(path, lang) for lang in LANGS})
    doubt = f'<p class="doubt">{both("w.conservative")}</p>' if path.conservative else ""
    cuts = why_story.marked(path.steps)
    rows = "".join(
        _folded(path) if place is None else _step(path.steps[place], place, depth, place in cuts)
        for depth, place in enumerate(why_story.shown(path.steps))
    )
    heads = "".join(
        f'<th scope="col" class="{kind}">{both(key)}</th>'
        for key, kind in (
            ("h.col.retained_bytes", "n"),
            ("w.col.step", "step"),
            ("h.col.type", "type"),
            ("h.col.addr", "n"),
            ("w.col.frees", "n"),
        )
    )
    return (
        f'<section class="part" aria-labelledby="{name}"><h3 id="{name}"><span class="quiet">'
        f"{both('w.path', n=number, of=of)}</span> {root}</h3>{doubt}"
        f'<div class="scroll plain"><table class="heap account chain"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _step(step: WhyStep, place: int, depth: int, cut: bool) -> str:
    arrow = "└ " if depth else ""
    frees = f"<strong>{format_bytes(step.freed_bytes)}</strong>" if cut else ""
    return (
        f'<tr class="{"marked" if cut else "plain"}"><td class="n">'
        f'{format_bytes(step.retained_bytes)}</td><td class="d{min(depth, _DEEPEST)}"><code title="{text(step.expr)}">'
        f"{arrow}{text(why_story.adds(step, place))}</code></td><td><code>{text(step.type or '-')}</code></td>"
        f'<td class="n"><code>{step.addr:#x}</code></td><td class="n">{frees}</td></tr>'
    )


def _folded(path: WhyPath) -> str:
    left = len(path.steps) - why_story.HEAD - why_story.TAIL
    folded = both("w.folded", n=left)
    return f'<tr><td></td><td class="d{_DEEPEST} quiet" colspan="4">({folded})</td></tr>'
