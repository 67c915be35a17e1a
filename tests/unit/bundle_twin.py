"""Reads and writes sealed bundles as docs/vault-format.md says, with gmalg and tongsuopy; nothing here is goxray's.

The writer does whatever it is told, so that tests can make bundles which an honest sealer would not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gmalg
from tongsuopy.crypto import hashes
from tongsuopy.crypto.ciphers import Cipher, algorithms, modes

MAGIC = b"GOXSEAL\x01"
GCM, CTR = "SM4-GCM-SM3-SM2", "SM4-CTR-HMAC-SM3-SM2"
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")


def sm3(data: bytes) -> bytes:
    made = hashes.Hash(hashes.SM3())
    made.update(data)
    return bytes(made.finalize())


def hmac(key: bytes, data: bytes) -> bytes:
    key = (sm3(key) if len(key) > 64 else key).ljust(64, b"\0")
    inner = sm3(bytes(byte ^ 0x36 for byte in key) + data)
    return sm3(bytes(byte ^ 0x5C for byte in key) + inner)


def hkdf(salt: bytes, key: bytes, info: bytes, length: int) -> bytes:
    return hmac(hmac(salt, key), info + b"\1")[:length]


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True)
class Pair:
    """A key pair of gmalg: the private number and the point, 32 and 65 bytes."""

    number: bytes
    point: bytes

    @property
    def spki(self) -> bytes:
        return SPKI + self.point

    @property
    def id(self) -> str:
        return sm3(self.spki)[:16].hex()

    @classmethod
    def new(cls) -> Pair:
        number, point = gmalg.SM2().generate_keypair()
        return cls(number.rjust(32, b"\0"), point)  # gmalg leaves out zeros in front, for one key in 256


def der_of(r: bytes, s: bytes) -> bytes:
    parts = b""
    for number in (int.from_bytes(r, "big"), int.from_bytes(s, "big")):
        raw = number.to_bytes(number.bit_length() // 8 + 1, "big")
        parts += bytes([2, len(raw)]) + raw
    return bytes([0x30, len(parts)]) + parts


def numbers_of(signature: bytes) -> tuple[bytes, bytes]:
    assert signature[0] == 0x30 and signature[1] == len(signature) - 2 and signature[2] == 2
    at = 4 + signature[3]
    assert signature[at] == 2
    r, s = signature[4:at], signature[at + 2 :]
    return int.from_bytes(r, "big").to_bytes(32, "big"), int.from_bytes(s, "big").to_bytes(32, "big")


def seal_chunk(suite: str, key: bytes, nonce: bytes, aad: bytes, content: bytes) -> bytes:
    if suite == GCM:
        machine = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
        machine.authenticate_additional_data(aad)
        return bytes(machine.update(content) + machine.finalize() + machine.tag)
    encrypting, signing = hmac(key, b"goxray SM4-CTR")[:16], hmac(key, b"goxray HMAC-SM3")
    machine = Cipher(algorithms.SM4(encrypting), modes.CTR(nonce + bytes(4))).encryptor()
    text = bytes(machine.update(content) + machine.finalize())
    lengths = len(aad).to_bytes(8, "big") + len(text).to_bytes(8, "big")
    return text + hmac(signing, nonce + aad + text + lengths)


def open_chunk(suite: str, key: bytes, nonce: bytes, aad: bytes, payload: bytes) -> bytes:
    if suite == GCM:
        machine = Cipher(algorithms.SM4(key), modes.GCM(nonce, payload[-16:])).decryptor()
        machine.authenticate_additional_data(aad)
        return bytes(machine.update(payload[:-16]) + machine.finalize())
    encrypting, signing = hmac(key, b"goxray SM4-CTR")[:16], hmac(key, b"goxray HMAC-SM3")
    text, tag = payload[:-32], payload[-32:]
    lengths = len(aad).to_bytes(8, "big") + len(text).to_bytes(8, "big")
    assert hmac(signing, nonce + aad + text + lengths) == tag
    machine = Cipher(algorithms.SM4(encrypting), modes.CTR(nonce + bytes(4))).decryptor()
    return bytes(machine.update(text) + machine.finalize())


def nonce_and_aad(digest: bytes, index: int, last: bool) -> tuple[bytes, bytes]:
    return index.to_bytes(11, "big") + bytes([last]), digest + index.to_bytes(8, "big") + bytes([last])


@dataclass
class Parts:
    """A bundle taken apart: header in JSON, key slots, records (kind, payload), the trailer's JSON."""

    header: bytes
    slots: list[bytes]
    records: list[tuple[int, bytes]]
    trailer: bytes
    rest: bytes = b""

    @property
    def fields(self) -> dict[str, Any]:
        made = json.loads(self.header)
        assert isinstance(made, dict)
        return made

    @property
    def front(self) -> bytes:
        return MAGIC + len(self.header).to_bytes(4, "big") + self.header

    def whole(self) -> bytes:
        records = [*self.records, (3, self.trailer)]
        return self.front + b"".join(self.slots) + b"".join(map(record, records)) + self.rest


def record(one: tuple[int, bytes]) -> bytes:
    kind, payload = one
    return bytes([kind]) + len(payload).to_bytes(4, "big") + payload


def apart(bundle: bytes) -> Parts:
    assert bundle[:8] == MAGIC
    at = 12 + int.from_bytes(bundle[8:12], "big")
    header = bundle[12:at]
    slots = []
    for _ in json.loads(header)["recipients"]:
        slots.append(bundle[at : at + 129])
        at += 129
    records: list[tuple[int, bytes]] = []
    while at < len(bundle):
        size = int.from_bytes(bundle[at + 1 : at + 5], "big")
        records.append((bundle[at], bundle[at + 5 : at + 5 + size]))
        at += 5 + size
    kind, trailer = records.pop()
    assert kind == 3 and at == len(bundle)
    return Parts(header, slots, records, trailer)


def body_digest(records: list[tuple[int, bytes]]) -> bytes:
    return sm3(b"\1" + b"".join(sm3(b"\0" + record(one)) for one in records))


def read(bundle: bytes, recipient: Pair) -> tuple[dict[str, Any], bytes]:
    """Return header and content of a bundle; an AssertionError or an error of the libraries if anything is wrong."""
    parts = apart(bundle)
    header = parts.fields
    assert canonical(header) == parts.header and header["format"] == 1
    digest = sm3(parts.front)
    for slot, told in zip(parts.slots, header["recipients"], strict=True):
        assert sm3(slot).hex() == told["slot"]
    mine = [told["key"] for told in header["recipients"]].index(recipient.id)
    data_key = bytes(gmalg.SM2(recipient.number).decrypt(parts.slots[mine]))
    salt, name = bytes.fromhex(header["salt"]), bytes.fromhex(header["bundle"])
    assert hkdf(salt, data_key, b"goxray sealed bundle 1 commitment\0" + name, 32).hex() == header["commitment"]
    key = hkdf(salt, data_key, b"goxray sealed bundle 1 chunks\0" + digest, 16)
    content = b""
    for index, (kind, payload) in enumerate(parts.records):
        assert kind == (2 if index == len(parts.records) - 1 else 1)
        content += open_chunk(header["suite"], key, *nonce_and_aad(digest, index, kind == 2), payload)
    trailer = json.loads(parts.trailer)
    assert canonical(trailer) == parts.trailer
    signature = bytes.fromhex(trailer.pop("signature"))
    assert trailer == {
        "bytes": len(content),
        "chunks": len(parts.records),
        "digest": body_digest(parts.records).hex(),
    }
    signer = header["signer"]
    assert sm3(bytes.fromhex(signer["spki"]))[:16].hex() == signer["key"]
    public = gmalg.SM2(pk=bytes.fromhex(signer["spki"])[-65:], uid=signer["id"].encode())
    signed = b"goxray sealed bundle 1 signature\0" + digest + canonical(trailer)
    assert public.verify(signed, *numbers_of(signature))
    return header, content


@dataclass
class Writer:
    """Writes a bundle. ``edit`` changes the header before anything depends on it."""

    signer: Pair
    recipients: list[Pair]
    suite: str = GCM
    chunk: int = 4096
    data_key: bytes = field(default_factory=lambda: os.urandom(32))
    edit: Callable[[dict[str, Any]], object] = bool

    def write(self, content: bytes) -> Parts:
        salt, name = os.urandom(32), os.urandom(16)
        recipients = sorted(self.recipients, key=lambda pair: pair.id)
        slots = [bytes(gmalg.SM2(pk=pair.point).encrypt(self.data_key)) for pair in recipients]
        commitment = hkdf(salt, self.data_key, b"goxray sealed bundle 1 commitment\0" + name, 32)
        header: dict[str, Any] = {
            "about": "written by a twin",
            "bundle": name.hex(),
            "chunk": self.chunk,
            "commitment": commitment.hex(),
            "content": {"kind": "file", "name": "twin.bin"},
            "created": "2026-11-22T02:00:00Z",
            "format": 1,
            "mask": [],
            "meta": {"host": "服务一"},
            "recipients": [
                {"key": pair.id, "slot": sm3(slot).hex()} for pair, slot in zip(recipients, slots, strict=True)
            ],
            "retention": "default",
            "salt": salt.hex(),
            "signer": {"id": "1234567812345678", "key": self.signer.id, "spki": self.signer.spki.hex()},
            "suite": self.suite,
        }
        self.edit(header)
        made = Parts(canonical(header), slots, [], b"")
        digest = sm3(made.front)
        key = hkdf(salt, self.data_key, b"goxray sealed bundle 1 chunks\0" + digest, 16)
        pieces = [content[at : at + self.chunk] for at in range(0, len(content), self.chunk)] or [b""]
        for index, piece in enumerate(pieces):
            last = index == len(pieces) - 1
            sealed = seal_chunk(self.suite, key, *nonce_and_aad(digest, index, last), piece)
            made.records.append((2 if last else 1, sealed))
        return self.signed(made, len(content))

    def signed(self, made: Parts, length: int) -> Parts:
        """Write the trailer anew over whatever the records are now."""
        claims = {"bytes": length, "chunks": len(made.records), "digest": body_digest(made.records).hex()}
        name = str(made.fields["signer"]["id"]).encode()
        private = gmalg.SM2(self.signer.number, name, self.signer.point)
        signature = der_of(*private.sign(b"goxray sealed bundle 1 signature\0" + sm3(made.front) + canonical(claims)))
        made.trailer = canonical(claims | {"signature": signature.hex()})
        return made
