"""DER: one encoding for each value, and nothing else; PEM around it."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goxray.core.errors import BadEncoding
from goxray.vault import der
from goxray.vault.der import Reader

# By hand from X.690, 8.3: two's complement in as few bytes as the number needs.
NUMBERS = {
    0: "020100",
    1: "020101",
    127: "02017f",
    128: "02020080",
    256: "02020100",
    -1: "0201ff",
    -128: "020180",
    -129: "0202ff7f",
}


def _reader(text: str) -> Reader:
    return Reader(bytes.fromhex(text), "the thing")


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_by_hand(number: int) -> None:
    assert der.integer(number).hex() == NUMBERS[number]
    assert _reader(NUMBERS[number]).integer() == number


@given(st.integers(-(1 << 300), 1 << 300))
def test_every_number_comes_back(number: int) -> None:
    reader = Reader(der.integer(number), "a number")
    assert reader.integer() == number
    reader.end()


@pytest.mark.parametrize("length", [0, 1, 127, 128, 255, 256, 65535, 65536])
def test_lengths_of_one_and_more_bytes(length: int) -> None:
    made = der.value(der.OCTETS, bytes(length))
    width = 0 if length < 128 else (length.bit_length() + 7) // 8
    assert len(made) == 2 + width + length
    assert len(Reader(made, "octets").take(der.OCTETS)) == length


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("06032a0304", "1.2.3.4"),
        ("06072a8648ce3d0201", "1.2.840.10045.2.1"),
        ("06082a811ccf5501822d", "1.2.156.10197.1.301"),
        ("0603550406", "2.5.4.6"),
        ("0603883703", "2.999.3"),
    ],
)
def test_object_identifiers(text: str, number: str) -> None:
    """The last is the example of X.690, 8.19.5; the third the curve's in GM/T 0006."""
    assert _reader(text).oid() == number


@pytest.mark.parametrize(
    ("text", "take", "why"),
    [
        ("", Reader.integer, "a value of kind 0x02 was due"),
        ("0401", Reader.integer, "a value of kind 0x02 was due"),
        ("02", Reader.integer, "it is cut off"),
        ("0201", Reader.integer, "it is cut off"),
        ("0200", Reader.integer, "a number without a byte"),
        ("02020001", Reader.integer, "more bytes than it needs"),
        ("0202ffff", Reader.integer, "more bytes than it needs"),
        ("02810101", Reader.integer, "a length in more bytes than it needs"),
        ("0282000101", Reader.integer, "a length in more bytes than it needs"),
        ("028001010000", Reader.integer, "a length that DER does not have"),
        ("0285000000000101", Reader.integer, "a length that DER does not have"),
        ("0284ffffffff01", Reader.integer, "it is cut off"),
        ("1f010101", Reader.any, "a tag of several bytes"),
        ("010101", Reader.boolean, "neither 00 nor FF"),
        ("01020000", Reader.boolean, "neither 00 nor FF"),
        ("0300", Reader.bits, "unused bits"),
        ("030108", Reader.bits, "unused bits"),
        ("030101", Reader.bits, "unused bits"),
        ("03020101", Reader.bits, "unused bits"),
        ("0600", Reader.oid, "does not end"),
        ("060188", Reader.oid, "does not end"),
        ("06032a8001", Reader.oid, "more bytes than it needs"),
    ],
)
def test_any_other_encoding_is_refused(text: str, take: Callable[[Reader], object], why: str) -> None:
    with pytest.raises(BadEncoding, match=f"^the thing is damaged: .*{why}"):
        take(_reader(text))


def test_what_follows_the_end_is_refused() -> None:
    reader = _reader("02010102")
    assert reader.integer() == 1
    with pytest.raises(BadEncoding, match="1 bytes follow the end"):
        reader.end()


def test_bits_and_truth_values() -> None:
    reader = _reader("030205a0" + "0101ff" + "010100" + "0500")
    assert reader.bits() == (b"\xa0", 5)
    assert reader.boolean() and not reader.boolean()
    assert reader.peek() == der.NULL and not reader.take(der.NULL)
    assert not reader.more and reader.peek() == 0


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    """Whatever is there: a value that is read again writes the same bytes, or one error says why not."""
    try:
        tag, content, whole = Reader(data, "noise").any()
    except BadEncoding:
        return
    assert der.value(tag, content) == whole == data[: len(whole)]


def test_pem_comes_back_and_other_blocks_are_passed_over() -> None:
    one, two = bytes(range(100)), b"\x30\x00"
    text = "words before\n" + der.pem("A KEY", b"other") + der.pem("THING", one) + der.pem("THING", two)
    assert der.from_pem(text, "THING", "it") == [one, two]
    assert all(len(line) <= 64 for line in text.splitlines())
    assert der.pem("THING", one).splitlines()[1] == base64.b64encode(one[:48]).decode()


@pytest.mark.parametrize("text", ["", der.pem("OTHER", b"abc"), "-----BEGIN THING-----\nA===\n-----END THING-----"])
def test_what_is_no_pem_is_refused(text: str) -> None:
    with pytest.raises(BadEncoding, match="^it (holds no PEM block 'THING'|is damaged: not base64)"):
        der.from_pem(text, "THING", "it")


def test_pem_that_never_ends_is_refused_at_once() -> None:
    """A pattern that tries every way to share the spaces would take hours for these."""
    text = "-----BEGIN THING-----" + "\n" * 200_000
    with pytest.raises(BadEncoding, match="holds no PEM block"):
        der.from_pem(text + "-----BEGIN THING-----" + " " * 200_000, "THING", "it")


def test_a_foreign_reader_reads_what_is_written() -> None:
    made = der.value(der.SEQUENCE, der.integer(-129), der.value(der.SET, der.value(der.UTF8, "章".encode())))
    told = subprocess.run(["openssl", "asn1parse", "-inform", "DER"], input=made, capture_output=True, timeout=30)
    words = told.stdout.decode()
    assert told.returncode == 0 and "INTEGER           :-81" in words and "UTF8STRING        :章" in words
