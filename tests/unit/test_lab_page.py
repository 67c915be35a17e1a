"""The lab's report as a page and as Markdown: self-contained, safe with odd names, whole in both languages.

After a change that is meant: ``UPDATE_GOLDEN=1 pytest tests/unit/test_lab_page.py``, then read the diff.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from lab_samples import (
    CLAIMS,
    EXPERIMENTS,
    HINT,
    VERSIONS,
    hint_figure,
    lab_result,
    nothing,
    troubled,
    verdict,
    verdicts,
)
from test_render_html import Page

from goxray.core.lab_result import ClaimInfo, Deciding, LabResult, Measured, Saying
from goxray.render import write
from goxray.render.lab_model_rows import agrees, model_text
from goxray.render.lab_plot_data import Scale, scale_of, series_of, ticks_of
from goxray.render.lab_story import judged, short_versions
from goxray.render.options import RenderOptions
from goxray.render.words import LANGS, Lang
from tests.harness.goldens import GOLDEN, reviewed

MARKDOWN: dict[str, tuple[Callable[[], LabResult], Lang]] = {
    "labreport.md": (lab_result, "en"),
    "labreport-zh.md": (lab_result, "zh"),
    "labreport-troubled.md": (troubled, "en"),
}


def written(result: LabResult, fmt: str, lang: Any = "en") -> str:
    out = io.BytesIO()
    write(result, fmt, out, RenderOptions(lang=lang), "lab")
    return out.getvalue().decode("utf-8")


@pytest.mark.parametrize("name", MARKDOWN)
def test_markdown_is_as_reviewed(name: str) -> None:
    make, lang = MARKDOWN[name]
    text = written(make(), "md", lang)
    assert text == reviewed(name, text)


def test_every_golden_file_has_a_case() -> None:
    assert {path.name for path in GOLDEN.glob("labreport*")} == set(MARKDOWN)


def test_markdown_keeps_markup_of_others_from_being_markup() -> None:
    text = re.sub(r"```.*?```", "", written(troubled(), "md"), flags=re.DOTALL)
    assert "<b>" not in text.replace("\\<b\\>", "") and "\u202e" not in text and "\x1b" not in text


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("make", [lab_result, troubled, nothing])
def test_the_page_is_well_formed_and_loads_nothing(make: Callable[[], LabResult], lang: Lang) -> None:
    text = written(make(), "html", lang)
    for tag, attributes in Page(text).elements:
        assert tag not in {"link", "iframe", "img", "object", "embed", "base", "form"}
        assert not {"src", "srcset", "action", "style", "xlink:href"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("href") or "#").startswith("#")
    assert not re.search(r"url\(|@import|https?://|fetch\(|XMLHttpRequest|innerHTML|eval\(", text)


def test_odd_names_stay_text() -> None:
    text = written(troubled(), "html")
    assert "</script><b>" not in text and "&lt;/script&gt;&lt;b&gt;|x" in text
    assert "\u202e" not in text and "\x1b" not in text


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_shown_is_in_one_language_alone(lang: Lang) -> None:
    """With one language hidden, no Chinese is left on the English page, and the Chinese one has its claims."""
    text = written(lab_result(), "html", lang)
    body = text[text.index("<main") : text.index("</main>")]
    other = "zh" if lang == "en" else "en"
    seen = re.sub(rf'<(span|tspan) lang="{other}">.*?</\1>', "", body)
    words = re.sub(r"<title>.*?</title>", "", seen)
    shown = re.sub(r"<[^>]*>", " ", re.sub(r"<option.*?</option>", "", words))
    chinese = re.findall("[\u4e00-\u9fff]", shown)
    assert bool(chinese) == (lang == "zh")
    if lang == "zh":
        assert all(claim.text.zh in shown for claim in CLAIMS)
        assert not re.search(r"SUPPORTED|REFUTED|CONDITIONAL|INCONCLUSIVE|Holds|trials", shown)


def test_every_claim_has_what_a_stranger_asks_for() -> None:
    """Claim, verdict, the figure that decides, what would refute it, a plot, how to run it again."""
    text = written(lab_result(), "html")
    cards = {card[:7]: card for card in text.split('<article class="claim" id="')[1:]}
    assert set(cards) == {claim.id for claim in CLAIMS}
    for claim in CLAIMS:
        card = cards[claim.id]
        assert claim.text.en in card and claim.text.zh in card and claim.refuted_by.en in card
        assert f"article {claim.article}, section {claim.section}" in card and 'class="badge v-' in card
    assert "<strong>37,224 B</strong> <code>bytes (hint 1000)</code>" in cards["C000-46"]
    assert "the model says 37,160 B" in cards["C000-46"] and 'class="model"' in cards["C000-46"]
    assert "1.44× [1.35, 1.52]" in cards["C003-07"] and 'class="span"' in cards["C003-07"]
    assert "io_uring is switched off in this kernel" in cards["C001-30"] and "<svg" not in cards["C001-30"]
    for info in EXPERIMENTS:
        assert f"goxray lab run {info.id} --go 1.21,1.23,1.24,1.27" in text and info.source_sha256 in text


def test_the_list_links_to_each_claim_and_says_each_verdict() -> None:
    text = written(lab_result(), "html")
    table = text[text.index('<table class="lab-list">') : text.index("</table>")]
    links = re.findall(r'<tr data-verdict="(\w+)".*?href="#(C\d{3}-\d\d)"', table)
    assert links == [
        ("CONDITIONAL", "C000-42"),
        ("CONDITIONAL", "C000-43"),
        ("REFUTED", "C000-46"),
        ("INCONCLUSIVE", "C001-30"),
        ("REFUTED", "C003-07"),
    ]
    assert all(f'id="{claim}"' in text for _, claim in links)


def test_bars_are_in_proportion() -> None:
    """Three claims of article 000 take the whole 600: one refuted a third, two conditional the rest."""
    text = written(lab_result(), "html")
    first = text[text.index('class="lab-bar"') :].split("</svg>")[0]
    assert re.findall(r'<rect class="b-(\w+)" x="([\d.]+)" width="([\d.]+)"', first) == [
        ("REFUTED", "0", "200"),
        ("CONDITIONAL", "200", "400"),
    ]


def test_two_hundred_claims_stay_below_three_megabytes() -> None:
    claims: list[ClaimInfo] = []
    rows, overall = [], []
    for number in range(213):
        info = replace(HINT, id=f"C{number // 99:03}-{number % 99 + 1:02}")
        claims.append(info)
        rows += [replace(row, claim=info.id) for row in verdicts() if row.claim == HINT.id]
        overall.append(replace(lab_result().overall[2], claim=info.id))
    text = written(lab_result(claims=tuple(claims), verdicts=tuple(rows), overall=tuple(overall)), "html")
    assert text.count('<article class="claim"') == 213
    assert len(text.encode()) < 3_000_000


# --- the model --------------------------------------------------------------------------------------------------------


def compared(median: float, low: float, high: float, said: float | None, version: str = VERSIONS[0]) -> Measured:
    values = (low, median, high)
    return Measured("map-hint", version, "main", "c", "bytes", "bytes", False, values, median, low, high, said)


@pytest.mark.parametrize(
    ("figure", "agreed"),
    [
        (compared(100, 90, 110, 109), True),
        (compared(100, 100, 100, 100.9), True),
        (compared(100, 100, 100, 101.1), False),
        (compared(100, 99, 101, 98), False),
        (compared(0, 0, 0, 0), True),
        (compared(0, 0, 0, 1), False),
    ],
)
def test_a_prediction_agrees_within_the_interval_or_a_hundredth(figure: Measured, agreed: bool) -> None:
    assert agrees(figure) == agreed
    told = model_text([figure, compared(1, 1, 1, None), compared(1, 1, 1, math.nan)], "en")
    assert told.startswith(f"Of 1 figures that goxray's model predicts, {int(agreed)} lie in")


def test_predictions_stand_beside_measurements_and_the_wrong_ones_come_first() -> None:
    wrong = replace(compared(100, 100, 100, 120), case="wrong")
    result = lab_result(measured=(compared(100, 90, 110, 109), wrong))
    page = written(result, "html")
    part = page[page.index('id="r0-model"') :].split("</section>")[0]
    assert len(re.findall('<circle class="m-near"', part)) == len(re.findall('<circle class="m-far"', part)) == 1
    assert part.index("bytes (wrong)</code>") < part.index("bytes (c)</code>")
    assert '100 B<br><span class="o-fails">◇ 120 B</span>' in part
    assert model_text((), "en") == "" and 'id="r0-model"' not in written(lab_result(measured=()), "html")


# --- what a plot shows ------------------------------------------------------------------------------------------------


def plot_of(figures: list[Deciding], sayings: tuple[Saying, ...], measured: tuple[Measured, ...] = ()) -> Any:
    info = replace(HINT, sayings=sayings)
    versions = VERSIONS[: len(figures)]
    rows = tuple(verdict(info, version, "REFUTED", figure) for version, figure in zip(versions, figures, strict=True))
    (row,) = judged(lab_result(claims=(info,), verdicts=rows, versions=versions))
    assert row.deciding is not None
    return list(series_of(row, row.deciding, measured, short_versions(versions)))


def test_versions_with_the_same_figures_share_a_line() -> None:
    (series,) = plot_of([hint_figure(10), hint_figure(10), hint_figure(12)], ())
    assert [(point.versions, point.value) for point in series.points] == [(("1.21", "1.23"), 10), (("1.24",), 12)]
    assert series.claimed is None


def test_a_plot_draws_what_the_claim_says_of_its_figure_alone() -> None:
    about = Saying("between", "bytes", case="hint 1000", low=8192, high=8320)
    (series,) = plot_of([hint_figure(10)], (Saying("equals", "objects", low=1, high=1), about))
    assert series.claimed == (8192, 8320)
    (series,) = plot_of([hint_figure(10)], (replace(about, case="hint 8"),))
    assert series.claimed is None
    (series,) = plot_of([hint_figure(10)], (replace(about, check=True),))
    assert series.claimed is None
    twice = Deciding("ns / ns (b)", 2, 2, 2, "x", "a", "c")
    above = Saying("ratio_at_least", "ns", "a", "c", over=("ns", "b", "c"), low=3)
    (series,) = plot_of([twice], (Saying("between", "ns", low=1, high=9), above))
    assert series.claimed == (3, None)
    (series,) = plot_of([twice], (Saying("equals", "ns", "a", "c", over=("ns", "b", "c"), tolerance=0.5),))
    assert series.claimed == (0.5, 1.5)


def test_other_cases_stand_below_unless_they_are_far_away() -> None:
    def other(case: str, value: float) -> Measured:
        return Measured("map-hint", VERSIONS[0], "main", case, "bytes", "bytes", True, (value,), value, value, value)

    near, far = other("hint 8", 20), other("hint 9", 1_000_000)
    found = plot_of([hint_figure(10)], (), (near, far, other("hint 1000", 10)))
    assert [series.name for series in found] == ["bytes (hint 1000)", "bytes (hint 8)"]
    about = Saying("equals", "bytes", case="hint 9", low=1, high=1)
    found = plot_of([hint_figure(10)], (about,), (near, other("hint 9", 20)))
    assert [series.claimed for series in found] == [None, (1, 1), None], "cases that the claim speaks of come first"


def test_a_scale_begins_at_nothing_unless_figures_lie_close_together() -> None:
    assert scale_of(plot_of([hint_figure(10), hint_figure(100)], ())) == Scale(0, 110, False)
    close = scale_of(plot_of([hint_figure(90), hint_figure(100)], ()))
    assert close == Scale(89, 101, False) and close.share(89) == 0 and close.share(101) == 1
    wide = scale_of(plot_of([hint_figure(1), hint_figure(1000)], ()))
    assert wide is not None and wide.log and wide.share(31.6) == pytest.approx(0.5, abs=0.01)
    assert scale_of([]) is None


@pytest.mark.parametrize(
    ("scale", "binary", "ticks"),
    [
        (Scale(0, 110, False), False, [0, 50, 100]),
        (Scale(0, 40_000, False), True, [0, 16_384, 32_768]),
        (Scale(0.5, 2000, True), False, [1, 10, 100, 1000]),
        (Scale(1.2, 1.5, False), False, [1.2, 1.3, 1.4, 1.5]),
    ],
)
def test_ticks_are_round(scale: Scale, binary: bool, ticks: list[float]) -> None:
    assert ticks_of(scale, binary=binary) == pytest.approx(ticks)
