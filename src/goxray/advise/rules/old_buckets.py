"""A classic map that has grown and is written no more keeps its old bucket array: only writes evacuate."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from goxray.advise.evidence import I64, Evidence, MapGroup
from goxray.advise.prices import Prices
from goxray.advise.rule import Draft, Rule, Texts, plural, spelled, variable
from goxray.core.advise_result import Wording
from goxray.core.units import format_bytes, format_count, format_share
from goxray.model.shape import ModelShape

LEAST_BYTES = 16 << 10


def judge(evidence: Evidence, prices: Prices) -> Iterator[Draft]:
    """Yield one draft for each owner with maps whose evacuation has not ended."""
    for group in evidence.groups:
        if group.type is None or not len(group.detail.old_buckets):
            continue
        shape = prices.shape_of_map(group.type)
        if shape is None:
            continue
        growing = group.where(group.detail.old_buckets > 0)
        if not len(growing):
            continue
        old = np.array([_old_bytes(growing, place, shape, prices) for place in range(len(growing))], np.int64)
        if int(old.sum()) >= LEAST_BYTES:
            yield _draft(growing, old, shape)


def _old_bytes(group: MapGroup, place: int, shape: ModelShape, prices: Prices) -> int:
    """Bytes of the old array, which goes whole or not at all.

    Growth by load doubles the buckets; growth by overflow keeps their number. The counts tell them apart, or else what
    the map holds beside its new array.
    """
    detail = group.detail
    log2 = int(detail.B[place])
    known = int(detail.nevacuate[place] + detail.old_buckets[place])
    same, half = (prices.bucket_array(shape, bits) for bits in (log2, log2 - 1))
    if log2 == 0 or known > 1 << (log2 - 1):
        return same
    linked = int(detail.overflow_buckets[place]) * shape.unit.unit_size
    rest = int(group.bytes[place]) - same - linked
    return same if rest >= same else half


def _draft(group: MapGroup, old: I64, shape: ModelShape) -> Draft:
    gain = int(old.sum())
    left = int(group.detail.old_buckets.sum())
    done = int(group.detail.nevacuate.sum())
    linked = int(group.detail.overflow_buckets.sum())
    # Evacuated entries may need overflow buckets of their own, and the old ones go as well: about as many either way.
    spread = shape.unit.unit_size * linked
    values = {
        "owner": group.owner,
        "m": variable(group.owner),
        "type": spelled(group.name),
        "maps": plural(len(group), "map"),
        "n": format_count(len(group)),
        "bytes": format_bytes(int(group.bytes.sum())),
        "gain": format_bytes(gain),
        "left": format_count(left),
        "share": format_share(done / (done + left) if done + left else None),
    }
    return Draft(
        owner=group.owner,
        addr=group.only,
        count=len(group),
        gain_bytes=gain,
        gain_low=gain - spread,
        gain_high=gain + spread,
        values=values,
    )


_CHANGE = """\
for k, v := range {m} {
	{m}[k] = v // every write moves one or two old buckets
}"""

RULE = Rule(
    "old-buckets",
    {
        "": Texts(
            Wording(
                "{owner} still holds {gain} of buckets from before it grew",
                "A classic map moves its entries to the new array bit by bit, when it is written. This has come to "
                "{share}; "
                "{left} old buckets are left, and until the last one is moved the whole old array stays: {gain} of "
                "the "
                "{bytes} that the map takes. A map that is only read stays so for ever.",
                _CHANGE,
                "One pass over the map, once, after it has been filled. It allocates next to nothing.",
                "The map is being written right now: then it is done soon by itself. Look again; fewer old buckets "
                "are a "
                "sign of it. From Go 1.24 on (Swiss maps) there are no old buckets.",
            ),
            Wording(
                "{owner} 仍保留着增长前的旧桶：{gain}",
                "classic map 只在写入时把条目一点点搬到新数组。目前搬了 {share}，还剩 {left} 个旧桶；最后一个搬完之前"
                "，"
                "整个旧数组都不会释放：在该 map 占用的 {bytes} 中占 {gain}。若此后只读不写，它将永远如此。",
                _CHANGE.replace("every write moves one or two old buckets", "每次写入搬走一到两个旧桶"),
                "填充完成后遍历一遍 map，只需一次，几乎不分配内存。",
                "该 map 此刻正在被写入：很快会自行搬完。再看一次，若旧桶变少即是如此。从 Go 1.24 起（Swiss map）没有"
                "旧桶。",
            ),
        )
    },
    judge,
)
