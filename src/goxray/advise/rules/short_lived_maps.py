"""Maps that are made, filled and dropped: a hint, a pool, or no heap at all, as size and lifetime say."""

from __future__ import annotations

from collections.abc import Iterator

from goxray.advise.evidence import Evidence, Site
from goxray.advise.prices import Prices
from goxray.advise.rule import Draft, Rule, Texts
from goxray.core.advise_result import Wording
from goxray.core.units import format_bytes, format_count, format_share

LEAST_BYTES = 1 << 20
SMALL = 512
"""Bytes that each map allocates on average, up to which it is a header and one bucket or group."""

LARGE = 4096
"""Bytes of the largest array from which on clearing it for the next use is cheaper than a new one."""

_OBJECTS = 2
_RANGE = 0.2


def judge(evidence: Evidence, prices: Prices) -> Iterator[Draft]:
    """Yield one draft for each site whose maps hardly live."""
    del prices
    for site in evidence.sites:
        if site.alloc_bytes >= LEAST_BYTES and not site.lives:
            yield _draft(site, evidence)


def _draft(site: Site, evidence: Evidence) -> Draft:
    largest, count = site.largest
    if largest >= LARGE:
        variant, gain = "pool", site.alloc_bytes
    elif site.grown_bytes and site.garbage >= site.alloc_bytes // 4 and largest > SMALL:
        variant, gain = "hint", site.garbage
    else:
        variant, gain = "small", site.alloc_bytes
    seconds, missed = evidence.seconds, evidence.unsampled(gain)
    values = {
        "owner": site.function,
        "where": site.where,
        "alloc": format_bytes(site.alloc_bytes),
        "objects": format_count(site.alloc_objects),
        "inuse": format_bytes(site.inuse_bytes),
        "share": format_share(site.inuse_bytes / site.alloc_bytes),
        "largest": format_bytes(largest or site.alloc_bytes / max(site.alloc_objects, 1)),
        "count": format_count(count),
        "life": f" They live for about {site.lifetime(seconds):.3g} s." if seconds else "",
        "life_zh": f"平均存活约 {site.lifetime(seconds):.3g} 秒。" if seconds else "",
        "gain": format_bytes(gain),
    }
    return Draft(
        owner=site.function,
        gain_bytes=gain,
        gain_low=max(round(gain * (1 - _RANGE)) - missed, 0),
        gain_high=min(round(gain * (1 + _RANGE)), site.alloc_bytes) + missed,
        count=site.alloc_objects,
        gain_of="allocated",
        values=values,
        variant=variant,
    )


_WHY = (
    "Maps at {where} have allocated {alloc} in {objects} objects, of which {inuse} ({share}) lives: they are dropped "
    "soon after "
    "they are made.{life} "
)
_WHY_ZH = (
    "{where} 处的 map 累计分配 {alloc}、{objects} 个对象，其中仍存活 {inuse}（{share}）：创建不久即被丢弃。{life_zh}"
)
_POOL = """\
var pool = sync.Pool{New: func() any { return make(map[K]V, n) }}

m := pool.Get().(map[K]V)
// ... use it ...
clear(m)
pool.Put(m)"""
_WRONG = "The profile is too short to tell, or most of it is a start-up that never comes again."
_WRONG_ZH = "profile 采集时间太短，或者大部分分配来自不会再发生的启动阶段。"

RULE = Rule(
    "short-lived-maps",
    {
        "pool": Texts(
            Wording(
                "{owner} makes large maps and drops them: {gain} allocated",
                _WHY + "The largest arrays have {largest}. That is large enough for a pool: clearing a map "
                "costs less than "
                "allocating and growing one.",
                _POOL,
                "The pool holds one map or a few for each processor until two collections have passed.",
                _WRONG + " Uses differ much in size: a giant poisons the pool (see pooled-maps).",
            ),
            Wording(
                "{owner} 反复创建并丢弃大 map：累计分配 {gain}",
                _WHY_ZH + "最大的数组有 {largest}，值得用对象池：清空 map 比重新分配并增长便宜。",
                _POOL.replace("... use it ...", "……使用……"),
                "每个处理器会留住一个或几个 map，直到两次 GC 之后。",
                _WRONG_ZH + "各次使用大小悬殊时，一个巨型 map 会毒化整个池（见 pooled-maps）。",
            ),
        ),
        "hint": Texts(
            Wording(
                "{owner} makes maps, grows and drops them: a hint allocates {gain} less",
                _WHY + "Most of that are arrays that growth replaced; the last ones have {largest}.",
                "m := make(map[K]V, n) // n: how many entries come, as len() of what it is filled from",
                "None where the number is known.",
                _WRONG,
            ),
            Wording(
                "{owner} 创建、增长并丢弃 map：给出 hint 可少分配 {gain}",
                _WHY_ZH + "其中大部分是增长时被替换的数组；最后的数组为 {largest}。",
                "m := make(map[K]V, n) // n：将有多少条目，例如填充来源的 len()",
                "条目数已知时没有代价。",
                _WRONG_ZH,
            ),
        ),
        "small": Texts(
            Wording(
                "{owner} makes small maps and drops them: {gain} allocated",
                _WHY + "They are small: a map of at most eight entries that does not escape needs no heap at "
                "all, and a nil map "
                "can be read and costs nothing until the first write.",
                "var m map[K]V // nil: make it at the first write, and do not return it or keep it in a pointer",
                "None; where it escapes, a slice of pairs that the caller hands in does the same.",
                _WRONG,
            ),
            Wording(
                "{owner} 反复创建并丢弃小 map：累计分配 {gain}",
                _WHY_ZH
                + "它们都很小：至多八个条目且不逃逸的 map 根本不需要堆；nil map 可以读取，首次写入之前没有任何开销。",
                "var m map[K]V // nil：首次写入时再 make；不要返回它，也不要存进指针",
                "无；若必须逃逸，可由调用者传入一个键值对的 slice。",
                _WRONG_ZH,
            ),
        ),
    },
    judge,
)
