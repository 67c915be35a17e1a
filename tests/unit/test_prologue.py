"""Where a probe in a Go function belongs: the forms of Go's prologue, written down by hand and met in real programs."""

from __future__ import annotations

import random

import pytest

from goxray.target.prologue import LONGEST, behind_check, kept_and_tested, store_of_one

CMP_RSP = "49 3b 66 10"  # cmp 0x10(%r14),%rsp
CMP_R12 = "4d 3b 66 10"  # cmp 0x10(%r14),%r12
JBE_NEAR, JBE_FAR = "76 30", "0f 86 c2 01 00 00"
LEA_8, LEA_32 = "4c 8d 64 24 d0", "4c 8d a4 24 c0 fe ff ff"  # lea -0x30(%rsp),%r12; lea -0x140(%rsp),%r12
MOV_R12 = "49 89 e4"  # mov %rsp,%r12
SUB_8, SUB_32 = "49 83 ec 7f", "49 81 ec 00 20 00 00"  # sub $n,%r12
JB_NEAR, JB_FAR = "72 20", "0f 82 00 01 00 00"
FRAME = "55 48 89 e5 48 83 ec 30"  # push %rbp; mov %rsp,%rbp; sub $0x30,%rsp


def code(*parts: str) -> bytes:
    return bytes.fromhex(" ".join(parts)).ljust(LONGEST, b"\x90")


@pytest.mark.parametrize(
    ("parts", "offset", "frame"),
    [
        ((CMP_RSP, JBE_NEAR), 6, "small"),
        ((CMP_RSP, JBE_FAR), 10, "small"),
        ((LEA_8, CMP_R12, JBE_NEAR), 11, "large"),
        ((LEA_8, CMP_R12, JBE_FAR), 15, "large"),
        ((LEA_32, CMP_R12, JBE_FAR), 18, "large"),
        ((MOV_R12, SUB_8, JB_NEAR, CMP_R12, JBE_NEAR), 15, "huge"),
        ((MOV_R12, SUB_32, JB_FAR, CMP_R12, JBE_FAR), 26, "huge"),
    ],
)
def test_the_push_behind_each_form_of_the_check(parts: tuple[str, ...], offset: int, frame: str) -> None:
    found = behind_check(code(*parts, FRAME))
    assert found.offset == offset
    assert frame in found.how


def test_a_function_without_a_check_is_probed_at_its_push() -> None:
    assert behind_check(code(FRAME)).offset == 0


@pytest.mark.parametrize(
    "parts",
    [
        (CMP_RSP, JBE_NEAR, "48 8b 03"),  # no frame behind the check
        (CMP_RSP, JBE_NEAR, "48 83 ec 18"),  # a frame without a frame pointer
        ("48 8b 03 c3",),  # a leaf
        ("64 48 8b 0c 25 f8 ff ff ff 48 3b 61 10 76 30", FRAME),  # ABI0: the goroutine from thread-local memory
        (CMP_R12, JBE_NEAR, FRAME),  # R12 compared, but nothing put there
        (CMP_RSP, "77 30", FRAME),  # another jump
        ("49 3b 66 18", JBE_NEAR, FRAME),  # the other limit, of functions on the system stack
    ],
)
def test_what_is_not_understood_is_not_probed(parts: tuple[str, ...]) -> None:
    found = behind_check(code(*parts))
    assert found.offset == -1
    assert "push" in found.how or "Go function" in found.how


def test_a_function_that_is_cut_off() -> None:
    whole = code(CMP_RSP, JBE_FAR, FRAME)
    assert [behind_check(whole[:size]).offset for size in (0, 3, 4, 9, 10)] == [-1] * 5
    assert behind_check(whole[:11]).offset == 10


STORE = "b9 01 00 00 00 48 8d 15 68 e2 1b 00 87 0a"  # mov $1,%ecx; lea 0x1be268(%rip),%rdx; xchg %ecx,(%rdx)


def test_the_store_of_one_is_probed_at_the_nop_in_front_of_it() -> None:
    assert store_of_one(code("48 8b 03", "90 90", STORE)).offset == 4
    assert store_of_one(code("48 8b 03", STORE)).offset == 3


@pytest.mark.parametrize(
    "parts",
    [
        ("48 8b 03",),
        (STORE, "c3", STORE),  # two: which one is meant is not known
        ("b9 02 00 00 00 48 8d 15 68 e2 1b 00 87 0a",),  # another value
        ("b9 01 00 00 00 48 8d 15 68 e2 1b 00 89 0a",),  # a plain store
    ],
)
def test_no_or_more_than_one_store_is_no_place(parts: tuple[str, ...]) -> None:
    assert store_of_one(code(*parts)).offset == -1


def test_whatever_the_bytes_are_a_place_holds_a_push() -> None:
    rng = random.Random(5)
    pieces = [
        bytes.fromhex(text) for text in (CMP_RSP, CMP_R12, JBE_NEAR, JBE_FAR, LEA_8, LEA_32, MOV_R12, SUB_8, "55")
    ]
    found = 0
    for _ in range(20_000):
        made = b"".join(rng.choice([*pieces, rng.randbytes(1)]) for _ in range(8))
        offset = behind_check(made).offset
        if offset >= 0:
            found += 1
            assert made[offset] == 0x55
    assert found > 100


KEEP, TEST = "48 89 05 9f a3 1d 00", "48 85 c0"  # mov %rax,0x1da39f(%rip); test %rax,%rax


@pytest.mark.parametrize("between", ["", "90", "0f 1f 00", "66 90", "0f 1f 40 00"])
def test_the_variable_that_a_result_is_kept_in(between: str) -> None:
    assert kept_and_tested(code("48 8b 03", KEEP, between, TEST), 0x43A0E7) == 0x614490


@pytest.mark.parametrize("parts", [(KEEP,), (KEEP, "48 8b 03", TEST), (KEEP, TEST, "c3", KEEP, TEST), ()])
def test_a_variable_that_cannot_be_told(parts: tuple[str, ...]) -> None:
    assert kept_and_tested(code(*parts), 0x400000) is None
