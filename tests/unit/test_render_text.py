"""The table for people: it fits, it says what it means, and foreign names do nothing to the terminal."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from render_samples import figures, grouped, grouped_rows, nothing, single, table_of
from rich.cells import cell_len

from goxray.core.result import Fault, HeapTotals, MapsResult, MapTotals
from goxray.render.columns import bar
from goxray.render.elide import elide_middle
from goxray.render.options import RenderOptions
from goxray.render.safe import printable
from goxray.render.text import render_table

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def shown(result: MapsResult, **options: Any) -> str:
    return render_table(result, RenderOptions(**options))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [*range(60, 200, 7), 80, 140])
@pytest.mark.parametrize("make", [grouped, lambda: single(verified_maps=3), nothing])
def test_no_line_is_wider_than_the_terminal(make: Any, width: int, lang: str) -> None:
    for ascii_only in (False, True):
        text = shown(make(), width=width, lang=lang, ascii_only=ascii_only)
        assert max(cell_len(line) for line in text.splitlines()) <= width


@pytest.mark.parametrize("width", [80, 100, 140])
def test_essential_columns_stay_at_eighty(width: int) -> None:
    text = shown(grouped(), width=width)
    header = next(line for line in text.splitlines() if "OWNER" in line)
    assert {"WASTED", "BYTES", "LOAD", "ENTRIES", "MAPS", "OWNER"} <= set(header.split())
    assert "main.users[...].Tags" in text and "net/http.DefaultServeMux.m" in text


def test_a_wide_terminal_shows_every_column_and_whole_names() -> None:
    text = shown(grouped(), width=320)
    header = next(line for line in text.splitlines() if "OWNER" in line)
    assert {"SLOTS", "TOMBS", "REBUILT", "INDIRECT", "TYPE", "FOUND", "MIN/MED/MAX"} <= set(header.split())
    for row in grouped_rows():
        assert row["owner"] in text and row["type"] in text
    assert "2,000,000" in text and "2,097,152" in text


def test_colour_changes_nothing_but_colour() -> None:
    colored = shown(grouped(), width=100, color=True)
    assert "\x1b[" in colored
    plain = ANSI.sub("", colored)
    assert [line.rstrip() for line in plain.splitlines()] == shown(grouped(), width=100).splitlines()


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"FORCE_COLOR": "1"}, {"TERM": "dumb"}, {"COLUMNS": "33"}])
def test_the_environment_is_not_looked_at(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    before = [shown(grouped(), width=90, color=color) for color in (False, True)]
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert [shown(grouped(), width=90, color=color) for color in (False, True)] == before


def test_the_first_line_says_what_was_looked_at() -> None:
    first = shown(grouped(), width=140).splitlines()[0]
    assert first == "goxray maps · /srv/shop/bin/sessions · pid 41207 · go1.27.3 linux/amd64 · stopped for 42.1 ms"
    racy = shown(grouped(consistency="racy", freeze_ms=0.0), width=140).splitlines()[0]
    assert racy.endswith("racy: read while it ran")
    assert shown(grouped(), width=80).splitlines()[0].startswith("goxray maps · sessions · ")


def test_one_owner_is_named_and_its_figures_added() -> None:
    text = " ".join(shown(grouped(), width=200).split())
    assert "main.store.byToken keeps 258 MiB in a map that holds 5% of what it could" in text
    assert "rebuilding it would give back about 245 MiB. That is 80% of what all 2,000,075 maps waste." in text


def test_several_owners_are_marked_and_summed() -> None:
    rows = [
        {"count": 2, "kind": "swiss", "owner": f"main.m{at}", **figures(100, 2000, 3 << 20, 1 << 20)} for at in range(4)
    ]
    rows.append({"count": 1, "kind": "swiss", "owner": "main.full", **figures(7, 8, 400, 400)})
    totals = MapTotals(9, 407, 8008, sum(row["bytes"] for row in rows), 8 << 20)
    text = shown(grouped(table=table_of("owner", rows), totals=totals, rows_total=5), width=200)
    assert "These 4 owners keep 12.0 MiB in maps that hold 5% of what they could" in text
    assert "would give back about 8.00 MiB.\n" in text
    marked = [line for line in text.splitlines() if line.startswith("▸")]
    assert len(marked) == 4 and all("main.m" in line for line in marked)


@pytest.mark.parametrize(
    ("group", "words"),
    [("type", "Maps of type map[main.token]main.session keep 258 MiB"), ("owner", "main.store.byToken keeps 258 MiB")],
)
def test_the_sentence_speaks_of_what_is_grouped(group: str, words: str) -> None:
    assert words in shown(grouped(group=group), width=200)


def test_fitting_maps_are_left_alone() -> None:
    text = shown(grouped(totals=MapTotals(90, 500, 700, 1 << 20, 100)), width=120)
    assert "rebuilding them would give back next to nothing (100 B)" in text
    assert not any(line.startswith("▸") for line in text.splitlines())


def test_waste_in_rows_that_are_not_shown_is_not_passed_over() -> None:
    text = shown(grouped(table=table_of("owner", []), rows_total=4), width=200)
    assert "305 MiB of it wasted in rows that are not shown; --sort wasted puts them first." in text


def test_the_live_heap_is_reconciled() -> None:
    equal = shown(grouped(), width=200)
    assert "1.12 GiB counted from the spans, 1.12 GiB by the runtime's own figures, difference 0 B" in equal
    assert "maps take 73% of it" in equal
    assert "difference +390 KiB (2%)" in shown(single(), width=200)
    less = shown(grouped(heap=HeapTotals(1_000_000, 1_002_048)), width=200)
    assert "difference -2.00 KiB (<1%)" in less
    assert "could not be read" in shown(nothing(), width=200)


def test_rows_that_do_not_agree_with_their_header_are_marked() -> None:
    text = shown(grouped(), width=140)
    assert "5!" in text and "! the header's count and the full slots differ" in text
    agreeing = grouped(table=table_of("owner", grouped_rows()[:4]))
    assert "!" not in shown(agreeing, width=140)


def test_an_unverified_result_says_so_before_all_else() -> None:
    for lang in ("en", "zh"):
        assert shown(single(), width=120, lang=lang).startswith("UNVERIFIED")
    assert "UNVERIFIED" not in shown(grouped(), width=120)


def test_faults_beyond_ten_are_counted() -> None:
    faults = [Fault(at, f"broken {at}", violation=True) for at in range(1, 26)]
    text = shown(single(faults=faults, verified_maps=25), width=120)
    assert "broken 10" in text and "broken 11" not in text and "… and 15 more" in text
    assert "25 maps checked, see the faults" in text


def test_good_verification_is_said() -> None:
    assert "3 maps checked, all keep every invariant" in shown(single(faults=[], verified_maps=3), width=120)


def test_foreign_names_do_nothing_to_a_terminal() -> None:
    text = shown(single(), width=200)
    assert "\x1b" not in text and "\x07" not in text
    assert 'main.limits["per\\x1b[31mIP"]' in text


def test_ascii_terminals_get_ascii() -> None:
    rows = [row for row in grouped_rows() if row["owner"].isascii() and (row["type"] or "").isascii()]
    text = shown(grouped(table=table_of("owner", rows)), width=80, ascii_only=True)
    assert text.isascii() and "> " in text and "#" in text


@given(st.text(max_size=60), st.integers(1, 50))
def test_elision_fits_and_keeps_both_ends(text: str, width: int) -> None:
    text = printable(text)
    cut = elide_middle(text, width)
    assert cell_len(cut) <= width
    if cell_len(text) <= width:
        assert cut == text
    elif width >= 5 and text.isascii():
        head, tail = cut.split("…", 1) if "…" not in text else (cut[:1], cut[-1:])
        assert text.startswith(head) and text.endswith(tail)
        assert len(cut) == width


@given(st.text(max_size=40))
def test_printable_text_has_no_controls_and_can_be_encoded(text: str) -> None:
    safe = printable(text)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", safe)
    safe.encode("utf-8")
    assert printable(safe) == safe


@given(st.floats(0, 1))
def test_bars_are_as_long_as_the_load(load: float) -> None:
    assert cell_len(bar(load, False)) == len(bar(load, True)) == 6
    assert (bar(load, False).strip() == "") == (load == 0)
    assert abs(bar(load, True).count("#") / 6 - load) <= 1 / 12 + 1e-9


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.text(max_size=80), st.integers(0, 2**45), st.integers(0, 2**40), st.integers(1, 10**9)), max_size=8
    ),
    st.integers(60, 220),
)
def test_whatever_the_rows_hold_it_fits(content: list[tuple[str, int, int, int]], width: int) -> None:
    rows = [
        {
            "count": count,
            "kind": "swiss",
            "type": f"map[string]{owner}",
            "owner": owner,
            **figures(entries, entries + 8, size, size // 3),
        }
        for owner, size, entries, count in content
    ]
    clean = [{**row, "owner": printable(row["owner"]), "type": printable(row["type"])} for row in rows]
    text = shown(grouped(table=table_of("owner", clean), rows_total=len(rows)), width=width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
