"""Keys and elems over 128 bytes are allocated one by one and kept by pointer."""

from __future__ import annotations

from collections.abc import Iterator

from goxray.advise.evidence import Evidence, MapGroup
from goxray.advise.prices import Prices, Range, counted
from goxray.advise.rule import Draft, Rule, Texts, spelled, variable
from goxray.core.advise_result import Wording
from goxray.core.units import format_bytes, format_count
from goxray.goruntime.types import GoType
from goxray.model.gotypes_make import BASIC, pointer_bytes
from goxray.model.shape import ModelShape

LEAST_ENTRIES = 1000


def judge(evidence: Evidence, prices: Prices) -> Iterator[Draft]:
    """Yield one draft for each owner with many elems that are kept by pointer."""
    for group in evidence.groups:
        shape = None if group.type is None else prices.shape_of_map(group.type)
        if shape is None or group.type is None or not shape.unit.indirect_elem:
            continue
        if int(group.entries.sum()) >= LEAST_ENTRIES:
            draft = _draft(group, group.type, shape, prices)
            if draft is not None:
                yield draft


def _draft(group: MapGroup, go_type: GoType, shape: ModelShape, prices: Prices) -> Draft | None:
    elem, key = go_type.map_shape.elem, go_type.map_shape.key
    entries = int(group.entries.sum())
    each = prices.layout.alloc_size(elem.size, pointer_bytes(elem) == 0)
    index = prices.shape(key, BASIC["int32"])
    if index is None:
        return None
    # One array a map, of just enough elems; what append leaves unused at its end is at most a quarter.
    arrays = sum(
        prices.layout.alloc_size(n * elem.size, pointer_bytes(elem) == 0) * count for n, count in counted(group.entries)
    )
    now, then = (prices.sum(of, ((n, 0, count) for n, count in counted(group.entries))) for of in (shape, index))
    held = Range(now.mid + entries * each, now.low + entries * each, now.high + entries * each)
    after = Range(then.mid + arrays, then.low + arrays, then.high + arrays)
    gain = held.plus(after.negative())
    values = {
        "owner": group.owner,
        "m": variable(group.owner),
        "key": spelled(key.name),
        "elem": spelled(elem.name),
        "type": spelled(group.name),
        "size": format_count(elem.size),
        "each": format_count(each),
        "entries": format_count(entries),
        "indirect": format_bytes(entries * each),
        "gain": format_bytes(gain.mid),
    }
    return Draft(
        owner=group.owner,
        addr=group.only,
        count=entries,
        gain_bytes=gain.mid,
        gain_low=gain.low,
        gain_high=gain.high,
        values=values,
    )


_CHANGE = """\
index := make(map[{key}]int32, n) // where the elem stands
elems := make([]{elem}, 0, n)

index[k] = int32(len(elems))
elems = append(elems, v)"""

RULE = Rule(
    "large-elems",
    {
        "": Texts(
            Wording(
                "{owner} allocates each of {entries} elems by itself",
                "An elem of {size} bytes is over 128 bytes: the slot holds a pointer, and the elem takes {each} "
                "bytes of its "
                "own, {indirect} in all, which the collector marks one by one. In one slice beside a map of indexes "
                "they "
                "take {gain} less.",
                _CHANGE,
                "Deleting leaves a hole in the slice, which has to be used again or moved into. Where most lookups "
                "need a few "
                "fields only, moving the others out until the elem has at most 128 bytes is an alternative.",
                "Entries come and go all the time, or the slice would grow by append without a known size: then it "
                "may hold a "
                "quarter more than it needs, and twice as much while it grows.",
            ),
            Wording(
                "{owner} 的 {entries} 个元素各自单独分配",
                "元素有 {size} 字节，超过 128：槽位里只放指针，元素另占 {each} 字节，共 {indirect}，GC 要逐个标记。"
                "放进一个 slice、map 里只存下标，可少占 {gain}。",
                _CHANGE.replace("where the elem stands", "元素所在的位置"),
                "删除会在 slice 里留下空洞，须复用或搬移。若多数查找只用到少数字段，也可以把其余字段移出，使元素不超"
                "过 128 字节。",
                "条目不断增删；或者 slice 只能用 append 增长：那时它可能多占四分之一，增长期间甚至翻倍。",
            ),
        )
    },
    judge,
)
