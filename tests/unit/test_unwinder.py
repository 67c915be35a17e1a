"""Stacks laid out by hand, cut into frames as runtime/traceback.go does, with and without a link register.

Functions are 0x100 bytes long from CODE on; each has one frame size at every program counter.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from goxray.core.errors import MemoryFault
from goxray.goruntime.goroutines import Frame, Goroutine, Unwinder
from goxray.layout import RuntimeLayout, layout_for

CODE = 0x40_0000
LOW, HIGH = 0xC000, 0xD000
FUNCS = 0x90_0000


@dataclass(frozen=True)
class Function:
    size: int
    func_id: str = "FuncIDNormal"
    flag: str = ""
    deferreturn: int = 0


class Table:
    """A function table over a few functions, as far as the unwinder asks it."""

    def __init__(self, functions: Mapping[str, Function]) -> None:
        self._functions = list(functions.items())

    def covers(self, pc: int) -> bool:
        return CODE <= pc < CODE + 0x100 * len(self._functions)

    def at(self, name: str, offset: int = 0x20) -> int:
        return CODE + 0x100 * [known for known, _ in self._functions].index(name) + offset

    def entry(self, pc: int) -> int:
        return pc & ~0xFF

    def name(self, pc: int) -> str:
        return self._functions[(pc - CODE) >> 8][0]

    def frame_size(self, pc: int) -> int:
        return self._functions[(pc - CODE) >> 8][1].size

    def func(self, pc: int) -> int:
        return FUNCS + 0x100 * ((pc - CODE) >> 8)


class Words:
    """Memory: the stack's words that were set, and the functions' entries."""

    def __init__(self, layout: RuntimeLayout, functions: Mapping[str, Function], stack: Mapping[int, int]) -> None:
        self._bytes: dict[int, int] = {}
        for addr, word in stack.items():
            self._put(addr, struct.pack("<Q", word))
        for index, function in enumerate(functions.values()):
            at = FUNCS + 0x100 * index
            flag = layout.const(function.flag) if function.flag else 0
            self._put(at + layout.offset("runtime._func", "funcID"), bytes([layout.const(function.func_id)]))
            self._put(at + layout.offset("runtime._func", "flag"), bytes([flag]))
            self._put(at + layout.offset("runtime._func", "deferreturn"), struct.pack("<I", function.deferreturn))

    def _put(self, addr: int, raw: bytes) -> None:
        self._bytes.update({addr + index: byte for index, byte in enumerate(raw)})

    def _get(self, addr: int, size: int) -> int:
        if addr not in self._bytes:
            raise MemoryFault(addr, size)
        return int.from_bytes(bytes(self._bytes[addr + index] for index in range(size)), "little")

    def read_u8(self, addr: int) -> int:
        return self._get(addr, 1)

    def read_u32(self, addr: int) -> int:
        return self._get(addr, 4)

    def read_u64(self, addr: int) -> int:
        return self._get(addr, 8)


FUNCTIONS = {
    "goexit": Function(0, flag="FuncFlagTopFrame"),
    "outer": Function(0x40),
    "inner": Function(0x20),
    "leaf": Function(0),
    "preempt": Function(0x30, func_id="FuncID_asyncPreempt"),
    "sigpanic": Function(0x50, func_id="FuncID_sigpanic"),
    "deferring": Function(0x40, deferreturn=0x80),
    "switching": Function(0x20, flag="FuncFlagSPWrite"),
    "lost": Function(-1),
}
TABLE = Table(FUNCTIONS)


def frames(
    goarch: str, stack: Mapping[int, int], sp: int, pc: int, lr: int = 0, *, in_syscall: bool = False
) -> list[Frame]:
    layout = layout_for("go1.24.11", goarch, ())
    memory = Words(layout, FUNCTIONS, stack)
    unwinder = Unwinder(memory, [TABLE], layout)  # type: ignore[arg-type, list-item]
    return unwinder.frames(Goroutine(7, 4, LOW, HIGH, sp, pc, lr, in_syscall))


def short(found: list[Frame]) -> list[tuple[str, int, int]]:
    return [(frame.function, frame.start, frame.end) for frame in found]


def test_amd64_returns_to_what_call_pushed() -> None:
    at = TABLE.at
    stack = {0xCF20: at("outer"), 0xCF68: at("goexit"), 0xCF70: 0}
    found = frames("amd64", stack, 0xCF00, at("inner"))
    assert short(found) == [("inner", 0xCF00, 0xCF28), ("outer", 0xCF28, 0xCF70), ("goexit", 0xCF70, 0xCF78)]
    inner = found[0]  # below the return address lies the saved frame pointer; the arguments begin above both
    assert (inner.varp, inner.argp, inner.caller) == (0xCF20 - 8, 0xCF28, at("outer"))
    assert (found[2].varp, found[2].argp) == (0xCF70, 0xCF78)  # no frame: no saved frame pointer
    assert all(frame.unwound for frame in found)


@pytest.mark.parametrize("goarch", ["arm64", "loong64"])
def test_the_return_address_is_the_first_word_of_a_frame(goarch: str) -> None:
    at = TABLE.at
    stack = {0xCF00: at("outer"), 0xCF20: at("goexit"), 0xCF60: 0}
    found = frames(goarch, stack, 0xCF00, at("inner"), lr=0x1234)
    assert short(found) == [("inner", 0xCF00, 0xCF20), ("outer", 0xCF20, 0xCF60), ("goexit", 0xCF60, 0xCF60)]
    # only arm64 keeps frame pointers: in the word below the caller's frame
    assert found[0].varp == (0xCF20 - 8 if goarch == "arm64" else 0xCF20)
    assert found[0].argp == 0xCF20 + 8  # above the word for the callee's return address
    assert found[0].entry == at("inner", 0) and found[0].continpc == at("inner")
    assert found[2].varp == 0xCF60 and found[2].caller == 0


@pytest.mark.parametrize("goarch", ["arm64", "loong64"])
def test_who_called_a_leaf_stands_in_the_link_register(goarch: str) -> None:
    at = TABLE.at
    stack = {0xCF00: at("outer"), 0xCF20: at("goexit"), 0xCF60: 0}
    found = frames(goarch, stack, 0xCF00, at("leaf"), lr=at("inner"))
    assert short(found)[:2] == [("leaf", 0xCF00, 0xCF00), ("inner", 0xCF00, 0xCF20)]
    assert found[-1].function == "goexit"


def test_a_goroutine_that_never_ran_returns_to_goexit() -> None:
    at = TABLE.at
    found = frames("arm64", {0xCFD0: 0}, 0xCFD0, at("leaf", 0), lr=at("goexit", 4))
    assert short(found) == [("leaf", 0xCFD0, 0xCFD0), ("goexit", 0xCFD0, 0xCFD0)]
    assert found[0].continpc == found[0].entry == at("leaf", 0)


@pytest.mark.parametrize(("goarch", "step"), [("arm64", 16), ("loong64", 8)])
def test_a_preempted_leaf_has_its_link_register_behind_the_made_up_call(goarch: str, step: int) -> None:
    """pushCall of runtime/signal_arm64.go and signal_loong64.go: LR is kept in a slot above asyncPreempt's frame."""
    at = TABLE.at
    below = 0xCF30 + step
    stack = {0xCF00: at("leaf"), 0xCF30: at("inner"), below: at("outer"), below + 0x20: at("goexit"), below + 0x60: 0}
    found = frames(goarch, stack, 0xCF00, at("preempt"))
    assert short(found) == [
        ("preempt", 0xCF00, below), ("leaf", below, below), ("inner", below, below + 0x20),
        ("outer", below + 0x20, below + 0x60), ("goexit", below + 0x60, below + 0x60),
    ]  # fmt: skip
    assert [frame.trapped for frame in found] == [False, True, False, False, False]
    assert found[0].argp == 0xCF30 + 8


@pytest.mark.parametrize(("goarch", "step"), [("arm64", 16), ("loong64", 8)])
def test_a_preempted_function_with_a_frame_has_saved_its_link_register_itself(goarch: str, step: int) -> None:
    at = TABLE.at
    below = 0xCF30 + step
    stack = {0xCF00: at("inner"), 0xCF30: 0xBAD, below: at("goexit"), below + 0x20: 0}
    found = frames(goarch, stack, 0xCF00, at("preempt"))
    assert short(found)[1:] == [("inner", below, below + 0x20), ("goexit", below + 0x20, below + 0x20)]


def test_a_preempted_function_of_amd64_needs_nothing_of_that() -> None:
    at = TABLE.at
    stack = {0xCF30: at("leaf"), 0xCF38: at("goexit"), 0xCF40: 0}
    found = frames("amd64", stack, 0xCF00, at("preempt"))
    assert short(found) == [("preempt", 0xCF00, 0xCF38), ("leaf", 0xCF38, 0xCF40), ("goexit", 0xCF40, 0xCF48)]
    assert found[1].trapped


@pytest.mark.parametrize(("name", "goes_on"), [("deferring", 0x81), ("inner", None)])
def test_after_a_fault_a_function_goes_on_with_its_deferred_calls_or_never(name: str, goes_on: int | None) -> None:
    at = TABLE.at
    stack = {0xCF00: at(name), 0xCF50: 0xBAD, 0xCF60: at("goexit")}
    found = frames("arm64", stack, 0xCF00, at("sigpanic"))
    assert found[1].function == name and found[1].trapped
    assert found[1].continpc == (at(name, goes_on) if goes_on else 0)


def test_a_function_that_moves_the_stack_pointer_ends_the_walk_unless_it_is_the_innermost() -> None:
    at = TABLE.at
    stack = {0xCF00: at("switching"), 0xCF20: at("outer"), 0xCF40: at("goexit"), 0xCF80: 0}
    found = frames("arm64", stack, 0xCF00, at("inner"))
    assert short(found) == [("inner", 0xCF00, 0xCF20), ("switching", 0xCF20, 0xCF40), ("", 0xCF40, HIGH)]
    assert found[1].unwound and not found[2].unwound
    found = frames("arm64", {0xCF20: at("outer"), 0xCF40: at("goexit"), 0xCF80: 0}, 0xCF20, at("switching"))
    assert [frame.function for frame in found] == ["switching", "outer", "goexit"]


@pytest.mark.parametrize("goarch", ["amd64", "arm64"])
def test_what_cannot_be_unwound_is_one_frame_to_the_end(goarch: str) -> None:
    at = TABLE.at
    stack = {0xCF00: at("lost"), 0xCF20: at("lost")}
    found = frames(goarch, stack, 0xCF00, at("inner"))
    assert found[-1].function == "lost" and found[-1].end == HIGH and not found[-1].unwound
    outside = frames(goarch, {0xCF00: 0x1234, 0xCF20: 0x1234}, 0xCF00, at("inner"))
    assert (outside[-1].function, outside[-1].end, outside[-1].unwound) == ("", HIGH, False)
    unreadable = frames(goarch, {}, 0xCF00, at("inner"))
    assert [frame.function for frame in unreadable] == ["inner", ""] and unreadable[-1].end == HIGH
    too_large = frames(goarch, {}, HIGH - 0x10, at("inner"))
    assert short(too_large) == [("inner", HIGH - 0x10, HIGH)] and not too_large[0].unwound


def test_a_walk_that_makes_no_progress_ends() -> None:
    at = TABLE.at
    found = frames("loong64", {0xCF00: at("leaf")}, 0xCF00, at("leaf"), lr=at("leaf"))
    assert short(found) == [("leaf", 0xCF00, 0xCF00), ("", 0xCF00, HIGH)]


def test_a_call_of_a_nil_function_starts_in_the_caller() -> None:
    at = TABLE.at
    found = frames("arm64", {0xCF00: at("outer"), 0xCF40: 0}, 0xCF00, 0)
    assert found[0].function == "outer"
    found = frames("amd64", {0xCF00: at("outer"), 0xCF48: at("goexit"), 0xCF50: 0}, 0xCF00, 0)
    assert short(found)[:2] == [("outer", 0xCF08, 0xCF50), ("goexit", 0xCF50, 0xCF58)]


def test_a_stack_without_a_position_is_one_frame() -> None:
    assert short(frames("arm64", {}, 0, 0)) == [("", LOW, HIGH)]
