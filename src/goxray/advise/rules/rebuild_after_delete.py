"""Maps never shrink: after mass deletes a fresh copy of what is left gives the rest back."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from goxray.advise.evidence import Evidence, MapGroup
from goxray.advise.prices import Prices
from goxray.advise.rule import Draft, Rule, Texts, number, plural, spelled, variable
from goxray.advise.waste import worth_rebuilding
from goxray.core.advise_result import Wording
from goxray.core.units import format_bytes, format_count, format_share

COPY_NS = ((1 << 14, 100), (1 << 18, 300), (1 << 62, 600))
"""What copying an entry into a map made with a hint takes, in nanoseconds, by up to how many entries there are.

The caches decide it. docs/advise.md says how it was measured.
"""


def judge(evidence: Evidence, prices: Prices) -> Iterator[Draft]:
    """Yield one draft for each owner whose maps waste most of their bytes."""
    for group in evidence.groups:
        some = group.where(worth_rebuilding(group))
        if len(some):
            yield _draft(some, prices)


def _draft(group: MapGroup, prices: Prices) -> Draft:
    held, entries, slots = int(group.bytes.sum()), int(group.entries.sum()), int(group.slots.sum())
    fresh = prices.rebuilt(group)
    largest = int(np.argmax(group.bytes - group.rebuilt_bytes))
    peak = prices.most_entries(int(group.slots[largest]))
    name = variable(group.owner)
    gain = held - fresh.mid
    values = {
        "owner": group.owner,
        "m": name,
        "type": spelled(group.name),
        "maps": plural(len(group), "map"),
        "n": format_count(len(group)),
        "entries": format_count(entries),
        "slots": format_count(slots),
        "load": format_share(entries / slots if slots else None),
        "bytes": format_bytes(held),
        "rebuilt": format_bytes(fresh.mid),
        "gain": format_bytes(gain),
        "per_entry": format_bytes(gain / entries) if entries else format_bytes(gain),
        "peak": format_count(peak),
        "quarter": number(max(peak // 4, 1)),
        "milliseconds": f"{entries * _copy_ns(int(group.entries.max())) / 1e6:,.1f}",
    }
    return Draft(
        owner=group.owner,
        addr=group.only,
        count=len(group),
        gain_bytes=gain,
        gain_low=held - fresh.high,
        gain_high=held - fresh.low,
        values=values,
        variant="" if entries else "empty",
    )


def _copy_ns(entries: int) -> int:
    return next(cost for most, cost in COPY_NS if entries <= most)


_CHANGE = """\
if len({m}) < {quarter} { // a quarter of what its slots are for
	fresh := make({type}, len({m}))
	for k, v := range {m} {
		fresh[k] = v
	}
	{m} = fresh
}"""

_WRONG = (
    "The map is about to fill up again: then it only grows once more, and copying was for nothing. Or it was made "
    "with a "
    "large hint on purpose. Other references to the old map keep it alive and go on using it."
)
_WRONG_ZH = (
    "该 map 很快会再次填满：那样只会重新增长一次，复制白做了。或者它本来就是特意用大 hint 创建的。"
    "旧 map 若另有引用，会继续存活并被使用。"
)

RULE = Rule(
    "rebuild-after-delete",
    {
        "": Texts(
            Wording(
                "{owner} is {load} full: rebuilding gives back {gain}",
                "{entries} entries stand in {slots} slots, which take {bytes}; maps never give slots back, whatever "
                "is "
                "deleted. A copy of the entries takes {rebuilt}. That gains {per_entry} for each entry copied. "
                "Rebuilt "
                "whenever it falls to a quarter of the {peak} entries that its slots are for, a map copies at most "
                "one entry for every three deletes.",
                _CHANGE,
                "Copying {entries} entries takes about {milliseconds} ms, and {rebuilt} more memory until the old "
                "map is "
                "collected.",
                _WRONG,
            ),
            Wording(
                "{owner} 只用了 {load}：重建可收回 {gain}",
                "{slots} 个槽位里只有 {entries} 个条目，占用 {bytes}；无论删除多少，map 都不会归还槽位。"
                "把条目复制到新 map 只需 {rebuilt}，平均每复制一个条目收回 {per_entry}。"
                "若每次降到槽位可容条目数（{peak}）的四分之一时重建，则每删除三个条目至多复制一个条目。",
                _CHANGE.replace("a quarter of what its slots are for", "其槽位所对应条目数的四分之一"),
                "复制 {entries} 个条目约需 {milliseconds} 毫秒，在旧 map 被回收前多占 {rebuilt}。",
                _WRONG_ZH,
            ),
        ),
        "empty": Texts(
            Wording(
                "{owner} is empty and still holds {bytes}",
                "All entries of {maps} are gone; {slots} slots stayed, which take {bytes}. `clear` and `delete` "
                "keep "
                "them. A new map takes {rebuilt}.",
                "{m} = nil // or make({type}) where it is written again",
                "None; where it fills up again, growing it costs what it cost the first time.",
                _WRONG,
            ),
            Wording(
                "{owner} 已空，却仍占 {bytes}",
                "{n} 个 map 的条目全部删除，但 {slots} 个槽位仍在，占用 {bytes}：clear 与 delete 都不归还。新 map "
                "只需 {rebuilt}。",
                "{m} = nil // 若还会写入，则用 make({type})",
                "无；若再次填满，增长的开销与第一次相同。",
                _WRONG_ZH,
            ),
        ),
    },
    judge,
)
