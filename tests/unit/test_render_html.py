"""The page: self-contained, safe with foreign names, complete in both languages, readable without a script."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render_samples import classic_picture, figures, grouped, nothing, single, swiss_picture, table_of

from goxray.core.result import KeySample, MapsResult
from goxray.render import write
from goxray.render.html import picture, treemap
from goxray.render.html.page import write_page
from goxray.render.options import RenderOptions
from goxray.render.rows import rows_of

VOID = {"meta", "link", "br", "hr", "img", "input"}
EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>&amp;{{script}}'


class Page(HTMLParser):
    """Reads a page, and insists that every element is closed where it was opened."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.feed(text.replace("<wbr>", ""))
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), f"an attribute twice in <{tag}>"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1][0] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1][0] == "script":
            self.scripts.append((self.open[-1][1], data))
        elif not self.open or self.open[-1][0] != "style":
            self.texts.append(data)


def html_of(result: MapsResult, lang: str = "en") -> str:
    out = io.BytesIO()
    write(result, "html", out, RenderOptions(lang="zh" if lang == "zh" else "en"))
    return out.getvalue().decode("utf-8")


def many_rows(count: int) -> MapsResult:
    rows = [
        {"count": 1, "kind": "swiss", "owner": f"main.m{at}", "type": "map[int]int", **figures(at, 8 * at, 96 * at, 40)}
        for at in range(1, count + 1)
    ]
    return grouped(table=table_of("owner", rows), rows_total=count)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("make", [grouped, lambda: single(verified_maps=3), nothing, lambda: many_rows(300)])
def test_it_is_well_formed_and_loads_nothing(make: object, lang: str) -> None:
    assert callable(make)
    text = html_of(make(), lang)
    page = Page(text)
    for tag, attributes in page.elements:
        assert tag not in {"link", "iframe", "img", "object", "embed", "base", "form"}
        assert not {"src", "srcset", "action", "style", "xlink:href"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("href") or "#").startswith("#")
    assert not re.search(r"url\(|@import|https?://|fetch\(|XMLHttpRequest|innerHTML|eval\(", text)


def test_the_policy_allows_this_script_and_this_style_alone() -> None:
    page = Page(html_of(grouped()))
    policy = next(a["content"] for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None and policy.startswith("default-src 'none'")
    script = next(body for attributes, body in page.scripts if "type" not in attributes)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_foreign_names_stay_text() -> None:
    rows = [{"addr": 1, "kind": "swiss", "type": EVIL, "owner": EVIL, **figures(1, 8, 4096, 48)}]
    result = single(table=table_of("none", rows), notes=[EVIL], pictures=[], keys=[KeySample(1, EVIL, ((EVIL, EVIL),))])
    page = Page(html_of(result))
    plain = Page(html_of(single(table=table_of("none", [{**rows[0], "type": "t", "owner": "o"}]), pictures=[])))
    assert [tag for tag, _ in page.elements].count("script") == [tag for tag, _ in plain.elements].count("script")
    assert "img" not in [tag for tag, _ in page.elements]
    assert page.texts.count(EVIL) >= 5


def test_ids_are_there_once_and_every_link_arrives() -> None:
    out = io.BytesIO()
    write_page([grouped(), single(), grouped()], out, RenderOptions())
    page = Page(out.getvalue().decode())
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.elements:
        for name in ("href", "aria-labelledby"):
            target = attributes.get(name)
            assert target is None or target.removeprefix("#") in ids


def test_texts_are_there_in_both_languages() -> None:
    page = Page(html_of(single(), "zh"))
    spoken = [attributes.get("lang") for tag, attributes in page.elements if tag in ("span", "tspan")]
    assert spoken.count("en") == spoken.count("zh") > 30
    root = next(attributes for tag, attributes in page.elements if tag == "html")
    assert root["lang"] == "zh"
    for _, attributes in page.elements:
        for name in attributes:
            if name.startswith("data-en-"):
                swapped = name.removeprefix("data-en-")
                assert attributes[swapped] == attributes[f"data-zh-{swapped}"]


def test_what_the_script_needs_is_labelled_for_everyone() -> None:
    page = Page(html_of(grouped()))
    for tag, attributes in page.elements:
        if tag == "svg":
            assert "aria-label" in attributes or attributes.get("aria-hidden") == "true" or "role" in attributes
        if tag == "input":
            assert attributes["aria-label"]
    heads = [attributes for tag, attributes in page.elements if tag == "th" and "aria-sort" in attributes]
    assert len(heads) >= 10 and all(head["scope"] == "col" for head in heads)
    headings = [tag for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert headings.count("h1") == 1 and headings[0] == "h1"
    assert all(int(b[1]) - int(a[1]) <= 1 for a, b in zip(headings, headings[1:], strict=False))


def test_every_row_and_the_whole_message_is_in_the_page() -> None:
    result = grouped()
    texts = "\n".join(Page(html_of(result)).texts)
    for row in rows_of(result):
        assert row.owner in texts and row.type in texts
    assert "main.store.byToken keeps 258 MiB in a map that holds 5% of what it could" in texts
    assert "The 14 rows after these are not in this file" in texts
    assert "UNVERIFIED" in html_of(single()) and "UNVERIFIED" not in html_of(result)


def test_it_is_small() -> None:
    assert len(html_of(grouped(pictures=[]))) < 60_000
    assert len(html_of(grouped(pictures=[swiss_picture()]))) < 200_000


@given(st.lists(st.floats(1, 1e9), min_size=1, max_size=60), st.floats(50, 2000), st.floats(50, 2000))
def test_tiles_fill_the_box_in_proportion(areas: list[float], width: float, height: float) -> None:
    areas = sorted(areas, reverse=True)
    boxes = treemap.squarify(areas, treemap.Box(0, 0, width, height))
    scale = width * height / sum(areas)
    for area, box in zip(areas, boxes, strict=True):
        assert box.width * box.height == pytest.approx(area * scale, rel=1e-6)
        assert box.x >= -1e-6 and box.y >= -1e-6
        assert box.x + box.width <= width * (1 + 1e-6) and box.y + box.height <= height * (1 + 1e-6)
    for at, one in enumerate(boxes):
        for other in boxes[at + 1 :]:
            across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
            down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
            assert across <= width * 1e-6 or down <= height * 1e-6


def test_equal_tiles_come_out_nearly_square() -> None:
    boxes = treemap.squarify([1.0] * 12, treemap.Box(0, 0, 400, 300))
    assert max(max(box.width / box.height, box.height / box.width) for box in boxes) < 1.5


def test_tiles_add_up_to_all_maps() -> None:
    result = many_rows(200)
    result.totals = type(result.totals)(200, 1, 1, sum(row.bytes for row in rows_of(result)), 0)
    tiles = treemap.tiles_of(result, rows_of(result))
    assert len(tiles) == treemap.MOST_TILES + 1
    assert sum(tile.bytes for tile in tiles) == result.totals.bytes
    assert tiles[-1].more == 200 - treemap.MOST_TILES


def test_maps_of_one_owner_share_a_tile() -> None:
    rows = [
        {"addr": at, "kind": "swiss", "owner": "main.a" if at % 2 else "main.b", **figures(2, 8, 100 * at, 40)}
        for at in range(1, 7)
    ]
    result = single(table=table_of("none", rows), rows_total=6)
    tiles = treemap.tiles_of(result, rows_of(result))
    assert [(tile.name, tile.bytes, tile.load) for tile in tiles[:2]] == [("main.b", 1200, 0.25), ("main.a", 900, 0.25)]


@pytest.mark.parametrize("cells", [1, 8, 100, 1000, 4096, 20_000])
def test_pictures_fit_and_have_a_cell_for_each_group(cells: int) -> None:
    drawn = picture.draw(
        type(swiss_picture())(1, "swiss", "t", "o", 1, tuple(float(at % 9) for at in range(cells)), (1.0,) * cells),
        "en",
    )
    Page(drawn)
    view = re.search(r'viewBox="0 0 (\d+) (\d+)"', drawn)
    assert view is not None and int(view[1]) <= picture.WIDTH and int(view[2]) <= 400
    filled = "".join(re.findall(r'class="f\d" d="([^"]*)"', drawn.split("</svg>")[0]))
    assert filled.count("M") == cells
    values = json.loads(re.findall(r'<script type="application/json">(.*?)</script>', drawn)[0])
    assert len(values["full"]) == len(values["tombstones"]) == cells


def test_levels_show_overflow_and_never_hide_a_trace() -> None:
    assert [picture.level(full) for full in (0.0, 0.01, 0.5, 1.4, 7.6, 8.0, 8.1, 20.0)] == [0, 1, 1, 1, 8, 8, 9, 9]
    drawn = picture.draw(classic_picture(), "en")
    assert 'class="f9"' in drawn and "overflow buckets" in drawn
    assert 'class="f9"' not in picture.draw(swiss_picture(), "en")


def luminance(color: str) -> float:
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_has_contrast(scheme: int) -> None:
    style = files("goxray.render.html").joinpath("assets", "page.css").read_text()
    block = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[scheme]
    colors = dict(re.findall(r"--(\w[\w-]*): (#[0-9a-fA-F]{6});", block))
    pairs = [("ink", "paper"), ("ink", "sheet"), ("quiet", "sheet"), ("quiet", "paper"), ("accent", "sheet")]
    pairs += [(f"t{at}", f"l{at}") for at in "01234x"] + [("warn", "warn-paper"), ("warn", "sheet")]
    for text, ground in pairs:
        one, other = sorted((luminance(colors[text]), luminance(colors[ground])))
        assert (other + 0.05) / (one + 0.05) >= 4.5, f"{text} on {ground}"
