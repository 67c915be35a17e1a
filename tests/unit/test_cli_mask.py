"""``goxray mask`` at the command line: keys, what goes in and out, how runs end. Nothing unmasked ever passes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from goxray.core.errors import WrongPassphrase
from goxray.ui.cli.main import main
from goxray.vault.mask import rules as rule_files
from goxray.vault.mask.tokens import Tokens

Run = Callable[..., Result]

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schema/goxray.mask-1.json").read_text("utf-8"))
MOBILE, ID_CARD = "13800138000", "110101190001010014"
LOG = f'{{"mobile":"{MOBILE}","n":1}}\nplain text of {ID_CARD}\n'
COMMAND = (sys.executable, "-m", "goxray", "mask")
WAIT = 60


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "GOXRAY_LANG", "GOXRAY_DEBUG", "GOXRAY_VAULT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run() -> Run:
    def _run(*arguments: str, given: str | bytes = LOG) -> Result:
        return CliRunner().invoke(main, ["mask", *arguments], input=given)

    return _run


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "mask.key"
    path.write_text(bytes(range(32)).hex() + "\n")
    path.chmod(0o600)
    return path


KEY_ID = Tokens(bytes(range(32))).key_id

# ---- keys


def test_a_new_key_is_for_its_owner_and_never_written_over(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "new.key"
    done = run("--new-key", str(path))
    held = path.read_text()
    assert done.exit_code == 0 and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(bytes.fromhex(held)) == 32 and Tokens(bytes.fromhex(held)).key_id in done.stdout
    assert held.strip() not in done.stdout
    again = run("--new-key", str(path))
    assert again.exit_code == 2 and "never written over" in again.stderr and path.read_text() == held


def test_a_new_key_does_not_follow_a_link(run: Run, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    assert run("--new-key", str(tmp_path / "link")).exit_code == 2
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_reach_is_refused(run: Run, key: Path, mode: int) -> None:
    key.chmod(mode)
    done = run("--key", str(key))
    assert done.exit_code == 2 and done.stdout == ""
    assert f"hint: chmod 600 {key}" in done.stderr


@pytest.mark.parametrize("held", ["", "00" * 31, "zz" * 32, "00" * 33, "é"])
def test_a_file_without_a_key_is_refused(run: Run, key: Path, held: str) -> None:
    key.write_text(held)
    done = run("--key", str(key))
    assert done.exit_code == 3 and "holds no masking key" in done.stderr and done.stdout == ""


def test_without_a_key_nothing_is_masked(run: Run) -> None:
    done = run()
    assert done.exit_code == 2 and done.stdout == ""
    assert all(way in done.stderr for way in ("--new-key", "--vault", "--once"))


def test_one_key_at_a_time(run: Run, key: Path) -> None:
    for more in (("--once",), ("--vault", "x")):
        done = run("--key", str(key), *more)
        assert done.exit_code == 2 and "exclude each other" in done.stderr


def test_once_is_another_key_each_time(run: Run) -> None:
    first, second = run("--once"), run("--once")
    assert first.exit_code == second.exit_code == 0
    assert first.stdout != second.stdout and MOBILE not in first.stdout + second.stdout


def test_the_key_of_a_vault_is_used_and_wiped(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    held = bytearray(range(32))
    asked: list[object] = []

    @contextmanager
    def masking_key(place: Path, **more: object) -> Iterator[bytearray]:
        asked.append((place, more["who"]))
        yield held
        held[:] = bytes(32)

    monkeypatch.setattr("goxray.api_vault.masking_key", masking_key)
    done = run("--vault", str(tmp_path), "--who", "eve")
    assert done.exit_code == 0 and f"/{KEY_ID}/" in done.stdout
    assert asked == [(tmp_path, "eve")] and not any(held)


def test_a_wrong_passphrase_lets_nothing_through(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def masking_key(*_: object, **__: object) -> None:
        raise WrongPassphrase("the passphrase does not open the key")

    monkeypatch.setattr("goxray.api_vault.masking_key", masking_key)
    out = tmp_path / "out"
    done = run("--vault", str(tmp_path), "-o", str(out))
    assert done.exit_code == 3 and done.stdout == "" and not out.exists()


def test_standard_input_is_one_thing_only(run: Run) -> None:
    done = run("--vault", "x", "--passphrase-file", "-")
    assert done.exit_code == 2 and "cannot be both" in done.stderr


# ---- in and out


def test_a_log_from_standard_input(run: Run, key: Path) -> None:
    done = run("--key", str(key))
    lines = done.stdout.splitlines()
    assert done.exit_code == 0 and len(lines) == 2
    assert json.loads(lines[0])["n"] == 1 and lines[1].startswith(f"plain text of [idcard/{KEY_ID}/")
    assert done.stderr.splitlines()[0] == f"goxray mask · rules all · key {KEY_ID}"
    assert "2 values" in done.stderr


def test_counts_in_chinese_or_not_at_all(run: Run, key: Path) -> None:
    assert "已脱敏" in run("--key", str(key), "--lang", "zh").stderr
    assert run("--key", str(key), "--quiet").stderr == ""


def test_a_file_and_its_masked_copy(run: Run, key: Path, tmp_path: Path) -> None:
    log, out, stats = tmp_path / "a.log", tmp_path / "out.log", tmp_path / "stats.json"
    log.write_text(LOG)
    done = run("--key", str(key), str(log), "-o", str(out), "--stats", str(stats))
    assert done.exit_code == 0 and done.stdout == ""
    assert out.read_text() == run("--key", str(key)).stdout and stat.S_IMODE(out.stat().st_mode) == 0o600
    counts = json.loads(stats.read_text())
    jsonschema.validate(counts, SCHEMA)
    assert counts == {
        "schema": "goxray.mask/1", "rules": ["all"], "key_id": KEY_ID, "lines": 2, "json": 1, "text": 1, "repeated": 0,
        "masked": {"idcard": 1, "phone": 1}, "dropped": {},
    }  # fmt: skip


def test_lines_that_cannot_be_masked_are_left_out_and_told(run: Run, key: Path, tmp_path: Path) -> None:
    stats = tmp_path / "stats.json"
    given = (
        LOG.encode()
        + b'{"mobile":"'
        + MOBILE.encode()
        + b"\n\xff\xfe"
        + MOBILE.encode()
        + b"\n"
        + b"x" * (1 << 20)
        + b"y\n"
    )
    done = run("--key", str(key), "--stats", str(stats), given=given)
    assert done.exit_code == 4 and done.stdout == run("--key", str(key)).stdout
    counts = json.loads(stats.read_text())
    jsonschema.validate(counts, SCHEMA)
    assert counts["dropped"] == {"broken JSON": 1, "unknown encoding": 1, "too long": 1}
    assert "3 lines that cannot be masked" in done.stderr


def test_several_processes_give_the_same(run: Run, key: Path) -> None:
    given = "".join(f'{{"mobile":"1380013{n:04}","n":{n}}}\n' for n in range(9_000))
    assert run("--key", str(key), "--workers", "2", given=given).stdout == run("--key", str(key), given=given).stdout


def test_what_to_mask_is_chosen(run: Run, key: Path, tmp_path: Path) -> None:
    chosen = run("--key", str(key), "--mask", "idcard,n=id").stdout
    assert MOBILE in chosen and ID_CARD not in chosen and '"n":"[id/' in chosen
    ours = tmp_path / "ours.rules"
    ours.write_text('format = 1\n[detect]\nphone = "keep"\n')
    assert MOBILE in run("--key", str(key), "--rules", str(ours)).stdout
    assert MOBILE not in run("--key", str(key), "--rules", str(ours), "--mask", "phone").stdout


def test_kinds_of_files_are_told_or_seen(run: Run, key: Path) -> None:
    table = f"name;mobile\nBob;{MOBILE}\n"
    assert "Bob" not in run("--key", str(key), "--as", "csv", given=table).stdout
    assert json.loads(run("--key", str(key), given='{\n "mobile": "1380' + '0138000"\n}\n').stdout)["mobile"] != MOBILE


@pytest.mark.parametrize(
    ("arguments", "given", "status", "said"),
    [
        (("absent.log",), "", 2, "absent.log cannot be read"),
        ((".",), "", 2, ". cannot be read"),
        (("--mask", "phne"), LOG, 2, "did you mean phone?"),
        (("--rules", "absent"), LOG, 2, "absent: cannot be read"),
        (("--as", "csv"), f"Bob,{MOBILE}\n", 2, "must name its columns"),
        (("--as", "json"), '{\n "a": 1,,\n}', 3, "line 2: broken JSON"),
        ((), b"\x1f\x8b\x08", 2, "compressed"),
        (("-o", "/nowhere/at/all"), LOG, 2, "cannot write /nowhere/at/all"),
        (("--stats", "-"), LOG, 2, "same place"),
        (("--stats", "x", "-o", "./x"), LOG, 2, "same place"),
    ],
)  # fmt: skip
def test_a_wrong_run_ends_in_one_line(
    run: Run, key: Path, arguments: tuple[str, ...], given: str | bytes, status: int, said: str
) -> None:
    done = run("--key", str(key), *arguments, given=given)
    assert done.exit_code == status and done.stdout == "" and said in done.stderr
    assert "Traceback" not in done.stderr and len(done.stderr.splitlines()) <= 2


def test_the_default_rules_are_printed_and_can_be_read_back(run: Run, tmp_path: Path) -> None:
    done = run("--show-rules")
    assert done.exit_code == 0
    path = tmp_path / "rules.toml"
    path.write_text(done.stdout)
    assert rule_files.read(path) == rule_files.default()


def test_help_says_what_it_is_not() -> None:
    done = CliRunner().invoke(main, ["mask", "--help"])
    text = " ".join(done.stdout.split())
    assert "de-identified, not anonymous" in text and "goxray mask --new-key mask.key" in text
    assert "4 some lines were left out" in text


# ---- real pipes


@contextmanager
def piped(key: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [*COMMAND, "--key", str(key), *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        process.wait(WAIT)


def test_a_line_comes_through_before_the_next_one_is_written(key: Path) -> None:
    with piped(key) as process:
        assert process.stdin is not None and process.stdout is not None
        for number in (1, 2):
            process.stdin.write(f'{{"n":{number},"mobile":"{MOBILE}"}}\n'.encode())
            process.stdin.flush()
            line = json.loads(process.stdout.readline())
            assert line["n"] == number and line["mobile"].startswith("[phone/")


def interrupted(process: subprocess.Popen[bytes]) -> int:
    """Interrupt a process until it has ended.

    Python raises nothing while it waits for input where the signal came just before that wait began: it comes through
    with the next input, or the next signal.
    """
    for _ in range(WAIT // 5):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(5)
    return process.wait(0)


def test_an_interrupt_ends_it_in_one_line(key: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with piped(key, "-o", str(out)) as process:
        assert process.stdin is not None and process.stderr is not None
        process.stdin.write(LOG.encode())
        process.stdin.flush()
        while not any(part.stat().st_size for part in tmp_path.glob(".out.*")):  # it is at work
            assert process.poll() is None
        assert interrupted(process) == 130
        said = process.stderr.read().decode()
    assert said == f"goxray: interrupted; {out} was not written\n"
    assert not out.exists() and not list(tmp_path.glob(".out.*"))


def test_an_interrupt_of_all_processes_leaves_one_line_as_well(key: Path) -> None:
    with piped(key, "--workers", "2") as process:
        assert process.stdin is not None and process.stderr is not None
        process.stdin.write(LOG.encode() * 5000)
        process.stdin.flush()
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        threads = Path(f"/proc/{process.pid}/task")
        while not any((each / "children").read_text() for each in threads.iterdir()):  # the first one has begun
            assert process.poll() is None and children.exists()
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(WAIT) == 130
        said = process.stderr.read().decode()
    assert said == "goxray: interrupted; what was written so far is masked\n"


def test_a_reader_that_has_gone_ends_it_quietly(key: Path) -> None:
    with piped(key) as process:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        process.stdin.write(LOG.encode())
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        with pytest.raises(BrokenPipeError):
            while True:
                process.stdin.write(LOG.encode() * 1000)
                process.stdin.flush()
        assert process.wait(WAIT) == 141
        assert process.stderr.read() == b""


def test_a_terminal_is_no_log(key: Path) -> None:
    leader, follower = os.openpty()
    try:
        done = subprocess.run([*COMMAND, "--key", str(key)], stdin=follower, capture_output=True, timeout=WAIT)
    finally:
        os.close(leader)
        os.close(follower)
    assert done.returncode == 2 and b"standard input is a terminal" in done.stderr
