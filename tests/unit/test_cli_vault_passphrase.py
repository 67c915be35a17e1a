"""Where passphrases come from: files that only their owner reads, standard input, a terminal without echo."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from goxray import api_vault
from goxray.core.errors import UsageError
from goxray.core.vault_result import VaultKey
from goxray.ui.cli import passphrase
from goxray.ui.cli.passphrase import LONGEST, VARIABLE, asking

KEY = VaultKey("8a72" + "0" * 28, "owner", "active", True, "2026-11-22T02:00:00Z")
NEW = VaultKey("", "owner", "active", True, "")
SECRET = "correct horse 电池"


@pytest.fixture(autouse=True)
def no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def written(place: Path, data: bytes, mode: int = 0o600) -> str:
    place.write_bytes(data)
    place.chmod(mode)
    return str(place)


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
def test_a_file_s_one_line_is_the_passphrase(tmp_path: Path, ending: bytes) -> None:
    with asking(written(tmp_path / "p", SECRET.encode() + ending)) as ask:
        assert ask(KEY) == bytearray(SECRET.encode())


def test_blanks_belong_to_a_passphrase(tmp_path: Path) -> None:
    with asking(written(tmp_path / "p", b"  two words \n")) as ask:
        assert ask(KEY) == bytearray(b"  two words ")


def test_the_variable_names_the_file_and_the_option_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, written(tmp_path / "variable", b"of the variable"))
    with asking() as ask:
        assert ask(KEY) == b"of the variable"
    with asking(written(tmp_path / "option", b"of the option")) as ask:
        assert ask(KEY) == b"of the option"


def test_new_keys_take_the_new_file(tmp_path: Path) -> None:
    old, new = written(tmp_path / "old", b"the old one"), written(tmp_path / "new", b"the new one")
    with asking(old, new) as ask:
        assert [bytes(ask(KEY)), bytes(ask(NEW))] == [b"the old one", b"the new one"]
    with asking(old) as ask:
        assert ask(NEW) == b"the old one"


def test_what_is_set_anew_never_comes_from_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrase, "_TERMINAL", str(tmp_path / "no terminal"))
    monkeypatch.setenv(VARIABLE, written(tmp_path / "old", b"the old one"))
    with (
        asking(str(tmp_path / "old"), apart=True) as ask,
        pytest.raises(UsageError, match="for the new key owner is needed"),
    ):
        ask(NEW)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o602])
def test_a_file_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = written(tmp_path / "p", b"a passphrase", mode)
    with asking(path) as ask, pytest.raises(UsageError, match=f"open to other users \\(mode {mode:04o}\\)") as refused:
        ask(KEY)
    assert refused.value.hint == f"chmod 600 {path}"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "holds no passphrase"),
        (b"\n", "holds no passphrase"),
        (b"one\ntwo\n", "more than one line"),
        (b"one\0two", "more than one line"),
        (b"x" * (LONGEST + 1), "longer than a passphrase may be"),
        (b"x" * (LONGEST + 9000), "longer than a passphrase may be"),
    ],
    ids=["nothing", "an end of a line", "two lines", "a zero", "too long", "much too long"],
)
def test_what_is_no_passphrase_is_refused(tmp_path: Path, data: bytes, told: str) -> None:
    with asking(written(tmp_path / "p", data)) as ask, pytest.raises(UsageError, match=told):
        ask(KEY)


def test_the_longest_passphrase_is_taken(tmp_path: Path) -> None:
    with asking(written(tmp_path / "p", b"x" * LONGEST + b"\r\n")) as ask:
        assert ask(KEY) == b"x" * LONGEST


def test_a_file_that_is_not_there_and_a_directory(tmp_path: Path) -> None:
    with asking(str(tmp_path / "gone\x1b[2J")) as ask, pytest.raises(UsageError, match="No such file") as gone:
        ask(KEY)
    assert "\x1b" not in str(gone.value)
    with asking(str(tmp_path)) as ask, pytest.raises(UsageError, match="is a directory"):
        ask(KEY)


def test_a_pipe_will_do(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    try:
        os.write(writing, b"out of a ")
        os.write(writing, b"pipe\n")
        os.close(writing)
        with asking(f"/dev/fd/{reading}") as ask:
            assert ask(KEY) == b"out of a pipe"
    finally:
        os.close(reading)


def test_everything_is_wiped_behind_the_block_and_copies_are_the_caller_s(tmp_path: Path) -> None:
    rooms: list[bytearray] = []
    path = written(tmp_path / "p", b"a passphrase")
    real = passphrase._wipe

    def seen(held: bytearray) -> None:
        rooms.append(held)
        real(held)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passphrase, "_wipe", seen)
        with asking(path) as ask:
            first, second = ask(KEY), ask(KEY)
            first[:] = bytes(len(first))
            assert second == b"a passphrase"
    assert [len(room) for room in rooms] == [LONGEST + 3, len(b"a passphrase")]
    assert not any(byte for room in rooms for byte in room)


def asked_of(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the terminal answer with the key's name and count; return what was asked for."""
    asked: list[str] = []

    def typed(key: VaultKey) -> bytearray:
        asked.append(key.name)
        return bytearray(f"{key.name} {len(asked)}".encode())

    monkeypatch.setattr(passphrase, "_from_terminal", typed)
    return asked


def test_a_block_within_asks_again_only_for_another_key_or_vault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asked_of(monkeypatch)
    other = VaultKey("8a72" + "1" * 28, "second", "active", True, "")
    (tmp_path / "vault").mkdir()
    (tmp_path / "link").symlink_to("vault")
    with asking(vault=tmp_path / "vault", lends=True) as outer:
        assert outer(KEY) == b"owner 1"
        with asking(vault=tmp_path / "link") as inner:
            assert [inner(KEY), inner(KEY), inner(other)] == [b"owner 1", b"owner 1", b"second 2"]
        outer(KEY)
        with asking(vault=tmp_path / "elsewhere") as inner:
            assert inner(KEY) == b"owner 4"
    with asking(vault=tmp_path / "vault", lends=True) as outer:
        assert outer(KEY) == b"owner 5"
    with asking(vault=tmp_path / "vault") as outer, asking(vault=tmp_path / "vault") as inner:
        assert [outer(KEY), inner(KEY)] == [b"owner 6", b"owner 7"], "nothing is lent where nobody says so"
    assert asked == ["owner", "second", "owner", "owner", "owner", "owner", "owner"]


def test_what_is_lent_is_wiped_behind_the_block_that_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_of(monkeypatch)
    rooms: list[bytearray] = []
    real = passphrase._from_terminal
    monkeypatch.setattr(passphrase, "_from_terminal", lambda key: rooms.append(real(key)) or rooms[-1])
    place = Path("vault")
    with asking(vault=place, lends=True) as outer:
        outer(KEY)
        assert rooms == [b"owner 1"]
        with asking(vault=place) as inner:
            inner(KEY)
        assert rooms == [bytes(7)], "not kept any longer than the one who took it needs it"
    with asking(vault=place, lends=True) as outer:
        outer(KEY)
    assert rooms == [bytes(7), bytes(7)], "nor where nobody took it"


def test_standard_input_that_is_lent_serves_a_block_within() -> None:
    code = (
        "from tests.unit.test_cli_vault_passphrase import *\n"
        "with asking('-', lends=True) as outer:\n    first = outer(KEY)\n"
        "    with asking('-') as inner: print(inner(KEY) == first == b'by a pipe')"
    )
    done = subprocess.run([sys.executable, "-c", code], input=b"by a pipe\n", capture_output=True, timeout=60)
    assert done.stdout == b"True\n", done.stderr


def test_masking_by_a_vault_and_sealing_into_it_asks_once(on_terminal: type[Terminal], tmp_path: Path) -> None:
    api_vault.init(tmp_path / "vault", ask=lambda _: bytearray(b"correct horse"))
    (tmp_path / "log").write_text("13800138000 called\n")
    here = ["mask", str(tmp_path / "log"), "-q", "--vault", str(tmp_path / "vault"), "--seal", f"{tmp_path}/./vault"]
    terminal = on_terminal(f"from goxray.ui.cli.main import main\nmain({here!r}, prog_name='goxray')")
    terminal.until(b"Passphrase of owner")
    terminal.type("correct horse\n")
    seen = terminal.rest()
    assert seen.count("Passphrase of owner") == 1 and "sealed" in seen, seen
    [row] = api_vault.list_(tmp_path / "vault").bundles
    opened = api_vault.open_(tmp_path / "vault", row.id, tmp_path, ask=lambda _: bytearray(b"correct horse"))
    assert Path(opened.file).read_text().startswith("[phone/")


def test_standard_input_is_read_once_for_every_key() -> None:
    code = "from tests.unit.test_cli_vault_passphrase import *\nwith asking('-') as ask: print(ask(KEY) == ask(NEW))"
    done = subprocess.run(
        [sys.executable, "-c", code], input=b"by a pipe\n", capture_output=True, timeout=60, check=True
    )
    assert done.stdout == b"True\n"


def test_no_terminal_and_no_file_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrase, "_TERMINAL", str(tmp_path / "no terminal"))
    with asking() as ask, pytest.raises(UsageError, match=r"^the passphrase of owner \(8a720000\) is needed") as none:
        ask(KEY)
    assert "--passphrase-file" in none.value.hint
    assert none.value.exit_code == 2


class Terminal:
    """A process that asks on a terminal of its own, and what is typed and seen there."""

    def __init__(self, code: str) -> None:
        self.pid, self.end = pty.fork()
        if self.pid == 0:
            os.execv(sys.executable, [sys.executable, "-c", f"from goxray.ui.cli.passphrase import *\n{code}"])
        self.seen = b""

    def until(self, told: bytes) -> None:
        while told not in self.seen:
            self.seen += os.read(self.end, 4096)

    def type(self, text: str) -> None:
        os.write(self.end, text.encode())

    def rest(self) -> str:
        try:
            while more := os.read(self.end, 4096):
                self.seen += more
        except OSError:  # the kernel's way to say that nobody is at the other end
            pass
        return self.seen.decode()

    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self.end)[3] & termios.ECHO)


@pytest.fixture
def on_terminal() -> Iterator[type[Terminal]]:
    made: list[Terminal] = []

    class Kept(Terminal):
        def __init__(self, code: str) -> None:
            super().__init__(code)
            made.append(self)

    yield Kept
    for each in made:
        os.close(each.end)
        os.waitpid(each.pid, 0)


ASKS = f"""
from goxray.core.vault_result import VaultKey
from goxray.core.errors import UsageError
key, new = {KEY!r}, {NEW!r}
def told(which):
    try:
        with asking() as ask:
            print(len(ask(which)), sum(ask(which)))
    except UsageError as error:
        print(error)
"""


def test_a_terminal_shows_the_question_and_not_the_answer(on_terminal: type[Terminal]) -> None:
    terminal = on_terminal(f"{ASKS}\ntold(key)\ninput('go on')")
    terminal.until(b"Passphrase of owner (8a720000): ")
    assert not terminal.echoes()
    terminal.type(f"{SECRET}\n")
    terminal.until(b"go on")
    assert terminal.echoes()
    terminal.type("\n")
    seen = terminal.rest()
    typed = SECRET.encode()
    assert f"{len(typed)} {sum(typed)}" in seen
    assert "correct" not in seen


def test_a_new_passphrase_is_asked_for_twice(on_terminal: type[Terminal]) -> None:
    terminal = on_terminal(f"{ASKS}\ntold(new)")
    terminal.until(b"New passphrase for owner: ")
    terminal.type("abcdefgh\n")
    terminal.until(b"The same again: ")
    terminal.type("abcdefgh\n")
    assert f"8 {sum(b'abcdefgh')}" in terminal.rest()


def test_two_that_differ_are_refused(on_terminal: type[Terminal]) -> None:
    terminal = on_terminal(f"{ASKS}\ntold(new)")
    terminal.until(b"New passphrase for owner: ")
    terminal.type("abcdefgh\n")
    terminal.until(b"The same again: ")
    terminal.type("abcdefgi\n")
    assert "the two passphrases are not the same: nothing was done" in terminal.rest()


def test_nothing_typed_is_no_passphrase(on_terminal: type[Terminal]) -> None:
    terminal = on_terminal(f"{ASKS}\ntold(key)")
    terminal.until(b"Passphrase of owner")
    terminal.type("\n")
    assert "no passphrase was given: nothing was done" in terminal.rest()


def test_an_interrupt_leaves_the_terminal_as_it_was(on_terminal: type[Terminal]) -> None:
    terminal = on_terminal(f"{ASKS}\ntry:\n    told(key)\nexcept KeyboardInterrupt:\n    input('stopped')")
    terminal.until(b"Passphrase of owner")
    terminal.type("\x03")
    terminal.until(b"stopped")
    assert terminal.echoes()
    terminal.type("\n")
    terminal.rest()


def test_standard_input_of_a_test_runner_is_no_surprise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("no file"))
    with asking("-") as ask, pytest.raises(UsageError, match="standard input"):
        ask(KEY)
