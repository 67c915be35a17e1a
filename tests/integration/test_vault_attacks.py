"""The vault attacked from the command line: by who can write to it, who races, who cuts off and fills up.

What is refused is refused with one line, nothing is written elsewhere, and nothing half-written is left behind.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from goxray.ui.cli.main import main
from goxray.vault import canonical, keys
from goxray.vault.bundle import open as opens
from goxray.vault.custody import keyring
from goxray.vault.custody.vaults import open_vault

WORDS = "correct horse battery"
PLAIN = "planted-evidence-of-13812345678"
ESCAPE = "\x1b]0;owned\x07\x1b[2J\u202e"
COMMAND = (sys.executable, "-m", "goxray")


@dataclass
class Victim:
    """A vault and the command line over it; ``place`` is where it all stands."""

    place: Path
    env: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: object, code: int | None = 0, vault: str = "vault") -> Result:
        """Run ``goxray vault`` with its passphrase at hand."""
        done = CliRunner().invoke(main, ["vault", *map(str, words)], env={"GOXRAY_VAULT": str(self.place / vault)})
        assert "bug in goxray" not in done.output, done.output
        assert code is None or done.exit_code == code, done.output
        return done

    def said(self, *words: object, code: int | None = 0, vault: str = "vault") -> Any:
        """Run it and return its JSON."""
        return json.loads(self(*words, "--format", "json", code=code, vault=vault).stdout)

    def refused(self, *words: object, vault: str = "vault") -> str:
        """Run what must be refused with one line (and a hint), and return that."""
        done = self(*words, code=None, vault=vault)
        assert done.exit_code in (2, 3), done.output
        assert not done.stdout, done.stdout
        lines = done.stderr.splitlines()
        assert lines[0].startswith("goxray: ")
        assert all(line.startswith("hint: ") for line in lines[1:])
        return lines[0]

    def seal(self, *more: object, file: str = "app.jsonl", vault: str = "vault") -> str:
        """Seal a file and return the bundle's id."""
        return str(self.said("seal", self.place / file, *more, vault=vault)["sealed"][0]["bundle"]["id"])

    def key_file(self, vault: str = "vault") -> Path:
        """The only key's file."""
        (found,) = (self.place / vault / "keys").glob("*.key.json")
        return found

    def wrong(self) -> list[str]:
        """What ``verify`` says is wrong: kinds of faults of files, of retention, of the log."""
        found = self.said("verify", code=None)
        kinds = [each["kind"] for each in found["bundles"] if each["fault"]] + [each["kind"] for each in found["wrong"]]
        return kinds + [each["kind"] for each in found["log"]["faults"]]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A vault with a bundle, and one of somebody else, made once."""
    place = tmp_path_factory.mktemp("attacked")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(keys, "ROUNDS", 1000)
        patched.setenv("GOXRAY_PASSPHRASE_FILE", str(_file(place / "passphrase", WORDS)))
        patched.delenv("GOXRAY_VAULT_KEY", raising=False)
        _file(place / "app.jsonl", json.dumps({"mobile": "13812345678", "msg": PLAIN}) + "\n")
        made = Victim(place)
        made("init", "--name", "ops")
        made("init", "--name", "alice", vault="alice")
        made("init", "--name", "alice", vault="mallory")
        made.seal()
        made("keys", "export-public", "ops", "-o", place / "ops.pem")
        made("keys", "export-public", "alice", "-o", place / "alice.pem", vault="alice")
        yield place


@pytest.fixture
def victim(before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Victim:
    """A copy of it."""
    place = tmp_path / "place"
    shutil.copytree(before, place)
    monkeypatch.chdir(place)
    monkeypatch.setattr(keys, "ROUNDS", 1000)
    monkeypatch.setenv("GOXRAY_PASSPHRASE_FILE", str(place / "passphrase"))
    monkeypatch.delenv("GOXRAY_VAULT_KEY", raising=False)
    return Victim(place)


def _file(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")
    return path


def _planted(victim: Victim, name: str, *, private: bool) -> Path:
    """Put mallory's key into the store, as who can write to the directory does."""
    source = victim.key_file("mallory")
    value = json.loads(source.read_bytes())
    value |= {"name": name} if private else {"name": name, "private": None}
    target = victim.place / "vault/keys" / source.name
    target.touch(mode=0o600)
    target.write_bytes(canonical.encode(value))
    return target


def _edited(path: Path, **more: object) -> None:
    path.write_bytes(canonical.encode(json.loads(path.read_bytes()) | more))


# ---- who can write to the vault's directory, and has no key


def test_a_recipient_who_was_swapped_in_the_store_is_refused(victim: Victim) -> None:
    victim("keys", "add", "alice", "alice.pem")
    (alice,) = (each for each in open_vault(victim.place / "vault").keys.all() if each.name == "alice")
    (victim.place / f"vault/keys/{alice.key_id}.key.json").unlink()
    planted = _planted(victim, "alice", private=False)
    before = sorted((victim.place / "vault/bundles").iterdir())
    assert planted.name[:32] in victim.refused("seal", "app.jsonl", "--for", "alice")
    assert sorted((victim.place / "vault/bundles").iterdir()) == before
    assert "format" in victim.wrong()


def test_a_name_that_the_log_knows_for_another_key_is_refused(victim: Victim) -> None:
    victim("keys", "add", "alice", "alice.pem")
    (alice,) = (each for each in open_vault(victim.place / "vault").keys.all() if each.name == "alice")
    (victim.place / f"vault/keys/{alice.key_id}.key.json").unlink()
    victim("keys", "export-public", "alice", "-o", "mallory.pem", vault="mallory")
    victim("keys", "add", "alice", "mallory.pem")
    assert "which was never retired" in victim.refused("seal", "app.jsonl", "--for", "alice")
    assert "format" in victim.wrong()


def test_names_that_were_swapped_and_keys_that_were_revived(victim: Victim) -> None:
    victim("keys", "add", "alice", "alice.pem")
    (alice,) = (each for each in open_vault(victim.place / "vault").keys.all() if each.name == "alice")
    path = victim.place / f"vault/keys/{alice.key_id}.key.json"
    _edited(path, name="bob")
    assert "is 'bob' by its file and 'alice' by the log" in victim.refused("seal", "app.jsonl", "--for", "bob")
    _edited(path, name="alice")
    victim.seal("--for", "alice")
    victim("keys", "retire", "alice")
    _edited(path, retired=None)
    assert "was retired by the log" in victim.refused("seal", "app.jsonl", "--for", "alice")
    assert "format" in victim.wrong()


def test_what_a_planted_key_signed_is_neither_taken_up_nor_opened(victim: Victim) -> None:
    _planted(victim, "zz", private=True)
    victim("keys", "add", "ops", "ops.pem", vault="mallory")
    evil = victim.seal("--for", "ops", "--name", "evil.log", vault="mallory")
    shutil.copy(victim.place / f"mallory/bundles/{evil}.goxs", victim.place / "vault/bundles")
    victim.seal("--key", "ops")
    assert [each["id"] for each in victim.said("list", "--all")["bundles"] if each["state"] == "stranger"] == [evil]
    assert "not trusted" in victim.refused("open", evil, "-o", "out", "--key", "ops")
    assert not (victim.place / "out").exists()
    assert {"format", "stranger", "untrusted"} <= set(victim.wrong())


def test_a_planted_key_gets_no_masking_key_and_signs_none(victim: Victim) -> None:
    victim.seal("--mask", "all")
    file = victim.place / "vault/keys/masking.json"
    (mine,) = json.loads(file.read_bytes())["payload"]["keys"]
    planted = _planted(victim, "zz", private=True).name[:32]
    victim.seal("--mask", "all", "--key", "ops")
    assert list(json.loads(file.read_bytes())["payload"]["keys"]) == [mine] != [planted]


def test_a_masking_key_that_a_planted_key_signed_is_refused(victim: Victim, monkeypatch: pytest.MonkeyPatch) -> None:
    from goxray.vault import signed
    from goxray.vault.custody import maskkey

    _planted(victim, "zz", private=True)
    mallory, mine = open_vault(victim.place / "mallory"), open_vault(victim.place / "vault")
    own = mine.keys.find("ops").public
    with mallory.keys.unlock(mallory.own(), bytearray(WORDS.encode())) as private:
        wrapped = {own.key_id: own.encrypt(bytearray(32)).hex()}
        payload = {"format": 1, "keys": wrapped, "vault": mine.store.id}
        data = canonical.encode(signed.sign(maskkey.KIND, payload, private)) + b"\n"
    (victim.place / "vault/keys/masking.json").write_bytes(data)
    assert "no key of one's own signed it" in victim.refused("seal", "app.jsonl", "--mask", "all", "--key", "ops")


def test_a_key_whose_command_was_cut_off_is_finished_by_doing_it_again(
    victim: Victim, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("keys", "add", "two", "alice.pem")

    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(keyring, "key_event", cut)
        victim(*words, code=None)
    assert "no entry of the log says" in victim.refused("seal", "app.jsonl", "--for", "two", "--key", "ops")
    assert victim.wrong() == ["format"]
    victim(*words)
    assert not victim.wrong()
    assert len(list((victim.place / "vault/keys").glob("*.key.json"))) == 2
    victim.seal("--for", "two", "--key", "ops")


def test_a_log_that_was_taken_away_is_not_begun_anew(victim: Victim) -> None:
    bundle = victim.seal()
    victim("hold", bundle, "--case", "c", "--why", "w")
    for path in (victim.place / "vault/log").iterdir():
        path.unlink()
    for words in (
        ("open", bundle, "-o", "out"),
        ("seal", "app.jsonl"),
        ("hold", bundle, "--case", "c", "--why", "w", "--release"),
        ("keys", "rotate", "ops"),
        ("keys", "new", "two"),
        ("expire",),
        ("verify",),
    ):
        victim.refused(*words)
    assert not (victim.place / "vault/log/entries.jsonl").exists()
    assert not (victim.place / "out").exists()


@pytest.mark.parametrize("name", ["", "5E" * 16, "5e" * 15, "../" * 10 + "5e", ESCAPE], ids=range(5))
def test_a_vault_whose_id_is_none(victim: Victim, name: str) -> None:
    (victim.place / "vault/vault.json").write_bytes(canonical.encode({"format": 1, "vault": name}) + b"\n")
    for words in (("list",), ("verify",), ("seal", "app.jsonl"), ("keys", "list"), ("log", "verify")):
        assert "the vault's id is not 32 hex digits" in victim.refused(*words)


@pytest.mark.parametrize("kind", ["directory", "link", "pipe"])
@pytest.mark.parametrize("path", ["keys/" + "ab" * 16 + ".key.json", "log/entries.jsonl", "log/mark", "vault.json"])
def test_what_is_no_file_is_one_line(victim: Victim, path: str, kind: str) -> None:
    place = victim.place / "vault" / path
    place.unlink(missing_ok=True)
    if kind == "directory":
        place.mkdir(mode=0o700)
    elif kind == "link":
        place.symlink_to("/etc/passwd")
    else:
        os.mkfifo(place, 0o600)
    for words in (("seal", "app.jsonl"), ("expire",), ("log", "export")):
        line = victim.refused(*words)
        assert "None" not in line and (place.name in line or str(place.parent) in line)
    done = victim("verify", code=None)
    assert done.exit_code in (1, 3), done.output


# ---- who replays


def test_older_keys_do_not_bring_back_what_was_retired(victim: Victim) -> None:
    shutil.copytree(victim.place / "vault/keys", victim.place / "older")
    victim("keys", "rotate", "ops", "--new-passphrase-file", "passphrase")
    shutil.rmtree(victim.place / "vault/keys")
    shutil.copytree(victim.place / "older", victim.place / "vault/keys")
    assert "format" in victim.wrong() or "unknown" in victim("verify", code=None).output


def test_an_anchor_of_another_vault(victim: Victim) -> None:
    victim("log", "export", "-o", "anchor", vault="alice")
    done = victim("verify", "--anchor", "anchor", code=1)
    assert "anchor" in done.output


def test_another_bundle_under_the_same_id(victim: Victim) -> None:
    first, second = victim.seal(), victim.seal("--name", "other")
    room = victim.place / "vault/bundles"
    shutil.copy(room / f"{second}.goxs", room / f"{first}.goxs")
    assert second in victim.refused("open", first, "-o", "out")
    assert not (victim.place / "out").exists()
    assert "format" in victim.wrong()


# ---- who races


def test_a_directory_that_becomes_a_link_meanwhile(victim: Victim, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file comes into the directory that was looked at, wherever that is by now, and never behind the link."""
    bundle, (out, other) = victim.seal(), (victim.place / "out", victim.place / "other")
    out.mkdir()
    other.mkdir()
    real = opens.chunks.read_chunks

    def swap(*given: Any) -> Any:
        out.rename(victim.place / "moved")
        out.symlink_to(other)
        return real(*given)

    monkeypatch.setattr(opens.chunks, "read_chunks", swap)
    victim("open", bundle, "-o", out)
    assert [path.name for path in (victim.place / "moved").iterdir()] == ["app.jsonl"]
    assert not list(other.iterdir())


@pytest.mark.parametrize("way", ["replaced", "written"])
def test_a_bundle_that_changes_while_it_is_opened(victim: Victim, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """What was verified is what is written: a file in its place changes nothing, a change in it is noticed."""
    first, second = victim.seal(), victim.seal("--name", "other")
    path, other = (victim.place / f"vault/bundles/{each}.goxs" for each in (first, second))
    real = opens.signer_of

    def swap(*given: Any) -> Any:
        if way == "replaced":
            shutil.copy(other, victim.place / "new")
            os.replace(victim.place / "new", path)
        else:
            with path.open("r+b") as file:
                file.write(other.read_bytes())
        return real(*given)

    monkeypatch.setattr(opens, "signer_of", swap)
    if way == "replaced":
        victim("open", first, "-o", "out")
        assert PLAIN in (victim.place / "out/app.jsonl").read_text()
    else:
        victim.refused("open", first, "-o", "out")
        assert not (victim.place / "out").exists()


def test_what_takes_the_name_meanwhile_is_not_replaced(victim: Victim, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle, target = victim.seal(), victim.place / "out/app.jsonl"
    target.parent.mkdir()
    (victim.place / "mine").write_text("mine")
    real = opens.check_end

    def swap(*given: Any) -> Any:
        target.symlink_to(victim.place / "mine")
        return real(*given)

    monkeypatch.setattr(opens, "check_end", swap)
    assert "is there already" in victim.refused("open", bundle, "-o", "out")
    assert (victim.place / "mine").read_text() == "mine"
    assert [path.name for path in target.parent.iterdir()] == ["app.jsonl"]


# ---- no room, and kill -9


def _forked(victim: Victim, words: tuple[str, ...], limit: int) -> int:
    """Run a command in a child whose files may have so many bytes; return its status."""
    child = os.fork()
    if not child:
        status = 99
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            status = (
                CliRunner().invoke(main, ["vault", *words], env={"GOXRAY_VAULT": str(victim.place / "vault")}).exit_code
            )
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize(
    "words",
    [
        ("seal", "app.jsonl"),
        ("seal", "app.jsonl", "--mask", "all"),
        ("open", "BUNDLE", "-o", "out"),
        ("hold", "BUNDLE", "--case", "c", "--why", "w"),
        ("keys", "rotate", "ops", "--new-passphrase-file", "passphrase"),
        ("policy", "default=9m"),
    ],
    ids=" ".join,
)
def test_a_disk_without_room_leaves_nothing_half_written(victim: Victim, words: tuple[str, ...]) -> None:
    bundle = victim.seal()
    words = tuple(bundle if word == "BUNDLE" else word for word in words)
    log = (victim.place / "vault/log/entries.jsonl").stat().st_size
    shutil.copytree(victim.place / "vault", victim.place / "good")
    refused = 0
    for limit in (0, 100, 2000, log + 1, log + 700, log + 1400):
        shutil.rmtree(victim.place / "vault")
        shutil.copytree(victim.place / "good", victim.place / "vault")
        shutil.rmtree(victim.place / "out", ignore_errors=True)
        status = _forked(victim, words, limit)
        assert status in (0, 3), status
        refused += status == 3
        names = [path.name for path in (victim.place / "vault").rglob("*")]
        assert not [name for name in names if "part" in name]
        assert (victim.place / "out/app.jsonl").exists() == (status == 0 and words[0] == "open")
        if words[0] not in ("keys", "policy"):  # cut off before their head these are told until they are done again
            assert not victim.wrong()
    assert refused >= 3


@pytest.mark.parametrize("deed", ["seal", "open", "rotate", "hold"])
def test_killed_processes_leave_a_vault_that_is_told_truly(victim: Victim, deed: str) -> None:
    """The command runs as users run it, and is killed wherever it has come to: what holds, holds at every moment."""
    (victim.place / "big.bin").write_bytes(os.urandom(1 << 20) * 24)
    bundle = victim.seal(file="big.bin")
    words = {
        "seal": ["seal", "big.bin"],
        "open": ["open", bundle, "-o", "out"],
        "rotate": ["keys", "rotate", "ops", "--new-passphrase-file", "passphrase"],
        "hold": ["hold", bundle, "--case", "c", "--why", "w"],
    }[deed]
    env = os.environ | {"GOXRAY_VAULT": str(victim.place / "vault")}
    size = (victim.place / "vault/log/entries.jsonl").stat().st_size
    for moment in range(3):
        process = subprocess.Popen([*COMMAND, "vault", *words], env=env, stdout=-3, stderr=-3)
        if moment < 2:
            time.sleep(0.25 + 0.2 * moment)
        else:
            log = victim.place / "vault/log/entries.jsonl"
            while process.poll() is None and log.stat().st_size == size:
                time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not [path for path in (victim.place / "vault").rglob("*.part*") if path.is_file()]
        out = victim.place / "out/big.bin"
        assert not out.exists() or out.stat().st_size == 24 << 20
        assert set(victim.wrong()) <= {"stranger", "format", "log"}
        shutil.rmtree(victim.place / "out", ignore_errors=True)
        size = (victim.place / "vault/log/entries.jsonl").stat().st_size
    if deed == "rotate":
        victim("keys", "rotate", "ops", "--new-passphrase-file", "passphrase")
    found = [each for each in open_vault(victim.place / "vault").keys.all() if each.retired is None]
    victim.seal("--key", found[-1].key_id)
    assert not victim.wrong()
