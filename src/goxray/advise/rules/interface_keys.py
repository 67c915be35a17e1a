"""Keys of interface type: two words a slot, a box for most values, and a hash through the dynamic type."""

from __future__ import annotations

from collections.abc import Iterator

from goxray.advise.evidence import Evidence, KeyBoxes, MapGroup
from goxray.advise.prices import Prices, Range, counted
from goxray.advise.rule import Draft, Rule, Texts, declared, spelled, variable
from goxray.core.advise_result import Wording
from goxray.core.units import format_bytes, format_count
from goxray.goruntime.types import GoType, Kind
from goxray.model.gotypes_make import BASIC, pointer_bytes

LEAST_ENTRIES = 1000
LEAST_SHARE = 0.9
"""The share of keys, and of boxes, that are of one type, from which on that type could be the key's."""

_TINY = 16
"""Values without pointers of fewer bytes share blocks of so many, with other things too (runtime.mallocgc)."""

_STRING = "string"

_SYNC_MAP = "*sync.entry"
"""The elems of the maps inside a sync.Map (sync/map.go, up to Go 1.23): nobody can declare those otherwise."""


def judge(evidence: Evidence, prices: Prices) -> Iterator[Draft]:
    """Yield one draft for each owner whose maps have interface keys that are nearly all of one basic type."""
    for group in evidence.groups:
        if group.type is None or group.type.map_shape.key.kind is not Kind.INTERFACE:
            continue
        if group.type.map_shape.elem.name == _SYNC_MAP:
            continue
        boxes = [box for box in evidence.boxes if box.owner == group.owner]
        if int(group.entries.sum()) < LEAST_ENTRIES or not boxes:
            continue
        most = max(boxes, key=lambda box: box.objects)
        keys = _keys(most)
        if keys >= LEAST_SHARE * int(group.entries.sum()) and most.objects >= LEAST_SHARE * sum(
            box.objects for box in boxes
        ):
            draft = _draft(group, group.type, most, prices)
            if draft is not None:
                yield draft


def _each(name: str) -> int:
    """How many values of a basic type fit into one object."""
    go_type = BASIC[name]
    tiny = go_type.size < _TINY and pointer_bytes(go_type) == 0
    return _TINY // go_type.size if tiny and go_type.size else 1


def _keys(boxes: KeyBoxes) -> int:
    """How many keys there may be in such boxes; beside the box of a string the text that it points to is counted."""
    if boxes.type not in BASIC:
        return 0
    return boxes.objects // 2 if boxes.type == _STRING else boxes.objects * _each(boxes.type)


def _freed(boxes: KeyBoxes, entries: int) -> Range:
    """Bytes that go with the boxes; a string's text stays."""
    size = BASIC[boxes.type].size
    if boxes.type == _STRING:
        return Range(_keys(boxes) * size, _keys(boxes) * size, _keys(boxes) * size)
    if _each(boxes.type) == 1:
        return Range(boxes.bytes, boxes.bytes, boxes.bytes)
    # A block goes when the last value in it does: one of another map may stay behind in each.
    mid = min(boxes.bytes, entries * size)
    return Range(mid, mid // 2, boxes.bytes)


def _draft(group: MapGroup, go_type: GoType, boxes: KeyBoxes, prices: Prices) -> Draft | None:
    now, then = prices.shape_of_map(go_type), prices.shape(BASIC[boxes.type], go_type.map_shape.elem)
    if now is None or then is None:
        return None
    maps = [(n, 0, count) for n, count in counted(group.entries)]
    before, after = prices.sum(now, maps), prices.sum(then, maps)
    freed, own = _freed(boxes, int(group.entries.sum())), before.plus(after.negative())
    gain = Range(own.mid + freed.mid, own.low + freed.low, own.high + freed.high)
    values = {
        "owner": group.owner,
        "m": variable(group.owner),
        "field": declared(variable(group.owner)),
        "key": boxes.type,
        "elem": spelled(go_type.map_shape.elem.name),
        "entries": format_count(int(group.entries.sum())),
        "objects": format_count(min(_keys(boxes), int(group.entries.sum()))),
        "boxes": format_bytes(freed.mid),
        "gain": format_bytes(gain.mid),
    }
    return Draft(
        owner=group.owner,
        addr=group.only,
        count=len(group),
        gain_bytes=gain.mid,
        gain_low=gain.low,
        gain_high=gain.high,
        values=values,
    )


RULE = Rule(
    "interface-keys",
    {
        "": Texts(
            Wording(
                "{owner} boxes its keys: map[{key}] takes {gain} less",
                "The keys are interfaces, and what they hold is {key}: {objects} boxes take {boxes} beside the map, "
                "each an "
                "object to allocate and to mark. Hashing and comparing go through the dynamic type, and panic for "
                "one that "
                "cannot be compared.",
                "var {field} map[{key}]{elem}",
                "Every use has to change; generics often do what the interface was for.",
                "Keys of other types come too, only not now: then one map for each type, or a struct that can tell "
                "them apart.",
            ),
            Wording(
                "{owner} 的键被装箱：改用 map[{key}] 可省 {gain}",
                "键是接口类型，而实际存放的都是 {key}：map 之外还有 {objects} 个装箱对象，占 {boxes}，每个都要分配和"
                "标记。"
                "哈希与比较要经过动态类型，遇到不可比较的类型还会 panic。",
                "var {field} map[{key}]{elem}",
                "所有使用处都要改；泛型往往可以代替原来的接口。",
                "也会出现其他类型的键，只是此刻没有：那么每种类型各用一个 map，或用能区分它们的 struct。",
            ),
        )
    },
    judge,
)
