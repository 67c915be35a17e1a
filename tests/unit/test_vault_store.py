"""The vault's directory: private, whole files or none, nothing outside it, one writer at a time."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from goxray.core.errors import BadVault, UsageError
from goxray.vault import store
from tests.unit.vault_logs import killed_at

ID = "5e" * 16


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def tree(place: Path) -> dict[str, bytes]:
    return {str(p.relative_to(place)): p.read_bytes() for p in sorted(place.rglob("*")) if p.is_file()}


def test_made_and_opened(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        made = store.create(tmp_path / "deep" / "vault", ID)
        store.write_new(made.path("bundles", "a.goxs"), b"sealed")
        with made.locked():
            pass
    finally:
        os.umask(old)
    assert store.open_(made.place) == made and made.id == ID
    assert [mode(made.place), *(mode(made.room(room)) for room in store.ROOMS)] == [0o700] * 4
    assert [mode(path) for path in made.place.rglob("*") if path.is_file()] == [0o600] * 3
    assert made.names("bundles") == ("a.goxs",)
    with pytest.raises(BadVault, match="is a vault already"):
        store.create(made.place, ID)


def test_what_is_no_vault(tmp_path: Path) -> None:
    with pytest.raises(BadVault, match="is no vault"):
        store.open_(tmp_path / "nothing")
    (tmp_path / "other").mkdir(mode=0o700)
    (tmp_path / "other" / "file").touch()
    with pytest.raises(BadVault, match="not empty"):
        store.create(tmp_path / "other", ID)
    made = store.create(tmp_path / "vault", ID)
    for text, words in (
        (b"{}\n", "another format"),
        (b"x", "damaged"),
        (b'{"format":2,"vault":"a"}\n', "another format"),
    ):
        (made.place / store.ROOT_FILE).write_bytes(text)
        with pytest.raises(BadVault, match=words):
            store.open_(made.place)


@pytest.mark.parametrize("room", ["", "log", "keys"])
def test_a_vault_that_is_open_to_others_is_refused(tmp_path: Path, room: str) -> None:
    made = store.create(tmp_path / "vault", ID)
    (made.place / room).chmod(0o750)
    with pytest.raises(BadVault, match="open to other users") as told:
        store.open_(made.place)
    assert told.value.hint.startswith("chmod 700 ")
    (made.place / room).chmod(0o700)
    assert store.open_(made.place) == made


@pytest.mark.parametrize("room", ["log", "keys"])
def test_a_room_that_is_a_link_is_refused(tmp_path: Path, room: str) -> None:
    made = store.create(tmp_path / "vault", ID)
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    made.room(room).rmdir()
    made.room(room).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadVault, match="no directory of its own"):
        store.open_(made.place)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../a", "a/b", "/a", ".hidden", "a\0b", "a\nb", "-a", "a" * 201, "名", "a\\b", ".part-1", "a\n"],
    ids=range(15),
)
def test_names_stay_in_the_directory(tmp_path: Path, name: str) -> None:
    made = store.create(tmp_path / "vault", ID)
    before = tree(tmp_path)
    with pytest.raises(UsageError):
        made.path("bundles", name)
    with pytest.raises(UsageError):
        made.room("../bundles")
    assert tree(tmp_path) == before


def test_a_name_that_is_taken_is_not_overwritten(tmp_path: Path) -> None:
    made = store.create(tmp_path / "vault", ID)
    path = made.path("bundles", "a")
    store.write_new(path, b"one")
    with pytest.raises(BadVault, match="exists already"):
        store.write_new(path, b"two")
    with pytest.raises(BadVault, match="exists already"), store.incoming(made.path("bundles", "b")) as file:
        file.write(b"mine")
        store.write_new(made.path("bundles", "b"), b"faster")
    assert (path.read_bytes(), made.path("bundles", "b").read_bytes()) == (b"one", b"faster")
    store.replace(path, b"three")
    assert path.read_bytes() == b"three" and sorted(os.listdir(made.room("bundles"))) == ["a", "b"]
    target = tmp_path / "outside"
    made.path("bundles", "link").symlink_to(target)
    with pytest.raises(BadVault, match="exists already"):
        store.write_new(made.path("bundles", "link"), b"x")
    assert not target.exists()


def test_an_error_while_writing_leaves_nothing(tmp_path: Path) -> None:
    made = store.create(tmp_path / "vault", ID)
    with pytest.raises(RuntimeError), store.incoming(made.path("bundles", "a")) as file:
        file.write(b"half")
        raise RuntimeError
    assert os.listdir(made.room("bundles")) == []


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_killed_at_every_step_of_a_write(tmp_path: Path, share: float) -> None:
    made = store.create(tmp_path / "vault", ID)
    room = made.room("bundles")
    old, new = made.path("bundles", "old"), made.path("bundles", "new")

    def act() -> None:
        store.replace(old, b"2" * 1000)
        store.write_new(new, b"3" * 1000)

    for step in range(1, 40):
        new.unlink(missing_ok=True)
        store.replace(old, b"1" * 1000)
        killed = killed_at(step, share, act)
        assert old.read_bytes() in (b"1" * 1000, b"2" * 1000)
        assert not new.exists() or new.read_bytes() == b"3" * 1000
        left = [name for name in os.listdir(room) if name not in ("old", "new")]
        assert made.names("bundles") == tuple(sorted(set(os.listdir(room)) - set(left)))
        assert store.sweep(room) == len(left) <= 1 and store.sweep(room) == 0
        if not killed:
            break
    assert 9 < step < 39 and new.exists()


def test_killed_at_every_step_of_making_a_vault(tmp_path: Path) -> None:
    for step in range(1, 60):
        place = tmp_path / f"vault-{step}"
        killed = killed_at(step, 0.5, lambda place=place: store.create(place, ID))
        if not (place / store.ROOT_FILE).exists():
            with pytest.raises(BadVault):
                store.open_(place)
            store.create(place, ID)
        assert store.open_(place).id == ID
        if not killed:
            break
    assert 10 < step < 59


def test_the_lock_keeps_others_out_until_it_is_given_back(tmp_path: Path) -> None:
    made = store.create(tmp_path / "vault", ID)
    with made.locked():
        with pytest.raises(BadVault, match="held by another"), made.locked(patience_s=0):
            pass
        with pytest.raises(BadVault, match="held by another"), made.locked(shared=True, patience_s=0.05):
            pass
    with made.locked(shared=True), made.locked(shared=True, patience_s=0):
        pass
    entered = threading.Event()

    def wait() -> None:
        with made.locked():
            entered.set()

    with made.locked():
        thread = threading.Thread(target=wait)
        thread.start()
        assert not entered.is_set()
    thread.join()
    assert entered.is_set()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    made = store.create(tmp_path / "vault", ID)

    def act() -> None:
        with made.locked():
            os.fsync(0)

    assert killed_at(2, 0, act)
    with made.locked(patience_s=0):
        pass


def test_destroyed_files_are_overwritten_first(tmp_path: Path) -> None:
    """A second descriptor still sees the blocks: they hold something else, of the same length."""
    path = tmp_path / "key"
    secret = bytes(range(256)) * 5000
    path.write_bytes(secret)
    with path.open("rb") as file:
        assert store.destroy(path) == len(secret)
        after = file.read()
    assert not path.exists() and len(after) == len(secret)
    assert sum(a == b for a, b in zip(after, secret, strict=True)) < len(secret) // 100
    path.write_bytes(b"x")
    os.link(path, tmp_path / "second")
    with pytest.raises(BadVault, match="one name"):
        store.destroy(path)
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(OSError):
        store.destroy(tmp_path / "link")
    assert path.read_bytes() == b"x"


def test_reading_has_a_limit_and_follows_no_link(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert store.read(path, 5) == b"12345"
    with pytest.raises(BadVault, match="more than 4 bytes"):
        store.read(path, 4)
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(OSError):
        store.read(tmp_path / "link", 5)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadVault, match="is no file"):
        store.read(tmp_path / "pipe", 5)


def test_the_default_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GOXRAY_VAULT", str(tmp_path / "named"))
    assert store.default_place() == tmp_path / "named"
    monkeypatch.delenv("GOXRAY_VAULT")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert store.default_place() == tmp_path / "goxray" / "vault"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert store.default_place() == tmp_path / "home" / ".local" / "share" / "goxray" / "vault"
