"""What every bundle says of itself: enough to open it when nothing but the bundle is left."""

from __future__ import annotations

ABOUT = r"""This is a sealed bundle of goxray, format 1: content encrypted for recipients and signed. Opening needs
the private SM2 key of a recipient. || joins bytes, numbers are big-endian, SM3/SM4/SM2 are GB/T 32905, 32907,
32918, HMAC is HMAC-SM3, HKDF is RFC 5869 with SM3, hex in this header means the bytes it stands for. A key id
is the hex of the first 16 bytes of SM3 over the DER of the public key (SubjectPublicKeyInfo).
File: 8 bytes magic "GOXSEAL" and byte 1; 4 bytes length of this header; this header (JSON); one slot of 129
bytes for each recipient, in the order of "recipients"; records; nothing more. A slot is the data key (32
bytes) encrypted by SM2 as C1 || C3 || C2, C1 being 04 || x || y; "slot" in "recipients" is its SM3. Zeros in
a slot: the key was destroyed there.
H = SM3(magic || length || this header).
commitment = HKDF(salt, data key, "goxray sealed bundle 1 commitment\0" || "bundle", 32): compare it.
chunk key = HKDF(salt, data key, "goxray sealed bundle 1 chunks\0" || H, 16). In quotes \0 is one zero byte.
Record: 1 byte kind (1 chunk, 2 last chunk, 3 trailer), 4 bytes length, payload. "chunk" bytes of content are
in each chunk but the last. For chunk i, from 0, last = 1 for kind 2 and else 0: nonce = i in 11 bytes || last
in 1 byte, aad = H || i in 8 bytes || last in 1 byte.
Suite SM4-GCM-SM3-SM2: payload = SM4-GCM ciphertext || 16 bytes tag.
Suite SM4-CTR-HMAC-SM3-SM2: E = first 16 bytes of HMAC(chunk key, "goxray SM4-CTR"), A = HMAC(chunk key,
"goxray HMAC-SM3"), ciphertext = SM4-CTR under E with first counter block nonce || 4 zeros, payload =
ciphertext || HMAC(A, nonce || aad || ciphertext || length of aad in 8 bytes || length of ciphertext in 8
bytes).
Trailer: JSON with "bytes" (of content), "chunks", "digest" = SM3(01 || leaf 0 || leaf 1 ...), leaf = SM3(00
|| record with kind and length), and "signature": SM2, DER, with ID "id" and key "spki" of "signer", over
"goxray sealed bundle 1 signature\0" || H || the trailer's JSON without "signature" (keys sorted, no spaces).
Check all of it before you trust the content, and that the signer's key is who you think it is."""
"""The text of format 1; readers show it and take nothing from it."""
