"""Bundles are what docs/vault-format.md says: a twin written from it reads goxray's, and goxray reads the twin's."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from goxray.core.errors import BadBundle, BadKey, KeyDestroyed, NotAuthentic, UsageError
from goxray.vault import sm2
from goxray.vault.bundle import place
from goxray.vault.bundle.about import ABOUT
from goxray.vault.bundle.destroy import destroy_keys
from goxray.vault.bundle.format import Content
from goxray.vault.bundle.open import open_file
from goxray.vault.bundle.seal import seal, seal_file
from goxray.vault.bundle.verify import verify, verify_file
from goxray.vault.sm4 import Suite
from tests.unit import bundle_twin as twin
from tests.unit.bundle_samples import CHUNK, how, pattern, private, sealed, trusting

LENGTHS = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17)


@pytest.fixture(scope="module")
def pairs() -> tuple[twin.Pair, twin.Pair, twin.Pair]:
    """Signer and two recipients; the keys were made by gmalg."""
    return twin.Pair.new(), twin.Pair.new(), twin.Pair.new()


@pytest.mark.parametrize("suite", list(Suite))
@pytest.mark.parametrize("length", LENGTHS)
def test_the_twin_reads_what_goxray_sealed(
    pairs: tuple[twin.Pair, twin.Pair, twin.Pair], suite: Suite, length: int
) -> None:
    bundle = sealed(pairs, pattern(length), suite=suite)
    header, content = twin.read(bundle, pairs[1])
    assert content == pattern(length)
    assert twin.read(bundle, pairs[2])[1] == content
    assert header["content"] == {"kind": "snapshot", "name": "heap.goxs"} and header["meta"] == {"host": "服务"}
    assert (header["mask"], header["retention"], header["created"]) == (["phone"], "logs", "2026-11-22T02:00:00Z")
    assert header["suite"] == suite.value and header["signer"]["key"] == pairs[0].id
    assert len(twin.apart(bundle).records) == max(1, -(-length // CHUNK))


@pytest.mark.parametrize("suite", [twin.GCM, twin.CTR])
@pytest.mark.parametrize("length", LENGTHS)
def test_goxray_opens_what_the_twin_sealed(
    pairs: tuple[twin.Pair, twin.Pair, twin.Pair], suite: str, length: int, tmp_path: Path
) -> None:
    path = tmp_path / "twin.goxs"
    path.write_bytes(twin.Writer(pairs[0], list(pairs[1:]), suite).write(pattern(length)).whole())
    found = verify_file(path, trusting(pairs[0]))
    assert (found.claims.length, found.front.destroyed) == (length, 0)
    opened = open_file(path, tmp_path, private(pairs[2]), trusting(pairs[0]))
    assert opened == found
    assert (tmp_path / "twin.bin").read_bytes() == pattern(length)


def test_a_pipe_that_gives_little_at_a_time_is_sealed_whole(pairs: tuple[twin.Pair, ...]) -> None:
    class Drops(io.BytesIO):
        def readinto(self, buffer: memoryview) -> int:
            return super().readinto(buffer[:1000])

    out = io.BytesIO()
    seal(Drops(pattern(3 * CHUNK + 5)), out, Content("a"), how(pairs))
    assert twin.read(out.getvalue(), pairs[1])[1] == pattern(3 * CHUNK + 5)


def test_every_bundle_has_its_own_key_salt_and_id(pairs: tuple[twin.Pair, ...]) -> None:
    first, second = (twin.apart(sealed(pairs, b"same")).fields for _ in range(2))
    assert [key for key in ("bundle", "salt", "commitment", "recipients") if first[key] == second[key]] == []


def test_files_are_private_whole_and_never_replaced(pairs: tuple[twin.Pair, ...], tmp_path: Path) -> None:
    source, target, opened = tmp_path / "core", tmp_path / "x.goxs", tmp_path / "opened"
    source.write_bytes(pattern(10_000))
    opened.mkdir()
    old = os.umask(0)
    try:
        seal_file(source, target, Content("core"), how(pairs))
        open_file(target, opened, private(pairs[1]), trusting(pairs[0]))
    finally:
        os.umask(old)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (target, opened / "core")} == {0o600}
    before = target.read_bytes()
    with pytest.raises(UsageError, match="is there already"):
        seal_file(source, target, Content("core"), how(pairs))
    with pytest.raises(UsageError, match="is there already"):
        open_file(target, opened, private(pairs[1]), trusting(pairs[0]))
    assert target.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["core", "opened", "x.goxs"] and os.listdir(opened) == ["core"]


def test_a_link_in_the_way_is_not_followed(pairs: tuple[twin.Pair, ...], tmp_path: Path) -> None:
    bundle, outside = tmp_path / "x.goxs", tmp_path / "outside"
    bundle.write_bytes(sealed(pairs, b"secret", "report"))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "report").symlink_to(outside)
    with pytest.raises(UsageError, match="is there already"):
        open_file(bundle, tmp_path / "in", private(pairs[1]), trusting(pairs[0]))
    assert not outside.exists()


@pytest.mark.parametrize("unnamed", [True, False])
def test_what_fails_halfway_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unnamed: bool) -> None:
    if not unnamed:
        monkeypatch.setattr(os, "O_TMPFILE", os.O_DIRECTORY | os.O_EXCL)
    with pytest.raises(ZeroDivisionError), place.new_file(tmp_path, "x") as out:
        out.write(bytes(100_000))
        out.flush()
        assert len(os.listdir(tmp_path)) == (0 if unnamed else 1)
        assert not (tmp_path / "x").exists()
        raise ZeroDivisionError
    assert os.listdir(tmp_path) == []
    with place.new_file(tmp_path, "x") as out:
        out.write(b"whole")
    assert os.listdir(tmp_path) == ["x"] and (tmp_path / "x").read_bytes() == b"whole"


def test_a_process_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    """On a file system with unnamed files, as those of Linux's own disks are."""
    program = (
        "import os, pathlib, signal; from goxray.vault.bundle import place\n"
        "with place.new_file(pathlib.Path.cwd(), 'x') as out:\n"
        "    out.write(bytes(100_000)); out.flush(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL and os.listdir(tmp_path) == []


@pytest.mark.parametrize("unnamed", [True, False])
def test_a_name_that_is_taken_meanwhile_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unnamed: bool
) -> None:
    if not unnamed:
        monkeypatch.setattr(os, "O_TMPFILE", os.O_DIRECTORY | os.O_EXCL)
    with pytest.raises(UsageError, match="is there already"), place.new_file(tmp_path, "x") as out:
        out.write(b"mine")
        (tmp_path / "x").write_bytes(b"theirs")
    assert os.listdir(tmp_path) == ["x"] and (tmp_path / "x").read_bytes() == b"theirs"


def test_a_full_disk_is_told_and_leaves_nothing(pairs: tuple[twin.Pair, ...], tmp_path: Path) -> None:
    with (
        pytest.raises(Exception, match="cannot write") as caught,
        place.new_file(tmp_path, "x") as out,
        open("/dev/full", "wb", buffering=0) as full,
    ):
        out.write(b"begun")
        seal(io.BytesIO(pattern(CHUNK)), full, Content("a"), how(pairs))
    assert "No space left" in str(caught.value) and os.listdir(tmp_path) == []


def test_keys_that_were_destroyed_leave_a_bundle_that_verifies(pairs: tuple[twin.Pair, ...], tmp_path: Path) -> None:
    path = tmp_path / "x.goxs"
    path.write_bytes(sealed(pairs, pattern(9000)))
    slots, before = twin.apart(path.read_bytes()).slots, path.read_bytes()
    for _ in range(2):
        assert destroy_keys(path).signer == pairs[0].id
    after = path.read_bytes()
    assert len(after) == len(before) and not any(slot in after for slot in slots)
    assert after.replace(bytes(129 * 2), b"".join(slots), 1) == before
    found = verify_file(path, trusting(pairs[0]))
    assert (found.front.destroyed, found.claims.length) == (2, 9000)
    with pytest.raises(KeyDestroyed, match="cannot be had any more"):
        open_file(path, tmp_path, private(pairs[1]), trusting(pairs[0]))
    assert os.listdir(tmp_path) == ["x.goxs"]


def test_no_file_but_a_bundle_loses_its_keys(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_bytes(b"GOXSEAL\x01" + bytes(1000))
    with pytest.raises(BadBundle):
        destroy_keys(path)
    assert path.read_bytes() == b"GOXSEAL\x01" + bytes(1000)


def test_who_is_no_recipient_is_told_so(pairs: tuple[twin.Pair, ...], tmp_path: Path) -> None:
    path = tmp_path / "x.goxs"
    path.write_bytes(sealed(pairs[:2], b"content"))
    with pytest.raises(BadKey, match=f"not sealed for the key {pairs[2].id}, but for {pairs[1].id}"):
        open_file(path, tmp_path, private(pairs[2]), trusting(pairs[0]))
    with pytest.raises(NotAuthentic, match=f"signed by {pairs[0].id}, a key that is not trusted"):
        verify(io.BytesIO(path.read_bytes()), trusting(pairs[1]))
    with pytest.raises(UsageError, match="trusted as"):
        verify(io.BytesIO(path.read_bytes()), {pairs[0].id: sm2.Public.from_spki(pairs[1].spki)})


@pytest.mark.parametrize(
    ("content", "more"),
    [
        (Content("../x"), {}),
        (Content("a/b"), {}),
        (Content(".ssh"), {}),
        (Content("a\x1b[31m"), {}),
        (Content("a\u202egnp.exe"), {}),
        (Content("a" * 256), {}),
        (Content(""), {}),
        (Content("a", kind="Report"), {}),
        (Content("a", meta={"Host": "x"}), {}),
        (Content("a", meta={"host": "x" * 4097}), {}),
        (Content("a", mask=["x\n"]), {}),
        (Content("a", retention=""), {}),
        (Content("a"), {"chunk": 5000}),
        (Content("a"), {"chunk": 1 << 25}),
        (Content("a"), {"signer_id": ""}),
        (Content("a"), {"signer_id": "x" * 129}),
    ],
)
def test_a_header_that_no_reader_takes_is_not_sealed(
    pairs: tuple[twin.Pair, ...], content: Content, more: dict[str, Any], tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"content")
    with pytest.raises(UsageError):
        seal_file(source, tmp_path / "x.goxs", content, how(pairs, **more))
    assert os.listdir(tmp_path) == ["source"]


def test_recipients_are_somebody_and_each_once(pairs: tuple[twin.Pair, ...]) -> None:
    for wrong in (pairs[:1], (*pairs, pairs[1])):
        with pytest.raises(UsageError):
            sealed(wrong, b"content")


def test_a_source_that_is_no_plain_file_is_refused(pairs: tuple[twin.Pair, ...], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for source in (tmp_path / "pipe", tmp_path, tmp_path / "absent"):
        with pytest.raises(UsageError, match="cannot read"):
            seal_file(source, tmp_path / "x.goxs", Content("a"), how(pairs))
    assert os.listdir(tmp_path) == ["pipe"]


def test_the_header_says_how_to_open_it(pairs: tuple[twin.Pair, ...]) -> None:
    """All texts that go into keys, digests and signatures stand in the page and in every bundle."""
    about = twin.apart(sealed(pairs, b"content")).fields["about"]
    docs = Path(__file__).parents[2] / "docs"
    texts = re.findall(r'"goxray [^"]*"', (docs / "vault-format.md").read_text("utf-8"))
    assert about == ABOUT and len(set(texts)) == 5
    assert [text for text in texts if text not in about] == []
    assert texts == re.findall(r'"goxray [^"]*"', (docs / "vault-format.zh-CN.md").read_text("utf-8"))


def test_the_page_tells_every_field(pairs: tuple[twin.Pair, ...]) -> None:
    parts = twin.apart(sealed(pairs, b"content"))
    fields = {*parts.fields, *json.loads(parts.trailer)}
    for name in ("vault-format.md", "vault-format.zh-CN.md"):
        text = (Path(__file__).parents[2] / "docs" / name).read_text("utf-8")
        assert fields == set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
