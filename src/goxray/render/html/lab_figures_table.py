"""All figures of an experiment as a table that is folded away: a row a figure, a column a version."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from goxray.render.html.markup import both, text
from goxray.render.lab_figures import figure_name, interval_text, value_text
from goxray.render.lab_story import short_versions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from goxray.core.lab_result import Measured

_MOST_ROWS = 60
Key = TypeVar("Key")


def figures_table(measured: Sequence[Measured], versions: Sequence[str]) -> str:
    """Return the table; empty where nothing was measured."""
    found: dict[tuple[str, str, str], dict[str, Measured]] = {}
    for each in measured:
        found.setdefault((each.name, each.arm, each.case), {})[each.go_version] = each
    if not found:
        return ""

    def label(key: tuple[str, str, str]) -> str:
        return f"<code>{text(figure_name(*key))}</code>"

    return by_version(found, versions, label, _cell, both("lab.page.figures", n=len(found)), _MOST_ROWS)


def by_version(
    rows: Mapping[Key, Mapping[str, Measured]],
    versions: Sequence[str],
    label: Callable[[Key], str],
    cell: Callable[[Measured | None], str],
    summary: str,
    most: int,
) -> str:
    """Return a folded table with a row a figure and a column a version; ``label`` and ``cell`` write its cells.

    ``summary`` is what stands there while it is folded. Of more than ``most`` rows the first are shown and the rest
    counted.
    """
    short = short_versions(versions)
    heads = "".join(f'<th scope="col" class="n">{text(short[version])}</th>' for version in versions)
    body = "".join(
        f"<tr><td>{label(key)}</td>{''.join(cell(by.get(version)) for version in versions)}</tr>"
        for key, by in list(rows.items())[:most]
    )
    more = ""
    if len(rows) > most:
        more = f'<p class="quiet">{both("lab.page.figures.more", n=len(rows) - most)}</p>'
    return (
        f"<details><summary>{summary}</summary>"
        f'<div class="scroll"><table class="figures"><thead><tr><th scope="col">{both("lab.page.measure")}</th>{heads}'
        f"</tr></thead><tbody>{body}</tbody></table></div>{more}</details>"
    )


def _cell(each: Measured | None) -> str:
    if each is None:
        return '<td class="n"></td>'
    shown = text(interval_text(each.median, each.low, each.high, each.unit))
    if each.predicted is not None:
        said = value_text(each.predicted, each.unit, exact=each.low == each.high)
        shown += f' <span class="quiet">◇ {text(said)}</span>'
    return f'<td class="n">{shown}</td>'
