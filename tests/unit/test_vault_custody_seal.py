"""Evidence is sealed into a vault: whole, for whom it should be, logged; and nothing of it stays where that fails."""

from __future__ import annotations

import json
import os
import resource
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from goxray import api_vault
from goxray.core.errors import BadKey, GoxrayError, UsageError, WrongPassphrase
from goxray.vault import keys
from goxray.vault.log.entry import Event
from tests.unit.custody_deeds import WHO, Asked, Home, ask, front_digest, never, tree, wrong

MIB = 1 << 20
PERSON = b"13800138000"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "ROUNDS", 1000)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.made(tmp_path)


@contextmanager
def full_after(size: int) -> Iterator[None]:
    """Let no file grow beyond a size: what a full disk does to a big one, while small ones still fit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [0, 1, MIB, MIB + 1, 5 * MIB + 7])
def test_what_was_sealed_comes_out_again(home: Home, size: int) -> None:
    content = os.urandom(size)
    bundle = home.sealed(content=content)
    assert home.opened(bundle, "again") == content
    assert home.wrong() == []


def test_the_result_and_the_log_tell_of_the_same_bundle(home: Home) -> None:
    asked = Asked()
    source = home.file("heap.log", b"x" * 5000)
    made = api_vault.seal(home.vault, source, ask=asked, retention="incident", who=WHO)
    assert asked.wiped and len(asked.given) == 1
    row = made.bundle
    assert (row.name, row.kind, row.retention, row.content_bytes) == ("heap.log", "file", "incident", 5000)
    assert (row.signer, row.recipients, row.state, row.mask) == ("owner", ("owner",), "kept", ())
    assert row.file_bytes == home.path(row.id).stat().st_size
    (entry,) = home.entries("seal")
    assert entry.sequence == made.entry
    assert entry.event.object == front_digest(home.path(row.id))
    assert (entry.event.detail["id"], entry.event.detail["class"]) == (row.id, "incident")
    listed = api_vault.list_(home.vault).bundles
    assert [(each.id, each.due, each.state) for each in listed] == [(row.id, row.due, "kept")]
    assert int(row.due[:4]) - int(row.created[:4]) == 3
    assert source.read_bytes() == b"x" * 5000


def test_progress_ends_with_all_and_never_goes_back(home: Home) -> None:
    seen: list[tuple[int, int]] = []
    source = home.file("big.bin", bytes(3 * MIB + 5))
    api_vault.seal(home.vault, source, ask=ask, progress=lambda done, size: seen.append((done, size)))
    assert seen[-1] == (3 * MIB + 5, 3 * MIB + 5)
    assert seen == sorted(seen) and len(seen) > 2


def test_a_bundle_is_for_those_who_are_named_and_for_nobody_else(home: Home) -> None:
    auditor = Home.made(home.beside)
    public = home.file("auditor.pem", api_vault.keys_export(auditor.vault, "owner"))
    api_vault.keys_add(home.vault, "auditor", public)
    auditor_adds = auditor.file("bank.pem", api_vault.keys_export(home.vault, "owner"))
    api_vault.keys_add(auditor.vault, "bank", auditor_adds)
    theirs = home.sealed("one", b"for you", ("auditor",))
    both = home.sealed("two", b"for both", ("auditor", "owner", "owner"))
    with pytest.raises(BadKey, match="not sealed for a key whose private part is here, but for auditor"):
        api_vault.open_(home.vault, theirs, home.beside, ask=never)
    assert [each.event.result for each in home.entries("open")] == ["bad-key"]
    assert home.opened(both, "again") == b"for both"
    done = api_vault.open_(auditor.vault, str(home.path(theirs)), auditor.beside, ask=ask)
    assert Path(done.file).read_bytes() == b"for you" and done.bundle.content_bytes == 7
    assert done.bundle.signer == "bank" and done.bundle.recipients == ("owner",)


def test_nothing_new_is_sealed_for_a_retired_key_and_its_successor_is_named(home: Home) -> None:
    old = api_vault.keys_list(home.vault).keys[0].id
    api_vault.keys_rotate(home.vault, "owner", ask=ask)
    new = next(each.id for each in api_vault.keys_list(home.vault).keys if each.follows == old)
    source = home.file("a", b"a")
    with pytest.raises(BadKey, match="is retired since") as caught:
        api_vault.seal(home.vault, source, ask=never, recipients=[old])
    assert new in caught.value.hint
    made = api_vault.seal(home.vault, source, ask=ask, recipients=["owner"])
    assert home.path(made.bundle.id).read_bytes().count(new.encode()) == 2  # recipient and signer
    assert old.encode() not in home.path(made.bundle.id).read_bytes()


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "/etc/passwd", "..", ".hidden", "a\\b", "a\nb", "a\0b", "\u202egpj", "é" * 128]
)
def test_a_name_that_leads_elsewhere_is_refused_before_anybody_is_asked(home: Home, name: str) -> None:
    before = tree(home.vault)
    with pytest.raises(UsageError, match="name"):
        api_vault.seal(home.vault, home.file("a", b"a"), ask=never, name=name)
    with pytest.raises(UsageError, match="name"), api_vault.sealing(home.vault, ask=never, name=name, kind="report"):
        pytest.fail("the block began")
    assert tree(home.vault) == before


def test_a_slip_of_the_pen_is_told_before_anybody_is_asked(home: Home) -> None:
    source = home.file("a", b"a")
    for kind, retention, key, recipients in (
        ("Report!", "default", "", ()),
        ("", "a b", "", ()),
        ("", "default", "nobody", ()),
        ("", "default", "", ("nobody",)),
    ):
        with pytest.raises(UsageError):
            api_vault.seal(
                home.vault, source, ask=never, kind=kind, retention=retention, key=key, recipients=recipients
            )
    assert home.standing() == []


def test_a_source_that_is_no_file_is_refused_before_anybody_is_asked(home: Home) -> None:
    os.mkfifo(home.beside / "pipe")
    for source in (home.beside, home.beside / "absent", home.beside / "pipe"):
        with pytest.raises(UsageError, match="cannot read"):
            api_vault.seal(home.vault, source, ask=never)


def test_a_wrong_passphrase_seals_nothing_and_is_logged(home: Home) -> None:
    with pytest.raises(WrongPassphrase):
        api_vault.seal(home.vault, home.file("a", b"a"), ask=wrong, who=WHO)
    assert home.standing() == []
    assert [(each.event.result, each.event.who) for each in home.entries("seal")] == [("wrong-passphrase", WHO)]
    assert home.wrong() == []


def test_a_full_disk_leaves_nothing_and_is_logged(home: Home) -> None:
    source = home.file("big.bin", os.urandom(6 * MIB))
    with full_after(2 * MIB), pytest.raises(GoxrayError, match="cannot write"):
        api_vault.seal(home.vault, source, ask=ask)
    assert home.standing() == []
    assert [each.event.result for each in home.entries("seal")] == ["failed"]
    assert home.wrong() == []
    assert home.opened(home.sealed(), "again") == b"evidence"


def test_a_log_that_takes_no_entry_leaves_no_bundle(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("goxray.vault.custody.taking.seal_event", lambda *_, **__: Event(WHO, "", "ok"))
        with pytest.raises(UsageError):
            home.sealed()
    assert home.standing() == []
    assert home.wrong() == []


def test_a_log_that_was_cut_off_is_told_before_the_work(home: Home) -> None:
    log = home.vault / "log" / "entries.jsonl"
    log.write_bytes(log.read_bytes()[:-40])
    with (
        pytest.raises(GoxrayError, match="the log takes no more entries"),
        api_vault.sealing(home.vault, ask=ask, name="a", kind="report"),
    ):
        pytest.fail("the block began")
    assert home.standing() == []


def test_what_is_masked_joins_over_bundles_and_the_header_says_so(home: Home) -> None:
    line = b'{"mobile":"' + PERSON + b'","n":1}\n'
    source = home.file("a.jsonl", line)
    one = api_vault.seal(home.vault, source, ask=ask, mask=["all"])
    two = api_vault.seal(home.vault, home.file("b.jsonl", line), ask=ask, mask=["mobile"])
    assert one.masked is not None and one.masked.masked == {"phone": 1}
    assert one.bundle.mask == ("all",) and len(two.bundle.mask) == 1
    texts = [home.opened(each.bundle.id, f"{number}.out") for number, each in enumerate((one, two))]
    assert texts[0] == texts[1] and PERSON not in texts[0] and b'"n":1' in texts[0]
    assert source.read_bytes() == line
    assert api_vault.seal(home.vault, source, ask=ask).masked is None


def test_a_snapshot_holds_no_contents_and_is_sealed_as_it_is(home: Home) -> None:
    source = home.beside / "look.gox"
    with zipfile.ZipFile(source, "w") as packed:
        packed.writestr("manifest.json", json.dumps({"schema": "goxray.snapshot/1", "tables": []}))
    made = api_vault.seal(home.vault, source, ask=ask, mask=["all"])
    assert (made.bundle.kind, made.bundle.mask) == ("snapshot", ())
    assert made.masked is not None and made.masked.rules == () and not made.masked.masked
    assert home.opened(made.bundle.id, "again") == source.read_bytes()


def test_a_log_that_was_changed_further_up_keeps_nobody_from_sealing(home: Home) -> None:
    """Evidence is not lost for that; what seems unknown is not taken up: its entry may be the changed one."""
    before = home.sealed("before")
    log = home.vault / "log" / "entries.jsonl"
    log.write_bytes(log.read_bytes().replace(before.encode(), before[::-1].encode(), 1))
    after = home.sealed("after")
    assert home.opened(after, "again") == b"evidence"
    found = home.verified()
    assert found.log is not None and [each.kind for each in found.log.faults] == ["edited"]
    lines = log.read_text().splitlines()
    assert not any('"adopted"' in line for line in lines)


def test_what_cannot_be_masked_is_refused_before_anybody_is_asked(home: Home) -> None:
    with pytest.raises(UsageError, match="binary"):
        api_vault.seal(home.vault, home.file("a.bin", b"\0\1\2" * 99), ask=never, mask=["all"])
    with pytest.raises(UsageError):
        api_vault.seal(home.vault, home.file("a.log", b"a"), ask=never, mask=["no-such-kind"])


def test_content_that_breaks_while_it_is_masked_leaves_nothing(home: Home) -> None:
    source = home.file("a.json", b'{\n"mobile": "' + PERSON + b'",\n"x": [1, 2\n')
    with pytest.raises(GoxrayError, match=r"a\.json"):
        api_vault.seal(home.vault, source, ask=ask, mask=["all"])
    assert home.standing() == []
    assert [each.event.result for each in home.entries("seal")] == ["failed"]
