"""The upgrade forecast in one finding: all live maps on the newest Go version of those forecast."""

from __future__ import annotations

from collections.abc import Iterator

from goxray.advise.evidence import Evidence
from goxray.advise.prices import Prices, Range
from goxray.advise.rule import Draft, Rule, Texts, plural
from goxray.core.advise_result import Wording
from goxray.core.units import format_bytes, format_count


def judge(evidence: Evidence, prices: Prices) -> Iterator[Draft]:
    """Yield one draft, gain or loss, where a newer version was forecast."""
    del prices
    if not evidence.newer:
        return
    rows = [row for row in evidence.forecast if row.go_version == evidence.newer]
    if not rows:
        return
    there = Range(0, 0, 0)
    for row in rows:
        there = there.plus(Range(row.bytes_there, row.low, row.high))
    now = sum(row.bytes_now for row in rows)
    grows = sum(row.bytes_there > row.bytes_now for row in rows)
    gain = now - there.mid
    values = {
        "version": evidence.newer,
        "here": str(evidence.layout.version),
        "line": evidence.newer.removeprefix("go").partition(":")[0],
        "maps": plural(sum(row.count for row in rows), "map"),
        "n": format_count(sum(row.count for row in rows)),
        "now": format_bytes(now),
        "there": format_bytes(there.mid),
        "gain": format_bytes(abs(gain)),
        "grows": format_count(grows),
        "groups": format_count(len(rows)),
    }
    yield Draft(
        owner=f"all maps on {evidence.newer}",
        gain_bytes=gain,
        gain_low=now - there.high,
        gain_high=now - there.low,
        count=sum(row.count for row in rows),
        values=values,
        variant="" if gain >= 0 else "costs",
    )


_WHY = (
    "{maps} alive take {now} on {here} and would take {there} on {version}: each was filled again in the model "
    "up to what its slots say it once held. Of {groups} owners {grows} would take more; the forecast lists them."
)
_WHY_ZH = (
    "{n} 个存活的 map 在 {here} 上占 {now}，在 {version} 上将占 {there}：在模型里把每个 map 重新填到其槽位数所表明的"
    "曾有条目数。"
    "{groups} 个持有者中有 {grows} 个会变大，见预测表。"
)
_CHANGE = "go get go@{line} toolchain@go{line} && go build"
_COST = "A new version changes more than maps: run the tests and look at the release notes."
_COST_ZH = "新版本改变的不只是 map：请运行测试并阅读发行说明。"
_WRONG = (
    "Maps that came to their size by a hint, or by deletes and inserts in turn, may end otherwise than by plain "
    "filling."
)
_WRONG_ZH = "靠 hint 或反复增删达到目前大小的 map，结果可能与单纯填充不同。"

RULE = Rule(
    "upgrade",
    {
        "": Texts(
            Wording("On {version} the same maps take {gain} less", _WHY, _CHANGE, _COST, _WRONG),
            Wording("在 {version} 上，同样的 map 少占 {gain}", _WHY_ZH, _CHANGE, _COST_ZH, _WRONG_ZH),
        ),
        "costs": Texts(
            Wording("On {version} the same maps take {gain} more", _WHY, _CHANGE, _COST, _WRONG),
            Wording("在 {version} 上，同样的 map 多占 {gain}", _WHY_ZH, _CHANGE, _COST_ZH, _WRONG_ZH),
        ),
    },
    judge,
)
