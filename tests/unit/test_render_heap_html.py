"""The heap's page: self-contained, safe with foreign names, complete in both languages, readable without a script."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections import defaultdict
from importlib.resources import files

import pytest
from heap_samples import (
    DOMINATORS,
    FILLS,
    OWNERS,
    RSS,
    SUSPECTS,
    empty_heap,
    heap,
    heap_tables,
    odd_heap,
    step,
    why,
    why_garbage,
    why_list,
    why_type,
)
from hypothesis import given
from hypothesis import strategies as st
from test_render_html import EVIL, Page, luminance

from goxray.core.heap_result import HeapResult, OwnerPath, WhyPath, WhyResult
from goxray.core.result import Masked
from goxray.render import write
from goxray.render.html import icicle
from goxray.render.options import RenderOptions

WHYS = [why, why_type, why_garbage, why_list]
MAKES = [heap, odd_heap, empty_heap, lambda: heap(paths=[]), *WHYS]


def html_of(result: HeapResult | WhyResult, lang: str = "en") -> str:
    out = io.BytesIO()
    command = "heap" if isinstance(result, HeapResult) else "why"
    write(result, "html", out, RenderOptions(lang="zh" if lang == "zh" else "en"), command)
    return out.getvalue().decode("utf-8")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("make", MAKES)
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
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {a["aria-labelledby"] for _, a in page.elements if "aria-labelledby" in a} <= set(ids)


def test_the_policy_allows_this_script_and_this_style_alone() -> None:
    page = Page(html_of(heap()))
    policy = next(a["content"] for _, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None and policy.startswith("default-src 'none'") and "unsafe" not in policy
    script = next(body for attributes, body in page.scripts if "type" not in attributes)
    assert f"script-src 'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in policy


def test_foreign_names_stay_text() -> None:
    tables = heap_tables(
        owners=[{**OWNERS[0], "owner": EVIL}],
        suspects=[{**SUSPECTS[0], "owner": EVIL, "type": EVIL, "accumulation_owner": EVIL}],
        dominators=[{**DOMINATORS[0], "owner": EVIL, "type": EVIL}],
        rss=[{**RSS[0], "category": EVIL}],
        fills=[{**FILLS[0], "kind": EVIL}],
    )
    page = Page(html_of(heap(tables=tables, notes=[EVIL], paths=[OwnerPath((EVIL, EVIL), 1, 8, 8)])))
    tags = [tag for tag, _ in page.elements]
    assert tags.count("script") == 1 and "img" not in tags
    assert sum(EVIL in text for text in page.texts) >= 8


def test_foreign_names_on_a_path_stay_text() -> None:
    path = WhyPath("global", EVIL, True, (step(16, EVIL, EVIL, EVIL, 8, 8, 8), step(32, EVIL, EVIL, EVIL, 8, 8, 8)))
    page = Page(html_of(why(paths=[path], asked=EVIL, subject_type=EVIL, notes=[EVIL])))
    tags = [tag for tag, _ in page.elements]
    assert tags.count("script") == 1 and "img" not in tags
    assert sum(EVIL in text for text in page.texts) >= 8


def test_a_path_s_page_has_each_step_and_its_cut() -> None:
    texts = "\n".join(Page(html_of(why())).texts)
    assert "More than one reference leads to it" in texts
    for words in (".byUser", "map[string]*main.Session", "0xc00001000300", "466 MiB", "conservative:"):
        assert words in texts
    assert "4,982 more steps" in html_of(why_list(5_000)) and len(html_of(why_list(5_000))) < 60_000


def test_texts_are_there_in_both_languages() -> None:
    page = Page(html_of(odd_heap(), "zh"))
    spoken = [attributes.get("lang") for tag, attributes in page.elements if tag in ("span", "tspan")]
    assert spoken.count("en") == spoken.count("zh") > 60
    for _, attributes in page.elements:
        for name in attributes:
            if name.startswith("data-en-"):
                swapped = name.removeprefix("data-en-")
                assert attributes[swapped] == attributes[f"data-zh-{swapped}"]


def test_what_the_script_needs_is_labelled_for_everyone() -> None:
    page = Page(html_of(odd_heap()))
    for tag, attributes in page.elements:
        if tag == "svg":
            assert "aria-label" in attributes or attributes.get("aria-hidden") == "true" or "role" in attributes
        if tag == "input":
            assert attributes["aria-label"]
    headings = [tag for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert headings.count("h1") == 1 and headings[0] == "h1"
    assert all(int(b[1]) - int(a[1]) <= 1 for a, b in zip(headings, headings[1:], strict=False))


def test_the_whole_message_is_in_the_page() -> None:
    result = odd_heap()
    texts = "\n".join(Page(html_of(result)).texts)
    assert "One main.Store held by main.store keeps 466 MiB (82%) alive." in texts
    assert "goxray why CORE 0xc000010000c0" in texts
    assert "a difference of -3 objects, -192 B" in texts
    for table in ("owners", "types", "dominators", "collections", "duplicates"):
        for row in result.tables[table].to_pylist():
            for name in ("owner", "type", "text"):
                assert (row.get(name) or "-").replace("\x1b", "\\x1b") in texts, (table, name)
    assert "UNVERIFIED" in texts and "UNVERIFIED" not in html_of(heap())
    assert "duplicates" not in html_of(heap()) and "application/json" not in html_of(heap())


def test_how_strings_are_masked_stands_below_them_in_both_languages() -> None:
    told = Masked(("<b>all</b>",), "abcdefgh", False)
    page = html_of(odd_heap(duplicates_masked=told))
    assert "masked by rules &lt;b&gt;all&lt;/b&gt;" in page and "已按规则 &lt;b&gt;all&lt;/b&gt; 脱敏" in page
    assert "masked by rules" not in html_of(odd_heap()) and "masked by rules" not in html_of(
        heap(duplicates_masked=told)
    )


def test_it_is_small() -> None:
    assert len(html_of(heap())) < 120_000
    paths = [
        OwnerPath(tuple(f"main.a{n % 7}.b{n % k}" for k in (3, 5, 11, 400)), 1, 1_000 + n, n) for n in range(9_000)
    ]
    assert len(html_of(heap(paths=paths))) < 700_000


def test_bars_of_the_account_fill_the_whole_and_no_more() -> None:
    drawing = re.search(r'<svg class="divide".*?</svg>', html_of(heap()), re.DOTALL)
    assert drawing is not None
    widths = [float(width) for width in re.findall(r'width="([\d.]+)" height="34"', drawing[0])]
    resident = [row["resident_bytes"] for row in RSS]
    assert sum(widths) == pytest.approx(1200, abs=0.1)
    assert widths == pytest.approx([size / sum(resident) * 1200 for size in resident], abs=0.01)


def test_fill_histograms_are_in_proportion() -> None:
    text = html_of(heap())
    figure = next(f for f in re.findall(r'<figure class="fill">.*?</figure>', text, re.DOTALL) if "slice:" in f)
    heights = [float(h) for h in re.findall(r'class="b-size"[^>]*height="([\d.]+)"', figure)]
    counts = [row["count"] for row in FILLS if row["kind"] == "slice"]
    most = max(heights)
    for height, count in zip(heights, counts, strict=True):
        assert height == pytest.approx(max(count / max(counts) * most, 2.0 if count else 0.0), abs=0.1)


PATHS = st.lists(
    st.tuples(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6), st.integers(0, 10**9)), max_size=40
)


@given(PATHS)
def test_blocks_stand_inside_the_block_above_and_are_as_wide_as_their_bytes(
    content: list[tuple[list[str], int]],
) -> None:
    paths = [OwnerPath(tuple(frames), 1, size, size) for frames, size in content]
    placed = icicle.place(icicle.tree(paths))
    whole = sum(size for _, size in content)
    if not whole:
        assert placed == []
        return
    rows: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for each in placed:
        assert each.width == pytest.approx(each.block.bytes / whole * icicle.WIDTH)
        rows[each.depth].append((each.x, each.x + each.width))
    for depth, spans in rows.items():
        for (_, end), (start, _) in zip(spans, spans[1:], strict=False):
            assert start >= end - 1e-6, "blocks of a row do not overlap"
        for start, end in spans if depth else []:
            assert any(s - 1e-6 <= start and end <= e + 1e-6 for s, e in rows[depth - 1])
    assert all(block.bytes == block.own + sum(b.bytes for b in block.below.values()) for block in walk(placed[0].block))


def walk(block: icicle.Block) -> list[icicle.Block]:
    return [block, *(deeper for below in block.below.values() for deeper in walk(below))]


def test_blocks_too_narrow_to_see_are_gathered() -> None:
    paths = [OwnerPath(("main.big",), 1, 10**9, 0), *(OwnerPath((f"main.m{n}",), 1, 10_000, 0) for n in range(2_000))]
    placed = icicle.place(icicle.tree(paths))
    assert [each.more for each in placed] == [0, 0, 2_000]
    assert placed[-1].block.bytes == 2_000 * 10_000


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_on_blocks_has_contrast(scheme: int) -> None:
    assets = files("goxray.render.html").joinpath("assets")
    colors: dict[str, str] = {}
    for name in ("page.css", "heap.css"):
        style = assets.joinpath(name).read_text()
        light = "".join(re.findall(r"^:root \{(.*?)\}", style, re.DOTALL | re.MULTILINE))
        dark = "".join(re.findall(r"^  :root \{(.*?)\}", style, re.DOTALL | re.MULTILINE))
        for block in (light, dark)[: scheme + 1]:
            colors |= dict(re.findall(r"--(\w[\w-]*): (#[0-9a-fA-F]{6});", block))
    for ground in ("f1", "f2", "f3", "i3", "line"):
        one, other = sorted((luminance(colors["ink"]), luminance(colors[ground])))
        assert (other + 0.05) / (one + 0.05) >= 4.5, ground
