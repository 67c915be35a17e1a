"""The masking spec as people type it: what each word means, what wins, and errors that say what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from goxray.core.errors import UsageError
from goxray.vault import sm3
from goxray.vault.mask import rules as rule_files
from goxray.vault.mask.choose import choose, default
from goxray.vault.mask.masker import Masker

KEY = bytes(range(32))
KINDS = ("phone", "idcard", "bankcard", "email", "name", "address", "ip")
LINE = (
    '{"mobile":"13800138000","name":"张三","customer":{"mobile":"13900139000","ref":"A-77"},"password":"hunter2",'
    '"text":"call 13800138000 from 203.0.113.9","ref":"B-88"}'
)


def masked(*what: str, line: str = LINE) -> str:
    done = Masker(choose(what).rules, KEY).line(line.encode())
    assert done is not None
    return done.decode()


def test_all_is_what_comes_with_goxray() -> None:
    assert default().rules == rule_files.default() == choose(["all"]).rules
    assert default().names == ("all",)


def test_a_kind_masks_its_fields_and_its_finds_and_nothing_else() -> None:
    done = masked("phone")
    assert "13800138000" not in done and "13900139000" not in done
    assert all(kept in done for kept in ("张三", "203.0.113.9", "hunter2", "A-77", "B-88"))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_a_word(kind: str) -> None:
    chosen = choose([kind])
    assert chosen.names == (kind,)
    assert {name for name, action in chosen.rules.found.items() if action != "keep"} == {kind}
    assert {field.kind for _, field in chosen.rules.names} <= {kind}


def test_a_field_is_masked_wherever_it_stands_and_a_path_only_there() -> None:
    by_name, by_path = masked("mobile"), masked("customer.mobile")
    assert by_name.count("[phone/") == 2 and "call 13800138000" in by_name
    assert '"13900139000"' not in by_path and '"mobile":"13800138000"' in by_path


@pytest.mark.parametrize(
    ("word", "name", "shown"),
    [
        ("customer.ref=id", "customer.ref=id", ("B-88",)),
        ("ref=id", "ref=id", ()),
        ("customer.ref=drop", "customer.ref=drop", ("B-88",)),
        ("customer.ref", "customer.ref=id", ("B-88",)),
    ],
)
def test_a_field_of_ones_own_says_what_it_is(word: str, name: str, shown: tuple[str, ...]) -> None:
    assert choose([word]).names == (name,)
    done = masked(word)
    assert "A-77" not in done
    assert [each for each in ("B-88",) if each in done] == list(shown)


def test_a_key_with_a_dot_is_written_with_a_backslash() -> None:
    done = masked(r"customer\.ref.no=id", line='{"customer.ref":{"no":"A-77"},"customer":{"ref":{"no":"C-99"}}}')
    assert "A-77" not in done and "C-99" in done


def test_words_with_commas_and_several_options_say_the_same() -> None:
    assert choose(["phone, ip", "ref=id"]) == choose(["phone", "ip", "ref=id"]) == choose(["phone,ip,ref=id,phone"])


def test_a_field_that_is_named_comes_before_the_rules_of_files() -> None:
    done = masked("all,mobile=drop")
    assert '"mobile"' not in done and "13900139000" not in done


def rule_file(directory: Path, text: str, name: str = "ours.toml") -> Path:
    path = directory / name
    path.write_text("format = 1\n" + text, encoding="utf-8")
    return path


def test_a_rule_file_is_named_with_its_digest(tmp_path: Path) -> None:
    path = rule_file(
        tmp_path, '[[field]]\nnames = ["ref"]\nkind = "id"\naction = "token"\n[detect]\nphone = "partial"\n'
    )
    chosen = choose([str(path)])
    assert chosen.names == (f"ours.toml sm3:{sm3.digest(path.read_bytes()).hex()[:16]}",)
    assert chosen == choose([], [path])
    done = Masker(chosen.rules, KEY).line(LINE.encode())
    assert done is not None and b"A-77" not in done and b"138****8000" in done


def test_the_stronger_of_two_rules_for_a_find_wins(tmp_path: Path) -> None:
    weak = rule_file(tmp_path, '[detect]\nphone = "partial"\nip = "keep"\n')
    for order in ([str(weak), "all"], ["all", str(weak)]):
        found = choose(order).rules.found
        assert found["phone"] == "token" and found["ip"] == "token"


def test_a_rule_file_whose_name_holds_a_comma_is_found(tmp_path: Path) -> None:
    path = rule_file(tmp_path, "", "a,b.toml")
    assert choose([str(path)]).names[0].startswith("a,b.toml sm3:")


@pytest.mark.parametrize(
    ("what", "said", "hint"),
    [
        ((), "nothing is named", "all"),
        ((" ,",), "nothing is named", "phone"),
        (("phne",), "'phne' is no kind", "did you mean phone?"),
        (("zzz",), "'zzz' is no kind", "zzz=id"),
        (("ref=phne",), "'phne' is no kind of a field", "bankcard"),
        (("=id",), "no field is named", "FIELD=KIND"),
        (("a..b=id",), "empty part", "--show-rules"),
        (("absent.toml",), "cannot be read", "--show-rules"),
    ],
)
def test_errors_teach(what: tuple[str, ...], said: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        choose(what)
    assert said in str(caught.value) and hint in caught.value.hint


def test_a_wrong_rule_file_is_named_with_its_place(tmp_path: Path) -> None:
    path = rule_file(tmp_path, '[[field]]\nnames = ["x"]\nkind = "phone"\naction = "hash"\n')
    with pytest.raises(UsageError, match=r"ours\.toml\.field\[0\]: action is 'hash'"):
        choose([str(path)])
