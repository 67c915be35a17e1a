"""Masked streams: what hostile lines do, that order is kept, that nothing passes unmasked and nothing crashes."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goxray.vault.mask import rules, stream
from goxray.vault.mask.detect.freetext import KINDS, find, suspect, whole
from goxray.vault.mask.masker import MAX_DEPTH, Masker
from goxray.vault.mask.stats import Stats
from tests.harness.mask_logs import lines

KEY = bytes(range(32))
DEFAULT = rules.default()


def ran(data: bytes, workers: int = 1, max_line: int = 1 << 20) -> tuple[bytes, Stats]:
    out = io.BytesIO()
    stats = stream.run(io.BytesIO(data), out, DEFAULT, KEY, workers=workers, max_line=max_line)
    return out.getvalue(), stats


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"name":"Zoe"', "broken JSON"),
        (b'{"name":"Zoe"}{"name":"Zoe"}', "broken JSON"),
        (b'[{"name":"Zoe"}', "broken JSON"),
        (b'{"a":' + b"1" * 5000 + b',"name":"Zoe"}', "broken JSON"),
        (b'{"name":"Z\xff"}', "unknown encoding"),
        ("姓名 张三".encode("gb18030"), "unknown encoding"),
        (b'{"name":"' + b"Z" * (1 << 20) + b'"}', "too long"),
        (b'{"a":' * 100 + b'"Zoe"' + b"}" * 100, "nested too deeply"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)}-bytes",
)
def test_a_line_that_cannot_be_masked_is_dropped_and_counted(line: bytes, reason: str) -> None:
    out, stats = ran(b"before\n" + line + b"\nafter\n")
    assert out == b"before\nafter\n"
    assert (stats.lines, dict(stats.dropped)) == (3, {reason: 1})


def test_a_defect_drops_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: Masker, text: str, depth: int) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(Masker, "_text", fails)
    masker = Masker(DEFAULT, KEY)
    assert masker.line(b'{"level":"x"}') is None
    assert dict(masker.stats.dropped) == {"error": 1}


def test_a_key_that_comes_twice() -> None:
    """Readers differ in which of them they take: one is kept, and it is masked."""
    out, stats = ran(b'{"name":"Zoe","name":"Amy","m":{"a":1,"a":13800138000}}\n')
    value = json.loads(out)
    assert value["name"].startswith("[name/") and value["m"]["a"].startswith("[phone/")
    assert b"Zoe" not in out and b"Amy" not in out and b"13800138000" not in out
    assert stats.repeated == 2


def test_escapes_do_not_hide() -> None:
    digits = "".join(f"\\u{ord(digit):04x}" for digit in "13800138000")
    out, stats = ran(f'{{"m":"{digits}","{digits}":1,"\\u006eame":"Zoe"}}\n'.encode())
    value = json.loads(out)
    token = value["m"]
    assert token.startswith("[phone/")
    assert set(value) == {"m", token, "name"} and value["name"].startswith("[name/")
    assert stats.masked == {"phone": 2, "name": 1}


def test_a_lone_surrogate_and_strange_numbers_are_kept() -> None:
    out, _ = ran(b'{"a":"\\ud800","b":1e999,"c":-0.0,"d":12345678901234567890}\n')
    assert json.loads(out) == {"a": "\ud800", "b": "1e999", "c": -0.0, "d": 12345678901234567890}


def test_a_large_number_with_an_exponent_is_read_exactly() -> None:
    """110105194912310021 with the check digit X is no number; 4111111111111111 is one, and as 4.11e15 as well."""
    out, stats = ran(b'{"a":4.111111111111111e15,"b":4111111111111111.0,"c":4111111111111111}\n')
    value = json.loads(out)
    assert value["a"] == value["b"] == value["c"]
    assert stats.masked == {"bankcard": 3}


def test_ends_of_lines_blank_lines_and_the_last_one() -> None:
    assert ran(b"") == (b"", Stats())
    assert ran(b"a\r\n\n\nb")[0] == b"a\r\n\n\nb"
    assert ran(b'{"a": 1}\r\n{"a": 2}')[0] == b'{"a":1}\r\n{"a":2}'
    assert ran(b'x\n{"a":')[0] == b"x\n"


def test_an_escape_makes_no_new_line() -> None:
    out, stats = ran(b"q=a%0Ab&mail=zhang%40qq.com\n")
    assert out.count(b"\n") == 1 and b"zhang" not in out
    assert stats.masked == {"email": 1}


def test_other_encodings_where_the_rules_name_them() -> None:
    given = rules.parse('format = 1\nencodings = ["utf-8", "gb18030"]\n', "r")
    masker = Masker(given, KEY)
    out = masker.line("客户张三丰：已签约".encode("gb18030"))
    assert out is not None and "已签约" in out.decode() and "三丰" not in out.decode()


def test_lines_longer_than_what_is_held_are_skipped_while_they_are_read() -> None:
    long = b"x" * (3 * stream.PIECE)
    data = b"first\n" + long + b"\nmiddle\n" + long + b"\nlast\n" + long
    out, stats = ran(data, max_line=1000)
    assert out == b"first\nmiddle\nlast\n"
    assert (stats.lines, stats.dropped["too long"]) == (6, 3)


def test_several_processes_write_what_one_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    here: list[int] = []
    whole = stream.mask_piece

    def counted(masker: Masker, piece: bytes) -> bytes:
        here.append(len(piece))
        return whole(masker, piece)

    monkeypatch.setattr(stream, "PIECE", 1 << 15)
    monkeypatch.setattr(stream, "_SMALL", 1 << 10)
    monkeypatch.setattr(stream, "_ALONE", 1 << 10)
    made = [line.text for seed in (1, 2) for line in lines(seed, 1500, seed == 1)]
    data = ("\n".join(made) + '\n{"cut":').encode()
    one = ran(data)
    monkeypatch.setattr(stream, "mask_piece", counted)
    two = ran(data, workers=2)
    assert one == two
    assert one[1].lines == len(made) + 1
    assert one[0].count(b"\n") == len(made)
    assert here and sum(here) < len(data)  # this process did some of it, another one the rest


class Chunks:
    """A pipe into which lines come one by one; ``given`` are those that were read."""

    def __init__(self, chunks: list[bytes]) -> None:
        self._chunks = chunks
        self.given = 0

    def read(self, size: int, /) -> bytes:
        self.given += 1
        return self._chunks[self.given - 1] if self.given <= len(self._chunks) else b""


@pytest.mark.parametrize("workers", [1, 2])
def test_a_line_is_written_before_the_next_one_is_waited_for(workers: int) -> None:
    source = Chunks([b"line %d\n" % number for number in range(12)])
    for number, part in enumerate(stream.parts(source, DEFAULT, KEY, Stats(), workers=workers)):
        assert part == b"line %d\n" % number
        assert source.given == number + 1
    assert source.given == 13


class Trickle:
    """A pipe that gives a few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int, /) -> bytes:
        return self._data.read(min(size, 7))


def test_a_slow_source() -> None:
    data = b'{"phone":"13800138000"}\nplain\n\n{"a":2}'
    out = io.BytesIO()
    stats = stream.run(Trickle(data), out, DEFAULT, KEY, workers=1)
    assert out.getvalue() == ran(data)[0]
    assert stats.lines == 3


PIECES = st.sampled_from(
    [
        "13800138000",
        "+",
        "86",
        " ",
        "-",
        ".",
        "4111",
        "1111",
        "a@b.com",
        "::1",
        "2001:db8",
        "name=",
        '"',
        "\\",
        "{",
        "}",
        "[",
    ]
    + [
        "张三",
        "先生",
        "客户",
        "：",
        "路8号",
        "12",
        " Elm Road",
        "Mr",
        "Dear John",
        "%40",
        "\\u0031",
        "\n",
        "\u200b",
        "９",
        "00",
    ]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=9).map("".join), st.text(max_size=30))


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_what_is_found_is_suspected_and_triggered(text: str) -> None:
    every = [(kind.name, span) for kind in KINDS.values() for span in kind.find(text)]
    assert not every or suspect(text)
    for kind in KINDS.values():
        assert kind.trigger.search(text) or not list(kind.find(text))
    if whole(text) in ("time", "hex"):
        assert every == []
    apart = find(text, KINDS.values(), DEFAULT_LABELS)
    assert all(one[0] < one[1] <= other[0] for one, other in zip(apart, apart[1:], strict=False))


def DEFAULT_LABELS(name: str) -> tuple[str, str] | None:
    field = DEFAULT.named(name)
    return None if field is None else (field.kind, field.action)


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS),
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
        max_leaves=12,
    )
)
@settings(max_examples=200, deadline=None)
def test_any_json_comes_out_as_json_without_the_number(value: object) -> None:
    masker = Masker(DEFAULT, KEY)
    out = masker.line(json.dumps({"v": value, "secret_phone": "13800138000"}).encode())
    assert out is not None
    read = json.loads(out)
    assert set(read) == {"v", "secret_phone"}
    assert "13800138000" not in read["secret_phone"]
    assert not masker.stats.dropped


@given(st.one_of(st.binary(max_size=60), TEXTS.map(str.encode)))
@settings(max_examples=300, deadline=None)
def test_no_line_crashes_and_none_becomes_two(line: bytes) -> None:
    masker = Masker(DEFAULT, KEY)
    out = masker.line(line.replace(b"\n", b""))
    assert out is None or b"\n" not in out
    assert masker.stats.dropped["error"] == 0
    assert (out is None) == bool(masker.stats.dropped)


def test_depth_up_to_the_limit_is_masked() -> None:
    deep = b'{"a":' * (MAX_DEPTH - 1) + b'"13800138000"' + b"}" * (MAX_DEPTH - 1)
    out, stats = ran(deep + b"\n")
    assert b"[phone/" in out and stats.masked == {"phone": 1}


@pytest.mark.parametrize("unit", ["1", "@", "a.", "张", "1-", "name=", ":1", '{"', "路1", "A b ", "\\u0031", "+1 "])
def test_long_runs_of_one_thing_come_to_an_end(unit: str) -> None:
    """Expressions that look back and forth would need hours for these."""
    masker = Masker(DEFAULT, KEY)
    masker.line((unit * (100_000 // len(unit))).encode())
    assert masker.stats.lines == 1
