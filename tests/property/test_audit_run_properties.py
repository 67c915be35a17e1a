"""What must hold of the run's parts whatever they are given: patterns, comments, fingerprints, baselines."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from goxray.audit.baseline import baseline_text, read_baseline
from goxray.audit.fingerprint import fingerprints
from goxray.audit.marks import WORD, marks_in
from goxray.audit.patterns import covers
from goxray.audit.rule import Hit
from goxray.core.audit_result import AuditFinding, Place, Suppressed
from goxray.core.words import Words

_NAMES = st.text("ab.-", min_size=1, max_size=3).filter(lambda name: name not in (".", ".."))
_PATHS = st.lists(_NAMES, min_size=1, max_size=4)
_PARTS = st.one_of(st.just("**"), st.text("ab.-*?", min_size=1, max_size=3).filter(lambda part: "**" not in part))


def _name_matches(pattern: str, name: str) -> bool:
    """Match one name by hand: ``*`` any number of letters, ``?`` one."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return any(_name_matches(pattern[1:], name[at:]) for at in range(len(name) + 1))
    return bool(name) and pattern[0] in ("?", name[0]) and _name_matches(pattern[1:], name[1:])


def _matches(pattern: list[str], path: list[str]) -> bool:
    """Match part by part: ``**`` any number of directories; at the end it needs something below."""
    if not pattern:
        return not path
    if pattern[0] == "**":
        least = 1 if len(pattern) == 1 else 0
        return any(_matches(pattern[1:], path[at:]) for at in range(least, len(path) + 1))
    return bool(path) and _name_matches(pattern[0], path[0]) and _matches(pattern[1:], path[1:])


@given(st.lists(_PARTS, min_size=2, max_size=4), _PATHS)
def test_patterns_agree_with_matching_part_by_part(pattern: list[str], path: list[str]) -> None:
    text = "/".join(pattern)
    if text.startswith("./") or text.endswith("/..."):
        return
    expected = any(_matches(pattern, path[:end]) for end in range(1, len(path) + 1))
    assert covers(text, "/".join(path)) is expected


_MARK = f"//{WORD} CRY001 until=2027-01-31 r"
_MARK = f"//{WORD} CRY001 until=2027-01-31 r"
_GO = st.lists(st.sampled_from(['"', "`", "'", "\\", "//", "/*", "*/", "\n", _MARK, "x", "#", "\r"]), max_size=30).map(
    "".join
)


@given(_GO, st.sampled_from(["a.go", "go.mod", "a.yml"]))
def test_comments_are_read_from_any_text(text: str, path: str) -> None:
    lines = text.replace("\r\n", "\n").count("\n") + 1
    for mark in marks_in(text.encode(), path):
        assert 1 <= mark.line <= lines and mark.line <= mark.meant <= mark.line + lines
        assert WORD in text.replace("\r\n", "\n").split("\n")[mark.line - 1]


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_hold_no_surprise(raw: bytes) -> None:
    marks_in(raw + WORD.encode() + raw, "a.go")


_HITS = st.lists(
    st.tuples(
        st.sampled_from(["A001", "B001"]),
        st.builds(
            lambda path, symbol, text, line: Hit(Place(path, line, 1, symbol=symbol), Words("m", "m"), text),
            st.sampled_from(["a.go", "b.go"]),
            st.sampled_from(["", "f", "g"]),
            st.sampled_from(["x y", "x  y", "xy"]),
            st.integers(1, 99),
        ),
    ),
    max_size=12,
)


@given(_HITS, st.integers(0, 1000))
def test_fingerprints_are_distinct_and_know_no_lines(hits: list[tuple[str, Hit]], down: int) -> None:
    made = fingerprints(hits)
    assert len(set(made)) == len(hits)
    moved = [
        (rule, Hit(Place(hit.place.path, hit.place.line + down, 9, symbol=hit.place.symbol), Words("o", "o"), hit.text))
        for rule, hit in hits
    ]
    assert fingerprints(moved) == made


@given(_HITS)
def test_what_is_fixed_takes_only_its_own_away(hits: list[tuple[str, Hit]]) -> None:
    before = Counter(fingerprints(hits))
    for at in range(len(hits)):
        after = Counter(fingerprints([*hits[:at], *hits[at + 1 :]]))
        assert sum((before - after).values()) == 1 and not after - before


@given(st.lists(st.tuples(st.text("0123456789abcdef", min_size=32, max_size=32), st.text(max_size=8)), max_size=8))
def test_a_baseline_comes_back_as_it_was_written(rows: list[tuple[str, str]]) -> None:
    findings = [
        AuditFinding("A001", "low", "high", Place(path), Words("", ""), "policy", Words("", ""), mark)
        for mark, path in rows
        if path.isprintable()
    ]
    accepted = AuditFinding(
        "A001", "low", "high", Place("x"), Words("", ""), "policy", Words("", ""), "f" * 31 + "0",
        suppressed=Suppressed("comment", "r", "2027-01-01"),
    )  # fmt: skip
    text = baseline_text([*findings, accepted])
    assert text == baseline_text([*reversed(findings), accepted])
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "b.json").write_text(text, "utf-8")
        kept = read_baseline(Path(folder) / "b.json").fingerprints
    assert kept == {each.fingerprint for each in findings}
