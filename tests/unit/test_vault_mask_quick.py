"""The quick ways of masking give what the plain way gives, to the byte: shapes, plans of objects, orjson.

The plain way (tests/harness/plain_mask.py) shares the rules, the detectors and the tokens, and none of the shortcuts.
"""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goxray.vault.mask import reading, rules
from goxray.vault.mask.detect.freetext import KINDS
from goxray.vault.mask.detect.shape import ZEROS
from goxray.vault.mask.detect.zeroed import zeroed
from goxray.vault.mask.masker import Masker
from tests.harness.mask_logs import lines
from tests.harness.plain_mask import Dropped, Plain

KEY = bytes(range(32))
DEFAULT = rules.default()
OTHER = rules.parse(
    """
format = 1
[[field]]
paths = ["a.ts", "password", "*.deep.secret"]
kind = "text"
action = "drop"
[[field]]
names = ["phone", "mobile"]
kind = "phone"
action = "partial"
[[field]]
names = ["raw", "order_no"]
kind = "text"
action = "keep"
[[field]]
names = ["note"]
kind = "text"
action = "detect"
[[field]]
names = ["k1", "name"]
kind = "name"
action = "token"
[detect]
email = "drop"
ip = "keep"
phone = "partial"
""",
    "other.toml",
)
SETS = {"default": DEFAULT, "other": OTHER}
MASKERS = {name: (Masker(each, KEY), Masker(each, KEY, quick=False)) for name, each in SETS.items()}
"""They live through all examples: what they kept of one line must be right for the next one."""


def agreed(line: bytes, name: str) -> None:
    """Compare both ways, and what they count."""
    plain = Plain(SETS[name], KEY)
    try:
        expected: bytes | None = plain.line(line)
    except Dropped as why:
        expected, reason = None, str(why)
    for each in MASKERS[name]:
        before = each.stats
        each.stats = type(before)()
        assert each.line(line) == expected
        if expected is None:
            assert each.stats.dropped == {reason: 1}
        else:
            assert (each.stats.masked, each.stats.repeated) == (plain.masked, plain.repeated)
        each.stats = before


DIGITS = st.text("0123456789", min_size=1, max_size=19)
WORDS = st.sampled_from(
    [
        "13800138000",
        "+86",
        "138-0013-8000",
        "010-62345678",
        "00852",
        "91234567",
        "11010519491231002X",
        "110105491231002",
    ]
    + ["4111111111111111", "6222021234567890128", "4111-1111", "a@b.com", "zhang%40qq.com", "203.0.113.7", "127.0.0.1"]
    + ["2001:db8::1", "::1", "2026-11-22T10:00:00.123Z", "name=", "name:", 'phone="', "note", "order_no", "k1=", "版本"]
    + [
        "password=",
        '"name": ',
        "张三",
        "客户",
        "客户：",
        "先生",
        "手机号：1",
        "北京市朝阳区建国路88号",
        "路",
        "号",
        "12",
    ]
    + [" Elm Road", ", ", "Dear ", "John ", "Smith", "Mr ", "%31%33", "\\u0031", "\\u5f20", "{", "}", "[", "]", '["']
    + [
        '{"',
        ":",
        ",",
        '"',
        "\\",
        '\\"',
        "'",
        ".",
        "-",
        "+",
        "1",
        "９",
        "１３８００１３８０００",
        "＠",
        "\u200b",
        "\ufeff",
    ]
    + [
        "\u3000",
        "\u00ad",
        "4bf92f3577b34da13800138000e4736a",
        "4bf92f3577b34da1",
        ":x",
        "\t",
        "\r",
        "\x01",
        "\x7f",
        "😀",
    ]
    + ["é", "version ", "v1.2.3.4", "0.", "1e5", "身份证"]
)
TEXTS = st.one_of(
    st.lists(st.one_of(WORDS, DIGITS, st.just(" ")), max_size=8).map("".join),
    st.lists(WORDS, max_size=5).map(" ".join),
    st.text(max_size=12),
)
KEYS = st.one_of(
    st.sampled_from(
        ["a", "ts", "name", "phone", "password", "raw", "note", "order_no", "deep", "secret", "k1", "k2", ":"]
    ),
    TEXTS,
)
NUMBERS = st.one_of(
    st.integers(),
    st.integers(10**10, 10**19),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(1e7, 1e19),
    st.floats(-0.001, 0.001),
    st.floats(1.6e9, 1.8e9).map(lambda value: round(value, 3)),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=8,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=5)


@given(TEXTS, st.sampled_from(sorted(SETS)))
@settings(max_examples=250, deadline=None)
def test_free_text(text: str, name: str) -> None:
    if "\n" not in text:
        agreed(text.encode("utf-8", "ignore"), name)


@given(
    OBJECTS, st.sampled_from(sorted(SETS)), st.booleans(), st.sampled_from([(", ", ": "), (",", ":"), (" , ", " :\t")])
)
@settings(max_examples=250, deadline=None)
def test_json(value: dict[str, object], name: str, escape: bool, signs: tuple[str, str]) -> None:
    line = json.dumps(value, ensure_ascii=escape, separators=signs).encode("utf-8", "surrogatepass")
    try:
        line.decode()
    except UnicodeDecodeError:
        line = json.dumps(value, separators=signs).encode()
    agreed(line, name)


RAW = st.one_of(
    st.sampled_from(
        [
            "1e999",
            "-0",
            "-0.0",
            "0.00001",
            "1E5",
            "1.7e9",
            "1700000000.1234567",
            "1700000000.12345670001",
            "17000000001.5",
        ]
        + [
            "4.111111111111111e15",
            "4111111111111111.0",
            "6.222021234567890128e18",
            "18446744073709551615",
            "12345678.50",
        ]
        + ["18446744073709551616", "-9223372036854775809", "9999999.9999999999", "10000000.0", "1e16", "13800138000.0"]
        + [
            "123456789012345678901234567890",
            "NaN",
            "null",
            "true",
            '"\\ud800"',
            '"\\u0031"',
            '""',
            '":"',
            '"\\":"',
            '"\\\\"',
        ]
        + ['{"ts":1700000000.1234567}', "[1700000000.5]", '"1700000000.1234567"', '{"a":1,"a":{"b":2,"b":3}}']
    ),
    NUMBERS.map(repr),
    TEXTS.map(json.dumps),
)
MEMBERS = st.tuples(
    st.sampled_from(
        ['"ts"', '"a"', '"password"', '"raw"', '"phone"', '"note"', '"\\"ts"', '"a\\\\"', '":"', '"\\u0074s"']
    ),
    st.sampled_from([":", ": ", " :", "\t: "]),
    RAW,
).map("".join)


@given(st.lists(MEMBERS, max_size=5), st.sampled_from(["", "\r", " ", "\r\r", "}"]), st.sampled_from(sorted(SETS)))
@settings(max_examples=250, deadline=None)
def test_json_as_it_is_written(members: list[str], end: str, name: str) -> None:
    """Keys that come twice, numbers in every spelling, escapes and spaces at odd places."""
    agreed(("{" + ",".join(members) + "}" + end).encode(), name)


@pytest.mark.parametrize("chinese", [True, False], ids=["chinese", "english"])
def test_made_logs(chinese: bool) -> None:
    for line in lines(99, 300, chinese):
        agreed(line.text.encode(), "default")
    assert len(MASKERS["default"][0]._verdicts) > 100


@pytest.mark.parametrize(
    "line",
    [
        b'{"ts":1700000000.123,"took":0.00001,"user":{"name":"Zoe"},"msg":"a \\"b\\": c","n":[1,2.5,0.00002]}',
        b'{"m":"x {\\"t\\":0.00001,\\"u\\":1700000000.25,\\"phone\\":\\"1\\"}","ts": 13800138000.0, "a":-0.0}',
        b'{"password":"x","phone":13800138000,"ids":["11010519491231002X"],"a":{"ts":1700000000000}}\r',
    ],
)
def test_the_quick_way_is_gone(line: bytes) -> None:
    """Else the tests above compare the slow way with itself."""
    masker = Masker(DEFAULT, KEY)
    assert masker._quickly(line) == Plain(DEFAULT, KEY).line(line)


@pytest.mark.parametrize(
    "line",
    [
        b'{"a":1,"a":2}',
        b'{"a":1, "b":{"a" :1,"a":2}}',
        b'{"a":1e999}',
        b'{"a":17000000001234567890123}',
        b'{"ts":1.7e9}',
        b'{"ts":13800138000.00000000000001}',
        b'{"ts":13800138000.00000000000001,"m":"\\"ts\\":13800138000.0,"}',
        b'{"ts":13800138000.0,"b":{"ts":13800138000.00000000000001}}',
        b'{"ts":13800138000.00000000000001,"a":{"ts":13800138000.0}}',
        b'{"a":{"ts":13800138000.0},"ts":13800138000.00000000000001}',
        b'{"ts":13800138000.00000000000001,"raw":{"ts":13800138000.0}}',
        b'{"ts":13800138000.00000000000001,"password":{"ts":13800138000.0}}',
        b'{"ts":[13800138000.00000000000001],"x":{"ts":13800138000.0}}',
        b'{"phone":13800138000.5}',
        b'{"a\\\\":1,"a\\\\":2}',
        b'{"a":"\\ud800"}',
    ],
)
def test_the_quick_way_is_left(line: bytes) -> None:
    """A key comes twice, or a number might be written otherwise: 13800138000.00000000000001 is 13800138000.0 to it."""
    assert Masker(OTHER, KEY)._quickly(line) is None
    agreed(line, "other")
    agreed(line, "default")


def test_what_no_kind_takes_hides_what_is_in_it() -> None:
    """No country has the code 281; expressions go on behind what they matched."""
    agreed(b"+281 13800138000 13800138000", "default")


def test_keys_are_counted() -> None:
    """By hand: only a text that begins with a colon is counted too much."""
    assert reading.keys(b'{"a":1,"b" : {"c":"x\\": y"}}') == 3
    assert reading.keys(b'{"a":":x"}') == 2
    assert reading.keys(b'{"a\\\\":1}') == -1


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_what_matches_in_a_text_matches_in_its_shape(text: str) -> None:
    shape = text.encode("utf-8", "surrogatepass").translate(ZEROS).decode("utf-8", "surrogatepass")
    assert len(shape) == len(text)
    for kind in KINDS.values():
        if kind.any_digit:
            assert list(kind.find(text)) == list(kind.find(shape))
            continue
        for pattern in (kind.trigger, *kind.begins):
            at_shape = {match.start() for match in re.finditer(f"(?={zeroed(pattern).pattern})", shape)}
            assert {match.start() for match in re.finditer(f"(?={pattern.pattern})", text)} <= at_shape


@pytest.mark.parametrize(
    ("pattern", "shape"),
    [
        (r"1[3-9][0-9]{9}", r"0[03-9][0-9]{9}"),
        (r"\u4e00\x37(?<![0-9])(?:00|%2[Bb])\+", r"\u4e00\x37(?<![0-9])(?:00|%0[Bb])\+"),
    ],
)
def test_expressions_for_shapes(pattern: str, shape: str) -> None:
    assert zeroed(re.compile(pattern)).pattern == shape


@pytest.mark.parametrize("pattern", [r"a(?!127)", r"(?<![1-9])a", r"[^1-4]", r"(a)\1"])
def test_an_expression_that_excludes_a_digit_has_no_shape(pattern: str) -> None:
    with pytest.raises(ValueError):
        zeroed(re.compile(pattern))


def test_counts_are_of_lines_that_were_written() -> None:
    masker = Masker(DEFAULT, KEY)
    assert masker.line(b'{"phone":"13800138000","a":' + b"[" * 70 + b"]" * 70 + b"}") is None
    assert masker.stats.masked == Counter()
