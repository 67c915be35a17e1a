"""Thousands of maps of at most eight entries under one owner: slices or structs hold the same in less."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from goxray.advise.evidence import Evidence, MapGroup
from goxray.advise.prices import Prices, Range
from goxray.advise.rule import Draft, Rule, Texts, field_of, plural, spelled
from goxray.core.advise_result import Wording
from goxray.core.units import format_bytes, format_count
from goxray.goruntime.types import SLOTS_PER_UNIT, GoType

LEAST_MAPS = 1000
_SLICE_HEADER, _POINTER = 24, 8
_ELEMS = "[...]"


def judge(evidence: Evidence, prices: Prices) -> Iterator[Draft]:
    """Yield one draft for each owner with thousands of maps that a few entries fit in."""
    for group in evidence.groups:
        tiny = group.where((group.entries <= SLOTS_PER_UNIT) & (group.slots <= SLOTS_PER_UNIT))
        if len(tiny) < LEAST_MAPS or tiny.type is None or group.pooled:
            continue
        draft = _draft(tiny, tiny.type, prices)
        if draft.gain_bytes > 0:
            yield draft


def _draft(group: MapGroup, go_type: GoType, prices: Prices) -> Draft:
    pair = prices.pair(go_type.map_shape.key, go_type.map_shape.elem)
    slices = _slices(group, pair.size, prices, noscan=not pair.pointers)
    held = int((group.bytes + group.indirect_bytes).sum())
    entries = int(group.entries.sum())
    values = {
        "owner": group.owner,
        "declared": _declared(group.owner),
        "key": spelled(go_type.map_shape.key.name),
        "elem": spelled(go_type.map_shape.elem.name),
        "type": spelled(group.name),
        "maps": plural(len(group), "map"),
        "n": format_count(len(group)),
        "entries": f"{entries / len(group):.1f}",
        "bytes": format_bytes(held),
        "each": format_bytes(held / len(group)),
        "slices": format_bytes(slices.mid),
        "gain": format_bytes(held - slices.mid),
        "objects": format_count(int((group.bytes > prices.header).sum())),
    }
    return Draft(
        owner=group.owner,
        count=len(group),
        gain_bytes=held - slices.mid,
        gain_low=held - slices.high,
        gain_high=held - slices.low,
        values=values,
    )


def _declared(owner: str) -> str:
    """Return the line that declares the slices; for elems of a map or slice, which itself stays, their type."""
    if owner.endswith(_ELEMS):
        return f"type pairs []pair // {field_of(owner, 'm')}{_ELEMS}"
    return f"var {field_of(owner, 'pairs')} []pair"


def _slices(group: MapGroup, size: int, prices: Prices, *, noscan: bool) -> Range:
    """Bytes of slices of the pairs: with exact capacity, or grown by append to the next power of two."""
    entries = group.entries
    rounded = np.where(entries > 0, 1 << np.ceil(np.log2(np.maximum(entries, 1))).astype(np.int64), 0)
    more = len(group) * (_SLICE_HEADER - _POINTER)
    exact = int(prices.allocs(entries * size, noscan=noscan).sum()) + more
    grown = int(prices.allocs(rounded * size, noscan=noscan).sum()) + more
    return Range(exact, exact, grown)


_CHANGE = """\
type pair struct {
	key  {key}
	elem {elem}
}

// instead of {type}; a loop over at most eight pairs is as fast as a map
{declared}"""

RULE = Rule(
    "many-tiny-maps",
    {
        "": Texts(
            Wording(
                "{n} tiny maps in {owner}: slices hold the same in {gain} less",
                "{maps} hold {entries} entries each on average and take {bytes}, {each} each: a header, and "
                "room for "
                "eight slots however few are used. Slices of key and elem take {slices}, and {objects} objects fewer "
                "are "
                "there for the collector to mark.",
                _CHANGE,
                "Every use has to change, and keys are compared one by one. Where the keys are known when the "
                "program is "
                "written, a struct with a field for each is better still.",
                "Single maps of them grow large, or keys are long strings that are looked up very often.",
            ),
            Wording(
                "{owner} 有 {n} 个微型 map：改用 slice 可省 {gain}",
                "{n} 个 map 平均每个只有 {entries} 个条目，共占 {bytes}，每个 {each}：一个头部，外加无论用了几个都"
                "占满的八个槽位。"
                "把键和值放进 slice 只需 {slices}，GC 需要标记的对象还能少 {objects} 个。",
                _CHANGE.replace(
                    "instead of {type}; a loop over at most eight pairs is as fast as a map",
                    "代替 {type}；最多八对时逐个比较与 map 一样快",
                ),
                "所有使用处都要改，键须逐个比较。若键在编写程序时就已知道，用每键一个字段的 struct 更好。",
                "其中个别 map 会变大，或者键是很长且频繁查找的字符串。",
            ),
        )
    },
    judge,
)
