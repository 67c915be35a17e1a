"""A place that goes on allocating map memory although as much of it lives as ever."""

from __future__ import annotations

from collections.abc import Iterator

from goxray.advise.evidence import Evidence
from goxray.advise.prices import Prices
from goxray.advise.rule import Draft, Rule, Texts
from goxray.core.advise_result import Wording
from goxray.core.units import format_bytes

LEAST_BYTES = 1 << 20


def judge(evidence: Evidence, prices: Prices) -> Iterator[Draft]:
    """Yield one draft for each site that has allocated many times what lives of it."""
    del prices
    for site in evidence.sites:
        if site.churns and site.alloc_bytes - site.inuse_bytes >= LEAST_BYTES:
            missed = evidence.unsampled(site.alloc_bytes)
            gain = site.alloc_bytes - 2 * site.inuse_bytes
            values = {
                "owner": site.function,
                "where": site.where,
                "alloc": format_bytes(site.alloc_bytes),
                "inuse": format_bytes(site.inuse_bytes),
                "times": f"{site.alloc_bytes / site.inuse_bytes:.0f}",
                "gain": format_bytes(gain),
            }
            yield Draft(
                owner=site.function,
                gain_bytes=gain,
                gain_low=max(round(gain * 0.5) - missed, 0),
                gain_high=site.alloc_bytes - site.inuse_bytes + missed,
                gain_of="allocated",
                values=values,
            )


_CHANGE = """\
clear(m) // keeps the buckets, instead of m = make(map[K]V)"""

RULE = Rule(
    "map-churn",
    {
        "": Texts(
            Wording(
                "{owner} allocates its maps over and over: {gain}",
                "Maps at {where} have allocated {alloc}, {times} times the {inuse} that lives. Filling a map from "
                "empty comes "
                "to about twice of what it ends with, so the maps are replaced again and again, or grow because "
                "deletes and "
                "inserts leave tombstones and overflow buckets behind.",
                _CHANGE,
                "A cleared map keeps the size of its largest use.",
                "The uses differ much in size, or old maps are handed to others who go on reading them.",
            ),
            Wording(
                "{owner} 一再重新分配 map：{gain}",
                "{where} 处的 map 累计分配 {alloc}，是存活量 {inuse} 的 {times} 倍。从空填满一个 map 大约只需最终大小"
                "的两倍，"
                "可见 map 被反复替换，或者因删除与插入留下的墓碑、溢出桶而不断增长。",
                _CHANGE.replace("keeps the buckets, instead of m = make(map[K]V)", "保留桶，代替 m = make(map[K]V)"),
                "清空后的 map 会保留其最大使用时的大小。",
                "各次使用大小悬殊，或者旧 map 交给了仍在读取它的其他代码。",
            ),
        )
    },
    judge,
)
