"""A map in a sync.Pool keeps the buckets of the largest use it ever had: ``clear`` does not give them back."""

from __future__ import annotations

from collections.abc import Iterator

from goxray.advise.evidence import Evidence, MapGroup
from goxray.advise.prices import Prices
from goxray.advise.rule import Draft, Rule, Texts, plural, spelled, variable
from goxray.core.advise_result import Wording
from goxray.core.units import format_bytes, format_count

LEAST_BYTES = 64 << 10
LARGEST_LOAD = 0.25


def judge(evidence: Evidence, prices: Prices) -> Iterator[Draft]:
    """Yield one draft for each pool that holds giants: large maps that are all but empty."""
    for group in evidence.groups:
        if not group.pooled:
            continue
        giants = group.where((group.bytes >= LEAST_BYTES) & (group.entries <= LARGEST_LOAD * group.slots))
        if len(giants):
            yield _draft(group, giants, prices)


def _draft(group: MapGroup, giants: MapGroup, prices: Prices) -> Draft:
    held, largest = int(giants.bytes.sum()), int(giants.bytes.max())
    fresh = prices.rebuilt(giants)
    values = {
        "owner": group.owner,
        "pool": variable(group.owner, "pool"),
        "type": spelled(group.name),
        "maps": plural(len(group), "map"),
        "n": format_count(len(group)),
        "giants": format_count(len(giants)),
        "bytes": format_bytes(held),
        "largest": format_bytes(largest),
        "slots": format_count(int(giants.slots.max())),
        "gain": format_bytes(held - fresh.mid),
    }
    return Draft(
        owner=group.owner,
        addr=giants.only,
        count=len(giants),
        gain_bytes=held - fresh.mid,
        gain_low=held - fresh.high,
        gain_high=held - fresh.low,
        values=values,
    )


_CHANGE = """\
const most = 1024 // of what you usually put in

if len(m) <= most { // before clear: afterwards len tells nothing
	clear(m) // keeps the buckets for the next user
	{pool}.Put(m)
} // a giant is left to the collector"""

RULE = Rule(
    "pooled-maps",
    {
        "": Texts(
            Wording(
                "The pool {owner} keeps giant maps alive: {gain}",
                "The pool holds {maps}, {giants} of them large and all but empty. Those take {bytes}, the "
                "largest "
                "{largest} for {slots} slots. `clear` empties a map and keeps its buckets, and so does deleting "
                "every key. One "
                "giant use is then handed to every later user, and clearing it takes time for all of its slots. "
                "Assigning a "
                "new map through the pooled pointer (`p.m = {type}{}`) throws the buckets away, and with them what "
                "the "
                "pool is for.",
                _CHANGE,
                "A giant use allocates anew each time.",
                "Giant uses are the usual ones. A pool that nobody uses is emptied by two collections anyway.",
            ),
            Wording(
                "对象池 {owner} 里留着巨型 map：{gain}",
                "池中 {n} 个 map 里有 {giants} 个又大又空，占 {bytes}，最大的一个 {largest}，有 {slots} 个槽位。"
                "clear 只清空条目而保留桶，逐个删除也一样。一次巨型使用之后，后来的每个使用者都会拿到它，且每次清空都"
                "要走遍全部槽位。"
                "经由池中指针赋一个新 map（p.m = {type}{}）则会丢掉桶，池也就失去了意义。",
                _CHANGE.replace("of what you usually put in", "按通常放入的数量")
                .replace("before clear: afterwards len tells nothing", "须在 clear 之前：之后 len 就是 0")
                .replace("keeps the buckets for the next user", "为下一个使用者保留桶")
                .replace("a giant is left to the collector", "巨型 map 交给 GC 回收"),
                "每次巨型使用都要重新分配。",
                "巨型使用本来就是常态。没有人使用的池，两次 GC 之后本来就会清空。",
            ),
        )
    },
    judge,
)
