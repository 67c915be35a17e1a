"""MAP001: a map that a loop of known length fills, made without saying how much will come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._maps import locals_of, made_empty
from goxray.core.audit_result import POLICY, RuleInfo, Step
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import Assignment, SourceUnit
    from goxray.audit.policy import Policy

_GROUP = 8
"""So many entries fit without growing: one group or bucket (internal/abi MapGroupSlots, OldMapBucketCount)."""


def _source(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
    every = list(unit.assignments(indexed=True))
    writes = [each for each in every if each.over and each.kind == "set" and each.type.startswith("map[")]
    made = locals_of(unit, frozenset(each.target.partition("[")[0] for each in writes)) if writes else {}
    more = {_root(each) for each in every if each.loops and not each.over}  # How many these add, nobody can tell.
    told = set()
    for write in writes:
        name = write.target.partition("[")[0]
        found = made.get((write.place.path, write.function, name), ())
        if len(found) != 1 or _root(write) in more or unit.is_test(write.place):
            continue
        (first,) = found
        if _fills(first, write) and first.place not in told and not _gathers(unit, write):
            told.add(first.place)
            message = Words(
                f"{name} is filled by a loop over {write.over} and grows step by step: its length was known before.",
                f"{name} 由遍历 {write.over} 的循环填充,会逐步扩容:长度事先已知。",
            )
            step = Step(write.place, Words("filled here", "在此填充"))
            yield Hit(first.place, message, f"{name} over {write.over}", steps=(step,))


def _gathers(unit: SourceUnit, write: Assignment) -> bool:
    """Whether a round first takes the entry out, ``g := m[k]``, to put it back: how many keys come is not known."""
    taken = re.compile(rf"^\s*\w+\s*:?=\s*{re.escape(write.target)}\s*$", re.MULTILINE)
    around = (each for each in unit.functions() if each.place.path == write.place.path)
    return any(
        each.place.line <= write.place.line <= each.place.end_line and taken.search(each.text) is not None
        for each in around
    )


def _root(write: Assignment) -> tuple[str, str, str]:
    return write.place.path, write.function, write.target.partition("[")[0]


def _fills(first: Assignment, write: Assignment) -> bool:
    """Whether each round of the loop right below a map's definition may add an entry."""
    if not made_empty(first.value) or first.place.line >= write.place.line or write.guarded:
        return False
    if write.loops[:-1] != first.loops or first.literal != write.literal:
        return False
    if write.over.isdigit() and int(write.over) <= _GROUP:
        return False
    constant = write.index is not None and write.index.kind == "constant"
    collects = write.target in write.value.text  # m[k] = append(m[k], v): how many keys come is not known.
    return not constant and not collects


RULE = Rule(
    info=RuleInfo(
        id="MAP001",
        title=Words("map filled in a loop without a size hint", "循环填充 map 未给容量提示"),
        what=Words(
            "Maps made empty and then filled, once a round, by a loop over a slice, array, map or counter.",
            "先创建为空、随后由遍历切片、数组、map 或计数器的循环每轮写入一次的 map。",
        ),
        why=Words(
            "Each growth allocates a new table and moves all entries; a map of n entries pays about log2(n/8) times.",
            "每次扩容都要分配新表并搬移所有条目;n 个条目的 map 大约要搬 log2(n/8) 次。",
        ),
        fix=Words("Give make the length: make(map[K]V, len(x)).", "给 make 传入长度:make(map[K]V, len(x))。"),
        clause=POLICY,
        severity="low",
        evidence=("source",),
        bad="m := make(map[string]int)\nfor i, name := range names {\n\tm[name] = i\n}",
        good="m := make(map[string]int, len(names))\nfor i, name := range names {\n\tm[name] = i\n}",
    ),
    triggers=(b"map[",),
    source=_source,
)
