"""The vault's results as text and JSON: what is wrong comes first, in both languages, at every width, harmless."""

from __future__ import annotations

import io
import json
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
from rich.cells import cell_len

from goxray.core.vault_result import (
    BundleChecked,
    BundleOpened,
    BundleRow,
    BundleSealed,
    BundleState,
    ClockStep,
    HoldSet,
    KeepPeriod,
    KeysListed,
    LogEntry,
    LogFault,
    LogShown,
    LogVerified,
    MaskCounts,
    PolicyShown,
    VaultExpired,
    VaultKey,
    VaultListed,
    VaultMade,
    VaultVerified,
    WrongRow,
)
from goxray.render import write
from goxray.render.options import RenderOptions
from goxray.render.text_vault import render_vault
from goxray.render.text_vault_verify import _ORDER
from goxray.render.vault_page import detail_of, digits, person
from goxray.render.words import CATALOGUE, Lang
from goxray.render.words_vault_verify import WRONG_ZH

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schema/goxray.vault-1.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

HOSTILE = "evil\x1b[2J\u202ename"
OLD = VaultKey("11aa22bb" * 4, "ops", "retired", True, "2025-05-01T08:00:00Z", "2026-05-01T08:00:00Z")
OWN = VaultKey("8a72c0e1" * 4, "ops", "active", True, "2026-05-01T08:00:00Z", follows=OLD.id)
FOREIGN = VaultKey("fe" * 16, "审计 office", "active", False, "2026-06-01T08:00:00Z")
PERIODS = (KeepPeriod("default", 6), KeepPeriod("incident", 12), KeepPeriod("audit", 36, 10))


def row(bundle: str, state: BundleState = "kept", name: str = "service.log", **more: Any) -> BundleRow:
    first = BundleRow(
        bundle,
        state,
        name,
        kind="file",
        retention="default",
        created="2026-05-22T02:00:00Z",
        signer="ops",
        recipients=("ops", FOREIGN.id),
        mask=("all",),
        file_bytes=1_300_000,
        content_bytes=1_258_291,
        due="2026-11-22T16:00:00Z",
    )
    return replace(first, **more)


KEPT = row("3f2a9c01" + "d2" * 12)
DUE = row("3f2a9c01" + "ff" * 12, "due", "core.4242.gox", kind="snapshot", content_bytes=None)
HELD = row("77" * 16, "held", "a heap report with a very long name indeed.json", holds=("court-17", "audit-3"))
MISSING = row("88" * 16, "missing", "gone.log", file_bytes=0, content_bytes=None)
ENDED = row("99" * 16, "destroyed", "old.log", ended="2026-11-22T16:10:00Z", file_bytes=0)
DAMAGED = BundleRow("aa" * 16, "damaged")
STRANGER = row("bb" * 16, "stranger", HOSTILE, due="")
BEGUN = row("cc" * 16, "begun")
COUNTS = MaskCounts(("all",), "12" * 16, 1000, 900, 90, 2, {"phone": 120, "email": 3}, {"too-long": 2})

GOOD_LOG = LogVerified("5ab7" * 8, 37, "2026-11-22T02:00:00Z", 35, 12, (), (), 0, (), ())
ODD_LOG = replace(
    GOOD_LOG,
    unknown_keys=("cc" * 16,),
    torn=1,
    steps=(ClockStep(12, -3600.0, True, True), ClockStep(20, 86400.0, False, False)),
    marks_lost=(7,),
    anchors_met=2,
    anchors_given=2,
)
FAULTS = tuple(
    LogFault(kind, 5, 1200, f"English of {kind}", 7, 1900)
    for kind in (
        "edited", "foreign", "missing", "moved", "repeated", "rewritten", "truncated", "replaced", "head", "mark",
        "anchor",
    )
)  # fmt: skip
BAD_LOG = replace(GOOD_LOG, faults=FAULTS, heads=0, covered=0, anchors_met=1, anchors_given=3)
KINDS = ("early", "held", "overdue", "unfinished", "missing", "there", "unsigned", "clock", "stranger", "log")
WRONGS = tuple(WrongRow(kind, ENDED.id if kind != "clock" else "", 30, f"English of {kind}") for kind in KINDS)
CHECKED = (
    BundleChecked(KEPT.id, KEPT, "chunk 3 is not what was sealed there", kind="changed"),
    BundleChecked("x.goxs", None, "this is no sealed bundle", kind="format"),
    BundleChecked(STRANGER.id, STRANGER, f"signed by {HOSTILE}", kind="untrusted"),
    BundleChecked("y.goxs", None, "cannot be read", kind="unreadable"),
    BundleChecked(DUE.id, DUE, "something new"),
    BundleChecked(ENDED.id, ENDED, destroyed=True),
)
SEALED = f'{{"class":"a","id":"{KEPT.id}"}}'
ENTRIES = (
    LogEntry(1, "2026-11-22T02:00:00.123456789Z", "wang@ops", "log-created", "ok", "", '{"format":1}', "ab" * 32),
    LogEntry(2, "2026-11-22T02:00:01.1Z", HOSTILE, "seal", "ok", "cd" * 32, SEALED, "ab" * 32),
    LogEntry(3, "2026-11-22T02:00:02.1Z", "li@ops", "open", "wrong-passphrase", "", '{"why":"x \\u001b y"}', "ab" * 32),
)  # fmt: skip

RESULTS: dict[str, object] = {
    "init": VaultMade("/v", "5ab7" * 8, OWN, PERIODS),
    "seal": BundleSealed("/v", KEPT, 14, COUNTS),
    "seal several": (BundleSealed("/v", row("12" * 16, mask=()), 14), BundleSealed("/v", DUE, 15, MaskCounts((), "1"))),
    "open": BundleOpened(KEPT, f"/srv/{HOSTILE}", 1_258_291),
    "list": VaultListed("/v", "5ab7" * 8, (KEPT, DUE, HELD, MISSING, DAMAGED, STRANGER, BEGUN), PERIODS, False, 1),
    "list empty": VaultListed("/v", "5ab7" * 8, (), PERIODS, True),
    "verify good": VaultVerified("/v", "5ab7" * 8, (BundleChecked(KEPT.id, KEPT), CHECKED[-1]), (), GOOD_LOG, (OWN,)),
    "verify bad": VaultVerified("/v", "5ab7" * 8, CHECKED, WRONGS, BAD_LOG, (OWN, FOREIGN)),
    "verify files": VaultVerified("", "", (BundleChecked("x.goxs", KEPT),), trusted=(FOREIGN,)),
    "hold": HoldSet("court-17", "order of 20 November", False, (HELD,), (15,)),
    "release": HoldSet("court-17", HOSTILE, True, (HELD, KEPT), (16, 17)),
    "expire": VaultExpired("/v", (ENDED,), (HELD,), "2027-01-01T16:00:00Z", False),
    "expire dry": VaultExpired("/v", (DUE,), (), "", True),
    "expire nothing": VaultExpired("/v", (), (), "", False),
    "policy": PolicyShown("/v", PERIODS, 480, 12),
    "policy shown": PolicyShown("/v", PERIODS, -210),
    "keys": KeysListed("/v", (OLD, OWN, FOREIGN)),
    **{f"keys {done}": KeysListed("/v", (OWN,), done) for done in ("new", "added", "rotated", "retired", "passphrase")},
    "keys none": KeysListed("/v", ()),
    "log show": LogShown("/v", "5ab7" * 8, ENTRIES, 12),
    "log show changed": LogShown("/v", "5ab7" * 8, ENTRIES[:1], 0, FAULTS[0]),
    "log show empty": LogShown("/v", "", ()),
    "log verify": ODD_LOG,
    "log verify bad": BAD_LOG,
    "log accept-clock": LogEntry(22, "2026-11-22T02:00:03.1Z", "li", "clock-accepted", "ok", "", "{}", "ab" * 32),
}  # fmt: skip


def shown(name: str, lang: Lang = "en", width: int = 120, **more: Any) -> str:
    return render_vault(RESULTS[name], RenderOptions(lang=lang, width=width, **more))


def told(name: str, lang: Lang = "en") -> str:
    """What is shown, without the ends of lines that a narrow terminal makes."""
    return " ".join(shown(name, lang, 400).split())


def report(name: str) -> Any:
    out = io.BytesIO()
    write(RESULTS[name], "json", out, RenderOptions(), "vault")
    return json.loads(out.getvalue())


# ---- all of them


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [40, 80, 120])
def test_lines_keep_within_the_terminal_and_cannot_drive_it(name: str, lang: Lang, width: int) -> None:
    text = shown(name, lang, width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
    assert not any(line != line.rstrip() for line in text.splitlines())


@pytest.mark.parametrize("name", RESULTS)
def test_ascii_terminals_get_ascii(name: str) -> None:
    out = io.BytesIO()
    write(RESULTS[name], "table", out, RenderOptions(width=80, ascii_only=True), "vault")
    assert out.getvalue().isascii()


@pytest.mark.parametrize("name", RESULTS)
def test_json_is_what_the_schema_says_and_loses_nothing(name: str) -> None:
    found = report(name)
    VALIDATOR.validate(found)
    result = RESULTS[name]
    plain = [asdict(each) for each in result] if isinstance(result, tuple) else asdict(result)
    values = json.loads(json.dumps(plain))
    inner = {"seal": "sealed", "log-accept-clock": "entry"}.get(found["deed"])
    if inner is None:
        assert {key: found[key] for key in values} == values
    else:
        assert found[inner] == (values if inner == "entry" or isinstance(result, tuple) else [values])


def test_every_deed_of_the_schema_is_shown_here() -> None:
    deeds = {each["$ref"].removeprefix("#/$defs/deed-") for each in SCHEMA["oneOf"]}
    assert {report(name)["deed"] for name in RESULTS} == deeds


def test_the_schema_knows_the_states_and_keys_are_never_left_out() -> None:
    assert set(SCHEMA["$defs"]["bundle"]["properties"]["state"]["enum"]) == set(get_args(BundleState))
    for name, part in SCHEMA["$defs"].items():
        for each in part.get("oneOf", [part]):
            if each.get("type") == "object":
                assert each["required"] == list(each["properties"]), name
                assert each["additionalProperties"] is False


@pytest.mark.parametrize("state", get_args(BundleState))
def test_every_state_has_words(state: str) -> None:
    assert f"vault.state.{state}" in CATALOGUE


# ---- what is wrong


def test_what_is_wrong_is_told_before_anything_else_and_with_what_to_do() -> None:
    text = shown("verify bad", width=400)
    lines = text.splitlines()
    assert lines[1] == f"{len(FAULTS) + len(WRONGS) + 5} things are wrong."
    titles = [line for line in lines if line.startswith(tuple(CATALOGUE[f"vault.wrong.{kind}"][0] for kind in _ORDER))]
    assert titles[0].startswith("the log is not as it was written")
    assert titles[1].startswith("changed: not the bytes that were sealed")
    assert titles[-1].startswith("due, and still there")
    assert sum(line.startswith("  do  ") for line in lines) == len(titles) == len(KINDS) + 1 + 5
    assert lines.index(titles[-1]) < next(at for at, line in enumerate(lines) if line.startswith("  trusted"))


def test_in_english_the_words_of_the_rooms_stand_in_chinese_each_kind_has_its_own() -> None:
    english, chinese = told("verify bad"), told("verify bad", "zh")
    for each in (*WRONGS, *FAULTS):
        assert printable_words(each.words) in english
        assert "English of" not in chinese
    assert "第 5 至 7 条被改动，字节 1200 至 1900" in chinese
    assert "未到期就被销毁（日志第 30 条）" in chinese and "99999999 old.log" in chinese


def printable_words(text: str) -> str:
    return " ".join(text.split())


def test_chinese_says_times_and_holds_where_they_are_known() -> None:
    early = WrongRow("early", ENDED.id, 30, "x", "2026-11-22T16:10:00Z", "2027-01-01T16:00:00Z")
    held = WrongRow("held", ENDED.id, 30, "x", holds=("court-17", HOSTILE))
    overdue = WrongRow("overdue", DUE.id, 9, "x", due="2026-11-22T16:00:00Z")
    result = VaultVerified("/v", "5ab7" * 8, (), (early, held, overdue), GOOD_LOG)
    text = render_vault(result, RenderOptions(lang="zh", width=400))
    assert "2026-11-22 16:10 UTC 被销毁，而应保存至 2027-01-01 16:00 UTC" in text
    assert "在保全（court-17、evil\\x1b[2J\\u202ename）期间被销毁" in text
    assert "2026-11-22 16:00 UTC 已到期，数据密钥仍在" in text


def test_what_is_wrong_names_ids_and_times_in_short() -> None:
    words = f"{ENDED.id} was destroyed 2026-11-22T16:10:00.000000001Z, and was to be kept"
    result = VaultVerified("/v", "1", (), (WrongRow("early", ENDED.id, 30, words),), GOOD_LOG)
    assert "99999999: 99999999 was destroyed 2026-11-22T16:10:00Z" in render_vault(result, RenderOptions(width=200))


def test_every_kind_has_a_title_advice_and_chinese() -> None:
    for kind in _ORDER:
        assert f"vault.wrong.{kind}" in CATALOGUE and f"vault.do.{kind}" in CATALOGUE
        assert kind in WRONG_ZH or kind == "fault"
    assert set(KINDS) <= set(_ORDER)
    assert all(f"fault.{fault.kind}" in WRONG_ZH for fault in FAULTS)


def test_a_kind_from_the_future_is_told_all_the_same() -> None:
    result = VaultVerified("/v", "1", (BundleChecked("b", None, "odd", kind="odder"),), (WrongRow("new", "", 3, "so"),))
    for lang in ("en", "zh"):
        text = render_vault(result, RenderOptions(lang=lang, width=200))
        assert text.count("\n") > 5
    assert "  so\n" in render_vault(result, RenderOptions(width=200))
    fault = replace(GOOD_LOG, faults=(LogFault("newer", 0, 77, "w"),))
    assert "字节 77 处与当初写下的不同" in render_vault(fault, RenderOptions(lang="zh", width=200))


def test_many_of_a_kind_are_cut_and_counted() -> None:
    wrong = tuple(WrongRow("overdue", f"{number:032x}", number, f"words {number}") for number in range(1, 31))
    text = render_vault(VaultVerified("/v", "1", (), wrong, GOOD_LOG), RenderOptions(width=120))
    assert "words 20\n" in text and "words 21\n" not in text
    assert "… and 10 more; --format json lists all" in text


def test_a_good_vault_says_so_and_what_it_rests_on() -> None:
    text = told("verify good")
    assert "Nothing is wrong: 2 bundles, the log whole" in text
    assert "1 of them without data key, as it should be" in text
    assert "12 signed heads; the last covers everything up to entry 35 of 37" in text
    assert "none given: that an older copy was put back" in text


def test_files_alone_say_nothing_of_a_log() -> None:
    text = told("verify files")
    assert "Nothing is wrong with 1 bundle: whole, and signed by a trusted key." in text
    assert "log" not in text and "审计 office fefefefe" in text


def test_a_log_tells_of_clocks_crashes_and_strange_keys() -> None:
    english, chinese = told("log verify"), told("log verify", "zh")
    assert "set back by 3,600 s before entry 12; somebody vouched for it" in english
    assert "set forward by at least 86,400 s before entry 20; nobody vouched for it" in english
    assert "1 line torn by a crash" in english and "as entries 7 say" in english
    assert "heads signed by keys that are not trusted: cccccccc" in english
    assert "2 of 2 points kept elsewhere" in english
    assert "第 12 条之前被拨慢 3,600 秒；已有人担保" in chinese
    assert "第 20 条之前被拨快至少 86,400 秒；无人担保" in chinese


def test_without_a_signed_head_a_log_proves_nothing_and_that_is_said() -> None:
    assert "no signed head of a trusted key" in told("log verify bad")


# ---- list


def test_the_worst_stands_first_and_the_next_command_is_named() -> None:
    lines = shown("list").splitlines()
    assert lines[1].startswith("The log was changed")
    states = [line.split()[1] for line in lines if re.match(r"  [0-9a-f]{8,} ", line)]
    assert states == ["DAMAGED", "MISSING", "stranger", "end", "due", "held", "kept"]
    text = told("list")
    for words in ("1 damaged", "1 missing", "1 unknown to the log", "1 half destroyed", "1 due: may be destroyed now"):
        assert words in text
    assert "goxray vault log verify goxray vault verify goxray vault expire --dry-run" in text


def test_ids_are_shown_as_far_as_they_differ() -> None:
    assert digits(["3f2a9c01d2", "3f2a9c01ff", "77777777"]) == 9
    assert digits(["3f2a9c01", "77777777"]) == 8
    assert digits([]) == 8
    assert "3f2a9c01d " in shown("list") and "3f2a9c01f " in shown("list")


def test_commands_name_the_vault_where_it_is_not_the_user_s_own() -> None:
    assert "goxray vault verify --vault '/mnt/two words'" in shown("list", vault="/mnt/two words")


def test_people_are_names_and_strangers_the_beginning_of_their_id() -> None:
    assert person("ops") == "ops"
    assert person(FOREIGN.id) == "fefefefe"
    assert "fefefefe" in shown("list", width=200)


# ---- single deeds


def test_sealing_tells_counts_and_what_could_not_be_masked() -> None:
    text = told("seal")
    assert "masked phone 120, email 3" in text
    assert "2 lines, because they could not be masked: too-long 2" in text
    assert "2 JSON objects held a key twice" in text
    assert "2026-11-22 16:00 UTC, at least (class default)" in text
    assert "脱敏" in told("seal", "zh") and "phone 120 处" in told("seal", "zh")


def test_sealing_without_a_mask_and_masks_that_found_nothing_are_told_apart() -> None:
    text = told("seal several")
    assert "no: sealed as it was" in text and "no value was found to be masked" in text
    assert text.count("De-identified, not anonymous") == 1


def test_expiry_says_what_cannot_be_proven_only_after_it_was_done() -> None:
    assert "What nobody can prove" in told("expire") and "due, and kept by a legal hold: 77777777" in told("expire")
    assert "What nobody can prove" not in told("expire dry")
    assert "Nothing was changed." in told("expire dry")


def test_periods_zones_and_entries() -> None:
    text = told("policy")
    assert "Entry 12 of the log sets these periods" in text and "36 months 10 days" in text
    assert "at midnight of UTC+8" in text and "UTC-3:30" in told("policy shown")
    assert "36 个月 10 天" in told("policy", "zh")


def test_keys_say_whose_they_are_and_what_they_follow() -> None:
    lines = shown("keys").splitlines()
    assert any("retired 2026-05-01" in line and "own" in line for line in lines)
    assert any("8a72c0e1" in line and line.endswith("11aa22bb") for line in lines)
    assert any("foreign" in line for line in lines)
    assert "No active key of your own is here" in told("keys none")


def test_log_entries_are_short_and_refusals_counted() -> None:
    text = shown("log show")
    assert "12 entries before these are not shown" in text
    assert "1 entry tells of a deed that was refused or failed" in text
    assert re.search(r"2026-11-22 02:00:01  evil\\x1b\[2J\\u202ename +seal +ok +cdcdcdcd +3f2a9c01 class=a", text)
    changed = told("log show changed")
    assert "nothing behind that place is shown: English of edited" in changed and "log verify" in changed


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ("", ""),
        ('{"id":"' + "ab" * 16 + '","why":"two words"}', 'abababab why="two words"'),
        ('{"head":{"signature":"ab"},"n":3,"for":["' + "cd" * 16 + '","ops"]}', "n=3 for=cdcdcdcd,ops"),
        (
            '{"classes":{"a":{"days":0,"months":12}},"default":{"days":10,"months":6},"zone_minutes":480}',
            "classes=a:12m default=6m10d zone_minutes=480",
        ),
        ("no JSON", "no JSON"),
        ("[1]", "[1]"),
    ],
    ids=["nothing", "an id", "signed", "periods", "no JSON", "no object"],
)
def test_details_are_short(detail: str, expected: str) -> None:
    assert detail_of(detail) == expected
