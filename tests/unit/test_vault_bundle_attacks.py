"""Bundles that somebody changed, or made in bad faith, are refused in one line; nothing is written for them."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goxray.core.errors import BadBundle, GoxrayError, NotAuthentic
from goxray.vault import sm2
from goxray.vault.bundle.open import open_file
from goxray.vault.bundle.verify import verify
from tests.unit import bundle_twin as twin
from tests.unit.bundle_samples import CHUNK, pattern, private, sealed, trusting

SIGNER, ALICE, BOB = (twin.Pair.new() for _ in range(3))
CONTENT = pattern(3 * CHUNK + 100)
LEAST = pattern(40)


@pytest.fixture(scope="module")
def bundle() -> bytes:
    """Four chunks for two recipients."""
    return sealed((SIGNER, ALICE, BOB), CONTENT)


@pytest.fixture(scope="module")
def small() -> bytes:
    """One short chunk."""
    return sealed((SIGNER, ALICE, BOB), LEAST)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with an empty one in it, into which is opened."""
    made = tmp_path_factory.mktemp("attacks")
    (made / "into").mkdir()
    return made


def refused(place: Path, data: bytes, *, opening: type[GoxrayError] = GoxrayError, pair: twin.Pair = ALICE) -> str:
    """Check that nothing is opened, and return the one line that says why."""
    (place / "x.goxs").write_bytes(data)
    with pytest.raises(opening) as caught:
        open_file(place / "x.goxs", place / "into", private(pair), trusting(SIGNER))
    assert os.listdir(place / "into") == [] and sorted(os.listdir(place)) == ["into", "x.goxs"]
    assert str(caught.value) and str(caught.value).isprintable()
    return str(caught.value)


def unverified(data: bytes) -> None:
    """Check that it does not verify without a secret either."""
    with pytest.raises(GoxrayError) as caught:
        verify(io.BytesIO(data), trusting(SIGNER))
    assert str(caught.value).isprintable()


def test_the_bundles_as_they_are_open(bundle: bytes, small: bytes, tmp_path: Path) -> None:
    """Without this the tests below would say nothing."""
    for at, (data, content) in enumerate(((bundle, CONTENT), (small, LEAST))):
        (tmp_path / "x").write_bytes(data)
        open_file(tmp_path / "x", tmp_path, private(ALICE), trusting(SIGNER), name=f"out{at}")
        assert (tmp_path / f"out{at}").read_bytes() == content
        verify(io.BytesIO(data), trusting(SIGNER))


def test_every_byte_counts(small: bytes) -> None:
    """Every byte of a small bundle, one bit turned: nothing verifies."""
    trusted = trusting(SIGNER)
    passed = []
    for at in range(len(small)):
        changed = bytearray(small)
        changed[at] ^= 1 << (at % 8)
        try:
            verify(io.BytesIO(changed), trusted)
        except GoxrayError:
            continue
        passed.append(at)
    assert passed == []


def test_every_cut_is_noticed(small: bytes) -> None:
    trusted = trusting(SIGNER)
    for length in range(len(small)):
        with pytest.raises(BadBundle):
            verify(io.BytesIO(small[:length]), trusted)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_changed_bundle_opens_for_nobody(bundle: bytes, place: Path, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(bundle) - 1))
    end = data.draw(st.integers(at, min(len(bundle), at + 6000)))
    put = data.draw(st.one_of(st.binary(max_size=20), st.just(bytes(end - at)), st.just(bundle[at:end] * 2)))
    changed = bundle[:at] + put + bundle[end:]
    if changed != bundle:
        refused(place, changed)
        unverified(changed)


def moved(parts: twin.Parts, how: str) -> None:
    records = parts.records
    if how == "swapped":
        records[0], records[1] = records[1], records[0]
    elif how == "doubled":
        records.insert(1, records[0])
    elif how == "left out":
        del records[1]
    elif how == "cut":
        records.pop()
    elif how == "cut and marked":
        records[2:] = [(2, records[2][1])]
    else:
        records[3:] = [(1, records[0][1]), (2, records[3][1])]


WAYS = ("swapped", "doubled", "left out", "cut", "cut and marked", "added")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("again", [False, True])
def test_chunks_stay_where_they_are(bundle: bytes, place: Path, way: str, again: bool) -> None:
    """``again``: not even the signer can sign for chunks that were moved, since the chunks know their place."""
    parts = twin.apart(bundle)
    moved(parts, way)
    if again:
        parts = twin.Writer(SIGNER, []).signed(parts, len(CONTENT))
    refused(place, parts.whole())
    if not again:
        unverified(parts.whole())


@pytest.mark.parametrize("part", ["header", "slots", "records", "one record", "trailer"])
def test_parts_of_another_bundle_do_not_fit(bundle: bytes, place: Path, part: str) -> None:
    parts, other = twin.apart(bundle), twin.apart(sealed((SIGNER, ALICE, BOB), CONTENT))
    if part == "one record":
        parts.records[1] = other.records[1]
    else:
        setattr(parts, part, getattr(other, part))
    refused(place, parts.whole())
    unverified(parts.whole())


def test_slots_are_not_swapped(bundle: bytes, place: Path) -> None:
    parts = twin.apart(bundle)
    parts.slots.reverse()
    assert "key slot" in refused(place, parts.whole(), opening=NotAuthentic)
    unverified(parts.whole())


HEADERS: dict[str, Callable[[dict[str, Any]], object]] = {
    "suite": lambda h: h.update(suite=twin.CTR),
    "unknown suite": lambda h: h.update(suite="NULL"),
    "format 0": lambda h: h.update(format=0),
    "format 2": lambda h: h.update(format=2),
    "format true": lambda h: h.update(format=True),
    "chunk": lambda h: h.update(chunk=2 * CHUNK),
    "huge chunk": lambda h: h.update(chunk=1 << 40),
    "time": lambda h: h.update(created="2016-11-22T02:00:00Z"),
    "no such day": lambda h: h.update(created="2026-02-30T02:00:00Z"),
    "retention": lambda h: h.update(retention="short"),
    "mask": lambda h: h.update(mask=[]),
    "meta": lambda h: h["meta"].update(host="other"),
    "name": lambda h: h["content"].update(name="other"),
    "signer's ID": lambda h: h["signer"].update(id="8765432187654321"),
    "signer": lambda h: h["signer"].update(key=BOB.id, spki=BOB.spki.hex()),
    "signer's key alone": lambda h: h["signer"].update(spki=BOB.spki.hex()),
    "new field": lambda h: h.update(extra=1),
    "field gone": lambda h: h.pop("mask"),
    "salt": lambda h: h.update(salt="00" * 32),
    "capitals": lambda h: h.update(salt=h["salt"].upper()),
    "float": lambda h: h.update(chunk=4096.0),
    "nobody": lambda h: h.update(recipients=[]),
    "commitment": lambda h: h.update(commitment="00" * 32),
}


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("again", [False, True])
def test_another_header_opens_nothing(bundle: bytes, place: Path, name: str, again: bool) -> None:
    """``again``: signed anew by the signer's own key, the chunks do not open under another header."""
    parts = twin.apart(bundle)
    fields = parts.fields
    HEADERS[name](fields)
    parts.header = twin.canonical(fields)
    assert parts.header != twin.apart(bundle).header
    if again:
        parts = twin.Writer(SIGNER, []).signed(parts, len(CONTENT))
    refused(place, parts.whole())
    if not again:
        unverified(parts.whole())


BAD_FAITH: dict[str, Callable[[dict[str, Any]], object]] = {
    name: HEADERS[name]
    for name in (
        *(
            "unknown suite",
            "format 0",
            "format 2",
            "format true",
            "huge chunk",
            "no such day",
            "new field",
            "field gone",
        ),
        *("capitals", "float", "signer's key alone"),
    )
} | {
    "no power of two": lambda h: h.update(chunk=5000),
    "small chunk": lambda h: h.update(chunk=2048),
    "new field of the content": lambda h: h["content"].update(extra=1),
    "new field of the signer": lambda h: h["signer"].update(extra=1),
    "new field of a recipient": lambda h: h["recipients"][0].update(extra=1),
    "a recipient twice": lambda h: h["recipients"].append(h["recipients"][-1]),
    "other order": lambda h: h["recipients"].reverse(),
    "meta's key": lambda h: h["meta"].update({"Host": "x"}),
    "meta's value": lambda h: h["meta"].update(host="a\u202eb"),
    "no text in about": lambda h: h.update(about=[]),
    "controls in about": lambda h: h.update(about="a\x1b[2Jb"),
    "65 masks": lambda h: h.update(mask=["a"] * 65),
    "short salt": lambda h: h.update(salt="00" * 31),
    "half a byte": lambda h: h.update(salt="0" * 63),
    "no hex": lambda h: h.update(salt="0g" * 32),
    "kind": lambda h: h["content"].update(kind="../x"),
    "retention": lambda h: h.update(retention="a b"),
    "time zone": lambda h: h.update(created="2026-11-22T02:00:00+08:00"),
    "long about": lambda h: h.update(about="a" * 8193),
}


@pytest.mark.parametrize("name", BAD_FAITH)
def test_a_header_made_in_bad_faith_is_refused(place: Path, name: str) -> None:
    """Keys, tags and signature are all right for it: only the header's own rules are left to refuse it."""
    parts = twin.Writer(SIGNER, [ALICE, BOB], edit=BAD_FAITH[name]).write(b"content")
    refused(place, parts.whole(), opening=BadBundle)


@pytest.mark.parametrize("again", [False, True])
def test_a_recipient_is_neither_taken_out_nor_put_in(bundle: bytes, place: Path, again: bool) -> None:
    stripped, added = twin.apart(bundle), twin.apart(bundle)
    fields = stripped.fields
    gone = next(at for at, one in enumerate(fields["recipients"]) if one["key"] == BOB.id)
    del fields["recipients"][gone], stripped.slots[gone]
    stripped.header = twin.canonical(fields)
    fields, slot = added.fields, bytes(129 - 1) + b"\4"
    fields["recipients"].append({"key": "f" * 32, "slot": twin.sm3(slot).hex()})
    added.header, added.slots = twin.canonical(fields), [*added.slots, slot]
    for parts in (stripped, added):
        made = twin.Writer(SIGNER, []).signed(parts, len(CONTENT)) if again else parts
        refused(place, made.whole(), opening=NotAuthentic)


JSONS: dict[str, Callable[[bytes], bytes]] = {
    "space": lambda raw: raw.replace(b":", b": ", 1),
    "twice": lambda raw: raw.replace(b'"format":1', b'"format":0,"format":1'),
    "escaped": lambda raw: raw.replace(b'"format"', b'"\\u0066ormat"'),
    "not UTF-8": lambda raw: raw.replace(b"written by a twin", b"written by a twi\xff"),
    "half a character": lambda raw: raw.replace(b"written by a twin", b"written by a \\ud800"),
    "deep": lambda raw: b"[" * 500_000 + b"]" * 500_000,
    "long number": lambda raw: raw.replace(b'"format":1', b'"format":' + b"1" * 100_000),
    "not an object": lambda raw: b"[]",
    "NaN": lambda raw: raw.replace(b'"format":1', b'"format":NaN'),
    "UTF-16": lambda raw: raw.decode().encode("utf-16"),
    "order": lambda raw: json.dumps(dict(reversed(json.loads(raw).items())), separators=(",", ":")).encode(),
}


@pytest.mark.parametrize("name", JSONS)
def test_json_has_one_form(place: Path, name: str) -> None:
    parts = twin.Writer(SIGNER, [ALICE]).write(b"content")
    before = parts.header
    parts.header = JSONS[name](before)
    assert parts.header != before
    made = twin.Writer(SIGNER, []).signed(parts, 7).whole() if name in {"space", "order"} else parts.whole()
    refused(place, made, opening=BadBundle)


NAMES = (
    "../x",
    "/etc/passwd",
    "a/b",
    "..",
    ".",
    ".bashrc",
    "a\\b",
    "a\0b",
    "a\nb",
    "a\x9bb",
    "a\u202eb",
    "\ufeffa",
    "",
)


@pytest.mark.parametrize("name", range(len(NAMES)))
def test_names_from_a_signer_in_bad_faith_lead_nowhere(place: Path, name: int) -> None:
    """Everything about these is right, up to the signature, but the name."""
    writer = twin.Writer(SIGNER, [ALICE], edit=lambda header: header["content"].update(name=NAMES[name]))
    refused(place, writer.write(b"x").whole(), opening=BadBundle)


def test_a_name_asked_for_leads_nowhere_either(bundle: bytes, place: Path) -> None:
    (place / "x.goxs").write_bytes(bundle)
    for name in ("../y", "/y", "", "..", "a\0"):
        with pytest.raises(GoxrayError):
            open_file(place / "x.goxs", place / "into", private(ALICE), trusting(SIGNER), name=name)
    assert sorted(os.listdir(place)) == ["into", "x.goxs"] and os.listdir(place / "into") == []


def test_two_recipients_are_not_given_two_keys(place: Path) -> None:
    """A sealer in bad faith wraps another data key for Bob; what it would open does not matter, Bob is told."""
    parts = twin.Writer(SIGNER, [ALICE, BOB]).write(b"for Alice")
    fields = parts.fields
    at = next(at for at, one in enumerate(fields["recipients"]) if one["key"] == BOB.id)
    parts.slots[at] = bytes(twin.gmalg.SM2(pk=BOB.point).encrypt(os.urandom(32)))
    fields["recipients"][at]["slot"] = twin.sm3(parts.slots[at]).hex()
    parts.header = twin.canonical(fields)
    parts = twin.Writer(SIGNER, []).signed(parts, 9)
    verify(io.BytesIO(parts.whole()), trusting(SIGNER))
    assert "commits to" in refused(place, parts.whole(), opening=NotAuthentic, pair=BOB)


def test_a_recipient_cannot_sign_for_the_signer(place: Path) -> None:
    """Alice knows the data key of what was sealed for her, and seals other content under the signer's name."""
    writer = twin.Writer(ALICE, [BOB], edit=lambda h: h["signer"].update(key=SIGNER.id, spki=SIGNER.spki.hex()))
    forged = writer.write(b"forged").whole()
    assert "signature" in refused(place, forged, opening=NotAuthentic, pair=BOB)
    unverified(forged)


def test_another_signature_of_the_signer_does_not_do(bundle: bytes, place: Path) -> None:
    """The same text signed with another ID, and other texts signed with the same ID."""
    parts = twin.apart(bundle)
    claims = json.loads(parts.trailer)
    del claims["signature"]
    key, text = private(SIGNER), twin.sm3(parts.front) + twin.canonical(claims)
    prefix = b"goxray sealed bundle 1 signature\0"
    wrong = [(prefix + text, b"another"), (text, b"1234567812345678"), (prefix + text + b" ", b"1234567812345678")]
    for message, signer_id in wrong:
        signature = key.sign(message, signer_id).hex()
        parts.trailer = twin.canonical(claims | {"signature": signature})
        assert "signature" in refused(place, parts.whole(), opening=NotAuthentic)
    parts.trailer = twin.canonical(claims | {"signature": key.sign(prefix + text, b"1234567812345678").hex()})
    verify(io.BytesIO(parts.whole()), trusting(SIGNER))


def test_lies_of_the_trailer_are_noticed(bundle: bytes, place: Path) -> None:
    for length in (len(CONTENT) + 1, 0):
        lying = twin.Writer(SIGNER, []).signed(twin.apart(bundle), length).whole()
        refused(place, lying, opening=NotAuthentic)


@pytest.mark.parametrize("rest", [b"\0", b"\n", bytes(5), b"GOXSEAL\x01"])
def test_nothing_follows_the_trailer(bundle: bytes, place: Path, rest: bytes) -> None:
    assert "goes on" in refused(place, bundle + rest, opening=BadBundle)
    unverified(bundle + rest)


def test_two_forms_of_the_same_content_are_not_both_taken(place: Path) -> None:
    """An empty last chunk behind a full one, and a short chunk that is not the last, signed by the signer."""
    for pieces in ([pattern(CHUNK), b""], [b"", b"x"], [b"ab", b"c"]):
        writer = twin.Writer(SIGNER, [ALICE])
        parts = writer.write(b"")
        fields, digest = parts.fields, twin.sm3(parts.front)
        info = b"goxray sealed bundle 1 chunks\0" + digest
        key = twin.hkdf(bytes.fromhex(fields["salt"]), writer.data_key, info, 16)
        parts.records = [
            (1 + at, twin.seal_chunk(twin.GCM, key, *twin.nonce_and_aad(digest, at, at == 1), piece))
            for at, piece in enumerate(pieces)
        ]
        made = writer.signed(parts, sum(map(len, pieces))).whole()
        assert "claims" in refused(place, made, opening=BadBundle)


class Asked(io.BytesIO):
    """A file that remembers the most that was asked of it at once: readers take the memory before they know better."""

    most = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.most = max(self.most, 1 << 40 if size is None or size < 0 else size)
        return super().read(size)


def test_lengths_are_bounded_before_memory_is_taken(bundle: bytes) -> None:
    parts = twin.apart(bundle)
    front = parts.front + b"".join(parts.slots)
    whole = front + b"".join(map(twin.record, parts.records))
    told = []
    for huge in (((1 << 32) - 1).to_bytes(4, "big"), ((1 << 20) + 1).to_bytes(4, "big")):
        told += [twin.MAGIC + huge + parts.header, *(front + kind + huge for kind in (b"\1", b"\2", b"\3"))]
        told.append(whole + b"\3" + huge)
    most = max(len(parts.header), CHUNK + 16)
    for data in (bundle, *told):
        asked = Asked(data)
        if data == bundle:
            verify(asked, trusting(SIGNER))
        else:
            with pytest.raises(BadBundle):
                verify(asked, trusting(SIGNER))
        assert asked.most <= most


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", twin.MAGIC, twin.MAGIC + b"\0\0\0\2{}"]))
def test_anything_else_is_no_bundle(data: bytes, begin: bytes) -> None:
    with pytest.raises(GoxrayError):
        verify(io.BytesIO(begin + data), {SIGNER.id: sm2.Public.from_spki(SIGNER.spki)})
