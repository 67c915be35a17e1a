"""What ``goxray snapshot``, ``diff`` and ``query`` say, in English and Chinese; part of the one catalogue."""

from __future__ import annotations

_Entry = tuple[str, str]  # English, Chinese

_QUERY: dict[str, _Entry] = {
    "q.rows.one": ("1 row", "1 行"),
    "q.rows": ("{n} rows", "{n} 行"),
    "q.more.one": ("… and 1 more row; --limit 0 shows all", "……另有 1 行；--limit 0 显示全部"),
    "q.more": ("… and {n} more rows; --limit 0 shows all", "……另有 {n} 行；--limit 0 显示全部"),
}

_DIFF: dict[str, _Entry] = {
    "d.heap.grew": (
        "The heap grew by {delta}, from {before} to {after}.",
        "堆增长了 {delta}，从 {before} 到 {after}。",
    ),
    "d.heap.shrank": (
        "The heap shrank by {delta}, from {before} to {after}.",
        "堆缩小了 {delta}，从 {before} 到 {after}。",
    ),
    "d.heap.same": ("The heap holds {after} in both.", "两边的堆都是 {after}。"),
    "d.most.grew": (
        "{name} changed most: it grew by {delta}, to {after}.",
        "变化最大的是 {name}：增加 {delta}，达到 {after}。",
    ),
    "d.most.shrank": (
        "{name} changed most: it shrank by {delta}, to {after}.",
        "变化最大的是 {name}：减少 {delta}，降到 {after}。",
    ),
    "d.most.came": ("{name} changed most: it is new, with {after}.", "变化最大的是 {name}：新出现，占用 {after}。"),
    "d.most.went": (
        "{name} changed most: it is gone, with {before}.",
        "变化最大的是 {name}：已消失，原占用 {before}。",
    ),
    "d.most.same": ("No owner changed.", "各持有者都没有变化。"),
    "d.title.owners": ("By owner", "按持有者"),
    "d.title.types": ("By type", "按类型"),
    "d.title.maps": ("Maps", "map"),
    "d.col.delta": ("delta", "增减"),
    "d.col.before": ("before", "之前"),
    "d.col.after": ("after", "之后"),
    "d.col.objects": ("objects", "对象增减"),
    "d.col.entries": ("entries", "条目增减"),
    "d.col.maps": ("maps", "map 增减"),
    "d.col.now": ("now", "现有"),
    "d.col.change": ("change", "变化"),
    "d.col.owner": ("owner", "持有者"),
    "d.col.type": ("type", "类型"),
    "d.change.grew": ("grew", "增长"),
    "d.change.shrank": ("shrank", "缩小"),
    "d.change.came": ("came", "新增"),
    "d.change.went": ("went", "消失"),
    "d.more.one": ("… and 1 more row; --limit 0 shows all", "……另有 1 行；--limit 0 显示全部"),
    "d.more": ("… and {n} more rows; --limit 0 shows all", "……另有 {n} 行；--limit 0 显示全部"),
    "d.unchanged.one": ("1 more did not change", "另有 1 项没有变化"),
    "d.unchanged": ("{n} more did not change", "另有 {n} 项没有变化"),
    "d.before.label": ("before", "之前"),
    "d.after.label": ("after", "之后"),
    "d.side": (
        "{bytes} in {objects} objects; maps: {maps} with {entries} entries",
        "{objects} 个对象，占用 {bytes}；{maps} 个 map，{entries} 个条目",
    ),
}

_SNAPSHOT: dict[str, _Entry] = {
    "s.written": (
        "{objects} objects ({bytes}), maps: {maps} with {entries} entries; {how}",
        "{objects} 个对象（{bytes}）、{maps} 个 map（{entries} 个条目）；{how}",
    ),
}

DIFF_WORDS: dict[str, _Entry] = {**_QUERY, **_DIFF, **_SNAPSHOT}
"""Key to (English, Chinese), for :data:`goxray.render.words.CATALOGUE`."""
