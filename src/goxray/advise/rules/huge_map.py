"""One huge classic map doubles its whole array in one write; shards double theirs in pieces."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from goxray.advise.evidence import I64, Evidence, MapGroup
from goxray.advise.prices import Prices
from goxray.advise.rule import Draft, Rule, Texts, declared, spelled, variable
from goxray.core.advise_result import Wording
from goxray.core.units import format_bytes, format_count
from goxray.model.shape import ModelShape

LEAST_BYTES = 32 << 20
SHARDS = 64
_SHARD_BITS = 6


def judge(evidence: Evidence, prices: Prices) -> Iterator[Draft]:
    """Yield one draft for each classic map whose next growth allocates a huge array at once."""
    if prices.layout.map_kind != "classic":
        return  # Swiss maps grow a table of at most 1024 slots at a time
    for group in evidence.groups:
        shape = None if group.type is None else prices.shape_of_map(group.type)
        if shape is None or not len(group.detail.B):
            continue
        # What has been emptied since has to fill up again first.
        growing = group.where(group.entries >= _limits(group, prices) // 2)
        if not len(growing):
            continue
        place = int(growing.bytes.argmax())
        array = prices.bucket_array(shape, int(growing.detail.B[place]) + 1)
        if array >= LEAST_BYTES:
            yield _draft(growing, place, array, shape, prices)


def _limits(group: MapGroup, prices: Prices) -> I64:
    """Up to how many entries each map does not grow (runtime/map.go, overLoadFactor)."""
    num, den = prices.layout.const("loadFactorNum"), prices.layout.const("loadFactorDen")
    return (np.int64(1) << group.detail.B) * num // den


def _draft(group: MapGroup, place: int, array: int, shape: ModelShape, prices: Prices) -> Draft:
    log2, held = int(group.detail.B[place]), int(group.bytes[place])
    part = prices.bucket_array(shape, max(log2 + 1 - _SHARD_BITS, 0))
    values = {
        "owner": group.owner,
        "m": variable(group.owner, "shards"),
        "field": declared(variable(group.owner, "shards")),
        "type": spelled(group.name),
        "key": spelled(group.type.map_shape.key.name) if group.type else "K",
        "entries": format_count(int(group.entries[place])),
        "limit": format_count(int(_limits(group, prices)[place])),
        "bytes": format_bytes(held),
        "array": format_bytes(array),
        "part": format_bytes(part),
        "peak": format_bytes(held + array),
        "writes": format_count(1 << max(log2 - 1, 0)),
        "shards": str(SHARDS),
        "gain": format_bytes(array - part),
    }
    return Draft(
        owner=group.owner,
        addr=int(group.addr[place]),
        gain_bytes=array - part,
        gain_low=array - 2 * part,
        gain_high=array - part // 2,
        gain_of="at once",
        values=values,
    )


_CHANGE = """\
var {field} [{shards}]struct {
	sync.RWMutex
	m {type}
}

s := &{m}[maphash.Comparable(seed, k)%{shards}] // before Go 1.24: a hash of your own"""

RULE = Rule(
    "huge-map",
    {
        "": Texts(
            Wording(
                "{owner}: one write will allocate {array} at once",
                "The map holds {entries} entries in {bytes}. The write that brings it over {limit} allocates {array} "
                "in one "
                "piece, and both arrays stay, {peak} in all, until some {writes} further writes have moved the "
                "entries. Of "
                "{shards} shards each allocates {part} at its own growth. The peak stays about the same, because a "
                "uniform hash fills all shards alike: it is the single pause that goes.",
                _CHANGE,
                "len and range have to go over all shards. Each key is hashed twice. The locks are where it pays most.",
                "The map does not grow any more, or a hint made it as large as it gets. From Go 1.24 on a Swiss map "
                "grows by "
                "one table of at most 1024 slots at a time: there shards spread locks and nothing else.",
            ),
            Wording(
                "{owner}：某次写入会一次性分配 {array}",
                "该 map 有 {entries} 个条目，占 {bytes}。使条目数超过 {limit} 的那次写入会一次分配 {array}；此后约 "
                "{writes} 次写入搬完之前，"
                "新旧数组同时存在，共 {peak}。若分成 {shards} 片，每片增长时只分配 {part}。峰值基本不变，因为均匀的哈"
                "希会让各片同步填满："
                "消除的是那一次长停顿。",
                _CHANGE.replace("before Go 1.24: a hash of your own", "Go 1.24 之前须自备哈希函数"),
                "len 与 range 要遍历所有分片；每个键要哈希两次。最大的好处在于锁。",
                "该 map 不再增长，或已用 hint 一次到位。从 Go 1.24 起，Swiss map 每次只增长一个至多 1024 槽的表：分片"
                "只能分散锁竞争。",
            ),
        )
    },
    judge,
)
