"""On Swiss maps the slot of ``map[K]struct{}`` still pays for its elem.

The compiler makes a slot a struct of key and elem (cmd/compile/internal/reflectdata, MapGroupType), and a struct that
ends in a field of no size gets a byte more, rounded up to its alignment (cmd/compile/internal/types, CalcStructSize):
so it is from Go 1.24 on. Split groups (GOEXPERIMENT=mapsplitgroup, 1.27) keep elems in an array of their own, of no
size, and pad the group once instead of each slot; classic buckets end in a pointer and need no padding.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from goxray.advise.evidence import Evidence, MapGroup
from goxray.advise.prices import Prices
from goxray.advise.rule import Draft, Rule, Texts, spelled, variable
from goxray.advise.waste import worth_rebuilding
from goxray.core.advise_result import Wording
from goxray.core.units import format_bytes, format_count
from goxray.goruntime.types import SLOTS_PER_UNIT, GoType
from goxray.model.gotypes_make import round_up
from goxray.model.shape import ModelShape

LEAST_BYTES = 256 << 10

_CONTROL = 8
_UNLIKE = 0.05


def judge(evidence: Evidence, prices: Prices) -> Iterator[Draft]:
    """Yield one draft for each owner of sets whose slots are padded."""
    for group in evidence.groups:
        shape = None if group.type is None else prices.shape_of_map(group.type)
        if shape is None or group.type is None or shape.elem_size or not shape.key_size or not len(group.detail.tables):
            continue
        full = group.where(~worth_rebuilding(group))
        padding = shape.unit.key_stride - shape.key_size
        if padding > 0 and int(full.slots.sum()) * padding >= LEAST_BYTES:
            yield _draft(full, group.type, shape, prices)


def _draft(group: MapGroup, go_type: GoType, shape: ModelShape, prices: Prices) -> Draft:
    padding = shape.unit.key_stride - shape.key_size
    slots = int(group.slots.sum())
    # What split groups take: the control word, the keys, and one padding for all.
    bare = round_up(_CONTROL + SLOTS_PER_UNIT * shape.key_size + 1, _CONTROL)
    tables = np.maximum(group.detail.tables, 1)
    each = np.maximum(group.slots // SLOTS_PER_UNIT // tables, 1)
    now, then = (prices.allocs(each * size, noscan=shape.unit.noscan) for size in (shape.unit.unit_size, bare))
    gain = int(((now - then) * tables).sum())
    # Tables of one map that differ in size are taken to be alike.
    unlike = int((each * tables * SLOTS_PER_UNIT != group.slots).any())
    values = {
        "owner": group.owner,
        "m": variable(group.owner, "set"),
        "key": spelled(go_type.map_shape.key.name),
        "padding": str(padding),
        "stride": str(shape.unit.key_stride),
        "slots": format_count(slots),
        "gain": format_bytes(gain),
    }
    return Draft(
        owner=group.owner,
        addr=group.only,
        count=len(group),
        gain_bytes=gain,
        gain_low=round(gain * (1 - _UNLIKE * unlike)),
        gain_high=round(gain * (1 + _UNLIKE * unlike)),
        values=values,
    )


_CHANGE = """\
// go 1.27 on: GOEXPERIMENT=mapsplitgroup go build
// or, where the set is built once and then asked:
keys := slices.Sorted(maps.Keys({m}))
_, found := slices.BinarySearch(keys, k)"""

RULE = Rule(
    "empty-struct-elems",
    {
        "": Texts(
            Wording(
                "{owner}: struct{} elems still take {padding} bytes a slot",
                "Since Go 1.24 a slot is a struct of key and elem, and one that ends in a field of no size is "
                "padded: each of "
                "{slots} slots takes {stride} bytes, {padding} of them for nothing, {gain} in all. An elem of up to "
                "{padding} "
                "bytes would cost nothing more.",
                _CHANGE,
                "An experiment of the toolchain changes the whole program; a sorted slice is slower to change.",
                "The set changes all the time and the toolchain is what it is: then know that a value fits in for "
                "free.",
            ),
            Wording(
                "{owner}：struct{} 元素每槽仍占 {padding} 字节",
                "从 Go 1.24 起，槽位是由键和值组成的 struct，末尾是零大小字段时编译器会加填充：{slots} 个槽位每个占 "
                "{stride} 字节，"
                "其中 {padding} 字节毫无用处，共 {gain}。换成不超过 {padding} 字节的值并不会多占内存。",
                _CHANGE.replace("go 1.27 on: ", "Go 1.27 起：").replace(
                    "or, where the set is built once and then asked:", "或者，集合建好之后只做查询时："
                ),
                "工具链实验影响整个程序；有序 slice 修改起来更慢。",
                "集合不断变化且不能换工具链：那么至少知道，可以免费存放一个值。",
            ),
        )
    },
    judge,
)
