"""BLD002: hardening that the loader gives: PIE, RELRO, NX."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.core.audit_result import POLICY, Place, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import BinaryUnit
    from goxray.audit.policy import Policy
    from goxray.core.audit_result import BinaryFacts


def _binary(unit: BinaryUnit, _policy: Policy) -> Iterator[Hit]:
    facts, place = unit.facts, Place(unit.path)
    if facts.nx is False:
        yield Hit(place, _EXECUTABLE_STACK, "nx", severity="high", fix=_NO_EXECUTABLE_STACK)
    if facts.pie is False:
        yield Hit(place, _FIXED, "pie")
    elif _lazy(facts):
        yield Hit(place, _NO_RELRO if facts.relro == "none" else _PARTIAL, "relro", severity="low", fix=_BIND_NOW)


def _lazy(facts: BinaryFacts) -> bool:
    """Whether addresses that are bound late stay writable. Without shared libraries there are none to bind."""
    return bool(facts.libraries) and facts.relro in ("none", "partial")


_FIXED = Words(
    "The binary is loaded at a fixed address (no PIE): address randomisation does not cover its code.",
    "该二进制加载到固定地址(非 PIE):地址随机化无法覆盖其代码。",
)
_EXECUTABLE_STACK = Words(
    "The binary asks for an executable stack: bytes written there can be run.",
    "该二进制要求可执行栈:写入栈中的字节可以被执行。",
)
_NO_RELRO = Words(
    "The table of addresses of library functions stays writable (no RELRO).",
    "库函数地址表始终可写(无 RELRO)。",
)
_PARTIAL = Words(
    "Addresses of library functions are bound late and stay writable (partial RELRO).",
    "库函数地址延迟绑定且保持可写(部分 RELRO)。",
)
_BIND_NOW = Words(
    "Add -ldflags '-linkmode=external -extldflags \"-Wl,-z,relro,-z,now\"', or build without cgo.",
    "构建时加 -ldflags '-linkmode=external -extldflags \"-Wl,-z,relro,-z,now\"',或不使用 cgo。",
)
_NO_EXECUTABLE_STACK = Words(
    "Find the assembly or C object that asks for it (no .note.GNU-stack section), or link with -z noexecstack.",
    "找出缺少 .note.GNU-stack 节的汇编或 C 目标文件,或用 -z noexecstack 链接。",
)

RULE = Rule(
    info=RuleInfo(
        id="BLD002",
        title=Words("no PIE, RELRO or NX", "缺少 PIE、RELRO 或 NX"),
        what=Words(
            "Binaries with a fixed load address, with an executable stack, or whose library addresses stay writable "
            "(ELF); the same flags of PE and Mach-O files.",
            "加载地址固定、栈可执行、库函数地址保持可写的二进制(ELF),以及 PE、Mach-O 的相应标志。",
        ),
        why=Words(
            "They turn a memory error of C code or unsafe Go from a crash into control over the program.",
            "缺少它们,C 代码或 unsafe Go 的内存错误就可能从崩溃变为程序被接管。",
        ),
        fix=Words("Build with -buildmode=pie.", "用 -buildmode=pie 构建。"),
        clause=POLICY,
        severity="medium",
        evidence=("binary",),
        bad="go build ./cmd/service",
        good="go build -buildmode=pie ./cmd/service",
    ),
    binary=_binary,
)
