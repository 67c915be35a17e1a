"""A map whose keys and elems hold no pointers is not looked through by the collector at all."""

from __future__ import annotations

from collections.abc import Iterator

from goxray.advise.evidence import Evidence, MapGroup
from goxray.advise.prices import Prices, Range
from goxray.advise.rule import Draft, Rule, Texts, declared, spelled, variable
from goxray.core.advise_result import Wording
from goxray.core.units import format_bytes, format_count
from goxray.goruntime.types import GoType, Kind
from goxray.model.gotypes_make import pointer_bytes
from goxray.model.shape import ModelShape

LEAST_BYTES = 1 << 20


def judge(evidence: Evidence, prices: Prices) -> Iterator[Draft]:
    """Yield one draft for each owner whose maps are scanned because of keys or elems that could do without pointers."""
    for group in evidence.groups:
        shape = None if group.type is None else prices.shape_of_map(group.type)
        if shape is None or group.type is None or shape.unit.noscan:
            continue
        variant = _variant(group.type)
        if variant is None:
            continue
        scanned = _scanned(group, shape, prices)
        if scanned.mid >= LEAST_BYTES:
            yield _draft(group, group.type, scanned, variant)


def _variant(go_type: GoType) -> str | None:
    """Say which side has pointers that values could stand for: strings, pointers; None where that is not so simple."""
    key, elem = go_type.map_shape.key, go_type.map_shape.elem
    key_free, elem_free = pointer_bytes(key) == 0, pointer_bytes(elem) == 0
    key_easy, elem_easy = key.kind is Kind.STRING, elem.kind in (Kind.STRING, Kind.POINTER)
    if key_easy and elem_free:
        return "key"
    if key_free and elem_easy:
        return "elem"
    return "both" if key_easy and elem_easy else None


def _scanned(group: MapGroup, shape: ModelShape, prices: Prices) -> Range:
    """Bytes of the arrays that each collection looks through: all but what follows the last pointer of each."""
    header = int(prices.header)
    units = int(group.slots.sum()) // 8 * shape.unit.unit_size
    arrays = max(len(group), int(group.detail.tables.sum()) if len(group.detail.tables) else len(group))
    tail = arrays * (shape.unit.unit_size - shape.unit_ptrdata)
    most = max(int(group.bytes.sum()) - header * len(group), units)
    return Range(max(units - tail, 0), max(units - tail, 0), most)


def _draft(group: MapGroup, go_type: GoType, scanned: Range, variant: str) -> Draft:
    values = {
        "owner": group.owner,
        "m": variable(group.owner),
        "field": declared(variable(group.owner)),
        "key": spelled(go_type.map_shape.key.name),
        "elem": spelled(go_type.map_shape.elem.name),
        "bare": spelled(go_type.map_shape.elem.name).removeprefix("*"),
        "type": spelled(group.name),
        "entries": format_count(int(group.entries.sum())),
        "gain": format_bytes(scanned.mid),
    }
    return Draft(
        owner=group.owner,
        addr=group.only,
        count=len(group),
        gain_bytes=scanned.mid,
        gain_low=scanned.low,
        gain_high=scanned.high,
        gain_of="scan",
        values=values,
        variant=variant,
    )


_KEY = """\
type id [16]byte // the key's bytes themselves, where its length is bounded (a UUID, a digest); or a number

var {field} map[id]{elem}"""
_ELEM = """\
var elems []{bare}
var {field} map[{key}]int32 // where the elem stands in the slice"""
_BOTH = """\
type id [16]byte // the key's bytes themselves, where its length is bounded; or a number

var elems []{bare}
var {field} map[id]int32 // where the elem stands in the slice"""

_COST = "Keys longer than the array need a table of their own; what is looked up by text has to be converted."
_COST_ZH = "比数组更长的键需要另外的表；按文本查找时要先转换。"
_ELEM_COST = (
    "What is deleted leaves a hole in the slice, which has to be used again. The slice itself is scanned if its "
    "elems hold pointers."
)
_ELEM_COST_ZH = "删除会在 slice 里留下须复用的空洞。若元素本身含指针，slice 仍会被扫描。"
_WRONG = (
    "Collections are rare, or short beside everything else the program does: look at the CPU time of the collector "
    "first "
    "(gctrace, or GODEBUG=gctrace=1). The bytes are not memory that comes back."
)
_WRONG_ZH = (
    "GC 很少发生，或相对于程序其余工作微不足道：请先看 GC 的 CPU 时间（GODEBUG=gctrace=1）。这些字节不是能收回的内存。"
)
_WHY = (
    "Each collection looks through {gain} of the arrays of these maps, {entries} entries, because {side}. Where "
    "neither key "
    "nor elem holds a pointer the collector marks the arrays and looks at none of their bytes, and the objects "
    "behind the "
    "pointers need no marking either."
)
_WHY_ZH = (
    "每次 GC 都要扫描这些 map（{entries} 个条目）的数组共 {gain}，因为{side}。键和值都不含指针时，GC 只标记数组而不查"
    "看其内容，"
    "指针背后的对象也不必再标记。"
)


def _texts(code: str, english: str, chinese: str, costs: tuple[str, str]) -> Texts:
    title = "{owner} is scanned by every collection: {gain}"
    return Texts(
        Wording(title, _WHY.replace("{side}", english), code, costs[0], _WRONG),
        Wording("{owner} 每次 GC 都要被扫描：{gain}", _WHY_ZH.replace("{side}", chinese), code, costs[1], _WRONG_ZH),
    )


RULE = Rule(
    "pointer-free",
    {
        "key": _texts(_KEY, "its keys are strings", "键是字符串", (_COST, _COST_ZH)),
        "elem": _texts(_ELEM, "its elems are {elem}", "值的类型是 {elem}", (_ELEM_COST, _ELEM_COST_ZH)),
        "both": _texts(
            _BOTH,
            "its keys are strings and its elems are {elem}",
            "键是字符串，值的类型是 {elem}",
            (f"{_COST} {_ELEM_COST}", _COST_ZH + _ELEM_COST_ZH),
        ),
    },
    judge,
)
