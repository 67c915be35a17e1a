"""Comments that accept a finding: where they count, what they must say, and what only looks like one."""

from __future__ import annotations

import pytest

from goxray.audit.marks import Mark, marks_in


def _marks(text: str, path: str = "a.go") -> list[tuple[int, int, tuple[str, ...], str]]:
    return [(each.line, each.meant, each.rules, each.wrong) for each in marks_in(text.encode(), path)]


def test_a_comment_after_code_means_its_line_and_one_alone_the_next() -> None:
    text = (
        "package a\n"
        "var x = md5.New() //goxray:ignore CRY001 until=2027-01-31 a checksum\n"
        "\t//goxray:ignore CRY001,NET001 until=2027-01-31 both\n"
        "var y = md5.New()\n"
    )
    assert _marks(text) == [(2, 2, ("CRY001",), ""), (3, 4, ("CRY001", "NET001"), "")]


def test_comments_above_each_other_mean_the_same_line() -> None:
    text = "//goxray:ignore CRY001 until=2027-01-31 one\n//goxray:ignore NET001 until=2027-01-31 two\nvar x = 1\n"
    assert [(line, meant) for line, meant, _, _ in _marks(text)] == [(1, 3), (2, 3)]


def test_everything_of_a_comment_is_read() -> None:
    (mark,) = marks_in(b"// goxray:ignore cry001, net001 until=2027-01-31   an ETag,\tagreed (SEC-118)\nx\n", "a.go")
    assert mark == Mark("a.go", 1, 2, ("CRY001", "NET001"), "2027-01-31", "an ETag, agreed (SEC-118)")


@pytest.mark.parametrize(
    ("rest", "wrong"),
    [
        ("", "rule"),
        ("until=2027-01-31 because", "rule"),
        ("CRY001", "until"),
        ("CRY001 because", "until"),
        ("CRY001 until=2027-02-31 because", "date"),
        ("CRY001 until=soon because", "date"),
        ("CRY001 until=2027-01-31", "reason"),
        ("CRY001 until=2027-01-31   ", "reason"),
        ("CRY001 because until=2027-01-31", ""),
    ],
)
def test_what_is_missing_is_named(rest: str, wrong: str) -> None:
    assert [each.wrong for each in marks_in(f"//goxray:ignore {rest}\n".encode(), "a.go")] == [wrong]


@pytest.mark.parametrize(
    "text",
    [
        'var s = "//goxray:ignore CRY001"\n',
        "var s = `\n//goxray:ignore CRY001\n`\n",
        "/* //goxray:ignore CRY001 */\n",
        'var r = \'"\' ; var s = "a\\" //goxray:ignore CRY001"\n',
        "//goxray:ignored CRY001\n",
        "// see goxray:ignore\n",
    ],
)
def test_what_only_mentions_it_is_none(text: str) -> None:
    assert _marks(text) == []


def test_a_rune_that_is_a_quote_does_not_hide_what_follows() -> None:
    assert _marks("var q = '\"' //goxray:ignore CRY001 until=2027-01-31 why\n") == [(1, 1, ("CRY001",), "")]


def test_configuration_has_its_own_comments() -> None:
    text = "env:\r\n  # goxray:ignore MOD002 until=2027-01-31 a mirror\r\n  GOSUMDB: off\r\n"
    assert _marks(text, "ci.yml") == [(2, 3, ("MOD002",), "")]
    assert _marks("A=1 # goxray:ignore DB002 until=2027-01-31 test\n", ".env") == [(1, 1, ("DB002",), "")]
    assert _marks("url: http://x#goxray:ignore DB002\n", "ci.yml") == []


def test_gomod_has_those_of_go() -> None:
    text = "module a\n\nrequire x.cn/y v1.0.0 //goxray:ignore MOD003 until=2027-01-31 asked for\n"
    assert _marks(text, "svc/go.mod") == [(3, 3, ("MOD003",), "")]
