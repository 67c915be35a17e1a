"""Where a probe in a Go function belongs: at its ``push %rbp``, behind the check of the stack's size (amd64).

A Go function first compares the stack pointer with its goroutine's limit; too little stack, and the runtime copies the
stack and enters the function again from the top. A probe on the first instruction therefore sees such a call twice. It
is also a ``cmp``, which the kernel must single-step, while it emulates a ``push``. Behind the check nothing has touched
the registers of the arguments yet: the check uses the stack pointer, the goroutine in R14, and R12, which no argument
is passed in (cmd/internal/obj/x86/obj6.go, stacksplit and preprocess; cmd/compile/abi-internal.md, amd64: integer
arguments are in RAX, RBX, RCX, RDI, RSI, R8, R9, R10, R11; R14 holds the goroutine).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 64
"""Bytes of a function that :func:`behind_check` needs at most."""

PUSH_RBP = b"\x55"

# cmp 0x10(%r14),%rsp; for large frames lea -N(%rsp),%r12 and cmp 0x10(%r14),%r12; for huge ones mov %rsp,%r12,
# sub $N,%r12, jb (the difference wrapped), and the same cmp. Then jbe, near or far, to the call of morestack.
_JBE = rb"(?:\x76.|\x0f\x86....)"
_SMALL = rb"\x49\x3b\x66\x10" + _JBE
_LARGE = rb"(?:\x4c\x8d\x64\x24.|\x4c\x8d\xa4\x24....)\x4d\x3b\x66\x10" + _JBE
_HUGE = rb"\x49\x89\xe4(?:\x49\x83\xec.|\x49\x81\xec....)(?:\x72.|\x0f\x82....)\x4d\x3b\x66\x10" + _JBE
_CHECK = re.compile(rb"(?P<small>" + _SMALL + rb")|(?P<large>" + _LARGE + rb")|(?P<huge>" + _HUGE + rb")", re.DOTALL)

# mov $1,%r32; lea N(%rip),%r64; xchg %r32,(%r64): an atomic store of 1, as the compiler writes atomic.Uint32.Store
_STORE_ONE = re.compile(
    rb"[\xb8-\xbf]\x01\x00\x00\x00\x48\x8d[\x05\x0d\x15\x1d\x25\x2d\x35\x3d]....\x87[\x00-\x3f]", re.DOTALL
)
_NOP = 0x90

# mov %rax,N(%rip); any nops; test %rax,%rax: a result is kept in a variable, and looked at once more
_KEEP_AND_TEST = re.compile(
    rb"\x48\x89\x05(?P<to>....)(?:\x90|\x66\x90|\x0f\x1f\x00|\x0f\x1f\x40\x00)*\x48\x85\xc0", re.DOTALL
)
_KEEP_SIZE = 7


@dataclass(frozen=True)
class Place:
    """Where in a function a probe belongs, or why there is no such place.

    ``offset`` is in bytes from the function's first instruction, -1 where there is none; ``how`` says in a few words
    what stands there, or what is missing.
    """

    offset: int
    how: str


def behind_check(code: bytes) -> Place:
    """Find the first ``push %rbp`` of a function that begins with ``code`` (the first LONGEST bytes of it)."""
    check = _CHECK.match(code)
    at = check.end() if check else 0
    if code[at : at + 1] == PUSH_RBP:
        how = f"push %rbp behind the stack check ({check.lastgroup} frame)" if check else "push %rbp, no stack check"
        return Place(at, how)
    if check:
        return Place(-1, "it has no frame: nothing is pushed behind the stack check")
    return Place(-1, "its first instructions are not those of a Go function with a frame")


def store_of_one(code: bytes) -> Place:
    """Find the one place in a function's ``code`` where a 1 is stored atomically into a variable.

    The probe goes to the ``nop`` in front of it that stands for an inlined call, which the kernel emulates, where there
    is one.
    """
    found = list(_STORE_ONE.finditer(code))
    if len(found) != 1:
        return Place(-1, f"the atomic store that tells of it is there {len(found)} times")
    at = found[0].start()
    if at and code[at - 1] == _NOP:
        return Place(at - 1, "nop of the inlined call")
    return Place(at, "mov of the inlined call")


def kept_and_tested(code: bytes, entry: int) -> int | None:
    """Return the address of the one variable that a function at ``entry`` keeps a result in and then tests for zero.

    None where its ``code`` does so nowhere, or for several.
    """
    found = list(_KEEP_AND_TEST.finditer(code))
    if len(found) != 1:
        return None
    return entry + found[0].start() + _KEEP_SIZE + int.from_bytes(found[0]["to"], "little", signed=True)
