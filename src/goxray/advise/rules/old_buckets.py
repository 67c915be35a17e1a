"""A classic map that has grown and is written no more keeps its old bucket array: only writes evacuate."""

from __future__ import annotations

from collections.abc import Iterator

from goxray.advise.evidence import Evidence, MapGroup
from goxray.advise.prices import Prices, Range
from goxray.advise.rule import Draft, Rule, Texts, variable
from goxray.advise.waste import worth_rebuilding
from goxray.core.advise_result import Wording
from goxray.core.units import format_bytes, format_count, format_share
from goxray.goruntime.types import SLOTS_PER_UNIT

LEAST_BYTES = 16 << 10


def judge(evidence: Evidence, prices: Prices) -> Iterator[Draft]:
    """Yield one draft for each owner with maps whose evacuation has not ended."""
    for group in evidence.groups:
        if group.type is None or not len(group.detail.old_buckets):
            continue
        shape = prices.shape_of_map(group.type)
        if shape is None:
            continue
        growing = group.where((group.detail.old_buckets > 0) & ~worth_rebuilding(group))
        if not len(growing):
            continue
        settled = prices.sum(shape, _settled(growing, prices))
        held = int(growing.bytes.sum())
        gain = Range(held - settled.mid, held - settled.high, held - settled.low)
        if gain.mid >= LEAST_BYTES:
            yield _draft(growing, gain)


def _settled(group: MapGroup, prices: Prices) -> Iterator[tuple[int, int, int]]:
    """The same maps when all is evacuated: as many entries, made with a hint that gives as many buckets."""
    for entries, buckets in zip(group.entries.tolist(), group.detail.buckets.tolist(), strict=True):
        fewest = prices.most_entries(buckets * SLOTS_PER_UNIT // 2) + 1
        yield entries, max(entries, fewest), 1


def _draft(group: MapGroup, gain: Range) -> Draft:
    left = int(group.detail.old_buckets.sum())
    done = int(group.detail.nevacuate.sum())
    values = {
        "owner": group.owner,
        "m": variable(group.owner),
        "bytes": format_bytes(int(group.bytes.sum())),
        "gain": format_bytes(gain.mid),
        "left": format_count(left),
        "share": format_share(done / (done + left) if done + left else None),
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
