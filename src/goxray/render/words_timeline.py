"""What every view of a time axis says, in English and Chinese: part of the one catalogue.

The words of findings and of explained differences stand in words_findings.py.
"""

from __future__ import annotations

_Entry = tuple[str, str]  # English, Chinese

_SERIES: dict[str, _Entry] = {
    "tl.series.heap_live": ("live heap", "存活堆"),
    "tl.series.heap_goal": ("heap goal", "堆目标"),
    "tl.series.heap_trigger": ("GC trigger", "GC 触发点"),
    "tl.series.heap_alloc": ("heap allocated", "堆已分配"),
    "tl.series.heap_inuse": ("heap spans in use", "在用 span"),
    "tl.series.heap_idle": ("heap idle", "堆空闲"),
    "tl.series.heap_released": ("heap released", "堆已归还"),
    "tl.series.heap_objects": ("heap objects", "堆对象数"),
    "tl.series.map_bytes": ("map memory", "map 内存"),
    "tl.series.map_entries": ("map entries", "map 条目数"),
    "tl.series.stacks": ("stacks", "栈"),
    "tl.series.globals": ("globals", "全局变量"),
    "tl.series.sys": ("from the system", "取自系统"),
    "tl.series.memory_limit": ("memory limit", "内存上限"),
    "tl.series.gogc": ("GOGC", "GOGC"),
    "tl.series.gc_cpu_percent": ("GC's share of CPU", "GC 占用 CPU"),
    "tl.series.gc_cycles": ("GC cycles", "GC 次数"),
    "tl.series.gc_forced_cycles": ("forced GC cycles", "强制 GC 次数"),
    "tl.series.gc_limiter_cycle": ("last limited GC cycle", "最近受限的 GC 序号"),
    "tl.series.procs": ("GOMAXPROCS", "GOMAXPROCS"),
    "tl.series.goroutines": ("goroutines", "goroutine 数"),
    "tl.series.rss": ("RSS", "RSS"),
    "tl.series.rss_anon": ("anonymous RSS", "匿名 RSS"),
    "tl.series.swap": ("swap", "swap"),
    "tl.series.cgroup_current": ("cgroup's memory", "cgroup 内存"),
    "tl.series.cgroup_limit": ("cgroup's limit", "cgroup 上限"),
    "tl.series.pause_ms": ("pause", "停顿"),
}

_TRACKS: dict[str, _Entry] = {
    "tl.track.gc": ("GC", "GC"),
    "tl.track.stw": ("stopped", "停止世界"),
    "tl.track.mark": ("mark", "标记"),
    "tl.track.sweep": ("sweep", "清扫"),
    "tl.track.scavenge": ("scavenge", "scavenge"),
    "tl.track.map": ("map", "map"),
    "tl.track.os": ("system", "系统"),
}

_SAID: dict[str, _Entry] = {
    "tl.severity.serious": ("serious", "严重"),
    "tl.severity.warning": ("warning", "警告"),
    "tl.severity.note": ("note", "提示"),
    "tl.span": ("{start} to {end}", "{start} 至 {end}"),
    "tl.finding": ("[{severity}] {when}: {title}", "[{severity}] {when}：{title}"),
    "tl.finding.of": ("{process}: {line}", "{process}：{line}"),
    "tl.findings.more": (
        "and {n} more findings; --format json has all",
        "另有 {n} 条结论；--format json 列出全部",
    ),
    "tl.findings.more.one": (
        "and {n} more finding; --format json has all",
        "另有 {n} 条结论；--format json 列出全部",
    ),
    "tl.verdict.agree": ("agree", "一致"),
    "tl.verdict.explained": ("explained", "可解释"),
    "tl.verdict.differ": ("differ", "不一致"),
    "tl.check.agree": ("{n} comparisons agree: {figures}", "{n} 项比较一致：{figures}"),
    "tl.check.agree.one": ("{n} comparison agrees: {figures}", "{n} 项比较一致：{figures}"),
    "tl.check": (
        "{figure}: {value} ({one}), {other_value} ({other}): {verdict}",
        "{figure}：{value}（{one}），{other_value}（{other}）：{verdict}",
    ),
}

_FACTS: dict[str, _Entry] = {
    "tl.stat.heap": ("live heap at most", "存活堆峰值"),
    "tl.stat.goal": ("heap goal at the end", "结束时的堆目标"),
    "tl.stat.rss": ("RSS at most", "RSS 峰值"),
    "tl.stat.released": ("released at the end", "结束时已归还"),
    "tl.stat.cycles": ("collections", "GC 次数"),
    "tl.stat.longest": ("longest pause", "最长停顿"),
    "tl.told.cycles": (
        "{n} collections in {lasts}, one every {every}.",
        "{lasts} 内 {n} 次 GC，平均每 {every} 一次。",
    ),
    "tl.told.cycles.one": ("{n} collection in {lasts}.", "{lasts} 内 {n} 次 GC。"),
    "tl.told.forced": ("{n} of them were forced.", "其中 {n} 次是强制的。"),
    "tl.told.forced.one": ("{n} of them was forced.", "其中 {n} 次是强制的。"),
    "tl.told.quiet": ("No collection in {lasts}.", "{lasts} 内没有 GC。"),
    "tl.told.heap": (
        "The live heap was {highest} at most and {last} at the end.",
        "存活堆最高 {highest}，结束时 {last}。",
    ),
    "tl.told.heap.once": ("The live heap was {last}.", "存活堆 {last}。"),
    "tl.told.rss.once": ("RSS was {last}.", "RSS 为 {last}。"),
    "tl.told.heap.same": ("The live heap was {last} at the end, its highest.", "存活堆在结束时最高，为 {last}。"),
    "tl.told.rss.same": ("RSS was {last} at the end, its highest.", "RSS 在结束时最高，为 {last}。"),
    "tl.told.rss": ("RSS was {highest} at most and {last} at the end.", "RSS 最高 {highest}，结束时 {last}。"),
    "tl.told.pauses": (
        "The world was stopped for {all} in all, {longest} at a time at most.",
        "世界停止共 {all}，单次最长 {longest}。",
    ),
    "tl.zero.start": ("0 is the program's start", "0 为程序启动时刻"),
    "tl.zero.first": ("0 is the first record", "0 为第一条记录"),
    "tl.zero.clock": ("{clock} at 0", "0 时刻为 {clock}"),
}

_PAGE: dict[str, _Entry] = {
    "tl.page.title": ("goxray: the timeline of {names}", "goxray：{names} 的时间线"),
    "tl.page.chart": ("On one time axis", "同一时间轴"),
    "tl.page.hint": (
        "Drag to zoom in, double click for the whole. Ctrl and the wheel zoom, Shift and dragging move; after a click "
        "the wheel alone and the keys + − ← → 0 do too. Shift with ← → moves the line that reads values.",
        "拖动放大，双击还原。Ctrl 加滚轮缩放，Shift 加拖动平移；单击之后也可以直接用滚轮和按键 + − ← → 0。"
        "Shift 加 ← → 移动读数线。",
    ),
    "tl.page.own": (
        "Nothing tells how the clocks of these processes lie to each other: each begins at its own 0.",
        "无从得知这些进程的时钟如何对应：各自从自己的 0 开始。",
    ),
    "tl.page.apart": (
        "These processes ran far from each other in time: each begins at its own 0.",
        "这些进程的运行时间相距很远：各自从自己的 0 开始。",
    ),
    "tl.page.label": (
        "Timeline: arrow keys pan, plus and minus zoom, 0 shows the whole, Shift with arrow keys reads values",
        "时间线：方向键平移，加减键缩放，0 显示全部，Shift 加方向键读数",
    ),
    "tl.page.still": (
        "Chart of {name} over time; the tables below say the same in numbers",
        "{name} 随时间变化的图；下方表格以数字给出相同内容",
    ),
    "tl.page.in": ("Zoom in", "放大"),
    "tl.page.out": ("Zoom out", "缩小"),
    "tl.page.left": ("Move left", "左移"),
    "tl.page.right": ("Move right", "右移"),
    "tl.page.whole": ("Whole", "全部"),
    "tl.page.overview": ("Whole range; drag to move", "全部范围；拖动以移动"),
    "tl.page.findings": ("Findings", "结论"),
    "tl.page.findings.none": ("Nothing that the rules look for was found.", "未发现规则所查找的问题。"),
    "tl.page.checks": ("The same figure from independent sources", "来自独立来源的同一数字"),
    "tl.page.tables": ("The same in numbers", "以数字列出"),
    "tl.page.keys": ("{n} more", "另有 {n} 项"),
    "tl.page.show": ("Show the tables", "显示表格"),
    "tl.page.series": ("Figures over time", "随时间变化的数字"),
    "tl.page.cycles": ("Collections", "各次 GC"),
    "tl.page.events": ("Events and windows", "事件与窗口"),
    "tl.page.more": (
        "The {n} rows after these are in --format json and csv.",
        "此后还有 {n} 行，见 --format json 与 csv。",
    ),
    "tl.page.lanes": (
        "{n} more maps have events; --format json has all",
        "另有 {n} 个 map 有事件；--format json 列出全部",
    ),
    "tl.page.processes": (
        "{n} more processes are not drawn; --format json has all",
        "另有 {n} 个进程未绘出；--format json 列出全部",
    ),
    "tl.page.thinned": (
        "There is more than a page can hold: of each piece of the axis the lowest and highest values and the longest "
        "events are drawn; --format json has all.",
        "数据多于页面所能容纳：时间轴的每一小段绘出最低与最高的值以及最长的事件；--format json 列出全部。",
    ),
    "tl.page.above": ("{name} {value} is above", "{name} {value} 在上方"),
    "tl.col.figure": ("figure", "数字"),
    "tl.col.source": ("source", "来源"),
    "tl.col.points": ("points", "点数"),
    "tl.col.least": ("least", "最小"),
    "tl.col.most": ("most", "最大"),
    "tl.col.last": ("last", "最后"),
    "tl.col.n": ("n", "n"),
    "tl.forced": ("forced", "强制"),
    "tl.col.heap_start": ("heap at start", "开始时的堆"),
    "tl.col.heap_end": ("at mark end", "标记结束时"),
    "tl.col.heap_live": ("live", "存活"),
    "tl.col.goal": ("goal", "目标"),
    "tl.col.start": ("start", "开始"),
    "tl.col.lasts": ("lasts", "持续"),
    "tl.col.track": ("track", "轨道"),
    "tl.col.what": ("what", "事件"),
    "tl.col.detail": ("detail", "详情"),
    "tl.col.here": ("one source", "来源一"),
    "tl.col.there": ("the other", "来源二"),
    "tl.col.verdict": ("verdict", "结论"),
    "tl.col.why": ("why", "原因"),
}

_JOIN: dict[str, _Entry] = {
    "tl.title.sources": ("Sources", "来源"),
    "tl.title.findings": ("Findings", "结论"),
    "tl.title.checks": ("Cross-checks", "交叉核对"),
    "tl.title.picture": ("Over time", "随时间变化"),
    "tl.col.path": ("file", "文件"),
    "tl.col.kind": ("what it is", "类型"),
    "tl.col.process": ("process", "进程"),
    "tl.col.covers": ("covers", "覆盖"),
    "tl.col.shift": ("shift", "偏移"),
    "tl.col.aligned": ("joined by", "对齐依据"),
    "tl.col.events": ("events", "事件"),
    "tl.aligned.first": ("its own axis", "自身的轴"),
    "tl.aligned.program start": ("the program's start", "程序启动时刻"),
    "tl.aligned.wall clock": ("wall clocks", "系统时钟"),
    "tl.aligned.cycle numbers": ("{n} collections by number", "{n} 次 GC 的序号"),
    "tl.aligned.cycle times": ("{n} collections by time", "{n} 次 GC 的时刻"),
    "tl.aligned.given": ("--offset", "--offset"),
    "tl.same.pid": ("same pid", "pid 相同"),
    "tl.same.cycles": ("collections coincide", "GC 吻合"),
    "tl.join.set aside": (
        "Lines of {path} that could not be read for certain: {other}. They are left out; goxray gc read {path} lists "
        "them.",
        "{path} 中无法确切解读的行：{other}。这些行未予采用；goxray gc read {path} 会列出它们。",
    ),
    "tl.join.own": (
        "Nothing tells that {path} is of a process that another source tells of: it stands by itself. --same-process "
        "says that all are one.",
        "无从得知 {path} 与其他来源属于同一进程：单独列出。--same-process 表示全部属于同一进程。",
    ),
    "tl.join.not aligned": (
        "{path} tells of the same process as {other}, and nothing tells how their clocks lie to each other: it keeps "
        "an axis of its own. --offset {path}=SECONDS lays it onto the other.",
        "{path} 与 {other} 属于同一进程，但无从得知两者时钟的关系：它保留自己的轴。"
        "--offset {path}=SECONDS 可将其对齐。",
    ),
    "tl.join.cycles differ": (
        "The collections of {path} and {other} do not coincide, though both begin at the program's start or have wall "
        "clocks: they may be of different processes or runs.",
        "{path} 与 {other} 的 GC 并不吻合，尽管两者都从程序启动时刻计时或带有系统时钟："
        "它们可能属于不同的进程或不同的运行。",
    ),
    "tl.join.clocks differ": (
        "The wall clocks of {path} and {other} do not fit their collections; the collections are believed, the shift "
        "is {shift}.",
        "{path} 与 {other} 的系统时钟与其 GC 不符；以 GC 为准，偏移为 {shift}。",
    ),
    "tl.more.sources": ("and {n} more sources", "另有 {n} 个来源"),
    "tl.picture.top": ("top {bytes}", "顶端 {bytes}"),
    "tl.picture.gc": ("collections", "GC"),
    "tl.picture.axis": ("{start} to {end}", "{start} 至 {end}"),
}

_NOTES: dict[str, _Entry] = {
    "tl.note.unverified": (
        "UNVERIFIED: nobody has checked the layout of {version}",
        "UNVERIFIED：{version} 的布局尚未经任何人核对",
    ),
    "tl.note.line": ("line {line} is set aside: {why}", "第 {line} 行未予采用：{why}"),
    "tl.note.lines": ("{count} more lines are set aside", "另有 {count} 行未予采用"),
    "tl.note.order": ("the samples are not in the order of their times", "样本未按时间先后排列"),
    "tl.note.between": (
        "some samples have no time; they are placed between their neighbours",
        "有些样本没有时间，置于前后样本之间",
    ),
    "tl.note.at last gc": (
        "the samples have no time of their own: each is placed at the end of its last collection",
        "样本自身没有时间：各置于其最近一次 GC 结束之时",
    ),
    "tl.note.no time": (
        "the samples have no time: they are placed one a second, and no speed can be told from them",
        "样本没有时间：按每秒一个排列，从中得不出任何速度",
    ),
    "tl.note.unplaced": (
        "{count} metrics of the runtime have no place on a time axis and are left out",
        "runtime 的 {count} 个指标在时间轴上没有位置，已略去",
    ),
    "tl.note.others": (
        "{count} names are no metrics of the runtime and are left out: {names}",
        "{count} 个名称不是 runtime 的指标，已略去：{names}",
    ),
    "tl.note.again": (
        "the counters begin again {count} times: the dump is of {processes} processes",
        "计数器重新开始了 {count} 次：该转储来自 {processes} 个进程",
    ),
    "tl.note.missed": (
        "{count} collections between samples are not told of: MemStats keeps the last {kept}",
        "样本之间有 {count} 次 GC 没有记录：MemStats 只保留最近 {kept} 次",
    ),
    "tl.note.damaged": (
        "{count} batches of events are damaged; what follows the damage in each is left out",
        "{count} 批事件已损坏；每批中损坏处之后的内容已略去",
    ),
    "tl.note.tail": (
        "the last {count} bytes, from byte {start} on, cannot be read: {why}",
        "自第 {start} 字节起的最后 {count} 字节无法读取：{why}",
    ),
    "tl.note.cut": (
        "the trace was cut off before the end of generation {number}",
        "trace 在第 {number} 代结束之前被截断",
    ),
    "tl.note.rate": (
        "the trace is cut off before it says its clock's rate: 64 ns, as on Linux, is assumed",
        "trace 在给出时钟频率之前被截断：按 Linux 上的 64 ns 计",
    ),
}

TIMELINE_WORDS: dict[str, _Entry] = {**_SERIES, **_TRACKS, **_SAID, **_FACTS, **_PAGE, **_JOIN, **_NOTES}
"""Key to (English, Chinese)."""
