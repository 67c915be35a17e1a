"""RT001: maps written by several goroutines, code that knows the runtime's map layout, threads locked for good."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.modules.versions import shares_loop_variables
from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._loop_variables import outliving
from goxray.core.audit_result import POLICY, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import Assignment, Function, SourceUnit
    from goxray.audit.policy import Policy

_LINKED = re.compile(
    r"^go:linkname\s+\S+\s+(?:(?:internal/)?runtime(?:/maps)?\.\(?\*?(?:map|makemap|hmap|bmap|evacuat|growWork|hashGrow"
    r"|Map\b|Iter\b|table\b|mapiter)|reflect\.(?:map|makemap)|internal/runtime/maps\.)"
)
_CLASSIC = frozenset({"count", "flags", "b", "noverflow", "hash0", "buckets", "oldbuckets", "nevacuate", "extra"})
_SWISS = frozenset({"used", "seed", "dirptr", "dirlen", "globaldepth", "globalshift", "writing", "clearseq"})
_ENOUGH = 4
"""So many field names of a runtime map's header make a copy of it: count, flags and B alone occur elsewhere."""

_HANDLER = "net/http.ResponseWriter"
_OWN = ("runtime", "internal/runtime")
"""The runtime itself: its map layout is its own."""

_EMPTY = re.compile(r"\b(?:interface|struct)\s*\{\s*\}")
_LISTENING = (
    *(f"net.{name}" for name in ("Listen", "ListenPacket", "ListenTCP", "ListenUDP", "ListenUnix")),
    *(f"net/http.{name}" for name in ("ListenAndServe", "ListenAndServeTLS")),
    *("crypto/tls.Listen", "(net.ListenConfig).Listen"),
)


def _source(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
    yield from _unlocked(unit)
    if not unit.import_path.removeprefix("std/").startswith(_OWN):
        yield from _layouts(unit)
    yield from _threads(unit)
    yield from _listeners(unit)


def _unlocked(unit: SourceUnit) -> Iterator[Hit]:
    concurrent = None
    writes = [each for each in unit.assignments(indexed=True) if each.type.startswith("map[")]
    for each in writes:
        if not each.shared or each.locked or unit.is_test(each.place):
            continue
        concurrent = _concurrent(unit) if concurrent is None else concurrent
        name = each.target.partition("[")[0]
        at_once = each.many or (not each.go and (each.place.path, each.function) in concurrent)
        if at_once or (each.go and _written_beside(each, name, writes)):
            message = Words(
                f"{name} is written by several goroutines and no lock is held: the program dies of it when they meet.",
                f"多个协程在未持锁时写 {name}:同时写入会使程序直接崩溃。",
            )
            yield Hit(each.place, message, each.target, confidence="medium")


def _concurrent(unit: SourceUnit) -> set[tuple[str, str]]:
    """Return (file, function) of what runs in several goroutines: HTTP handlers, functions that go starts in a loop."""
    started = {call.callee for call in unit.calls(".*", "(.*).*", go=True) if call.loop}
    found = set()
    for each in unit.functions():
        full = f"({each.receiver}).{each.name}" if each.receiver else each.name
        qualified = f"(.{each.receiver}).{each.name}" if each.receiver else f".{each.name}"
        if qualified in started or _handles(each):
            found.add((each.place.path, full))
    return found


def _handles(function: Function) -> bool:
    return [typed for _, typed in function.params[:2]] == [_HANDLER, "*net/http.Request"]


def _written_beside(each: Assignment, name: str, writes: list[Assignment]) -> bool:
    """Whether a goroutine's map is written without a lock in another goroutine of the same function too."""
    return any(
        other is not each
        and other.go
        and not other.locked
        and (other.place.path, other.function) == (each.place.path, each.function)
        and other.target.partition("[")[0] == name
        and abs(other.place.line - each.place.line) > 1
        for other in writes
    )


def _layouts(unit: SourceUnit) -> Iterator[Hit]:
    for function in unit.functions():
        for directive in function.directives:
            if _LINKED.search(directive) and not _has_body(function):
                target = directive.split()[-1]
                yield Hit(function.place, _internal(f"linkname of {target}", f"linkname 引用 {target}"), directive)
    if not any(each.path == "unsafe" for each in unit.imports()):
        return
    for struct in unit.structs():
        names = {field.name.lower() for field in struct.fields}
        if max(len(names & _CLASSIC), len(names & _SWISS)) >= _ENOUGH and not unit.is_test(struct.place):
            text = _internal(f"{struct.name} copies the runtime's map header", f"{struct.name} 复制了运行时的 map 头")
            yield Hit(struct.place, text, struct.name, confidence="medium")


def _has_body(function: Function) -> bool:
    """Whether a function has a body: a linkname above it then hands it out, and takes nothing from the runtime."""
    return "{" in _EMPTY.sub("", function.text)


def _internal(en: str, zh: str) -> Words:
    return Words(
        f"{en}: the layout of maps changes between Go releases (Swiss tables in 1.24), and this breaks silently.",
        f"{zh}:map 的布局随 Go 版本变化(1.24 起为 Swiss 表),此代码会悄然出错。",
    )


def _threads(unit: SourceUnit) -> Iterator[Hit]:
    unlocking = {(call.place.path, call.function) for call in unit.calls("runtime.UnlockOSThread")}
    for call in unit.calls("runtime.LockOSThread"):
        keeps = call.function in ("init", "main")  # The main thread kept for good: what graphics libraries ask for.
        if not keeps and (call.place.path, call.function) not in unlocking and not unit.is_test(call.place):
            message = Words(
                "LockOSThread without UnlockOSThread in the same function: the thread is lost when the goroutine ends.",
                "同一函数内只有 LockOSThread 而无 UnlockOSThread:协程结束时该线程被销毁。",
            )
            yield Hit(call.place, message, "runtime.LockOSThread", confidence="medium")


def _listeners(unit: SourceUnit) -> Iterator[Hit]:
    """Listeners that goroutines open on a loop's variable, where all rounds share it: all take the last address."""
    if not shares_loop_variables(unit.go_line):
        return
    calls = [call for call in unit.calls(*_LISTENING) if not unit.is_test(call.place)]
    for function in unit.functions() if calls else ():
        for name, below in outliving(function.text):
            at = function.place.line + below
            for call in calls:
                given = {each for arg in call.args for each in arg.names}
                if (call.place.path, call.place.line) == (function.place.path, at) and name in given:
                    message = Words(
                        f"This loop's goroutines share {name}: all may listen on its last value (go below 1.22).",
                        f"循环启动的协程共用变量 {name}:它们可能都监听最后一个值(go 行低于 1.22)。",
                    )
                    yield Hit(call.place, message, f"{call.callee} {name}", "high" if unit.go_line else "low")


RULE = Rule(
    info=RuleInfo(
        id="RT001",
        title=Words("against the runtime: unlocked maps, map internals, locked threads", "违背运行时约定"),
        what=Words(
            "Maps shared by goroutines (a loop's, HTTP handlers') and written without a lock; linkname of the "
            "runtime's map functions and copies of its map header beside unsafe; LockOSThread without UnlockOSThread; "
            "listeners opened by goroutines on a loop variable that all rounds share (go lines below 1.22).",
            "多个协程(循环启动的协程、HTTP 处理函数)共享且未加锁写入的 map;对运行时 map 函数的 linkname、配合 unsafe "
            "复制 map 头;只有 LockOSThread 而无 UnlockOSThread;协程在各轮共用的循环变量上监听(go 行低于 1.22)。",
        ),
        why=Words(
            "The runtime ends the program when it sees concurrent map writes; map internals change without notice; a "
            "locked thread is destroyed with its goroutine.",
            "运行时发现并发写 map 会终止程序;map 内部结构随时变化;被锁定的线程随协程一起销毁。",
        ),
        fix=Words(
            "Guard the map by a mutex or use sync.Map; use the public API (range, reflect); defer UnlockOSThread.",
            "用互斥锁保护 map 或用 sync.Map;改用公开接口(range、reflect、maps);defer UnlockOSThread。",
        ),
        clause=POLICY,
        severity="medium",
        evidence=("source",),
        bad="for _, k := range keys {\n\tgo func() { m[k] = load(k) }()\n}",
        good="for _, k := range keys {\n\tgo func() { v := load(k); mu.Lock(); m[k] = v; mu.Unlock() }()\n}",
    ),
    triggers=(b"go func", b".Go(", b"ResponseWriter", b"go:linkname", b'"unsafe"', b"LockOSThread", b"\tgo "),
    source=_source,
)
