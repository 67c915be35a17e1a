"""What the reports of ``goxray advise`` say around the findings, in English and Chinese; part of the one catalogue.

What a finding itself says stands with its rule, in both languages.
"""

from __future__ import annotations

_Entry = tuple[str, str]  # English, Chinese

ADVISE_WORDS: dict[str, _Entry] = {
    "a.source.process": ("running process", "运行中的进程"),
    "a.source.core": ("core dump", "core 转储"),
    "a.source.snapshot": ("snapshot", "快照"),
    "a.source.profile": ("heap profile", "堆 profile"),
    "a.story.none": (
        "Nothing to change: no rule found a gain worth the work.",
        "无可改进：没有规则发现值得动手的收益。",
    ),
    "a.story": (
        "{n} things to change; the first gains {gain}.",
        "有 {n} 处可改；第一处可省 {gain}。",
    ),
    "a.story.one": ("1 thing to change: it gains {gain}.", "有 1 处可改：可省 {gain}。"),
    "a.section.memory": ("Memory that comes back", "可收回的内存"),
    "a.section.work": (
        "Work that is spared: allocation, scanning, growth at once (no memory that stays)",
        "可省去的开销：分配、扫描、一次性增长（不是长期占用的内存）",
    ),
    "a.overlap": (
        "Gains of findings on the same maps do not add up: after one change the other gains less.",
        "针对同一批 map 的多条建议，其收益不可相加：改了一处，另一处的收益就会变小。",
    ),
    "a.gain.heap": ("on the heap", "堆内存"),
    "a.gain.peak": ("at the peak", "峰值"),
    "a.gain.allocated": ("allocated in all", "累计分配"),
    "a.gain.scan": ("scanned by each GC", "每次 GC 扫描"),
    "a.gain.at once": ("allocated by one write", "单次写入分配"),
    "a.gain.label": ("gain", "收益"),
    "a.range": ("{low} to {high}", "{low} 至 {high}"),
    "a.gain.range": ("{gain} ({spread})", "{gain}（{spread}）"),
    "a.note.unknown": (
        "maps whose type is not known well enough to predict anything: {number}, which take {size}",
        "有 {number} 个 map 的类型不够明确，未对它们作预测；它们占 {size}",
    ),
    "a.note.snapshot": ("from the snapshot {path}, taken at {time}", "取自快照 {path}，拍摄于 {time}"),
    "a.note.guessed": (
        "{types}: the snapshot knows the names of these types alone; keys and elems are sized by the bytes that their "
        "maps take",
        "{types}：快照里只有这些类型的名字；键和值的大小按其 map 所占字节推算",
    ),
    "a.note.unsized": (
        "{types}: nothing tells how large these are; their maps are not predicted",
        "{types}：无从得知其大小，未对相应的 map 作预测",
    ),
    "a.note.hidden": (
        "runtime/pprof leaves the runtime's frames out of heap profiles, so that nothing here tells map memory "
        "from other memory: name the executable with --exe (not stripped), and the calls in it do",
        "runtime/pprof 写 heap profile 时略去了运行时自己的栈帧，单凭它分不出哪些是 map 的内存：请用 --exe 指定"
        "（未 strip 的）可执行文件，由其中的调用来判断",
    ),
    "a.note.rebuilt": (
        "{path} has been built anew since the profile was taken: it is not used",
        "{path} 在采集该 profile 之后重新构建过，未采用",
    ),
    "a.note.taken": (
        "{path} is taken for the profile's executable: the profile holds no build id to compare",
        "profile 里没有可供核对的 build id，姑且认为 {path} 就是它的可执行文件",
    ),
    "a.why": ("why", "原因"),
    "a.where": ("where", "位置"),
    "a.change": ("change", "改法"),
    "a.cost": ("cost", "代价"),
    "a.wrong": ("wrong when", "何时不适用"),
    "a.rule": ("rule", "规则"),
    "a.more": ("… and {n} more findings; --top N shows more", "……另有 {n} 条；--top N 可多显示"),
    "a.more.one": ("… and 1 more finding; --top N shows more", "……另有 1 条；--top N 可多显示"),
    "a.forecast.title": ("The same maps on other Go versions", "同样的 map 在其他 Go 版本上"),
    "a.forecast.hint": (
        "Every live map filled again up to what its slots say it once held, in bytes of its own structure.",
        "把每个存活的 map 重新填到其槽位数所表明的曾有条目数，统计其自身结构的字节。",
    ),
    "a.forecast.most": ("What changes most on {version}", "在 {version} 上变化最大的"),
    "a.col.go": ("Go", "Go"),
    "a.col.type": ("type", "类型"),
    "a.col.owner": ("owner", "持有者"),
    "a.col.maps": ("maps", "map 数"),
    "a.col.entries": ("entries", "条目"),
    "a.col.now": ("now", "现在"),
    "a.col.there": ("there", "该版本"),
    "a.col.change": ("change", "变化"),
    "a.col.range": ("5-95%", "5-95%"),
    "a.all": ("all maps", "全部 map"),
    "a.page.title": ("Advice for {names}", "{names} 的改进建议"),
    "a.unverified": (
        "UNVERIFIED: nobody has checked the layout of {version}; every figure may be wrong.",
        "未经验证（UNVERIFIED）：尚无人核对 {version} 的内存布局，所有数字都可能有误。",
    ),
}
"""Key to (English, Chinese), for :data:`goxray.render.words.CATALOGUE`."""
