"""A map that grew step by step allocated its arrays over and over: a hint allocates them once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from goxray.advise.evidence import Evidence, MapGroup, Site
from goxray.advise.prices import Prices, counted
from goxray.advise.rule import Draft, Rule, Texts, number, plural, spelled, variable
from goxray.core.advise_result import Wording
from goxray.core.units import format_bytes, format_count
from goxray.model.shape import ModelShape

LEAST_BYTES = 256 << 10
LEAST_SHARE = 0.25
"""A site whose growth leaves less garbage than this share of what it allocates is not worth a hint."""


def judge(evidence: Evidence, prices: Prices) -> Iterator[Draft]:
    """Yield one draft for each owner of grown maps, and one for each site of a profile that grows them."""
    for group in evidence.groups:
        shape = None if group.type is None else prices.shape_of_map(group.type)
        if shape is None or group.pooled:
            continue
        grown = group.where((group.bytes >= LEAST_BYTES) & _well_filled(group, prices) & _may_have_grown(group))
        if len(grown):
            draft = _of_maps(grown, shape, prices)
            if draft.gain_bytes >= LEAST_BYTES:
                yield draft
    for site in evidence.sites:
        if site.lives and site.garbage >= max(LEAST_BYTES, LEAST_SHARE * site.alloc_bytes) and not site.churns:
            yield _of_site(site, evidence.unsampled(site.alloc_bytes))


def _well_filled(group: MapGroup, prices: Prices) -> NDArray[np.bool_]:
    """Which maps hold what their size is for: of others nobody knows how full they were."""
    most = np.array([prices.most_entries(slots) for slots in group.slots.tolist()], np.int64)
    return group.entries * 3 >= most


def _may_have_grown(group: MapGroup) -> NDArray[np.bool_]:
    """Which maps were not made as large as they are.

    A classic map that has grown keeps in nevacuate how many old buckets it had when it was done; a map made with a
    hint that was right has 0 there (runtime/map.go, hashGrow, advanceEvacuationMark). So has one that was cleared
    and filled again: a hint would gain it nothing. A Swiss map holds nothing that tells.
    """
    if not len(group.detail.nevacuate) or not len(group.detail.old_buckets):
        return np.ones(len(group), np.bool_)
    return (group.detail.nevacuate > 0) | (group.detail.old_buckets > 0)


def _of_maps(group: MapGroup, shape: ModelShape, prices: Prices) -> Draft:
    counts = counted(group.entries)
    plain = [(entries, 0, count) for entries, count in counts]
    hinted = [(entries, entries, count) for entries, count in counts]
    grown, once = (prices.sum(shape, maps, "total_alloc") for maps in (plain, hinted))
    peak, flat = (prices.sum(shape, maps, "peak_bytes") for maps in (plain, hinted))
    gain = grown.plus(once.negative())
    entries = int(group.entries.max())
    values = {
        "owner": group.owner,
        "m": variable(group.owner),
        "type": spelled(group.name),
        "maps": plural(len(group), "map"),
        "n": format_count(len(group)),
        "entries": format_count(int(group.entries.sum())),
        "hint": number(entries),
        "grown": format_bytes(grown.mid),
        "once": format_bytes(once.mid),
        "gain": format_bytes(gain.mid),
        "peak": format_bytes(peak.mid),
        "flat": format_bytes(flat.mid),
    }
    return Draft(
        owner=group.owner,
        addr=group.only,
        count=len(group),
        gain_bytes=gain.mid,
        gain_low=gain.low,
        gain_high=gain.high,
        gain_of="allocated",
        values=values,
        variant="" if len(group.detail.nevacuate) else "unless",
    )


def _of_site(site: Site, missed: int) -> Draft:
    values = {
        "owner": site.function,
        "where": site.where,
        "alloc": format_bytes(site.alloc_bytes),
        "inuse": format_bytes(site.inuse_bytes),
        "gain": format_bytes(site.garbage),
    }
    return Draft(
        owner=site.function,
        gain_bytes=site.garbage,
        gain_low=max(round(site.garbage * 0.8) - missed, 0),
        gain_high=max(site.garbage, site.alloc_bytes - site.inuse_bytes) + missed,
        gain_of="allocated",
        values=values,
        variant="profile",
    )


_CHANGE = "{m} = make({type}, {hint}) // or len() of what it is filled from"
_CHANGE_ZH = "{m} = make({type}, {hint}) // 或填充来源的 len()"
_WHY = (
    "Filling {maps} with {entries} entries in all allocates {grown} when they start empty, because each growth "
    "allocates a larger array and drops the old one. Made with the right hint they allocate {once}. At the peak of "
    "growth they hold {peak} instead of {flat}."
)
_WHY_ZH = (
    "{n} 个 map 共 {entries} 个条目，从空开始填充共分配 {grown}，因为每次增长都要分配更大的数组并丢弃旧的。"
    "若以合适的 hint 创建，只分配 {once}；增长峰值由 {peak} 降为 {flat}。"
)
_COST = "None where the number is known. All of it is allocated at once, before the first entry comes."
_COST_ZH = "条目数已知时没有代价。全部内存在第一个条目到来之前一次分配。"
_WRONG = (
    "The map is filled once, over hours: it is a few pauses less and some garbage, not memory that stays. Or how many "
    "entries come is not known before: a hint that is too large is memory that stays."
)
_WRONG_ZH = (
    "该 map 只在数小时里慢慢填满一次：那只是少几次停顿和一些垃圾，不是长期占用的内存。"
    "或者事先不知道会有多少条目：过大的 hint 会一直占着内存。"
)
_MADE = "The map has a hint already: nothing in a Swiss map's memory tells. "
_MADE_ZH = "该 map 其实已带 hint 创建：Swiss map 的内存里没有痕迹。"

RULE = Rule(
    "right-hint",
    {
        "": Texts(
            Wording("{owner} grew step by step: a hint allocates {gain} less", _WHY, _CHANGE, _COST, _WRONG),
            Wording("{owner} 是逐步增长的：给出 hint 可少分配 {gain}", _WHY_ZH, _CHANGE_ZH, _COST_ZH, _WRONG_ZH),
        ),
        "unless": Texts(
            Wording(
                "{owner}: unless it was made with a hint, one allocates {gain} less",
                _WHY,
                _CHANGE,
                _COST,
                _MADE + _WRONG,
            ),
            Wording(
                "{owner}：若创建时没有 hint，给出 hint 可少分配 {gain}",
                _WHY_ZH,
                _CHANGE_ZH,
                _COST_ZH,
                _MADE_ZH + _WRONG_ZH,
            ),
        ),
        "profile": Texts(
            Wording(
                "{owner} grows maps: a hint allocates {gain} less",
                "Writes to maps at {where} have allocated {alloc}, of which {inuse} lives: the rest are the smaller "
                "arrays "
                "that growth has dropped.",
                "m := make(map[K]V, n) // n: how many entries come, as len() of what it is filled from",
                "None where the number is known.",
                "The maps are filled over hours, or the arrays were dropped with whole maps, and not by growth.",
            ),
            Wording(
                "{owner} 让 map 逐步增长：给出 hint 可少分配 {gain}",
                "{where} 处写 map 累计分配了 {alloc}，其中仍存活 {inuse}：其余是增长时丢弃的较小数组。",
                "m := make(map[K]V, n) // n：将有多少条目，例如填充来源的 len()",
                "条目数已知时没有代价。",
                "这些 map 是在数小时内慢慢填满的；或者数组是随整个 map 一起丢弃的，而不是因为增长。",
            ),
        ),
    },
    judge,
)
