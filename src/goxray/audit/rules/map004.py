"""MAP004: a pooled map goes back whatever it has grown to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._maps import is_map
from goxray.audit.rules._pools import map_fields, puts
from goxray.core.audit_result import POLICY, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import SourceUnit
    from goxray.audit.policy import Policy

_SIZE = re.compile(r"[<>]=?\s*len\(|\blen\([^()]*\)\s*[<>]|(?:[sS]ize|[pP]eak|[cC]ount|[lL]arge\w*)\b[^\n]*[<>]")


def _source(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
    given = puts(unit)
    if not given:
        return
    fields = map_fields(unit)
    texts = {(each.place.path, _name(each.receiver, each.name)): each.text for each in unit.functions()}
    for call in given:
        value = call.args[0]
        typed = value.type.lstrip("*")
        text = texts.get((call.place.path, call.function), "")
        if not (is_map(typed) or typed in fields) or _SIZE.search(text):
            continue
        if typed in fields and not _same_maps(text, value.text, fields[typed]):
            continue
        message = Words(
            f"{value.text} goes back into the pool whatever size it has: one huge request keeps its memory for good.",
            f"{value.text} 不论大小都放回池中:一次超大请求占用的内存将一直保留。",
        )
        yield Hit(call.place, message, value.text, confidence="medium")


def _name(receiver: str, name: str) -> str:
    return f"({receiver}).{name}" if receiver else name


def _same_maps(text: str, variable: str, fields: list[str]) -> bool:
    """Whether a function empties a map of the object in place: then the object goes back with the map it had."""
    name = re.escape(variable.lstrip("&"))
    return any(re.search(rf"\b(?:clear|delete)\({name}\.{re.escape(field)}\b", text) for field in fields)


RULE = Rule(
    info=RuleInfo(
        id="MAP004",
        title=Words("pooled map put back whatever its size", "池化 map 不论大小都放回"),
        what=Words(
            "Maps, and structs whose maps the function empties in place, that go into a sync.Pool in a function that "
            "compares no length or size.",
            "在不比较长度或规模的函数中放入 sync.Pool 的 map,以及其 map 被原地清空的结构体。",
        ),
        why=Words(
            "A map keeps the tables of its largest size. In a pool it is reused, and the memory of the one large case "
            "stays for all small ones; clearing such a map costs its full size each time.",
            "map 保留其最大规模的表;放回池中后,一次大请求的内存会被后续小请求一直占用,每次清空也要付出全部代价。",
        ),
        fix=Words(
            "Look at the length before clearing, and drop a map above a bound instead of putting it back.",
            "清空之前检查长度,超过上限的 map 直接丢弃、不放回池。",
        ),
        clause=POLICY,
        severity="low",
        evidence=("source",),
        bad="clear(*m)\npool.Put(m)",
        good="if len(*m) <= 1024 {\n\tclear(*m)\n\tpool.Put(m)\n}",
    ),
    triggers=(b"sync.Pool",),
    source=_source,
)
