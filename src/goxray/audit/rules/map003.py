"""MAP003: a pooled map that is thrown away when it is reset, so that the pool keeps nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._maps import is_map, is_new_map
from goxray.audit.rules._pools import pooled
from goxray.core.audit_result import POLICY, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import Assignment, SourceUnit
    from goxray.audit.policy import Policy


def _source(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
    kept = pooled(unit)
    if not kept:
        return
    names = {name for _, _, name in kept}
    for each in unit.assignments():
        root = each.target.lstrip("*(").partition(".")[0].rstrip(")")
        if root not in names or each.kind != "set" or each.index is not None:
            continue
        taken = (each.place.path, each.function, root) in kept and not unit.is_test(each.place)
        if taken and _discards(each) and not _lazily(unit, each) and not _too_large(unit, each):
            message = Words(
                f"{each.target} gets a new map: the pooled map's memory is thrown away, so the pool saves nothing.",
                f"{each.target} 被赋予新 map:池中 map 的内存被丢弃,池化失去意义。",
            )
            yield Hit(each.place, message, each.target, confidence="medium")


def _lazily(unit: SourceUnit, made: Assignment) -> bool:
    """Whether a map is made only where there is none: ``if b.seen == nil`` right above."""
    return any(
        each.op == "=="
        and {each.left.text, each.right.text} == {made.target, "nil"}
        and each.place.path == made.place.path
        and each.place.line <= made.place.line <= each.place.line + 2
        for each in unit.comparisons()
    )


def _too_large(unit: SourceUnit, made: Assignment) -> bool:
    """Whether a map is dropped where it has grown too large, as MAP004 asks: ``if len(*m) > most`` right above."""
    asked = re.compile(rf"\bif\b.*\blen\({re.escape(made.target)}\)\s*>")
    for each in unit.functions():
        if each.place.path == made.place.path and each.place.line <= made.place.line <= each.place.end_line:
            at = made.place.line - each.place.line
            return any(asked.search(line) for line in each.text.split("\n")[max(0, at - 2) : at + 1])
    return False


def _discards(each: Assignment) -> bool:
    """Whether an assignment puts a new map where a pooled one was: through the pointer, or in a field of the object."""
    through = each.through_pointer or "." in each.target
    return through and is_new_map(each.value) and (is_map(each.type) or is_map(each.value.type))


RULE = Rule(
    info=RuleInfo(
        id="MAP003",
        title=Words("pooled map reset by assigning a new one", "池化 map 以赋新值的方式重置"),
        what=Words(
            "Assignments of a new map or nil through a pointer, or to a field, of what the function takes from a "
            "sync.Pool or puts back.",
            "对取自或放回 sync.Pool 的对象,通过指针或其字段赋予新 map 或 nil。",
        ),
        why=Words(
            "The pool is there to keep the map's tables. A new map throws them away and allocates again.",
            "池的目的在于保留 map 的表;赋新 map 会丢弃它们并重新分配。",
        ),
        fix=Words("Empty the map in place: clear(*m).", "原地清空:clear(*m)。"),
        clause=POLICY,
        severity="medium",
        evidence=("source",),
        bad="*m = map[string]int{}\npool.Put(m)",
        good="clear(*m)\npool.Put(m)",
    ),
    triggers=(b"sync.Pool",),
    source=_source,
)
