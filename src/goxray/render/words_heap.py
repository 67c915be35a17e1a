"""What the reports of ``goxray heap`` and ``goxray why`` say, in English and Chinese; part of the one catalogue.

What a column means has its English home in :mod:`goxray.core.heap_schema`; here stands the Chinese beside it.
"""

from __future__ import annotations

from goxray.core.heap_schema import HEAP_TABLES

_Entry = tuple[str, str]  # English, Chinese

_LABELS: dict[str, _Entry] = {
    "h.col.addr": ("addr", "地址"),
    "h.col.type": ("type", "类型"),
    "h.col.owner": ("owner", "持有者"),
    "h.col.kind": ("kind", "种类"),
    "h.col.objects": ("objects", "对象"),
    "h.col.bytes": ("bytes", "占用"),
    "h.col.retained_bytes": ("retained", "保留"),
    "h.col.retained_objects": ("objects kept", "保留对象"),
    "h.col.share": ("share", "占比"),
    "h.col.count": ("count", "个数"),
    "h.col.used": ("used", "已用"),
    "h.col.capacity": ("capacity", "容量"),
    "h.col.wasted_bytes": ("wasted", "浪费"),
    "h.col.fill": ("fill", "填充率"),
    "h.col.fill_from": ("fill from", "填充率下限"),
    "h.col.fill_to": ("fill to", "填充率上限"),
    "h.col.accumulation_owner": ("piles up in", "累积点"),
    "h.col.accumulation_type": ("its type", "累积点类型"),
    "h.col.accumulation_addr": ("its addr", "累积点地址"),
    "h.col.accumulation_bytes": ("it retains", "累积点保留"),
    "h.col.accumulation_objects": ("hang on it", "其下对象"),
    "h.col.accumulation_member_type": ("mostly", "多数类型"),
    "h.col.text": ("text", "内容"),
    "h.col.length": ("length", "长度"),
    "h.col.category": ("what it is", "类别"),
    "h.col.resident_bytes": ("resident", "驻留"),
}

_RETAINED = "它消失时随之释放的字节：它自己，加上只靠它存活的一切"
_CHINESE: dict[str, str] = {
    "types.type": "对象的 Go 类型；slice 背后的数组在前面加 [...]",
    "types.objects": "从根可达的该类型对象数",
    "types.bytes": "它们的堆槽位字节之和",
    "types.retained_bytes": _RETAINED,
    "owners.owner": "谁持有这些对象，能写成 Go 表达式时即写成表达式",
    "owners.kind": "global、goroutine、finalizer、runtime 或 unreachable（不可达）",
    "owners.objects": "最先经由该持有者到达的对象数",
    "owners.bytes": "它们的堆槽位字节之和",
    "owners.retained_bytes": _RETAINED,
    "dominators.addr": "对象的地址",
    "dominators.type": "它的 Go 类型",
    "dominators.owner": "谁持有它",
    "dominators.bytes": "它自己的槽位字节",
    "dominators.retained_bytes": _RETAINED,
    "dominators.retained_objects": "随之释放的对象数，含它自己",
    "suspects.kind": "object：单个对象；owner：以同样方式持有的许多对象",
    "suspects.owner": "谁持有这些内存",
    "suspects.type": "该对象（或这些对象）的类型",
    "suspects.addr": "对象的地址；一类持有者时为空",
    "suspects.count": "一并被怀疑的对象数；单个对象为 1",
    "suspects.retained_bytes": _RETAINED,
    "suspects.retained_objects": "随之释放的对象数",
    "suspects.share": "保留字节占全部可达字节的比例，0 到 1",
    "suspects.accumulation_owner": "内存在疑点之下堆积的地方，写成 Go 表达式",
    "suspects.accumulation_type": "累积点对象的类型",
    "suspects.accumulation_addr": "累积点对象的地址；有许多个时为空",
    "suspects.accumulation_bytes": "累积点对象保留的字节",
    "suspects.accumulation_objects": "直接挂在累积点上的对象数",
    "suspects.accumulation_member_type": "其中按保留字节计最多的类型",
    "collections.kind": "map、slice、chan 或 string",
    "collections.type": "集合的 Go 类型",
    "collections.owner": "谁持有它们",
    "collections.count": "合并到该行的集合数",
    "collections.used": "已用的元素：条目数、len、排队数；字符串为字节数",
    "collections.capacity": "可容纳的元素：槽位、cap；字符串为它们拖住的数组的字节数",
    "collections.bytes": "集合自身数组实际分配的字节",
    "collections.wasted_bytes": "未使用部分的字节（map 的口径与 goxray maps 相同）",
    "collections.fill": "已用 / 容量；没有容量时为空",
    "fills.kind": "map、slice、chan 或 string",
    "fills.fill_from": "填充率从……",
    "fills.fill_to": "……到低于此值（最后一档含 1.0）",
    "fills.count": "落在这一档的集合数",
    "fills.bytes": "它们的数组字节",
    "fills.wasted_bytes": "其中未使用部分的字节",
    "duplicates.text": "内容（截短；有 duplicates_masked 时已脱敏）；仅应用户要求才显示",
    "duplicates.length": "内容的字节数",
    "duplicates.count": "内容相同而各自独立的数组数",
    "duplicates.bytes": "它们的堆槽位字节之和",
    "duplicates.wasted_bytes": "只留一份时可省下的字节",
    "rss.category": "这部分内存是什么，见 docs/heap.zh-CN.md",
    "rss.bytes": "该类别的地址空间字节",
    "rss.resident_bytes": "其中在物理内存里的字节，合计等于 smaps 的 Rss；core 中为空",
}

_MEANINGS: dict[str, _Entry] = {
    f"h.meaning.{table}.{column.name}": (column.meaning, _CHINESE[f"{table}.{column.name}"])
    for table, columns in HEAP_TABLES.items()
    for column in columns
}

_TITLES: dict[str, _Entry] = {
    "h.title.suspects": ("Suspects", "泄漏疑点"),
    "h.title.dominators": ("Objects that keep most alive", "支配树顶端：保留内存最多的对象"),
    "h.title.owners": ("By owner", "按持有者"),
    "h.title.types": ("By type", "按类型"),
    "h.title.collections": ("Collections that waste most", "浪费最多的集合"),
    "h.title.fills": ("How full collections are", "集合的填充率分布"),
    "h.title.duplicates": ("Strings that are there more than once", "重复的字符串"),
    "h.title.rss": ("Where the process's memory goes", "进程内存去向"),
}

_STORY: dict[str, _Entry] = {
    "h.story.none": ("Nothing is allocated on the heap.", "堆上没有任何对象。"),
    "h.story.all": (
        "The heap holds {bytes} in {objects} objects, and roots lead to all of them.",
        "堆上有 {objects} 个对象，占用 {bytes}，全部从根可达。",
    ),
    "h.story.some": (
        "The heap holds {bytes} in {objects} objects. Roots lead to {reached} ({share}) of it; "
        "the other {garbage} is garbage that the next collection frees.",
        "堆上有 {objects} 个对象，占用 {bytes}。其中 {reached}（{share}）从根可达；"
        "其余 {garbage} 是垃圾，下次 GC 即可回收。",
    ),
    "h.story.holds.1": ("Most is held by {a}.", "持有最多的是 {a}。"),
    "h.story.holds.2": ("Most is held by {a} and {b}.", "持有最多的是 {a}和 {b}。"),
    "h.story.holds.3": ("Most is held by {a}, {b} and {c}.", "持有最多的是 {a}、{b}和 {c}。"),
    "h.story.holder": ("{owner} ({bytes}, {share})", "{owner}（{bytes}，{share}）"),
    "h.object": ("object", "对象"),
    "h.suspect.label": ("suspect {n}", "疑点 {n}"),
    "h.suspect.none.label": ("suspects", "疑点"),
    "h.suspect.none": (
        "none: nothing alone keeps 10% of the heap alive",
        "无：没有任何对象或持有者独自保留 10% 以上的堆",
    ),
    "h.suspect.object": (
        "One {type} held by {owner} keeps {bytes} ({share}) alive.",
        "{owner} 持有的一个 {type} 让 {bytes}（{share}）内存无法释放。",
    ),
    "h.suspect.variable": (
        "{owner}, a {type}, keeps {bytes} ({share}) alive.",
        "{owner}（类型 {type}）让 {bytes}（{share}）内存无法释放。",
    ),
    "h.suspect.variable.mixed": (
        "{owner} keeps {bytes} ({share}) alive.",
        "{owner} 让 {bytes}（{share}）内存无法释放。",
    ),
    "h.suspect.owner": (
        "{count} objects of type {type} held by {owner} together keep {bytes} ({share}) alive.",
        "{owner} 持有的 {count} 个 {type} 合起来让 {bytes}（{share}）内存无法释放。",
    ),
    "h.suspect.owner.mixed": (
        "{count} objects held by {owner} together keep {bytes} ({share}) alive.",
        "{owner} 持有的 {count} 个对象合起来让 {bytes}（{share}）内存无法释放。",
    ),
    "h.suspect.pile": (
        "The memory piles up in {where}: {objects} objects, mostly {member}.",
        "内存堆积在 {where}：{objects} 个对象，多数是 {member}。",
    ),
    "h.suspect.pile.bare": (
        "The memory piles up in {where}: {objects} objects.",
        "内存堆积在 {where}：{objects} 个对象。",
    ),
    "h.suspect.pile.one": (
        "The memory piles up in {where}: one {member}.",
        "内存堆积在 {where}：一个 {member}。",
    ),
    "h.suspect.frames": (
        "{owner}: {count} frames together keep {bytes} ({share}) alive.",
        "{owner}：{count} 个栈帧合起来让 {bytes}（{share}）内存无法释放。",
    ),
    "h.suspect.pile.themselves": (
        "The {type} objects in {where} themselves take {bytes}.",
        "占内存的就是 {where} 处的这些 {type} 本身：{bytes}。",
    ),
    "h.suspect.pile.themselves.mixed": (
        "The objects in {where} themselves take {bytes}.",
        "占内存的就是 {where} 处的这些对象本身：{bytes}。",
    ),
    "h.suspect.pile.itself": (
        "It is the {type} in {where} itself that is large: {bytes}.",
        "占内存的就是 {where} 处的 {type} 本身：{bytes}。",
    ),
    "h.suspect.spread": (
        "No single object below gathers most of it.",
        "其下没有哪一个对象聚集了大部分内存。",
    ),
}

_FACTS: dict[str, _Entry] = {
    "h.counted.label": ("counted", "核对"),
    "h.counted.same": (
        "{objects} objects, {bytes} in the spans; the runtime itself counts the same, to the byte",
        "按 span 统计为 {objects} 个对象、{bytes}；运行时自己的计数与此完全相同，一字节不差",
    ),
    "h.counted.differ": (
        "{objects} objects, {bytes} in the spans; the runtime itself counts {their_objects} objects, {their_bytes}: "
        "a difference of {more_objects} objects, {more_bytes}",
        "按 span 统计为 {objects} 个对象、{bytes}；运行时自己的计数为 {their_objects} 个对象、{their_bytes}，"
        "相差 {more_objects} 个对象、{more_bytes}",
    ),
    "h.counted.alone": (
        "{objects} objects, {bytes} in the spans; the runtime's own count could not be read",
        "按 span 统计为 {objects} 个对象、{bytes}；无法读取运行时自己的计数",
    ),
    "h.marked.label": ("last GC", "上次 GC"),
    "h.marked": (
        "marked {marked}; {reached} are reachable now",
        "标记了 {marked}；目前可达 {reached}",
    ),
    "h.roots.label": ("roots", "根"),
    "h.roots": ("{roots} root pointers, all precise", "{roots} 个根指针，全部精确"),
    "h.roots.some": (
        "{roots} root pointers, {guesses} of them conservative: where no precise map exists, every word that looks "
        "like a pointer counts as one",
        "{roots} 个根指针，其中 {guesses} 个是保守的：没有精确位图的地方，凡是像指针的字都当作指针",
    ),
    "h.more": ("… and {n} more rows; --limit N shows more", "……另有 {n} 行；--limit N 可多显示"),
    "h.more.one": ("… and 1 more row; --limit N shows more", "……另有 1 行；--limit N 可多显示"),
    "h.fill.axis": ("empty", "空"),
    "h.fill.axis.full": ("full", "满"),
    "h.fill.half": ("under half full", "不到半满"),
    "h.fill.half.bytes": ("their bytes", "其占用"),
    "h.rss.total": ("all of it", "合计"),
    "h.rss.shown": ("the rows above", "以上各行小计"),
}

# The account of RSS as goxray.heap.rss names its rows; a name that is missing here is shown as it is.
_CATEGORIES: dict[str, _Entry] = {
    f"h.rss.{name}": (name, chinese)
    for name, chinese in {
        "live objects": "存活对象",
        "unreachable objects, not yet collected": "不可达对象，尚未回收",
        "dead objects, not yet swept": "已死对象，尚未清扫",
        "free slots in spans in use": "在用 span 里的空闲槽位",
        "span tails": "span 尾部余量",
        "free pages, not returned": "空闲页，未归还",
        "free pages, returned to the OS": "空闲页，已归还操作系统",
        "goroutine stacks": "goroutine 栈",
        "free stacks": "空闲栈",
        "runtime metadata: heap index": "运行时元数据：堆索引",
        "runtime metadata: mark and allocation bitmaps": "运行时元数据：标记与分配位图",
        "runtime metadata: records": "运行时元数据：记录",
        "runtime metadata: GC work buffers": "运行时元数据：GC 工作缓冲",
        "runtime metadata: other": "运行时元数据：其他",
        "program text and read-only data": "程序代码与只读数据",
        "program data and bss": "程序数据段与 bss",
        "shared libraries": "共享库",
        "C heap": "C 堆",
        "thread stacks": "线程栈",
        "kernel: vdso, vvar": "内核：vdso、vvar",
        "other mappings": "其他映射",
        "reserved address space": "保留的地址空间",
    }.items()
}

_NEXT: dict[str, _Entry] = {
    "h.next": ("{command} shows what keeps it alive", "{command} 可查看它为何存活"),
}

_WHY: dict[str, _Entry] = {
    "w.story.object": (
        "The {type} at {addr} takes {bytes} and keeps {held} alive.",
        "{addr} 处的 {type} 自身占用 {bytes}，保留 {held}。",
    ),
    "w.story.type": (
        "{count} objects of type {type} take {bytes} and keep {held} alive.",
        "类型为 {type} 的对象共 {count} 个，自身占用 {bytes}，保留 {held}。",
    ),
    "w.story.type.one": (
        "1 object of type {type} takes {bytes} and keeps {held} alive.",
        "类型为 {type} 的对象有 1 个，自身占用 {bytes}，保留 {held}。",
    ),
    "w.story.nothing": ("Nothing on the heap matches {asked}.", "堆上没有与 {asked} 匹配的对象。"),
    "w.story.garbage": (
        "Nothing leads to it from any root: it is garbage, and the next collection frees it.",
        "没有任何根能到达它：它是垃圾，下次 GC 即可回收。",
    ),
    "w.story.garbage.many": (
        "Nothing leads to them from any root: they are garbage, and the next collection frees them.",
        "没有任何根能到达它们：它们是垃圾，下次 GC 即可回收。",
    ),
    "w.story.lost": (
        "It is reachable, but no path to it was found.",
        "它是可达的，但没有找到通向它的路径。",
    ),
    "w.story.cut": (
        "Cutting one reference frees it: {cut} (frees {bytes}).",
        "切断一处引用即可释放它：{cut}（释放 {bytes}）。",
    ),
    "w.story.ways": (
        "More than one reference leads to it: cutting one of them does not free it.",
        "指向它的引用不止一处：只切断其中一处不会释放它。",
    ),
    "w.story.ways.many": ("The shortest ways to them:", "通向它们的最短路径："),
    "w.path": ("way {n} of {of}", "路径 {n}/{of}"),
    "w.root.global": ("global {root}", "全局变量 {root}"),
    "w.root.goroutine": ("{root}", "{root}"),
    "w.root.finalizer": ("{root}", "{root}"),
    "w.root.cleanup": ("{root}", "{root}"),
    "w.root.register": ("{root}", "{root}"),
    "w.root.runtime": ("the runtime: {root}", "运行时：{root}"),
    "w.conservative": (
        "conservative: this word looks like a pointer, but no map says that it is one",
        "保守：该字看起来像指针，但没有位图说明它确实是",
    ),
    "w.cut": ("cut here frees {bytes}", "此处切断可释放 {bytes}"),
    "w.folded": ("{n} more steps", "此处省略 {n} 步"),
    "w.page.title": ("Why: {names}", "为何存活：{names}"),
    "w.col.step": ("way", "路径"),
    "w.col.retained": ("retained", "保留"),
    "w.col.frees": ("a cut frees", "切断可释放"),
}

_PAGE: dict[str, _Entry] = {
    "h.page.title": ("Heap of {names}", "{names} 的堆"),
    "h.page.stat.live": ("on the heap", "堆上"),
    "h.page.stat.garbage": ("garbage", "垃圾"),
    "h.page.stat.objects": ("objects", "对象"),
    "h.page.stat.suspects": ("kept by the first suspect", "首要疑点保留"),
    "h.page.stat.rss": ("resident", "驻留内存"),
    "h.page.icicle": ("What holds the memory, level by level", "内存由谁逐层持有"),
    "h.page.icicle.hint": (
        "Width is bytes: each block holds what stands below it. Select one to look closer, select it again to go back.",
        "宽度表示字节：每一块持有它下方的各块。点击一块可放大，再点一次返回。",
    ),
    "h.page.icicle.root": ("{bytes} in all", "共 {bytes}"),
    "h.page.icicle.rest": ("{n} smaller", "其余 {n} 个较小的"),
    "h.page.icicle.tip": (
        "{name}: {bytes} with what is below it ({share}), {own} of its own",
        "{name}：连同其下共 {bytes}（{share}），自身 {own}",
    ),
    "h.page.why": ("Next:", "下一步："),
    "h.page.filter": ("Filter rows", "筛选行"),
    "h.page.fill.label": (
        "{kind}: {count} collections, {bytes}; {wasted} of it unused",
        "{kind}：{count} 个集合，占用 {bytes}，其中 {wasted} 未使用",
    ),
    "h.page.fill.bin": (
        "{kind}, {low}-{high} full: {count} collections, {bytes}, {wasted} unused",
        "{kind}，填充率 {low}-{high}：{count} 个集合，占用 {bytes}，未使用 {wasted}",
    ),
    "h.page.fill.hint": (
        "A bar for each tenth from empty to full; its height is bytes, the strong part is unused.",
        "从空到满每十分之一一根柱；高度表示占用字节，深色部分是未使用的。",
    ),
    "h.page.rss.hint": (
        "The resident parts add up to the Rss of the kernel's smaps.",
        "各部分驻留字节之和等于内核 smaps 中的 Rss。",
    ),
    "h.page.rss.hint.core": (
        "A core does not tell what was resident: these are bytes of address space.",
        "core 不记录哪些页驻留：以下是地址空间字节。",
    ),
}

HEAP_WORDS: dict[str, _Entry] = {
    **_LABELS,
    **_MEANINGS,
    **_TITLES,
    **_STORY,
    **_FACTS,
    **_CATEGORIES,
    **_NEXT,
    **_WHY,
    **_PAGE,
}
"""Key to (English, Chinese), for :data:`goxray.render.words.CATALOGUE`."""
