"""A substring keeps the whole array alive that it was cut from."""

from __future__ import annotations

import math
from collections.abc import Iterator

from goxray.advise.evidence import Evidence, Strings
from goxray.advise.prices import Prices, Range
from goxray.advise.rule import Draft, Rule, Texts
from goxray.core.advise_result import Wording
from goxray.core.units import format_bytes, format_count, format_share

LEAST_BYTES = 64 << 10
LARGEST_SHARE = 0.5


def judge(evidence: Evidence, prices: Prices) -> Iterator[Draft]:
    """Yield one draft for each owner whose strings use less than half of what they keep alive."""
    for strings in evidence.strings:
        if strings.bytes - strings.used >= LEAST_BYTES and strings.used <= LARGEST_SHARE * strings.bytes:
            draft = _draft(strings, prices)
            if draft.gain_bytes >= LEAST_BYTES:
                yield draft


def _draft(strings: Strings, prices: Prices) -> Draft:
    copies = _copies(strings, prices)
    values = {
        "owner": strings.owner,
        "s": strings.owner.rpartition("/")[2].partition(".")[2] or strings.owner,
        "count": format_count(strings.count),
        "used": format_bytes(strings.used),
        "bytes": format_bytes(strings.bytes),
        "share": format_share(strings.used / strings.bytes),
        "copies": format_bytes(copies.mid),
        "gain": format_bytes(strings.bytes - copies.mid),
    }
    return Draft(
        owner=strings.owner,
        count=strings.count,
        gain_bytes=strings.bytes - copies.mid,
        gain_low=strings.bytes - copies.high,
        gain_high=strings.bytes - copies.low,
        values=values,
    )


def _copies(strings: Strings, prices: Prices) -> Range:
    """Bytes of the copies. Of their lengths the mean alone is known.

    Short ones share blocks (runtime.mallocgc, the tiny allocator): at best without a gap, at worst one has a block to
    itself. Longer ones are rounded up to their class, by less than as much again.
    """
    mean = max(math.ceil(strings.used / max(strings.count, 1)), 1)
    block = prices.layout.const("maxTinySize")
    if mean < block:
        each = block // (block // mean)
        return Range(strings.count * each, strings.used, max(strings.count * block, 2 * strings.used))
    mid = strings.count * prices.layout.alloc_size(mean, True)
    return Range(mid, strings.used, max(mid, 2 * strings.used))


RULE = Rule(
    "pinned-strings",
    {
        "": Texts(
            Wording(
                "Strings in {owner} keep {gain} alive that nobody reads",
                "{count} strings have {used} of contents and keep arrays of {bytes} alive: {share} of them. A "
                "substring shares "
                "the array of the string that it was cut from, and that stays as long as the substring does. "
                "Copies of their own take {copies}.",
                "kept := strings.Clone(piece) // what goes into {s}",
                "One small allocation for each string that is kept.",
                "The whole arrays are needed elsewhere anyway, or the strings cover them together.",
            ),
            Wording(
                "{owner} 里的字符串拖住了无人使用的 {gain}",
                "{count} 个字符串的内容共 {used}，却使 {bytes} 的数组无法释放，只用到其中 {share}。子串与原字符串共享"
                "同一数组，"
                "子串存活多久，数组就存活多久。各自复制一份只需 {copies}。",
                "kept := strings.Clone(piece) // 存入 {s} 的就是它",
                "每个被保存的字符串多一次小分配。",
                "整个数组反正在别处还要用，或者这些字符串合起来覆盖了整个数组。",
            ),
        )
    },
    judge,
)
