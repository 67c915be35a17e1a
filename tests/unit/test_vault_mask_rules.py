"""The rule file of masking: read strictly, and followed in JSON by path and by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goxray.core.errors import UsageError
from goxray.vault.mask import rules
from goxray.vault.mask.masker import Masker

KEY = bytes(range(32))


def masked(text: str, value: object) -> object:
    out = Masker(rules.parse(text, "rules.toml"), KEY).line(json.dumps(value).encode())
    assert out is not None
    return json.loads(out)


def field(**keys: object) -> str:
    return "format = 1\n[[field]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("format = ", "not TOML"),
        ("", "format is missing"),
        ("format = 2", "format must be 1"),
        ("format = 1\nrules = 3", "unknown: rules"),
        (field(names=["a"]), "action is missing"),
        (field(names=["a"], action="hide"), "'hide', it must be one of token, partial, drop"),
        (field(names=["a"], action="token", kind="fax"), "kind is 'fax'"),
        (field(names=["a"], action="token", paths="a..b"), "empty part"),
        (field(names=["a"], action="token", paths="a."), "empty part"),
        (field(action="token"), "names or paths"),
        (field(names=[""], action="token"), "empty name"),
        (field(names=["a"], action="partial", kind="id"), "no partial form"),
        (field(names=["a"], action="token", path="b"), "unknown: path"),
        ("format = 1\n[detect]\nphone = 'detect'", "phone is 'detect'"),
        ("format = 1\n[detect]\nfax = 'token'", "unknown: fax"),
        ("format = 1\nencodings = ['latin-1']", "encodings is 'latin-1'"),
        ("format = 1\nencodings = []", "name one at least"),
    ],
)
def test_a_wrong_file_is_one_clear_line(text: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        rules.parse(text, "rules.toml")
    assert message in str(raised.value)
    assert str(raised.value).startswith("rules.toml")
    assert "\n" not in str(raised.value).split("not TOML")[0]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        rules.read(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="cannot be read"):
        rules.read(tmp_path / "bad.toml")
    (tmp_path / "good.toml").write_text("format = 1\n")
    assert rules.read(tmp_path / "good.toml").names == ()


def test_paths_pass_lists_and_stars() -> None:
    text = field(paths=["user.card", "all.*.x", r"a\.b.c"], action="drop")
    given = {"user": [{"card": 1, "k": 2}], "card": 3, "all": {"p": {"x": 1, "y": 2}, "x": 5}, "a.b": {"c": 1}, "a": {}}
    kept = {"user": [{"k": 2}], "card": 3, "all": {"p": {"y": 2}, "x": 5}, "a.b": {}, "a": {}}
    assert masked(text, given) == kept


def test_names_fit_at_any_depth_without_regard_to_case() -> None:
    text = field(names=["*secret*", "卡号"], action="drop")
    assert masked(text, {"MySecret": 1, "in": [{"secrets": 1, "卡号": 2, "sec": 3}]}) == {"in": [{"sec": 3}]}


def test_a_path_comes_before_a_name_and_the_first_in_the_file_before_others() -> None:
    text = field(names=["x", "y"], action="drop") + '[[field]]\nnames = ["y"]\npaths = ["a.x"]\naction = "keep"\n'
    assert masked(text, {"x": 1, "y": 2, "a": {"x": "13800138000"}}) == {"a": {"x": "13800138000"}}


def test_all_below_a_field_is_masked_and_a_rule_below_it_comes_first() -> None:
    text = field(names=["who"], kind="id", action="token") + '[[field]]\nnames = ["n"]\naction = "keep"\n'
    out = masked(text, {"who": {"a": 12, "b": ["x", None, True, ""], "n": 7}})
    assert isinstance(out, dict)
    who = out["who"]
    assert who["a"].startswith("[id/") and who["b"][0].startswith("[id/")
    assert who["b"][1:] == [None, True, ""]
    assert who["n"] == 7


def test_actions_of_detectors() -> None:
    text = 'format = 1\n[detect]\nphone = "partial"\nip = "keep"\nemail = "drop"\n'
    out = masked(text, {"m": "13812345678 203.0.113.7 a@b.com", "n": "203.0.113.9", "p": "13812345678"})
    assert out == {"m": "138****5678 203.0.113.7 [email]", "n": "203.0.113.9", "p": "138****5678"}


def test_numbers_are_personal_data_too() -> None:
    out = masked("format = 1", {"a": 13800138000, "b": [1.3800138e10], "c": 12, "d": 1.5, "e": -7, "f": 2e300})
    assert isinstance(out, dict)
    assert out["a"] == out["b"][0]
    assert str(out["a"]).startswith("[phone/")
    assert [out[key] for key in "cdef"] == [12, 1.5, -7, 2e300]


def test_keys_are_masked_and_stay_apart() -> None:
    text = 'format = 1\n[detect]\nphone = "partial"\n'
    assert masked(text, {"13800005678": 1, "13811115678": 2}) == {"138****5678": 1, "138****5678#2": 2}


def test_json_in_a_text_is_masked_as_json() -> None:
    text = field(names=["nick"], action="drop")
    out = masked(text, {"m": 'INFO {"a":{"nick":"x"},"b":1} tail', "n": '[{"nick":"x"}]'})
    assert out == {"m": 'INFO {"a":{},"b":1} tail', "n": "[{}]"}


def test_the_rules_that_come_along() -> None:
    given = rules.default()
    assert set(given.found.values()) == {"token"}
    for name, kind in (
        ("Phone", "phone"),
        ("身份证号", "idcard"),
        ("cardNo", "bankcard"),
        ("shipping_address", "address"),
    ):
        found = given.named(name)
        assert found is not None and found.kind == kind
    assert given.named("filename") is None
