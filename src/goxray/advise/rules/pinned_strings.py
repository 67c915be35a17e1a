"""A substring keeps the whole array alive that it was cut from."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from goxray.advise.evidence import Evidence, Strings
from goxray.advise.prices import Prices
from goxray.advise.rule import Draft, Rule, Texts, variable
from goxray.core.advise_result import Wording
from goxray.core.units import format_bytes, format_count, format_share

LEAST_BYTES = 64 << 10
LARGEST_SHARE = 0.5
_SMALLEST = 8


def judge(evidence: Evidence, prices: Prices) -> Iterator[Draft]:
    """Yield one draft for each owner whose strings use less than half of what they keep alive."""
    for strings in evidence.strings:
        if strings.bytes - strings.used >= LEAST_BYTES and strings.used <= LARGEST_SHARE * strings.bytes:
            draft = _draft(strings, prices)
            if draft.gain_bytes >= LEAST_BYTES:
                yield draft


def _draft(strings: Strings, prices: Prices) -> Draft:
    mean = max(round(strings.used / strings.count), 1) if strings.count else 1
    each = int(prices.allocs(np.array([mean], np.int64), noscan=True)[0])
    copies = strings.count * each
    values = {
        "owner": strings.owner,
        "s": variable(strings.owner, "s"),
        "count": format_count(strings.count),
        "used": format_bytes(strings.used),
        "bytes": format_bytes(strings.bytes),
        "share": format_share(strings.used / strings.bytes),
        "gain": format_bytes(strings.bytes - copies),
    }
    return Draft(
        owner=strings.owner,
        count=strings.count,
        gain_bytes=strings.bytes - copies,
        gain_low=strings.bytes - 2 * strings.used - _SMALLEST * strings.count,
        gain_high=strings.bytes - strings.used,
        values=values,
    )


RULE = Rule(
    "pinned-strings",
    {
        "": Texts(
            Wording(
                "Strings in {owner} keep {gain} alive that nobody reads",
                "{count} strings have {used} of contents and keep arrays of {bytes} alive: {share} of them. A "
                "substring shares "
                "the array of the string that it was cut from, and that stays as long as the substring does.",
                "key := strings.Clone(line[:n]) // before it is kept",
                "One small allocation for each string that is kept.",
                "The whole arrays are needed elsewhere anyway, or the strings cover them together.",
            ),
            Wording(
                "{owner} 里的字符串拖住了无人使用的 {gain}",
                "{count} 个字符串的内容共 {used}，却使 {bytes} 的数组无法释放，只用到其中 {share}。子串与原字符串共享"
                "同一数组，"
                "子串存活多久，数组就存活多久。",
                "key := strings.Clone(line[:n]) // 在保存之前",
                "每个被保存的字符串多一次小分配。",
                "整个数组反正在别处还要用，或者这些字符串合起来覆盖了整个数组。",
            ),
        )
    },
    judge,
)
