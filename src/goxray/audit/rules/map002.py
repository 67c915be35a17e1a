"""MAP002: a long-lived map that entries leave and that is never made anew, so that its memory stays at the peak."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._maps import is_map
from goxray.core.audit_result import POLICY, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import Call, SourceUnit
    from goxray.audit.policy import Policy


def _source(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
    calls = [
        call
        for call in unit.calls("builtin.delete")
        # What is deferred takes out what its own function put in: the map is as large as the calls are deep.
        if call.args and not call.deferred and not unit.is_test(call.place)
    ]
    if not calls:
        return
    top = _package_level(unit, frozenset(call.args[0].text for call in calls))
    rebuilt = _rebuilt(unit)
    told = set()
    for call in calls:
        name = _long_lived(call, top)
        if not name:
            continue
        if name not in rebuilt and name not in told:
            told.add(name)
            message = Words(
                f"Entries leave {name} and nothing makes it anew: a Go map does not give memory back when it shrinks.",
                f"{name} 会删除条目却从不重建:Go 的 map 变小时不归还内存。",
            )
            yield Hit(call.place, message, name, confidence="medium")


def _long_lived(call: Call, top: set[str]) -> str:
    """Return the name of the package's variable, or of the field (``.name``), that entries are deleted from."""
    target = call.args[0] if call.args else None
    if target is None or not is_map(target.type) or target.kind != "variable":
        return ""
    holder, dot, field = target.text.rpartition(".")
    if dot:
        return f".{field}" if call.function.startswith("(") and holder.isidentifier() else ""
    return target.text if target.text in top else ""


def _package_level(unit: SourceUnit, names: frozenset[str]) -> set[str]:
    """Return the package's variables that are given a value where they stand, or entries in a function."""
    made = {each.target for each in unit.assignments(names=names) if each.kind == "define" and not each.function}
    written = (each for each in unit.assignments(indexed=True) if each.shared and not each.go)
    return made | {each.target.partition("[")[0] for each in written}


def _rebuilt(unit: SourceUnit) -> set[str]:
    """Return the names of maps that are assigned as a whole after they were made."""
    found = set()
    for each in unit.assignments():
        if each.kind == "set" and each.index is None and not _makes(each.function):
            _, dot, field = each.target.rpartition(".")
            found.add(f".{field}" if dot else each.target)
    return found


def _makes(function: str) -> bool:
    """Whether a function makes things: what it assigns is no rebuilding."""
    name = function.rpartition(".")[2].lower()
    return name.startswith(("new", "init", "make", "open")) or function == ""


RULE = Rule(
    info=RuleInfo(
        id="MAP002",
        title=Words("long-lived map with deletes and no rebuild", "长期存活的 map 只删除不重建"),
        what=Words(
            "delete on maps of the package or of fields in methods, where no function assigns the map anew.",
            "对包级 map 或方法中字段 map 的 delete,且没有任何函数重新赋值该 map。",
        ),
        why=Words(
            "A map keeps the tables of its largest size; after a peak the memory stays. clear keeps it too.",
            "map 保留其最大规模时的表;高峰之后内存不会下降,clear 同样不归还。",
        ),
        fix=Words(
            "Copy what is left into a new map now and then, or use shards that are dropped whole.",
            "定期把剩余条目复制到新 map,或使用可整体丢弃的分片。",
        ),
        clause=POLICY,
        severity="info",
        evidence=("source",),
        bad="func (c *cache) drop(k string) { delete(c.items, k) }",
        good="func (c *cache) shrink() { c.items = maps.Clone(c.items) }",
    ),
    triggers=(b"delete(",),
    source=_source,
)
