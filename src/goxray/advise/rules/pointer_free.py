"""A map whose keys and elems hold no pointers is not looked through by the collector at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from goxray.advise.evidence import Evidence, MapGroup
from goxray.advise.prices import Prices, Range
from goxray.advise.rule import Draft, Rule, Texts, declared, spelled, variable
from goxray.advise.waste import worth_rebuilding
from goxray.core.advise_result import Wording
from goxray.core.units import format_bytes, format_count
from goxray.goruntime.types import SLOTS_PER_UNIT, GoType, Kind
from goxray.model.gotypes_make import pointer_bytes
from goxray.model.shape import ModelShape

LEAST_BYTES = 1 << 20
LEAST_OF_ONE = 64 << 10
"""Smaller maps are left to the rule many-tiny-maps: what stands for their pointers would cost more than they do."""

_TIME = "time.Time"
_WORD = 8


def judge(evidence: Evidence, prices: Prices) -> Iterator[Draft]:
    """Yield one draft for each owner whose maps are scanned because of keys or elems that could do without pointers."""
    for group in evidence.groups:
        shape = None if group.type is None else prices.shape_of_map(group.type)
        if shape is None or group.type is None or shape.unit.noscan:
            continue
        variant = _variant(group.type)
        large = group.where((group.bytes >= LEAST_OF_ONE) & ~worth_rebuilding(group))
        if not variant or not len(large):
            continue
        scanned = _scanned(large, shape, prices)
        if scanned.mid >= LEAST_BYTES:
            yield _draft(large, group.type, scanned, variant)


def _variant(go_type: GoType) -> str:
    """Say which sides have pointers that values could stand for, as ``key+text``; empty where that is not so simple."""
    key, elem = go_type.map_shape.key, go_type.map_shape.elem
    sides = []
    if pointer_bytes(key):
        if key.kind is not Kind.STRING:
            return ""
        sides.append("key")
    if pointer_bytes(elem):
        told = "time" if elem.name == _TIME else {Kind.STRING: "text", Kind.POINTER: "pointer"}.get(elem.kind, "")
        if not told:
            return ""
        sides.append(told)
    return "+".join(sides)


def _scanned(group: MapGroup, shape: ModelShape, prices: Prices) -> Range:
    """Bytes of the arrays that each collection looks through, as the runtime counts its work.

    It counts up to the last pointer (runtime/mgcmark.go, scanobject). Where objects have their type in a header the
    array is taken to fill its slot (runtime/mbitmap.go, typePointersOf); before, to end with its last bucket.
    """
    layout, detail = prices.layout, group.detail
    units = int(group.slots.sum()) // SLOTS_PER_UNIT * shape.unit.unit_size
    tables = int(detail.tables.sum()) if len(detail.tables) else 0
    arrays = max(len(group), tables)
    if not layout.has_const("mallocHeaderSize"):
        scanned = max(units - arrays * (shape.unit.unit_size - shape.unit_ptrdata), 0)
        return Range(scanned, scanned, units)
    fixed = prices.header * len(group)
    if tables:
        fixed += tables * layout.alloc_size(layout.size("internal/runtime/maps.table"), False)
        fixed += int(prices.allocs(detail.dir_len * _WORD, noscan=False).sum()) if len(detail.dir_len) else 0
    slots = max(int(group.bytes.sum()) - fixed, units)
    return Range(slots, max(slots - arrays * shape.unit.unit_size, 0), slots)


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


_COST = "Keys longer than the array need a table of their own; what is looked up by text has to be converted."
_COST_ZH = "比数组更长的键需要另外的表；按文本查找时要先转换。"
_WRONG = (
    "Collections are rare, or short beside everything else the program does: look at the CPU time of the collector "
    "first (GODEBUG=gctrace=1). The bytes are not memory that comes back."
)
_WRONG_ZH = (
    "GC 很少发生，或相对于程序其余工作微不足道：请先看 GC 的 CPU 时间（GODEBUG=gctrace=1）。这些字节不是能收回的内存。"
)
_WHY = (
    "Each collection looks through {gain} of the arrays of these maps, {entries} entries, because {side}. Where "
    "neither key nor elem holds a pointer the collector marks the arrays and looks at none of their bytes."
)
_WHY_ZH = (
    "每次 GC 都要扫描这些 map（{entries} 个条目）的数组共 {gain}，因为{side}。键和值都不含指针时，GC 只标记数组而不查"
    "看其内容。"
)
_ID = "type id [16]byte // the key's bytes themselves, where its length is bounded (a UUID, a digest); or a number\n\n"
_ID_ZH = "type id [16]byte // 键的字节本身，适用于长度有上限的键（UUID、摘要）；或者用数字\n\n"


@dataclass(frozen=True)
class _Elem:
    """What stands for an elem with pointers: reason, code with ``KEY`` for the key, cost; English and Chinese."""

    side: tuple[str, str]
    code: tuple[str, str]
    cost: tuple[str, str]


_HOLES = (
    "What is deleted leaves a hole, which has to be used again or closed by copying.",
    "删除会留下空洞，须复用或靠复制来合并。",
)
_ELEMS = {
    "pointer": _Elem(
        ("its elems are {elem}", "值的类型是 {elem}"),
        (
            "var elems []{bare}\nvar {field} map[KEY]int32 // where the elem stands in the slice",
            "var elems []{bare}\nvar {field} map[KEY]int32 // 元素在 slice 里的位置",
        ),
        (
            f"{_HOLES[0]} The slice itself is scanned if its elems hold pointers, as the elems by themselves are now.",
            f"{_HOLES[1]}若元素本身含指针，slice 仍会被扫描，与现在单独分配的元素一样。",
        ),
    ),
    "text": _Elem(
        ("its elems are strings", "值是字符串"),
        (
            "type span struct{ from, to uint32 } // text[from:to]\n\nvar text []byte\nvar {field} map[KEY]span",
            "type span struct{ from, to uint32 } // 即 text[from:to]\n\nvar text []byte\nvar {field} map[KEY]span",
        ),
        (f"{_HOLES[0]} Reading makes a string anew.", f"{_HOLES[1]}每次读取都要重新生成字符串。"),
    ),
    "time": _Elem(
        ("a time.Time points to its location", "time.Time 里有指向时区的指针"),
        (
            "var {field} map[KEY]int64 // t.UnixNano(); time.Unix(0, n) gives it back",
            "var {field} map[KEY]int64 // 存 t.UnixNano()；用 time.Unix(0, n) 还原",
        ),
        ("The location and the monotonic clock are lost.", "时区与单调时钟会丢失。"),
    ),
}


def _texts(key: bool, elem: _Elem | None) -> Texts:
    made = []
    for lang, (why, side, ident, cost) in enumerate(
        ((_WHY, "its keys are strings", _ID, _COST), (_WHY_ZH, "键是字符串", _ID_ZH, _COST_ZH))
    ):
        sides = [*([side] if key else []), *([elem.side[lang]] if elem else [])]
        costs = [*([cost] if key else []), *([elem.cost[lang]] if elem else [])]
        code = elem.code[lang].replace("KEY", "id" if key else "{key}") if elem else "var {field} map[id]{elem}"
        title = ("{owner} is scanned by every collection: {gain}", "{owner} 每次 GC 都要被扫描：{gain}")[lang]
        told = why.replace("{side}", (" and ", "，")[lang].join(sides))
        made.append(
            Wording(title, told, (ident if key else "") + code, (" ", "")[lang].join(costs), (_WRONG, _WRONG_ZH)[lang])
        )
    return Texts(*made)


RULE = Rule(
    "pointer-free",
    {"key": _texts(True, None)}
    | {f"{'key+' * key}{name}": _texts(key, elem) for key in (False, True) for name, elem in _ELEMS.items()},
    judge,
)
