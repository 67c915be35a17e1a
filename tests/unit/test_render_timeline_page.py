"""The page of all timeline commands: self-contained, complete without a script, its data exact, nothing cut off."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from test_render_html import EVIL, Page, luminance
from timeline_samples import MAKERS, MIB, Drawn, long_run, one, two

from goxray.core.timeline_result import Interval, Moment, Series, Timeline, TimelineFinding
from goxray.render import write
from goxray.render.html import timeline_data, timeline_still
from goxray.render.options import RenderOptions
from goxray.render.timeline_axis import axis_of


def html_of(result: Drawn, lang: Any = "en") -> str:
    out = io.BytesIO()
    write(result, "html", out, RenderOptions(lang=lang), "timeline")
    return out.getvalue().decode("utf-8")


def data_of(text: str) -> dict[str, Any]:
    scripts = [body for attributes, body in Page(text).scripts if attributes.get("type") == "application/json"]
    assert len(scripts) == 1
    told = json.loads(scripts[0])
    assert isinstance(told, dict)
    return told


def numbers(text: str, kind: str) -> Any:
    return np.frombuffer(base64.b64decode(text), kind)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", MAKERS)
def test_it_is_well_formed_and_loads_nothing(name: str, lang: str) -> None:
    text = html_of(MAKERS[name](), lang)
    page = Page(text)
    for tag, attributes in page.elements:
        assert tag not in {"link", "iframe", "img", "object", "embed", "base", "form"}
        assert not {"src", "srcset", "action", "style", "xlink:href"} & set(attributes)
        assert not [each for each in attributes if each.startswith("on")]
        assert (attributes.get("href") or "#").startswith("#")
    assert not re.search(r"url\(|@import|https?://|fetch\(|XMLHttpRequest|innerHTML|eval\(", text)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_the_policy_allows_this_script_and_this_style_alone() -> None:
    page = Page(html_of(one()))
    policy = next(a["content"] for _, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    script = next(body for attributes, body in page.scripts if "type" not in attributes)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy is not None and f"script-src 'sha256-{digest}'" in policy and "unsafe" not in policy


def test_foreign_names_stay_text() -> None:
    timeline = Timeline(
        EVIL, "first record", notes=(EVIL,),
        series=(Series("rss", "bytes", "proc", np.array([0.0, 1.0]), np.array([1.0, 2.0])),),
        intervals=(Interval("map", EVIL, 0, 1, "maps", {"owner": EVIL, EVIL: EVIL}),),
        moments=(Moment(EVIL, EVIL, 0.5, "uprobes"),), findings=(TimelineFinding(EVIL, "note", 0, 1, {EVIL: 1.0}),),
    )  # fmt: skip
    page = Page(html_of(Drawn((timeline,))))
    plain = Page(html_of(Drawn((replace(timeline, process="p", notes=("n",)),))))
    assert [tag for tag, _ in page.elements].count("script") == [tag for tag, _ in plain.elements].count("script") == 2
    assert "img" not in [tag for tag, _ in page.elements]
    assert page.texts.count(EVIL) >= 6


def test_the_data_is_what_the_timeline_has() -> None:
    timeline = one().timelines[0]
    told = data_of(html_of(one()))
    live = next(each for each in told["series"] if each["name"]["en"] == "live heap")
    series = next(each for each in timeline.series if each.name == "heap_live")
    t = told["start"] + numbers(live["t"], "<u4") * (told["end"] - told["start"]) / (2**32 - 1)
    assert np.abs(t - series.t_s).max() < 1e-8  # 12 s in steps of 2^-32
    np.testing.assert_allclose(numbers(live["v"], "<f4"), series.values, rtol=1e-7)
    cycles = next(each for each in told["groups"] if each["name"] == "cycle")
    intervals = [each for each in timeline.intervals if each.name == "cycle"]
    assert numbers(cycles["t"], "<f8").tolist() == [each.start_s for each in intervals]
    np.testing.assert_allclose(
        numbers(cycles["d"], "<f4"), [each.end_s - each.start_s for each in intervals], rtol=1e-6
    )
    columns = {name: values for name, _, values in cycles["columns"]}
    assert columns["n"] == [each.detail["n"] for each in intervals]
    assert {name: unit for name, unit, _ in cycles["columns"]}["heap_live"] == "bytes"
    assert told["unix"] == timeline.zero_unix_s


def test_a_second_process_stands_where_its_wall_clock_says() -> None:
    told = data_of(html_of(two()))
    rows = sorted({each["row"] for each in told["series"] if each["name"]["en"] == "live heap"})
    starts = [
        told["start"] + numbers(each["t"], "<u4")[0] * (told["end"] - told["start"]) / (2**32 - 1)
        for each in told["series"] if each["name"]["en"] == "live heap"
    ]  # fmt: skip
    assert len(rows) == 2 and starts == pytest.approx([0.0, 3.0], abs=1e-6)


def test_all_rows_are_there_and_the_script_can_find_them() -> None:
    text = html_of(one())
    rows = re.findall(r'data-row="(\d+)" data-kind="(\w+)"', text)
    assert [kind for _, kind in rows] == ["findings", "plot", "strip", "strip", *["lane"] * 7]
    assert [int(at) for at, _ in rows] == list(range(len(rows)))
    told = data_of(text)
    plotted = [each for each in told["series"] if each["row"] == 1]
    legend = re.findall(r'aria-pressed="(true|false)"><svg class="swatch"', text)
    assert [each["on"] for each in plotted] == [pressed == "true" for pressed in legend]


def test_it_is_complete_without_a_script() -> None:
    text = html_of(one())
    page = Page(text)
    timeline = one().timelines[0]
    words = "\n".join(page.texts)
    assert "77 collections in 11.9 s" in words
    assert text.count('class="tl-still"') >= 12 and 'class="line c-live"' in text and 'class="area a-live"' in text
    assert words.count("cycle") and "main.cache.byUser" in words
    cells = re.findall(r"<tr><td class=\"n\">([\d,]+)(?: \(.*?\))?</td>", text)
    assert [int(each.replace(",", "")) for each in cells] == list(range(1, 78))
    for series in timeline.series:
        assert f"<td>{series.source}</td>" in text
    assert "2 lines were set aside" in words


def test_pauses_are_sticks_and_a_single_point_is_a_dot() -> None:
    text = html_of(one())
    pauses = next(each for each in one().timelines[0].series if each.name == "pause_ms")
    path = re.findall(r'class="line c-o\d" d="((?:M[\d.]+ 100V[\d.]+)+)"', text)
    assert len(path) == 1 and path[0].count("M") == len(pauses.t_s)
    assert [each["stick"] for each in data_of(text)["series"] if each["name"]["en"] == "pause"] == [True]
    point = Series("heap_live", "bytes", "profile", np.array([0.5]), np.array([1.0]))
    still = html_of(Drawn((Timeline("p", "first record", series=(point,), moments=one().timelines[0].moments),)))
    assert re.search(r'class="line c-live" d="M[\d.-]+ [\d.]+h6"', still)


def test_findings_link_to_their_place_on_the_axis() -> None:
    links = re.findall(r'href="#t=([-\d.e+]+),([-\d.e+]+)"', html_of(one()))
    places = [(float(low), float(high)) for low, high in links]
    assert places[0][0] < 7.2 < places[0][1] and places[0][1] - places[0][0] < 1
    assert places[1] == pytest.approx((3.6 - 0.36, 6.0 + 0.36))
    shifted = re.findall(r'href="#t=([-\d.e+]+),', html_of(Drawn(tuple(reversed(two().timelines)))))
    assert len(shifted) == 2


def test_findings_are_dated_on_the_axis_of_the_page() -> None:
    """The second process began three seconds later: its finding's seconds are those of the axis, like its link."""
    first, later = two().timelines
    found = replace(later, findings=(TimelineFinding("r", "note", 1.0, 2.0),))
    assert "4.000 s to 5.000 s" in html_of(Drawn((replace(first, findings=()), found)))
    far = replace(found, zero_unix_s=(first.zero_unix_s or 0) + 900)
    text = html_of(Drawn((replace(first, findings=()), far)))
    assert "1.000 s to 2.000 s" in text and "ran far from each other in time" in text


def test_a_finding_about_the_time_after_the_records_can_be_followed() -> None:
    timeline = replace(one().timelines[0], findings=(TimelineFinding("r", "note", 500.0, 900.0),))
    low, high = re.findall(r'href="#t=([-\d.e+]+),([-\d.e+]+)"', html_of(Drawn((timeline,))))[0]
    assert float(low) < float(high) <= 12.1


def test_a_long_run_fits_and_keeps_its_spike() -> None:
    text = html_of(long_run())
    assert len(text) < 4_000_000
    told = data_of(text)
    live = next(each for each in told["series"] if each["name"]["en"] == "live heap")
    assert len(numbers(live["v"], "<f4")) == 100_000 and numbers(live["v"], "<f4").max() == 900 * MIB
    groups = [each for each in told["groups"] if each["name"] == "cycle"]
    assert len(numbers(groups[0]["t"], "<f8")) <= timeline_data.MOST_EVENTS
    assert "There is more than a page can hold" in text and "There is more" not in html_of(one())
    assert "The 21,000 rows after these" in text
    path = re.findall(r'class="line c-live" d="([^"]*)"', text)[0]
    assert len(path) < 60_000  # drawn from 100,000 points
    tops = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", path)]
    assert min(tops) < 45 < sorted(tops)[5]  # the spike: 900 of 1536 MiB, all else at 100


def test_what_overlaps_stands_below_each_other() -> None:
    intervals = tuple(Interval("map", f"w{n}", float(n), n + 2.5, "maps", {"owner": "m"}) for n in range(6))
    text = html_of(Drawn((Timeline("p", "first record", intervals=intervals),)))
    assert 'class="tl-row k-lane d3"' in text
    groups = data_of(text)["groups"]
    assert [each["levels"] for each in groups] == [[], [1], [2], [], [1], [2]]


def test_many_maps_and_processes_are_counted_not_dropped_silently() -> None:
    moments = tuple(Moment("map", "map grow", float(n), "uprobes", {"owner": f"main.m{n}"}) for n in range(15))
    text = html_of(Drawn(tuple(Timeline(f"p{n}", "first record", moments=moments) for n in range(26))))
    assert text.count('data-kind="lane"') == 24 * 12
    assert "3 more maps have events" in text and "2 more processes are not drawn" in text
    assert "Nothing tells how the clocks of these processes lie to each other" in text


@pytest.mark.parametrize(
    ("highest", "unit", "top", "steps"),
    [
        (100 * MIB, "bytes", 128 * MIB, 4),
        (5 * MIB, "bytes", 5 * MIB, 5),
        (0.0, "bytes", 1.0, 1),
        (97.0, "percent", 100.0, 5),
        (3.0, "percent", 3.0, 3),
        (0.2, "ms", 0.2, 4),
        (7.0, "count", 8.0, 4),
    ],
)
def test_scales_end_at_round_values(highest: float, unit: str, top: float, steps: int) -> None:
    assert timeline_still.nice_top(highest, unit) == (pytest.approx(top), steps)


@pytest.mark.parametrize(
    ("start", "end", "labels"),
    [
        (0.0, 12.0, ["0 s", "2 s", "4 s", "6 s", "8 s", "10 s", "12 s"]),
        (0.0, 0.4, ["0.00 s", "0.05 s", "0.10 s", "0.15 s", "0.20 s", "0.25 s", "0.30 s", "0.35 s", "0.40 s"]),
        (0.0, 600.0, ["0 min", "2 min", "4 min", "6 min", "8 min", "10 min"]),
        (-1.0, 7.0, ["-1 s", "0 s", "1 s", "2 s", "3 s", "4 s", "5 s", "6 s", "7 s"]),
        (0.0, 86_400.0, ["0 h", "4 h", "8 h", "12 h", "16 h", "20 h", "24 h"]),
    ],
)
def test_ticks_are_round(start: float, end: float, labels: list[str]) -> None:
    axis = replace(axis_of(()), start_s=start, end_s=end)
    assert [label for _, label in timeline_still.ticks(axis)] == labels


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_lines_can_be_told_from_the_ground(scheme: int) -> None:
    from importlib.resources import files

    assets = files("goxray.render.html").joinpath("assets")

    def block(name: str) -> str:
        return re.findall(r":root \{(.*?)\}", assets.joinpath(name).read_text(), re.DOTALL)[scheme]

    ground = dict(re.findall(r"--(\w+): (#\w{6});", block("page.css")))["paper"]
    colors = dict(re.findall(r"--(tl-[\w-]+): (#\w{6});", block("timeline.css")))
    assert len(colors) == 26
    for name, color in colors.items():
        low, high = sorted((luminance(color), luminance(ground)))
        if name != "tl-grid":
            assert (high + 0.05) / (low + 0.05) >= (2.4 if name in ("tl-warning",) else 3), name
