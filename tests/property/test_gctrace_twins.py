"""Cycles' lines of every form are read as they were printed, by the kernel and by its twin, and nothing is misread."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goxray import api_gc
from goxray.core import gctrace_result as g
from goxray.timeline.gctrace import kernel, prefix, prefix_kernel, reader, shapes
from goxray.timeline.gctrace.odd import MARK
from tests.harness.gctrace_lines import FORMS, Line, lines

CHECKED = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)

_TALK = st.sampled_from(
    [
        b"served /index.html in 3ms",
        b"2026/11/21 18:00:00 request 12 of 90",
        b"",
        b"panic: gc is fine",
        b"heap: 12 MB of 80 MB, goal 4 P",
        b"\xff\xfe no utf-8 \x00",
        b"50%\r60%\r",
        b"took 12 ms, clocked",
        b"gc of 3 objects",
    ]
)
"""What programs say; none of it is digits alone, which could be a piece of a number."""


def _read(log: bytes, *, compiled: bool) -> reader.Read:
    return reader.read(io.BytesIO(log), compiled=compiled)


def _both(log: bytes) -> reader.Read:
    """Read a log both ways; they say the same."""
    slow, fast = _read(log, compiled=False), _read(log, compiled=True)
    assert slow.rows.tolist() == fast.rows.tolist()
    assert slow.set_aside == fast.set_aside
    assert (slow.lines, slow.bytes, slow.scavenges, slow.pacer) == (fast.lines, fast.bytes, fast.scavenges, fast.pacer)
    return slow


def _cycles(read: reader.Read) -> list[dict[str, Any]]:
    return [g.as_cycle(row) for row in read.rows.tolist()]


@CHECKED
@given(
    lines(),
    st.sampled_from([b"", b"svc-1  | ", b"2026-11-21T18:00:00.1Z stderr F ", b"Nov 21 18:00:00 host app[77]: "]),
)
def test_a_line_says_what_was_printed(line: Line, before: bytes) -> None:
    read = _both(before + line.text() + b"\n")
    assert _cycles(read) == [line.cycle(1, 1)]
    assert shapes.format_gc(read.rows[0].tolist()).encode() == line.text()


@CHECKED
@given(lines(), st.data())
def test_a_changed_line_is_another_line_or_none(line: Line, data: st.DataObject) -> None:
    """Whatever a byte more, less or different makes of a line: it is read only where the runtime prints such a line."""
    text = line.text()
    at = data.draw(st.integers(0, len(text)))
    byte = data.draw(st.sampled_from([b"", b"0", b"1", b"9", b".", b"+", b"/", b" ", b"-", b"P", b"x", b"\n", b"\r"]))
    cut = data.draw(st.integers(0, 2))
    changed = text[:at] + byte + text[at + cut :]
    read = _both(changed + b"\n")
    for row in read.rows.tolist():
        printed = shapes.format_gc(row).encode()
        whole = [part.removesuffix(b"\r") for part in changed.split(b"\n")]
        assert any(part.endswith(printed) for part in whole) or (row[g.JOINED] and printed == text)
        assert not shapes.doubt(row)


def _process(data: st.DataObject, form: str, most: int = 6) -> list[Line]:
    """Draw a process' cycles: numbers in a row, times that grow."""
    at, first = data.draw(st.integers(0, 10**9)), data.draw(st.sampled_from([1, 1, 500]))
    drawn = []
    for n in range(data.draw(st.integers(1, most))):
        drawn.append(data.draw(lines(form, first + n, at)))
        at += data.draw(st.integers(0, 10**9)) + sum(drawn[-1].clock)
    return drawn


@settings(CHECKED, max_examples=100)
@given(st.data(), st.sampled_from(FORMS))
def test_torn_lines_are_read_as_they_were_or_set_aside(data: st.DataObject, form: str) -> None:
    """Other output goes between the writes of a line: what is read was printed, and whole lines are all read."""
    printed = _process(data, form)
    log, whole = b"", []
    for line in printed:
        items = [item.encode() for item in line.items()]
        cut = data.draw(st.integers(0, len(items) - 1))
        talk = data.draw(_TALK) + data.draw(st.sampled_from([b"\n", b"\n", b""]))
        if cut == 0:
            talk = talk if talk.endswith(b"\n") else talk + b"\n"
            whole.append(line)
        log += b"".join(items[:cut]) + talk + b"".join(items[cut:])
    read = _both(log)
    truth = {line.text() for line in printed}
    texts = [shapes.format_gc(row).encode() for row in read.rows.tolist()]
    assert set(texts) <= truth
    assert len(texts) == len(set(texts))
    assert {line.text() for line in whole} <= set(texts) or read.set_aside_total >= len(whole) > 0
    assert len(texts) == len(printed) or read.set_aside_total


@settings(CHECKED, max_examples=80)
@given(st.data())
def test_a_cut_log_says_no_more_than_the_whole(data: st.DataObject) -> None:
    printed = _process(data, data.draw(st.sampled_from(FORMS)))
    log = b"".join(line.text() + b"\n" for line in printed)
    cut = data.draw(st.integers(0, len(log)))
    texts = [row for row in _both(log[:cut]).rows.tolist()]
    for row, line in zip(texts, printed, strict=False):
        expected = line.cycle(row[g.LINE], row[g.PROCESS])
        found = g.as_cycle(row)
        assert found == expected or (found["forced"] is None and {**found, "forced": line.forced} == expected)


@settings(CHECKED, max_examples=80)
@given(st.data(), st.sampled_from(FORMS), st.booleans())
def test_processes_that_go_on_side_by_side_are_told_apart_by_their_names(
    data: st.DataObject, form: str, dated: bool
) -> None:
    """Each process' lines have its container's name before them; they come in any order."""
    processes = [_process(data, form, 5) for _ in range(3)]
    processes = [cycles for cycles in processes if len(cycles) >= 3]  # a name counts from the third time on
    left = [list(cycles) for cycles in processes]
    log = b""
    truth: list[tuple[int, int]] = []
    while any(left):
        which = data.draw(st.sampled_from([i for i, cycles in enumerate(left) if cycles]))
        line = left[which].pop(0)
        stamp = b"2026-11-21T18:00:%02dZ " % (len(truth) % 60) if dated else b""
        log += stamp + b"web-%d  | " % which + line.text() + b"\n"
        truth.append((which, line.n))
    read = _both(log)
    found = [(row[g.PROCESS], row[g.N]) for row in read.rows.tolist()]
    numbered: dict[int, int] = {}
    for which, _ in truth:
        numbered.setdefault(which, len(numbered) + 1)
    assert found == [(numbered[which], n) for which, n in truth]


@settings(CHECKED, max_examples=30)
@given(st.data())
def test_blocks_of_any_size_say_the_same(data: st.DataObject) -> None:
    printed = _process(data, data.draw(st.sampled_from(FORMS)), 30)
    talk = data.draw(st.lists(_TALK, min_size=40, max_size=40))
    log = b"".join(line.text() + b"\n" + talk[i % 40] + b"\n" for i, line in enumerate(printed))
    whole = _both(log)
    for size in (data.draw(st.integers(1, 400)), 4096):
        for compiled in (False, True):
            again = reader.read(io.BytesIO(log), compiled=compiled, block=size)
            assert again.rows.tolist() == whole.rows.tolist()
            assert (again.set_aside, again.lines, again.bytes) == (whole.set_aside, whole.lines, whole.bytes)
    assert api_gc.gc_read(io.BytesIO(log)).lines == log.count(b"\n")


_WORDS = st.sampled_from(
    [
        b"web-1", b"|", b"2026-11-21T18:00:00.123Z", b"18:00:00.1", b"[812.5]", b"host", b"app[77]:", b"Nov", b"Sat",
        b"time=2026-11-21T18:00:00Z", b"t=", b"\x1b[32mweb\x1b[0m", b"\x1b[90m18:00\x1b[0m", b"\x1b[0m", b"\x1b",
        b"1.5", b"stderr", b"F", b"0", b"#12", b"\xff\x80", b"Z", b"a=b=3", b"(4)", b"Jan1", b"\x1b[3", b"=7",
    ]
)  # fmt: skip


@settings(CHECKED, max_examples=200)
@given(
    st.lists(st.one_of(_WORDS, st.binary(max_size=6)), max_size=6),
    st.lists(st.sampled_from([b" ", b"\t", b"  "]), min_size=7, max_size=7),
)
def test_prefixes_have_the_same_sums_compiled(words: list[bytes], gaps: list[bytes]) -> None:
    text = b"".join(word + gap for word, gap in zip(words, gaps, strict=False))
    buf = np.frombuffer(text + bytes(8), np.uint8)
    assert prefix_kernel.keys_of(buf, 0, len(text)) == prefix.keys_of(text, 0, len(text))
    if all(word.count(b"\x1b") == len(prefix.COLOUR.findall(word)) for word in words):
        bare = prefix.COLOUR.sub(b"", text)
        assert prefix.keys_of(bare, 0, len(bare)) == prefix.keys_of(text, 0, len(text))


@settings(CHECKED, max_examples=60)
@given(st.data())
def test_unnamed_processes_of_different_heaps_are_told_apart(data: st.DataObject) -> None:
    """No names, one form, numbers and times that fit each other's: the heap says whose a cycle is."""
    left = [[_steady(n, 10 ** (6 + 2 * which), which) for n in range(1, 9)] for which in range(3)]
    log, truth = b"", []
    while any(left):
        which = data.draw(st.sampled_from([i for i, cycles in enumerate(left) if cycles]))
        line = left[which].pop(0)
        log += line.text() + b"\n"
        truth.append((which, line.n))
    found = [(row[g.PROCESS], row[g.N]) for row in _both(log).rows.tolist()]
    numbered: dict[int, int] = {}
    for which, _ in truth:
        numbered.setdefault(which, len(numbered) + 1)
    assert found == [(numbered[which], n) for which, n in truth]


def _steady(n: int, size: int, which: int) -> Line:
    """Return a cycle of a process whose live heap is ``size``, under GOGC=100."""
    heap = (2 * size, 2 * size, size)
    return Line("go1.18+", n, n * 10**9 + which, 1, (1000,) * 3, (1000,) * 5, heap, 2 * size, 0, 0, 1, n % 3 == 0)


_PIECES = st.sampled_from(
    [b"gc 1", b"gc 0", b"gc1", b"gc ", b" ms clock, ", b" ms cpu, ", b" MB goal, ", b"scvg", b"scav ", b"pacer: ",
     b"GC forced", b"ms clock, ", b"scv", b"v", b"g", b"k,", b"u,", b"MB", b"pa", b" ", b"\n",
     b"\n", b"x", b"s", b"cvg", b"cav ", b" (forced)", b" (forced)\r\n"]
)  # fmt: skip


@settings(CHECKED, max_examples=300)
@given(st.lists(_PIECES, max_size=12))
def test_the_kernel_points_at_the_lines_that_have_a_mark(pieces: list[bytes]) -> None:
    text = b"".join(pieces) + b"\n"
    buf = np.frombuffer(text + bytes(kernel.PADDING), np.uint8)
    rows, odd = np.empty((8, g.WIDTH), np.int64), np.empty((64, 3), np.int64)
    state = np.array([0, 1, 0, 0], np.int64)
    kernel.scan(buf, len(text), rows, odd, state)
    marked = [number for number, line in enumerate(text.split(b"\n")[:-1], 1) if MARK.search(line)]
    assert odd[: state[3], 0].tolist() == marked
    assert [text[start:end] for _, start, end in odd[: state[3]].tolist()] == [text.split(b"\n")[n - 1] for n in marked]
