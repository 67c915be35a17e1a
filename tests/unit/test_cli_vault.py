"""``goxray vault`` from the command line: real vaults, what is printed, how it ends, what is left on the disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

from goxray.ui.cli.main import main
from goxray.ui.cli.vault import COMMANDS
from goxray.ui.cli.vault_keys import COMMANDS as KEYS
from goxray.ui.cli.vault_log import COMMANDS as LOG
from goxray.vault import keys
from tests.unit.custody_vaults import DUE_NS, quick_and_timed

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schema/goxray.vault-1.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
ALL = [
    *(name for name in COMMANDS if name not in ("keys", "log")),
    *(f"keys {name}" for name in KEYS),
    *(f"log {name}" for name in LOG),
]
LINES = '{"mobile":"13812345678","msg":"call 13812345678 or 13912345678"}\n{"mobile":"13912345678","msg":"fine"}\n'

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command of the vault that stands in the test's directory, with its passphrase at hand."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(keys, "ROUNDS", 1000)
    for name in ("GOXRAY_VAULT_KEY", "GOXRAY_LANG", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    secret(tmp_path / "passphrase", "correct horse")
    monkeypatch.setenv("GOXRAY_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    monkeypatch.setenv("GOXRAY_VAULT", str(tmp_path / "vault"))
    monkeypatch.setenv("COLUMNS", "100")

    def call(words: str, *more: str, code: int | None = 0) -> Result:
        done = CliRunner().invoke(main, ["vault", *words.split(), *more])
        assert code is None or done.exit_code == code, done.output
        return done

    return call


@pytest.fixture
def made(run: Run, tmp_path: Path) -> Run:
    """The same with a vault that is there, and a log to seal."""
    run("init --name ops --keep incident=12m")
    (tmp_path / "app.jsonl").write_text(LINES, "utf-8")
    return run


def secret(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")
    return path


def said(result: Result) -> Any:
    """Return the JSON that a command wrote, after the schema has taken it."""
    report = json.loads(result.stdout)
    VALIDATOR.validate(report)
    return report


def sealed(run: Run, *more: str, file: str = "app.jsonl") -> str:
    """Seal a file and return the bundle's id."""
    return str(said(run("seal --format json", file, *more))["sealed"][0]["bundle"]["id"])


def changed(run: Run, place: Path) -> str:
    """Seal 8,000 bytes, change one in the middle of what they became, and return the bundle's id."""
    (place / "big.txt").write_bytes(b"0123456\n" * 1000)
    bundle = sealed(run, file="big.txt")
    path = place / f"vault/bundles/{bundle}.goxs"
    data = bytearray(path.read_bytes())
    data[-4000] ^= 1
    path.write_bytes(data)
    return bundle


# ---- help


@pytest.mark.parametrize("name", [*COMMANDS, *ALL[len(COMMANDS) - 2 :]])
def test_help_has_examples_that_fit_and_says_how_it_ends(name: str) -> None:
    result = CliRunner().invoke(main, ["vault", *name.split(), "--help"])
    assert result.exit_code == 0
    assert "Examples:" in result.stdout and f"    goxray vault {name}" in result.stdout
    assert max(len(line) for line in result.stdout.splitlines()) <= 100
    if name not in ("keys", "log"):
        assert "Exit status: 0" in result.stdout


@pytest.mark.parametrize("name", ALL)
def test_examples_in_help_are_commands_that_exist_with_options_that_they_take(name: str) -> None:
    shown = CliRunner().invoke(main, ["vault", *name.split(), "--help"]).stdout
    examples = [line.strip() for line in shown.splitlines() if line.startswith("    goxray vault ")]
    assert examples
    for example in examples:
        words = example.split("|")[0].split("   ")[0].split()
        options = {word for word in words if word.startswith("--")}
        owner = " ".join(words[2:4]) if words[2] in ("keys", "log") else words[2]
        told = CliRunner().invoke(main, ["vault", *owner.split(), "--help"])
        assert told.exit_code == 0
        assert all(option in told.stdout for option in options), (example, owner)


def test_help_loads_no_heavy_package_and_no_cryptography() -> None:
    program = (
        "import sys; from goxray.ui.cli.main import main\n"
        "try: main(['vault', 'seal', '--help'])\n"
        "finally: print([m for m in ('numpy', 'pyarrow', 'cryptography', 'goxray.vault', 'goxray.api_vault')"
        " if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert done.stderr.strip() == "[]"


# ---- init


def test_init_says_what_was_made_and_what_is_next(run: Run, tmp_path: Path) -> None:
    shown = run("init --name ops --keep incident=12m").stdout
    assert shown.startswith(f"goxray vault init · {tmp_path}/vault\n")
    assert "Its first key is ops" in shown
    assert "incident 12 months, default 6 months" in shown
    assert "goxray vault seal FILE " in shown
    assert (tmp_path / "vault").stat().st_mode & 0o777 == 0o700


def test_commands_that_are_shown_name_the_vault_that_was_named(run: Run, tmp_path: Path) -> None:
    place = tmp_path / "two words"
    shown = run("init --vault", str(place)).stdout
    assert f"goxray vault seal FILE --vault '{place}'" in shown.replace("\n        ", " ")


@pytest.mark.parametrize("period", ["180d", "5m", "nothing", "6m -1d"])
def test_a_period_that_falls_short_leaves_no_vault(run: Run, tmp_path: Path, period: str) -> None:
    refused = run("init --keep", f"incident={period}", code=2)
    assert refused.stderr.startswith("goxray: ") and refused.stdout == ""
    assert run("list", code=3).stderr.startswith("goxray: ")


def test_init_twice_is_refused(made: Run) -> None:
    assert "is a vault already" in made("init", code=3).stderr


def test_no_terminal_and_no_file_is_one_line_and_nothing_is_made(run: Run, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "GOXRAY_PASSPHRASE_FILE"}
    done = subprocess.run(
        [sys.executable, "-m", "goxray", "vault", "init"],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        start_new_session=True,
    )
    assert done.returncode == 2
    told = "goxray: a passphrase for the new key owner is needed, and there is no terminal to ask on\nhint: "
    assert done.stderr.startswith(told)
    assert not (tmp_path / "vault").exists()


# ---- seal, list, open


def test_sealing_shows_the_bundle_for_whom_until_when_and_what_was_masked(made: Run, tmp_path: Path) -> None:
    done = made("seal app.jsonl --mask all --class incident --who wang@ops")
    report = said(made("list --format json"))
    row = report["bundles"][0]
    shown = done.stdout
    assert f"bundle      {row['id']}" in shown
    assert "for         ops" in shown and "signed by   ops" in shown
    assert f"{row['due'][:10]} 16:00 UTC, at least (class incident)" in shown
    assert "masked      phone 4" in shown
    assert "De-identified, not anonymous" in shown
    assert "app.jsonl stands where it was, in the clear" in done.stderr
    assert (tmp_path / "app.jsonl").read_text("utf-8") == LINES
    assert (row["mask"], row["retention"], row["state"]) == (["all"], "incident", "kept")


def test_what_was_sealed_opens_again_and_is_never_written_over(made: Run, tmp_path: Path) -> None:
    bundle = sealed(made)
    shown = made(f"open {bundle[:8]} -o out").stdout
    assert "app.jsonl was opened after all of it had verified" in shown
    assert (tmp_path / "out/app.jsonl").read_text("utf-8") == LINES
    assert (tmp_path / "out/app.jsonl").stat().st_mode & 0o777 == 0o600
    (tmp_path / "out/app.jsonl").write_text("mine", "utf-8")
    assert "is there already" in made(f"open {bundle} -o out", code=2).stderr
    assert (tmp_path / "out/app.jsonl").read_text("utf-8") == "mine"
    report = said(made(f"open {bundle} -o out --as again.jsonl --format json"))
    assert Path(report["file"]).name == "again.jsonl"
    assert report["content_bytes"] == len(LINES.encode())


def test_masked_content_opens_masked(made: Run, tmp_path: Path) -> None:
    bundle = sealed(made, "--mask", "all")
    made(f"open {bundle}", "--as", "masked.jsonl")
    text = (tmp_path / "masked.jsonl").read_text("utf-8")
    assert "13812345678" not in text and "13912345678" not in text
    first, second = (json.loads(line) for line in text.splitlines())
    assert first["mobile"] in first["msg"] and second["mobile"] in first["msg"]


@pytest.mark.parametrize("name", ["../escaped", "/escaped", "a/b", ".."])
def test_a_name_that_leads_elsewhere_is_refused(made: Run, tmp_path: Path, name: str) -> None:
    bundle = sealed(made)
    before = sorted(tmp_path.rglob("*"))
    assert made(f"open {bundle} -o out --as", name, code=2).stderr.startswith("goxray: ")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_changed_bundle_leaves_no_file_and_no_directory(made: Run, tmp_path: Path) -> None:
    bundle = changed(made, tmp_path)
    refused = made(f"open {bundle} -o out", code=3)
    assert refused.stdout == "" and len(refused.stderr.splitlines()) <= 2
    assert not (tmp_path / "out").exists()


def test_a_wrong_passphrase_is_refused_and_logged(made: Run, tmp_path: Path) -> None:
    bundle = sealed(made)
    wrong = secret(tmp_path / "wrong", "another horse")
    refused = made(f"open {bundle} -o out --passphrase-file {wrong}", code=3)
    assert "the passphrase does not open 'ops'" in refused.stderr
    last = said(made("log show --format json"))["entries"][-1]
    assert (last["what"], last["result"]) == ("open", "wrong-passphrase")
    shown = made("log show").stdout
    assert "1 entry tells of a deed that was refused or failed" in shown
    assert "another horse" not in shown


def test_several_files_are_sealed_with_one_question(made: Run, tmp_path: Path) -> None:
    (tmp_path / "two.txt").write_text("plain text\n", "utf-8")
    report = said(made("seal app.jsonl two.txt --format json"))
    assert [each["bundle"]["name"] for each in report["sealed"]] == ["app.jsonl", "two.txt"]
    assert [each["masked"] for each in report["sealed"]] == [None, None]


def test_where_one_of_several_fails_those_before_it_are_shown(made: Run, tmp_path: Path) -> None:
    done = made("seal app.jsonl gone.txt --format json", code=2)
    assert [each["bundle"]["name"] for each in said(done)["sealed"]] == ["app.jsonl"]
    assert "gone.txt" in done.stderr
    assert len(said(made("list --format json"))["bundles"]) == 1


def test_one_name_is_for_one_file(made: Run) -> None:
    assert "--name names one file" in made("seal app.jsonl app.jsonl --name x", code=2).stderr


def test_sealed_for_others_it_opens_for_them_alone(made: Run, tmp_path: Path) -> None:
    made("keys new audit", "--new-passphrase-file", str(secret(tmp_path / "second", "second horse")))
    report = said(made("seal app.jsonl --for audit --key ops --format json"))
    bundle = report["sealed"][0]["bundle"]
    assert (bundle["recipients"], bundle["signer"]) == (["audit"], "ops")
    assert made(f"open {bundle['id']} -o out --key ops", code=None).exit_code == 3
    made(f"open {bundle['id']} -o out", "--passphrase-file", str(tmp_path / "second"))
    assert (tmp_path / "out/app.jsonl").read_text("utf-8") == LINES


def test_two_own_keys_want_to_be_told_apart(made: Run) -> None:
    made("keys new audit")
    refused = made("seal app.jsonl", code=2)
    assert "several keys of your own: audit, ops" in refused.stderr and "--key" in refused.stderr


def test_an_empty_vault_says_how_to_begin(made: Run) -> None:
    shown = made("list").stdout
    assert "Nothing was sealed here yet." in shown and "goxray vault seal FILE" in shown


def test_due_and_all_exclude_each_other(made: Run) -> None:
    assert made("list --due --all", code=2).stderr.startswith("goxray: --due and --all exclude each other")


def test_list_due_counts_what_it_does_not_show(made: Run) -> None:
    sealed(made)
    report = said(made("list --due --format json"))
    assert (report["bundles"], report["left_out"]) == ([], 1)
    assert "1 other bundle is not shown; --all shows it" in made("list --due").stdout


# ---- verify


def test_a_whole_vault_verifies(made: Run) -> None:
    sealed(made)
    shown = made("verify").stdout
    assert "Nothing is wrong: 1 bundle, the log whole" in shown
    assert said(made("verify --format json"))["good"] is True


def test_a_changed_bundle_ends_with_one_and_is_named(made: Run, tmp_path: Path) -> None:
    bundle = changed(made, tmp_path)
    done = made("verify", code=1)
    assert "1 thing is wrong." in done.stdout and bundle[:8] in done.stdout
    assert "changed: not the bytes that were sealed" in done.stdout and "big.txt" in done.stdout
    assert done.stderr == ""
    report = said(made("verify --format json", code=1))
    assert (report["good"], report["bundles"][0]["kind"]) == (False, "changed")
    assert "发现 1 个问题。" in made("verify --lang zh", code=1).stdout


def test_a_bundle_that_is_gone_is_missing(made: Run, tmp_path: Path) -> None:
    bundle = sealed(made)
    (tmp_path / f"vault/bundles/{bundle}.goxs").unlink()
    assert [(each["kind"], each["id"]) for each in said(made("verify --format json", code=1))["wrong"]] == [
        ("missing", bundle)
    ]
    shown = made("list").stdout
    assert "1 missing: gone, and no tombstone says that it was destroyed" in shown
    assert "goxray vault verify" in shown


def test_a_log_that_was_changed_ends_with_one(made: Run, tmp_path: Path) -> None:
    sealed(made)
    path = tmp_path / "vault/log/entries.jsonl"
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"class":"default"', b'"class":"defaulu"', 1))
    for command in ("verify", "log verify"):
        shown = made(command, code=1).stdout
        assert "the log is not as it was written" in shown and "change nothing" in shown
        assert said(made(f"{command} --format json", code=1))["good"] is False
    chinese = made("log verify --lang zh", code=1).stdout
    assert "被改动" in chinese
    assert "The log was changed" in made("log show").stdout


def test_a_file_and_a_key_need_no_vault(made: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = sealed(made)
    made("keys export-public ops -o ops.pem")
    os.rename(tmp_path / f"vault/bundles/{bundle}.goxs", tmp_path / "away.goxs")
    monkeypatch.setenv("GOXRAY_VAULT", str(tmp_path / "nowhere"))
    shown = made("verify away.goxs --trust ops.pem").stdout
    assert "Nothing is wrong with 1 bundle: whole, and signed by a trusted key." in shown


def test_where_nothing_can_be_verified_it_ends_with_three(run: Run) -> None:
    assert run("verify", code=3).stderr.startswith("goxray: ")
    assert run("log verify", code=3).stdout == ""


def test_a_copy_that_cannot_be_written_verifies(made: Run, tmp_path: Path) -> None:
    sealed(made)
    before = {path: path.stat().st_mtime_ns for path in sorted((tmp_path / "vault").rglob("*"))}
    for command in ("verify", "list", "log show", "log verify", "log export", "keys list", "policy"):
        made(command)
    assert {path: path.stat().st_mtime_ns for path in sorted((tmp_path / "vault").rglob("*"))} == before


# ---- holds, expiry, policy


def test_a_hold_and_its_release(made: Run) -> None:
    bundle = sealed(made)
    shown = made(f"hold {bundle[:8]} --case court-17 --why", "order of 20 November").stdout
    assert "court-17 holds 1 bundle" in shown and "order of 20 November" in shown
    assert said(made("list --format json"))["bundles"][0]["holds"] == ["court-17"]
    assert "held" in made("list").stdout
    report = said(made(f"hold {bundle} --case court-17 --why closed --release --format json"))
    assert (report["released"], report["bundles"][0]["holds"]) == (True, [])
    assert made(f"hold {bundle} --case court-17 --why closed --release", code=None).exit_code == 2


def test_nothing_due_is_told_without_a_passphrase(made: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed(made)
    monkeypatch.delenv("GOXRAY_PASSPHRASE_FILE")
    shown = made("expire --dry-run").stdout
    assert "Nothing is due: nothing would be destroyed." in shown and "nothing else is due before" in shown


def test_what_is_due_is_destroyed_and_what_is_held_stays(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with quick_and_timed(monkeypatch) as clock:
        run("init --name ops")
        (tmp_path / "app.jsonl").write_text(LINES, "utf-8")
        first, second = sealed(run), sealed(run, "--name", "second.jsonl")
        run(f"hold {second} --case court-17 --why order")
        clock.since_ns += DUE_NS - clock.wall_ns
        clock.wall_ns = DUE_NS
        dry = run("expire --dry-run").stdout
        assert "1 bundle is due and would be destroyed. Nothing was changed." in dry and first[:8] in dry
        assert (tmp_path / f"vault/bundles/{first}.goxs").exists()
        report = said(run("expire --format json"))
        assert [each["id"] for each in report["destroyed"]] == [first]
        assert [each["id"] for each in report["held"]] == [second]
        assert not (tmp_path / f"vault/bundles/{first}.goxs").exists()
        assert "Nothing was due" in run("expire").stdout
        assert "destroyed" in run(f"open {first} -o out", code=3).stderr
        rows = said(run("list --all --format json"))["bundles"]
        assert {each["id"]: each["state"] for each in rows} == {first: "destroyed", second: "held"}
        assert said(run("list --format json"))["left_out"] == 1
        assert said(run("verify --format json"))["good"] is True


def test_after_a_step_of_the_clock_nothing_goes_until_somebody_vouches(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with quick_and_timed(monkeypatch) as clock:
        run("init")
        (tmp_path / "app.jsonl").write_text(LINES, "utf-8")
        sealed(run)
        clock.wall_ns = DUE_NS
        refused = run("expire", code=3)
        assert "nothing is destroyed" in refused.stderr and refused.stdout == ""
        run("policy incident=12m")
        steps = said(run("log verify --format json"))["steps"]
        assert [each["accepted"] for each in steps] == [False]
        number = steps[0]["entry"]
        wrong = said(run("verify --format json", code=1))["wrong"]
        assert ("clock", number) in {(each["kind"], each["entry"]) for each in wrong}
        shown = run(f"log accept-clock {number} --why", "the battery was changed").stdout
        assert "vouches for the step of the clock" in shown and "battery" in shown
        assert "1 bundle was destroyed" in run("expire").stdout


def test_the_policy_is_shown_and_set(made: Run) -> None:
    assert "How long evidence is kept, by class" in made("policy").stdout
    report = said(made("policy audit=3y default=6m10d --format json"))
    periods = {each["name"]: (each["months"], each["days"]) for each in report["periods"]}
    assert periods == {"audit": (36, 0), "incident": (12, 0), "default": (6, 10)}
    assert report["entry"] > 0
    assert "36 months" in made("policy").stdout and "6 个月 10 天" in made("policy --lang zh").stdout
    assert "falls short" in made("policy audit=180d", code=2).stderr


# ---- keys


def test_keys_are_made_listed_rotated_and_retired(made: Run) -> None:
    made("keys new audit")
    first = {each["name"]: each["id"] for each in said(made("keys list --format json"))["keys"]}
    report = said(made("keys rotate ops --format json"))
    new = next(each for each in report["keys"] if each["state"] == "active")
    assert (report["done"], new["follows"]) == ("rotated", first["ops"])
    made("keys retire audit")
    shown = made("keys list").stdout
    assert shown.count("retired ") == 2 and first["ops"][:8] in shown and "own" in shown


def test_a_foreign_key_comes_and_goes_as_pem(made: Run, tmp_path: Path) -> None:
    made("init --vault other --name shanghai")
    made("keys export-public shanghai --vault other -o shanghai.pem")
    assert (tmp_path / "shanghai.pem").read_text("ascii").startswith("-----BEGIN PUBLIC KEY-----\n")
    shown = made("keys add branch shanghai.pem").stdout
    assert "foreign" in shown and "Compare its id with its owner" in shown
    bundle = sealed(made, "--for", "branch")
    made("keys export-public ops -o ops.pem")
    made("keys add head ops.pem --vault other")
    made(f"open vault/bundles/{bundle}.goxs --vault other -o out")
    assert (tmp_path / "out/app.jsonl").read_text("utf-8") == LINES


def test_a_passphrase_is_changed_from_file_to_file(made: Run, tmp_path: Path) -> None:
    bundle = sealed(made)
    new = secret(tmp_path / "new", "a new passphrase")
    made(f"keys passphrase ops --new-passphrase-file {new}")
    assert "does not open" in made(f"open {bundle} -o out", code=3).stderr
    made(f"open {bundle} -o out --passphrase-file {new}")


def test_a_rotated_key_takes_the_new_file(made: Run, tmp_path: Path) -> None:
    new = secret(tmp_path / "new", "a new passphrase")
    made(f"keys rotate ops --new-passphrase-file {new}")
    assert "does not open" in made("seal app.jsonl", code=3).stderr
    made(f"seal app.jsonl --passphrase-file {new}")


# ---- the log


def test_the_log_shows_the_last_ones_and_says_what_it_leaves_out(made: Run) -> None:
    sealed(made)
    whole = said(made("log show --format json"))
    assert whole["left_out"] == 0 and whole["entries"][0]["what"] == "log-created"
    shown = made("log show --last 2").stdout
    count = len(whole["entries"])
    assert f"{count - 2} entries before these are not shown" in shown
    assert "log-created" not in shown and "seal" in shown


def test_heads_are_exported_once_under_a_name_and_verify(made: Run, tmp_path: Path) -> None:
    sealed(made)
    made("log export -o heads.json")
    assert (tmp_path / "heads.json").stat().st_mode & 0o777 == 0o600
    assert "not replaced" in made("log export -o heads.json", code=2).stderr
    assert made("log export").stdout_bytes == (tmp_path / "heads.json").read_bytes()
    shown = made("log verify --anchor heads.json").stdout
    assert "are in the log as they were then" in shown
    report = said(made("verify --anchor heads.json --format json"))
    assert report["log"]["anchors_met"] == report["log"]["anchors_given"] > 0


def test_an_older_log_does_not_meet_its_anchor(made: Run, tmp_path: Path) -> None:
    older = {path: path.read_bytes() for path in (tmp_path / "vault/log").iterdir()}
    sealed(made)
    made("log export -o heads.json")
    for path, data in older.items():
        path.write_bytes(data)
    made("log verify")
    shown = made("log verify --anchor heads.json", code=1).stdout
    assert "the end was cut off, or an older copy was put in its place" in " ".join(shown.split())


def test_a_step_that_was_none_cannot_be_vouched_for(made: Run) -> None:
    refused = made("log accept-clock 3 --why x", code=None)
    assert refused.exit_code in (2, 3) and refused.stderr.startswith("goxray: ")


# ---- completion


def completions(words: str, incomplete: str) -> list[tuple[str, str]]:
    found = ShellComplete(main, {}, "goxray", "_GOXRAY_COMPLETE").get_completions(words.split(), incomplete)
    return [(each.value, each.type) for each in found]


def test_shells_complete_bundles_and_keys(made: Run, tmp_path: Path) -> None:
    bundle = sealed(made)
    made("init --vault other --name elsewhere")
    made("keys new audit")
    (tmp_path / "vault/keys/broken.key.json").write_text("[", "utf-8")
    for command in ("open", "verify", "hold"):
        assert completions(f"vault {command}", bundle[:3]) == [(bundle, "plain")]
    assert completions("vault open", "some.gox") == [("some.gox", "file")]
    assert completions("vault seal --for", "") == [("audit", "plain"), ("ops", "plain")]
    assert completions("vault keys rotate", "o") == [("ops", "plain")]
    assert completions("vault open --vault other --key", "") == [("elsewhere", "plain")]


def test_where_there_is_no_vault_nothing_is_completed(run: Run) -> None:
    assert completions("vault keys rotate", "") == []
    assert completions("vault open", "x") == [("x", "file")]


# ---- hostile names, languages, colours


def test_what_stands_in_a_log_cannot_drive_a_terminal(made: Run) -> None:
    made("seal app.jsonl --who", "li\x1b[2J\u202e", code=None)
    for lang in ("en", "zh"):
        shown = made(f"log show --lang {lang}").stdout
        assert "\x1b" not in shown and "\u202e" not in shown


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_colours_survive_a_pipe_where_they_are_forced_and_nothing_else_changes(
    made: Run, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import re

    sealed(made)
    plain = made(f"verify --lang {lang}").stdout
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = made(f"verify --lang {lang}").stdout
    assert "\x1b[32m" in coloured
    bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in bare.splitlines()] == plain.splitlines()


def test_the_passphrase_may_come_by_standard_input(run: Run, tmp_path: Path) -> None:
    environment = {**os.environ, "GOXRAY_PASSPHRASE_FILE": ""}
    command = [sys.executable, "-m", "goxray", "vault", "init", "--passphrase-file", "-"]
    done = subprocess.run(command, input=b"by a pipe\n", env=environment, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    with_file = run("policy incident=8m --passphrase-file", str(secret(tmp_path / "same", "by a pipe")))
    assert "8 months" in with_file.stdout
