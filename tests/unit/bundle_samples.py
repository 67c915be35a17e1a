"""Bundles sealed by goxray for keys that gmalg made."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

from goxray.vault import sm2
from goxray.vault.bundle.format import Content
from goxray.vault.bundle.seal import How, seal
from tests.unit import bundle_twin as twin

CHUNK = 4096
CREATED = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def private(pair: twin.Pair) -> sm2.Private:
    """The key in goxray's hands: PKCS #8 (RFC 5958) around SEC 1's ECPrivateKey (RFC 5915), by hand."""
    inner = bytes.fromhex("306b0201010420") + pair.number + bytes.fromhex("a144034200") + pair.point
    head = bytes.fromhex("308187020100301306072a8648ce3d020106082a811ccf5501822d046d")
    return sm2.Private.from_pkcs8(bytearray(head + inner))


def trusting(pair: twin.Pair) -> dict[str, sm2.Public]:
    return {pair.id: sm2.Public.from_spki(pair.spki)}


def how(pairs: tuple[twin.Pair, ...], **more: Any) -> How:
    signer, *recipients = pairs
    publics = [sm2.Public.from_spki(pair.spki) for pair in recipients]
    return How(publics, private(signer), created=CREATED, **({"chunk": CHUNK} | more))


def sealed(pairs: tuple[twin.Pair, ...], content: bytes, name: str = "heap.goxs", **more: Any) -> bytes:
    out = io.BytesIO()
    seal(io.BytesIO(content), out, Content(name, "snapshot", {"host": "服务"}, ["phone"], "logs"), how(pairs, **more))
    return out.getvalue()


def pattern(length: int) -> bytes:
    return bytes((at * 7 + at // 251) % 256 for at in range(length))
