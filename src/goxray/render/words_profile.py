"""What the report of ``goxray profile`` says, in English and Chinese; part of the one catalogue."""

from __future__ import annotations

_Entry = tuple[str, str]  # English, Chinese

_LABELS: dict[str, _Entry] = {
    "pf.page.title": ("goxray profile: {names}", "goxray profile：{names}"),
    "pf.head.text": ("text form", "文本形式"),
    "pf.head.base": ("less {file}", "减去 {file}"),
    "pf.head.difference": ("a difference of two profiles", "两个 profile 之差"),
    "pf.head.seconds": ("over {seconds} s", "历时 {seconds} 秒"),
    "pf.head.sampled": ("1 sample in {bytes}", "每 {bytes} 采样一次"),
    "pf.head.exact": ("every allocation", "记录每次分配"),
    "pf.title.totals": ("Totals", "合计"),
    "pf.title.top": ("Top functions by {type} ({n} of {all})", "按 {type} 排列的函数（{all} 个中的 {n} 个）"),
    "pf.title.lines": ("Top lines by {type} ({n} of {all})", "按 {type} 排列的代码行（{all} 行中的 {n} 行）"),
    "pf.title.maps": (
        "Map memory by the line that allocated it ({n} of {all})",
        "按分配代码行列出的 map 内存（{all} 行中的 {n} 行）",
    ),
    "pf.title.arrays": ("What these arrays are", "这些数组是什么"),
    "pf.title.checks": ("What the profile says and what lives, by type", "按类型比较 profile 与存活的 map"),
    "pf.col.verdict": ("verdict", "结论"),
    "pf.verdict.agree": ("agree", "一致"),
    "pf.verdict.less": ("the profile has less: they grew since", "profile 较少：其后又增长了"),
    "pf.verdict.more": ("the profile has more: some are gone", "profile 较多：有些已不在"),
    "pf.title.live": ("Maps of these types that live in {target}", "{target} 中存活的同类型 map"),
    "pf.title.paths": ("{type}, call path by call path", "{type}：逐层调用路径"),
    "pf.title.stats": ("runtime.MemStats, when it was taken", "采集时的 runtime.MemStats"),
    "pf.paths.hint": (
        "Width is {type}; below each function stand those that it called. Select one to look closer, "
        "select it again to go back.",
        "宽度表示 {type}；每个函数下方是它所调用的函数。点击一块可放大，再点一次返回。",
    ),
    "pf.paths.grown": ("What shrank is not drawn.", "减少的部分没有画出。"),
    "pf.col.type": ("type", "类型"),
    "pf.col.total": ("total", "合计"),
    "pf.col.net": ("net", "净值"),
    "pf.col.flat": ("flat", "自身"),
    "pf.col.flat_share": ("flat%", "自身%"),
    "pf.col.sum_share": ("sum%", "累加%"),
    "pf.col.cum": ("cum", "累计"),
    "pf.col.cum_share": ("cum%", "累计%"),
    "pf.col.flat_of": ("{type}, flat", "{type}，自身"),
    "pf.col.cum_of": ("{type}, cum", "{type}，累计"),
    "pf.page.maps": ("maps, in use", "map，使用中"),
    "pf.col.other": ("{type}", "{type}"),
    "pf.col.function": ("function", "函数"),
    "pf.col.line": ("line", "代码行"),
    "pf.col.inuse": ("in use", "使用中"),
    "pf.col.error": ("± 95%", "± 95%"),
    "pf.col.objects": ("objects", "对象"),
    "pf.col.alloc": ("allocated", "累计分配"),
    "pf.col.how": ("by", "途径"),
    "pf.col.map_type": ("map type", "map 类型"),
    "pf.col.live": ("live maps", "存活的 map"),
    "pf.col.live_bytes": ("live", "现存"),
    "pf.col.maps": ("maps", "map 数"),
    "pf.col.owner": ("owner", "持有者"),
    "pf.col.size": ("bytes", "字节"),
    "pf.col.shape": ("array", "数组"),
    "pf.how.made": ("make", "make"),
    "pf.how.grown": ("writes", "写入"),
    "pf.shape.buckets": ("{n} buckets (B={b})", "{n} 个 bucket（B={b}）"),
    "pf.shape.bucket": ("1 bucket (B=0, or overflow)", "1 个 bucket（B=0 或溢出）"),
    "pf.shape.groups": ("{n} groups ({slots} slots)", "{n} 个 group（{slots} 个槽）"),
    "pf.shape.groups.one": ("1 group (8 slots)", "1 个 group（8 个槽）"),
    "pf.shape.directory": ("directory of {n} tables", "含 {n} 个 table 的 directory"),
    "pf.shape.directory.one": ("directory of 1 table", "含 1 个 table 的 directory"),
    "pf.shape.table": ("table", "table"),
    "pf.shape.header": ("map header", "map 头部"),
    "pf.shape.extra": ("mapextra", "mapextra"),
    "pf.shape.": ("-", "-"),
    "pf.empty.top": ("nothing", "无"),
    "pf.live.owner": ("{owner} {bytes}", "{owner} {bytes}"),
    "pf.live.more": ("and {n} more", "另有 {n} 个"),
    "pf.live.none": ("none", "无"),
}

_STORY: dict[str, _Entry] = {
    "pf.story.heap": (
        "{inuse} are in use and {alloc} have been allocated.",
        "使用中 {inuse}，累计分配 {alloc}。",
    ),
    "pf.story.heap.window": (
        "{alloc} were allocated in this time, and what is in use changed by {inuse}.",
        "这段时间分配了 {alloc}，使用中的内存变化了 {inuse}。",
    ),
    "pf.story.other": ("In all: {total}.", "共计：{total}。"),
    "pf.story.net": (
        "The change is {net}; go tool pprof counts both directions and says {total}.",
        "净变化为 {net}；go tool pprof 把两个方向相加，得 {total}。",
    ),
    "pf.story.first": ("{name} has {share} of {type} by itself.", "{name} 自身占 {type} 的 {share}。"),
    "pf.story.maps": (
        "Maps take {bytes} ± {error} of what is in use ({share}).",
        "使用中的内存里，map 占 {bytes} ± {error}（{share}）。",
    ),
    "pf.story.maps.exact": (
        "Maps take {bytes} of what is in use ({share}).",
        "使用中的内存里，map 占 {bytes}（{share}）。",
    ),
    "pf.story.maps.change": ("Map memory in use changed by {bytes}.", "使用中的 map 内存变化了 {bytes}。"),
    "pf.story.live": (
        "The maps of {target} take {bytes} now.",
        "{target} 中的 map 现占 {bytes}。",
    ),
}

_NOTES: dict[str, _Entry] = {
    "pf.note.hidden": (
        "runtime/pprof leaves the runtime's frames out of heap profiles, so that nothing here tells map memory from "
        "other memory: name the executable with --exe (not stripped), and the calls in it do.",
        "runtime/pprof 在堆 profile 中省略 runtime 的栈帧，因此这里无法区分 map 内存与其他内存："
        "用 --exe 指定可执行文件（未剥离符号），即可由其中的调用指令判断。",
    ),
    "pf.note.rate": (
        "One object is sampled in every {rate} bytes allocated on average; ± is what that lets a figure be off by in "
        "95 of 100 profiles. Figures that rest on few samples are rough.",
        "平均每分配 {rate} 字节采样一个对象；± 表示 100 个 profile 中有 95 个不会超出的偏差。"
        "样本很少的数字只是粗略估计。",
    ),
    "pf.note.lag": (
        "What is in use is told as of the end of the last collection but one: runtime.GC() twice before taking it "
        "makes it current.",
        "“使用中”反映的是倒数第二次 GC 结束时的状态：采集前调用两次 runtime.GC() 可使其为最新。",
    ),
    "pf.note.nameless": (
        "The text has addresses only: Go writes the names as comments behind each stack, which are missing here.",
        "文本中只有地址：Go 会在每个栈后以注释写出函数名，而此文件中没有。",
    ),
    "pf.note.rebuilt": (
        "{path} has been built anew since the profile was taken: it is not used.",
        "{path} 在采集之后已重新构建，因此未使用。",
    ),
    "pf.note.no build id": (
        "{path} is taken for the profile's executable: the profile holds no build id to compare.",
        "把 {path} 当作该 profile 的可执行文件：profile 中没有可供比对的 build id。",
    ),
    "pf.note.more": ("… and {n} more; --top 0 shows all", "……另有 {n} 行；--top 0 显示全部"),
}

PROFILE_WORDS: dict[str, _Entry] = {**_LABELS, **_STORY, **_NOTES}
"""Key to (English, Chinese)."""
