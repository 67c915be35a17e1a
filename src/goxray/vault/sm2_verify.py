"""SM2 in pure Python, for what needs no secret: the curve, and the check of a signature (GB/T 32918.2-2016, chapter 7).

It never signs and holds no private key: arithmetic on Python's whole numbers takes a time that tells of them. What is
checked here is public, so that does no harm.
"""

from __future__ import annotations

from goxray.vault import sm3

P = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_00000000_FFFFFFFF_FFFFFFFF
A = P - 3
B = 0x28E9FA9E_9D9F5E34_4D5A9E4B_CF6509A7_F39789F5_15AB8F92_DDBCBD41_4D940E93
N = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_7203DF6B_21C6052B_53BBF409_39D54123
G = (
    0x32C4AE2C_1F198119_5F990446_6A39C994_8FE30BBF_F2660BE1_715A4589_334C74C7,
    0xBC3736A2_F4F6779C_59BDCEE3_6B692153_D0A9877C_C62A4740_02DF32E5_2139F0A0,
)
"""The curve of GB/T 32918.5-2017: y^2 = x^3 + A x + B over the field of P, base point G of prime order N."""

ID_LIMIT = 8190
"""Longest signer's ID, bytes. Its length in bits is written in two bytes (GB/T 32918.2-2016, 5.5), which allows one
byte more; OpenSSL does not (sm2_compute_z_digest in crypto/sm2/sm2_sign.c)."""

_Jacobian = tuple[int, int, int]
"""A point as (X, Y, Z) with x = X/Z^2 and y = Y/Z^3; Z is 0 at infinity."""


def on_curve(x: int, y: int) -> bool:
    """Say whether the two coordinates are those of a point of the curve, in their only form (below P)."""
    return 0 <= x < P and 0 <= y < P and (y * y - (x * x + A) * x - B) % P == 0


def za(signer_id: bytes, x: int, y: int) -> bytes:
    """Return Z of the signer: SM3 over ID, curve and public key, 32 bytes (GB/T 32918.2-2016, 5.5)."""
    numbers = (A, B, *G, x, y)
    return sm3.digest(
        (8 * len(signer_id)).to_bytes(2, "big"), signer_id, *(number.to_bytes(32, "big") for number in numbers)
    )


def verify(x: int, y: int, message: bytes | bytearray | memoryview, r: int, s: int, signer_id: bytes) -> bool:
    """Say whether (r, s) is the signature of the message by the holder of the public key (x, y) under this ID.

    The point must be one of the curve (``on_curve``); its order is then N, which is prime, the cofactor being 1.
    """
    if not (0 < r < N and 0 < s < N) or not on_curve(x, y):
        return False
    t = (r + s) % N
    if t == 0:
        return False
    e = int.from_bytes(sm3.digest(za(signer_id, x, y), message), "big")
    found = _affine_x(_sum_of_products(s, (*G, 1), t, (x, y, 1)))
    return found is not None and (e + found) % N == r


def _sum_of_products(s: int, one: _Jacobian, t: int, two: _Jacobian) -> _Jacobian:
    """Return s times one point plus t times another; both numbers are walked through together, bit by bit."""
    adds = (None, one, two, _add(one, two))
    total: _Jacobian = (1, 1, 0)
    for bit in range(max(s.bit_length(), t.bit_length()) - 1, -1, -1):
        total = _double(total)
        term = adds[(s >> bit & 1) | (t >> bit & 1) << 1]
        if term is not None:
            total = _add(total, term)
    return total


def _double(point: _Jacobian) -> _Jacobian:
    """Double a point of a curve with A = -3."""
    x, y, z = point
    delta, gamma = z * z % P, y * y % P
    beta, alpha = x * gamma % P, 3 * (x - delta) * (x + delta) % P
    across = (alpha * alpha - 8 * beta) % P
    return across, (alpha * (4 * beta - across) - 8 * gamma * gamma) % P, ((y + z) * (y + z) - gamma - delta) % P


def _add(one: _Jacobian, two: _Jacobian) -> _Jacobian:
    """Add two points, whichever they are: also equal ones, opposite ones, and the one at infinity."""
    (x1, y1, z1), (x2, y2, z2) = one, two
    if z1 == 0:
        return two
    if z2 == 0:
        return one
    square1, square2 = z1 * z1 % P, z2 * z2 % P
    u1, u2 = x1 * square2 % P, x2 * square1 % P
    s1, s2 = y1 * z2 * square2 % P, y2 * z1 * square1 % P
    step, slope = (u2 - u1) % P, (s2 - s1) % P
    if step == 0:
        return _double(one) if slope == 0 else (1, 1, 0)
    square = step * step % P
    cube, across = step * square % P, u1 * square % P
    x3 = (slope * slope - cube - 2 * across) % P
    return x3, (slope * (across - x3) - s1 * cube) % P, step * z1 * z2 % P


def _affine_x(point: _Jacobian) -> int | None:
    """Return the first coordinate; nothing at infinity."""
    x, _, z = point
    return x * pow(z * z, -1, P) % P if z else None
