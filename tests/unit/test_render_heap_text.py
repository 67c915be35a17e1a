"""``heap`` and ``why`` for people: they fit, they say what they mean, and foreign names do nothing to the terminal."""

from __future__ import annotations

import re
from typing import Any

import pytest
from heap_samples import (
    COLLECTIONS,
    FILLS,
    GLOBAL_PATH,
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
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from goxray.core.heap_result import HeapResult, OwnerPath, Reconcile, WhyPath, WhyResult
from goxray.heap.rss import CATEGORIES
from goxray.render import why_story
from goxray.render.heap_rows import joined
from goxray.render.heap_story import category
from goxray.render.heap_tables import stairs
from goxray.render.options import RenderOptions
from goxray.render.safe import printable
from goxray.render.text_heap import render_heap
from goxray.render.text_why import render_why

ANSI = re.compile(r"\x1b\[[0-9;]*m")
HEAPS = [heap, odd_heap, empty_heap]
WHYS = [why, why_type, why_garbage, why_list, lambda: why(objects=0, paths=[], asked="main.Nothing")]


def shown(result: HeapResult | WhyResult, **options: Any) -> str:
    if isinstance(result, HeapResult):
        return render_heap(result, RenderOptions(**options))
    return render_why(result, RenderOptions(**options))


def flat(result: HeapResult | WhyResult, **options: Any) -> str:
    return " ".join(shown(result, width=200, **options).split())


def row_of(text: str, *words: str) -> str:
    return next(line for line in text.splitlines() if all(word in line for word in words))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [*range(60, 200, 11), 80, 140])
@pytest.mark.parametrize("make", [*HEAPS, *WHYS])
def test_no_line_is_wider_than_the_terminal(make: Any, width: int, lang: str) -> None:
    for ascii_only in (False, True):
        text = shown(make(), width=width, lang=lang, ascii_only=ascii_only)
        assert max(cell_len(line) for line in text.splitlines()) <= width


@pytest.mark.parametrize("make", [*HEAPS, *WHYS])
def test_colour_changes_nothing_but_colour(make: Any) -> None:
    colored = shown(make(), width=100, color=True)
    assert "\x1b[" in colored
    plain = ANSI.sub("", colored)
    assert [line.rstrip() for line in plain.splitlines()] == shown(make(), width=100).splitlines()


@pytest.mark.parametrize("make", [heap, why, why_list])
def test_the_environment_is_not_looked_at(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [shown(make(), width=90, color=color) for color in (False, True)]
    for name, value in {"NO_COLOR": "1", "FORCE_COLOR": "1", "TERM": "dumb", "COLUMNS": "33"}.items():
        monkeypatch.setenv(name, value)
    assert [shown(make(), width=90, color=color) for color in (False, True)] == before


def test_the_first_line_says_what_was_looked_at() -> None:
    rest = "/srv/shop/bin/sessions · pid 41207 · go1.27.3 linux/amd64 · stopped for"
    assert shown(heap(), width=140).startswith(f"goxray heap · {rest} 42.1 ms\n")
    assert shown(why(), width=140).startswith(f"goxray why · {rest} 31.9 ms\n")


def test_the_story_comes_in_sentences() -> None:
    text = flat(heap())
    assert "The heap holds 578 MiB in 4,112,149 objects. Roots lead to 567 MiB (98%) of it;" in text
    assert "the other 11.0 MiB is garbage that the next collection frees." in text
    assert "Most is held by main.store (458 MiB, 81%) and main.users (80.0 MiB, 14%)." in text
    assert "suspect 1 One main.Store held by main.store keeps 466 MiB (82%) alive." in text
    assert "The memory piles up in main.store.byUser[...]: 1,200,000 objects, mostly *main.Session." in text
    assert "suspect 2 20,800 objects of type [...]uint8 held by main.users[...].Avatar together keep 64.0 MiB" in text
    assert "goxray why 41207 0xc000010000c0 shows what keeps it alive" in text


def test_garbage_is_spoken_of_only_where_there_is_some() -> None:
    counts = Reconcile(10, 1000, 10, 1000, 10, 1000, 1000, 3, 0)
    text = flat(heap(reconcile=counts))
    assert "The heap holds 1000 B in 10 objects, and roots lead to all of them." in text and "garbage" not in text
    assert "Nothing is allocated on the heap." in flat(empty_heap())


def test_the_garbage_s_own_row_holds_nothing_in_the_sentence() -> None:
    rows = [OWNERS[-1], OWNERS[0]]
    result = heap(tables=heap_tables("duplicates", owners=rows), paths=[])
    assert "Most is held by main.store (466 MiB, 82%)." in flat(result)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"accumulation_owner": None}, "No single object below gathers most of it."),
        ({"accumulation_objects": 0, "accumulation_bytes": 480_247_808},
         "It is the map[string]*main.Session in main.store.byUser[...] itself that is large: 458 MiB."),
        ({"accumulation_objects": 1}, "The memory piles up in main.store.byUser[...]: one *main.Session."),
        ({"accumulation_objects": 0, "accumulation_addr": None, "accumulation_type": "[...]*main.item"},
         "The [...]*main.item objects in main.store.byUser[...] themselves take 458 MiB."),
        ({"accumulation_objects": 0, "accumulation_addr": None, "accumulation_type": "? (48 bytes)"},
         "The objects in main.store.byUser[...] themselves take 458 MiB."),
        ({"kind": "owner", "count": 9, "type": "frame at 0x10"}, "main.store: 9 frames together keep 466 MiB"),
        ({"kind": "owner", "count": 1, "type": "frame at 0x10"}, "suspect 1 main.store keeps 466 MiB (82%) alive."),
        ({"accumulation_member_type": None}, "piles up in main.store.byUser[...]: 1,200,000 objects."),
        ({"kind": "owner", "type": "(mixed)", "count": 7}, "7 objects held by main.store together keep 466 MiB"),
        ({"type": None}, "One object held by main.store keeps"),
        ({"type": "? (48 bytes)", "accumulation_objects": 0, "accumulation_type": "? (48 bytes)"},
         "alive. It is the object in main.store.byUser[...] itself that is large: 458 MiB."),
        ({"kind": "owner", "addr": None}, "main.store, a main.Store, keeps 466 MiB (82%) alive."),
        ({"kind": "owner", "addr": None, "type": None}, "suspect 1 main.store keeps 466 MiB (82%) alive."),
        ({"kind": "owner", "addr": None}, "goxray why 41207 0xc00001000300 shows"),
        ({"kind": "owner", "addr": None, "accumulation_addr": None}, "goxray why 41207 main.Store shows"),
    ],
)  # fmt: skip
def test_suspects_are_told_as_they_are(changes: dict[str, Any], words: str) -> None:
    tables = heap_tables("duplicates", suspects=[{**SUSPECTS[0], **changes}])
    assert words in flat(heap(tables=tables))


def test_goroutines_that_run_the_same_function_hold_together() -> None:
    paths = [OwnerPath((f"goroutine {n}: main.serve (stack)", f"goroutine {n}: main.serve (stack).buf"), 1, 100, 100)
             for n in range(5, 9)]  # fmt: skip
    paths += [OwnerPath(("goroutine 1: main.main (stack)",), 1, 300, 300), OwnerPath(("main.x",), 2, 200, 200)]
    assert joined(paths) == [
        OwnerPath(("goroutine *: main.serve (stack)", "goroutine *: main.serve (stack).buf"), 4, 400, 400), *paths[4:]
    ]  # fmt: skip
    counts = Reconcile(7, 900, 7, 900, 7, 900, 900, 3, 0)
    text = flat(heap(paths=paths, reconcile=counts))
    assert "Most is held by goroutine *: main.serve (stack) (400 B, 44%), goroutine 1: main.main (stack)" in text


def test_what_no_command_can_ask_for_is_not_advised() -> None:
    frame = {**SUSPECTS[0], "kind": "owner", "addr": None, "accumulation_addr": None, "type": "frame at 0x6911ec"}
    assert "goxray why" not in flat(heap(tables=heap_tables("duplicates", suspects=[frame])))
    assert "goxray why 41207 0xc000010000c0" in flat(
        heap(tables=heap_tables("duplicates", suspects=[frame, SUSPECTS[0]]))
    )


def test_a_heap_without_suspects_says_so() -> None:
    text = flat(heap(tables=heap_tables("duplicates", suspects=[])))
    assert "suspects none: nothing alone keeps 10% of the heap alive" in text and "goxray why" not in text


def test_the_count_is_reconciled() -> None:
    assert "4,112,149 objects, 578 MiB in the spans; the runtime itself counts the same, to the byte" in flat(heap())
    differ = flat(odd_heap())
    assert "the runtime itself counts 4,112,152 objects, 578 MiB: a difference of -3 objects, -192 B" in differ
    more = flat(heap(reconcile=Reconcile(12, 4096, 10, 2048, 12, 4096, None, 1, 0)))
    assert "a difference of +2 objects, +2.00 KiB" in more
    assert "the runtime's own count could not be read" in flat(empty_heap())
    same_bytes = flat(heap(reconcile=Reconcile(12, 4096, 10, 4096, 12, 4096, None, 1, 0)))
    assert "to the byte" not in same_bytes


def test_conservative_roots_are_admitted() -> None:
    assert "12,345 root pointers, all precise" in flat(heap())
    assert "12,345 root pointers, 345 of them conservative: where no precise map exists" in flat(odd_heap())


def test_one_table_alone_where_asked_for() -> None:
    text = shown(heap(), width=120, table="types")
    assert "By type" in text and "By owner" not in text and "suspect 1" in text
    assert "… and 607 more rows; --limit N shows more" in text


def test_duplicates_are_shown_only_where_they_are_in_the_result() -> None:
    assert "more than once" not in shown(heap(), width=120)
    text = shown(odd_heap(), width=120)
    assert "application/json; charset=utf-8" in row_of(text, "41,200")


def test_faults_notes_and_the_stamp() -> None:
    text = shown(odd_heap(), width=120)
    assert text.startswith("UNVERIFIED")
    assert "0xc00000a00f30  the span's elemsize is 0" in text and "the core ends early" in text


def test_foreign_names_do_nothing_to_a_terminal() -> None:
    text = shown(odd_heap(), width=200)
    assert "\x1b" not in text
    assert 'main.limits["per\\x1b[31mIP"]' in text and "会话\\x1b[2J过期" in text


def test_ascii_terminals_get_ascii() -> None:
    ascii_rows = [row for row in OWNERS if row["owner"].isascii()]
    tables = heap_tables("duplicates", "types", owners=ascii_rows)
    for result in (heap(tables=tables), why(), why_list()):
        text = shown(result, width=80, ascii_only=True)
        assert text.isascii()


def test_a_curve_is_drawn_for_each_kind_with_its_sums() -> None:
    text = shown(heap(), width=140)
    rows = [row for row in FILLS if row["kind"] == "slice"]
    line = row_of(text, "slice", "23.6 MiB")
    curve = re.search(r"slice\s+(\S{20})\s", line)
    assert curve is not None and curve[1].endswith("██") and "·" not in curve[1]
    assert f"{sum(row['count'] for row in rows):,}" in line
    under = sum(row["count"] for row in rows if row["fill_to"] <= 0.5)
    assert under == 970 and "970" in line
    chan = row_of(text, "chan ", "12.0 KiB")
    assert "▄▄················██" in chan


def test_collections_show_how_full_they_are() -> None:
    text = shown(heap(), width=160)
    for row in COLLECTIONS:
        assert row["type"] in row_of(text, row["owner"], row["kind"])
    assert "29%" in row_of(text, "main.store.byUser", "map ", "50.0 MiB")


def test_the_account_adds_up() -> None:
    text = shown(heap(), width=140)
    total = row_of(text, "all of it")
    resident = sum(row["resident_bytes"] for row in RSS)
    assert resident == 687_865_856 and "656 MiB" in total and "883 MiB" in total
    lines = text[text.index("Where the process's memory goes") :].splitlines()[2:]
    bars = [line.count("█") for line in lines]
    assert bars[-1] == max(bars) and sum(bars[:-1]) == bars[-1]


def test_a_limit_on_the_account_is_not_taken_for_the_whole() -> None:
    result = heap(tables=heap_tables("duplicates", rss=RSS[:3]))
    text = shown(result, width=140)
    assert "all of it" not in text and "626 MiB" in row_of(text, "the rows above")
    assert f"… and {len(RSS) - 3} more rows" in text
    result.rows_total["rss"] = 3
    assert "all of it" in shown(result, width=140)


def test_a_core_s_account_has_no_resident_column_and_draws_no_returned_pages() -> None:
    text = shown(odd_heap(), width=140)
    account = text[text.index("Where the process's memory goes") :]
    assert "RESIDENT" not in account
    assert "█" not in row_of(account, "returned to the OS") and "200 MiB" in row_of(account, "returned to the OS")


@given(st.lists(st.integers(0, 2**50), max_size=12), st.integers(1, 60))
def test_stairs_are_as_long_as_their_width_together(sizes: list[int], width: int) -> None:
    bars = stairs(sizes, width, "#")
    assert sum(bar.count("#") for bar in bars) == (width if sum(sizes) else 0)
    assert all(len(bar) <= width for bar in bars)
    for size, bar in zip(sizes, bars, strict=True):
        assert (bar.strip() == "") == (size == 0)


def test_every_category_of_the_account_has_a_chinese_name() -> None:
    assert [name for name in CATEGORIES if category(name, "zh") == name] == []
    assert [name for name in CATEGORIES if category(name, "en") != name] == []
    assert category("of\x07 tomorrow", "zh") == "of\\x07 tomorrow"


def test_a_path_is_a_chain_of_expressions() -> None:
    lines = shown(why(), width=120).splitlines()
    start = next(at for at, line in enumerate(lines) if "way 1 of 2" in line)
    chain = lines[start + 2 : start + 6]
    assert lines[start] == "way 1 of 2  global main.store"
    assert [line.split()[2] for line in chain] == ["main.store", "└", "└", "└"]
    assert [line.index("└") for line in chain[1:]] == [12, 14, 16]
    assert "466 MiB" in chain[0] and chain[0].endswith("cut here frees 466 MiB")
    assert "main.Session 0xc00001234580" in chain[3] and "cut here" not in chain[3]


def test_conservative_roots_are_marked_on_their_path() -> None:
    text = shown(why(), width=120)
    assert text.count("conservative: this word looks like a pointer") == 1
    assert text.index("goroutine 18") < text.index("conservative:")


def test_whether_one_cut_frees_the_object_is_said() -> None:
    assert "More than one reference leads to it" in flat(why())
    last = GLOBAL_PATH.steps[-1]
    freed = step(last.addr, last.type, last.expr, last.via, 112, 336, 336, 3)
    path = WhyPath("global", "main.store", False, (*GLOBAL_PATH.steps[:-1], freed))
    assert "Cutting one reference frees it: main.store.byUser[...] (frees 336 B)." in flat(why(paths=[path]))


def test_garbage_and_nothing_are_explained() -> None:
    assert "Nothing leads to it from any root: it is garbage, and the next collection frees it." in flat(why_garbage())
    many = why_garbage(subject_addr=None, objects=12)
    assert "12 objects of type main.Session" in flat(many) and "they are garbage" in flat(many)
    assert "Nothing on the heap matches main.Nothing." in flat(why(objects=0, paths=[], asked="main.Nothing"))
    assert "It is reachable, but no path to it was found." in flat(why(paths=[]))


def test_many_objects_of_a_type_are_summed_up() -> None:
    text = flat(why_type())
    assert "1,200,000 objects of type main.Session take 128 MiB and keep 385 MiB alive." in text
    assert "The shortest ways to them:" in text


def test_a_long_path_is_folded_in_its_middle() -> None:
    text = shown(why_list(5_000), width=100)
    assert "(4,982 more steps)" in text and len(text.splitlines()) < 30
    assert "0xc00000013870" in text


def test_cuts_that_matter_are_the_first_the_last_and_the_drops_between() -> None:
    def marked(*freed: int) -> set[int]:
        return why_story.marked([step(16, "T", "x", ".x", 8, 8, size) for size in freed])

    assert marked(0, 0) == set()
    assert marked(100) == {0}
    assert marked(100, 99, 98, 97) == {0, 3}
    assert marked(1000, 990, 100, 90, 0) == {0, 1, 3}
    assert marked(0, 64, 32, 16) == {1, 2, 3}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.text(max_size=80), st.integers(0, 2**45), st.integers(0, 2**40)), max_size=6),
    st.integers(60, 220),
)
def test_whatever_the_rows_hold_it_fits(content: list[tuple[str, int, int]], width: int) -> None:
    owners = [{**OWNERS[0], "owner": printable(name), "bytes": size, "objects": count} for name, size, count in content]
    suspects = [{**SUSPECTS[0], "owner": printable(name), "type": printable(name)} for name, _, _ in content]
    text = shown(heap(tables=heap_tables("duplicates", owners=owners, suspects=suspects)), width=width)
    assert max(cell_len(line) for line in text.splitlines()) <= width


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=60), st.text(max_size=60)), min_size=1, max_size=30), st.integers(60, 220))
def test_whatever_a_path_holds_it_fits(content: list[tuple[str, str]], width: int) -> None:
    steps = tuple(step(16, printable(kind), printable(via), printable(via), 8, 2**40, 2**40) for kind, via in content)
    text = shown(why(paths=[WhyPath("global", "main.x", True, steps)]), width=width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
