"""What the report of ``goxray gc read`` and ``gc run`` says, in English and Chinese; part of the one catalogue."""

from __future__ import annotations

_Entry = tuple[str, str]  # English, Chinese

_STORY: dict[str, _Entry] = {
    "gt.story.none": (
        "No collection is told of in {lines} lines.",
        "{lines} 行中没有任何一次 GC 的记录。",
    ),
    "gt.story.none.do": (
        "Run the program with GODEBUG=gctrace=1 (goxray gc run -- CMD does) and keep its standard error.",
        "请以 GODEBUG=gctrace=1 运行程序（goxray gc run -- CMD 会这样做），并保留其标准错误输出。",
    ),
    "gt.story.run.none": (
        "The command printed no gctrace line: it made no collection, or it is no Go program.",
        "该命令没有输出 gctrace 行：它没有做过 GC，或者不是 Go 程序。",
    ),
    "gt.story.alone": (
        "{cycles} collections in {span}, one every {every}; collecting took {percent}% of the CPU time since "
        "the start. The longest stop of the world took {longest} (cycle {n}). What lives is {live} now, {most} at the "
        "most.",
        "{span} 内 GC {cycles} 次，平均每 {every} 一次；自启动以来 GC 占 CPU 时间的 {percent}%。"
        "最长的 STW 停顿为 {longest}（第 {n} 次 GC）。存活堆目前 {live}，最高 {most}。",
    ),
    "gt.story.single": (
        "One collection, {at} after the start; it stopped the world for {longest} at the most and left {live} alive.",
        "只有一次 GC，在启动后 {at}；最长停顿 {longest}，之后存活堆为 {live}。",
    ),
    "gt.story.many": (
        "{processes} processes with {cycles} collections together; the longest stop of the world took {longest} "
        "(process {process}, cycle {n}).",
        "{processes} 个进程共 GC {cycles} 次；最长的 STW 停顿为 {longest}（进程 {process}，第 {n} 次 GC）。",
    ),
}

_LABELS: dict[str, _Entry] = {
    "gt.title.processes": ("Processes", "进程"),
    "gt.title.process": ("Process {process}", "进程 {process}"),
    "gt.title.cycles": ("The most telling cycles", "最能说明问题的 GC"),
    "gt.title.findings": ("Findings", "发现"),
    "gt.title.aside": ("Set aside: {n} lines that cannot be read for certain", "存疑搁置：{n} 行无法确切读出"),
    "gt.title.aside.one": ("Set aside: 1 line that cannot be read for certain", "存疑搁置：1 行无法确切读出"),
    "gt.col.process": ("#", "#"),
    "gt.col.name": ("process", "进程"),
    "gt.col.cycles": ("cycles", "GC 次数"),
    "gt.col.span": ("span", "时长"),
    "gt.col.cpu": ("gc cpu", "GC CPU"),
    "gt.col.p50": ("stop p50", "停顿 p50"),
    "gt.col.p99": ("p99", "p99"),
    "gt.col.max": ("max", "最长"),
    "gt.col.live": ("live", "存活堆"),
    "gt.col.peak": ("peak", "峰值"),
    "gt.col.goal": ("goal", "目标"),
    "gt.col.n": ("gc", "gc"),
    "gt.col.t": ("at", "时刻"),
    "gt.col.stop": ("stops", "停顿"),
    "gt.col.mark": ("mark", "标记"),
    "gt.col.cpu_ms": ("cpu", "CPU"),
    "gt.col.assist": ("assist", "assist"),
    "gt.col.heap": ("heap", "堆"),
    "gt.col.line": ("line", "行"),
    "gt.col.why": ("why", "原因"),
    "gt.forced": ("forced", "强制"),
    "gt.goal.off": ("off", "无"),
    "gt.unknown": ("?", "?"),
    "gt.restart": ("after {process}", "接替 {process}"),
    "gt.why.first": ("first", "首次"),
    "gt.why.last": ("last", "末次"),
    "gt.why.stop": ("longest stop", "停顿最长"),
    "gt.why.mark": ("longest cycle", "历时最长"),
    "gt.why.assist": ("most assist", "assist 最多"),
    "gt.why.heap": ("most heap", "堆最大"),
    "gt.why.goal": ("over goal", "超出目标"),
    "gt.why.growth": ("live grew", "存活增长"),
}

_FACTS: dict[str, _Entry] = {
    "gt.fact.format": ("printed by", "输出版本"),
    "gt.format.go1.5": ("Go 1.5", "Go 1.5"),
    "gt.format.go1.6-1.17": ("Go 1.6 to 1.17", "Go 1.6 至 1.17"),
    "gt.format.go1.18+": ("Go 1.18 or later", "Go 1.18 或更新"),
    "gt.fact.where": ("lines", "行号"),
    "gt.fact.where.text": ("{first} to {last}, cycles {low} to {high}", "{first} 至 {last}，第 {low} 至 {high} 次 GC"),
    "gt.fact.missing": ("{n} cycles have no line", "其中 {n} 次没有对应的行"),
    "gt.fact.missing.one": ("1 cycle has no line", "其中 1 次没有对应的行"),
    "gt.fact.stops": ("stops", "停顿"),
    "gt.fact.stops.text": (
        "{n} stops, {p50} at the median, 99% within {p99}, {longest} at the most, {total} in all",
        "共 {n} 次，中位数 {p50}，99% 不超过 {p99}，最长 {longest}，合计 {total}",
    ),
    "gt.fact.cpu": ("GC CPU time", "GC CPU 时间"),
    "gt.fact.cpu.text": (
        "{total}: dedicated workers {dedicated}, assists {assist}, idle processors {idle}, stops {stops}",
        "{total}：专职标记 {dedicated}，assist {assist}，空闲处理器 {idle}，停顿 {stops}",
    ),
    "gt.fact.heap": ("heap", "堆"),
    "gt.fact.heap.text": (
        "live {live_low} to {live_high}, peak {peak}, goal {goal}",
        "存活 {live_low} 至 {live_high}，峰值 {peak}，目标 {goal}",
    ),
    "gt.fact.range": ("{low} to {high}", "{low} 至 {high}"),
    "gt.fact.forced": ("forced", "强制"),
    "gt.fact.forced.text": ("{n} by the program (runtime.GC)", "程序调用 runtime.GC {n} 次"),
    "gt.fact.periodic": ("periodic", "定时"),
    "gt.fact.periodic.text": (
        "{n} because two minutes had passed without one",
        "因两分钟内没有 GC 而触发 {n} 次",
    ),
    "gt.fact.procs": ("processors", "处理器"),
    "gt.fact.scavenger": ("scavenger", "scavenger"),
    "gt.fact.scvg.text": (
        "{n} lines; last: {released} given back of {sys}",
        "{n} 行；最后一次：已归还 {released}，共 {sys}",
    ),
    "gt.fact.scvg.text.one": (
        "1 line: {released} given back of {sys}",
        "1 行：已归还 {released}，共 {sys}",
    ),
    "gt.fact.scav.text.one": (
        "1 line: {total} given back, {util}% of the rest in use",
        "1 行：已归还 {total}，其余使用率 {util}%",
    ),
    "gt.fact.scav.text": (
        "{n} lines; last: {total} given back, {util}% of the rest in use",
        "{n} 行；最后一次：已归还 {total}，其余使用率 {util}%",
    ),
    "gt.fact.pacer": ("pacer", "pacer"),
    "gt.fact.pacer.text.one": ("1 line; --format json has it", "1 行；见 --format json"),
    "gt.fact.pacer.text": ("{n} lines; --format json has them", "{n} 行；见 --format json"),
}

_ASIDE: dict[str, _Entry] = {
    "gt.processes.more.one": (
        "1 more, with shorter stops; --format json has it",
        "另有 1 个停顿更短的进程；见 --format json",
    ),
    "gt.processes.more": (
        "{n} more, with shorter stops; --format json has them",
        "另有 {n} 个停顿更短的进程；见 --format json",
    ),
    "gt.aside.more.one": ("1 more; --format json has it", "另有 1 行；见 --format json"),
    "gt.aside.more": ("{n} more; --format json has them", "另有 {n} 行；见 --format json"),
    "gt.aside.line": ("line {line}", "第 {line} 行"),
    "other output stands in the middle of it, or it was cut off": (
        "other output stands in the middle of it, or it was cut off",
        "中间夹有其他输出，或被截断",
    ),
    "the rest of a line whose beginning is not certain": (
        "the rest of a line whose beginning is not certain",
        "某行的后半截，其开头无法确定",
    ),
    "two lines went into one another: which figures belong together is not certain": (
        "two lines went into one another: which figures belong together is not certain",
        "两行互相混入，无法确定哪些数字属于同一行",
    ),
    "the format of Go 1.4 or older": ("the format of Go 1.4 or older", "Go 1.4 或更早版本的格式"),
    "in a line of more than 1 MiB, of which only the end is read": (
        "in a line of more than 1 MiB, of which only the end is read",
        "位于超过 1 MiB 的行中，只读取该行末尾",
    ),
    "the same line once more": ("the same line once more", "与前面的行重复"),
    "its number or its time does not fit the lines around it": (
        "its number or its time does not fit the lines around it",
        "编号或时刻与前后行不符",
    ),
    "a figure that fell below zero and wrapped around": (
        "a figure that fell below zero and wrapped around",
        "数值小于零后回绕",
    ),
    "its clock and CPU times do not belong together": (
        "its clock and CPU times do not belong together",
        "时钟时间与 CPU 时间不相符",
    ),
}

_NOTES: dict[str, _Entry] = {
    "gt.note.many": (
        "Rows are told for all processes; --process N shows one alone.",
        "以上为全部进程；--process N 只看其中一个。",
    ),
    "gt.note.axis": (
        "The time axis and the findings cover the last 20,000 cycles of a process; all others are in the figures.",
        "时间轴与“发现”只涵盖每个进程最后 20,000 次 GC；各项数字则包含全部。",
    ),
    "gt.note.rounded": (
        "Go prints sizes in whole MB (2**20 bytes, cut down) and times with two digits.",
        "Go 输出的大小为整 MB（2**20 字节，向下取整），时间为两位有效数字。",
    ),
}

GCTRACE_WORDS: dict[str, _Entry] = {**_STORY, **_LABELS, **_FACTS, **_ASIDE, **_NOTES}
"""Key to (English, Chinese)."""
