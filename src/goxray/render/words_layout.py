"""What the report of ``goxray layout`` says, in English and Chinese; part of the one catalogue."""

from __future__ import annotations

_Entry = tuple[str, str]  # English, Chinese

LAYOUT_WORDS: dict[str, _Entry] = {
    "l.story.struct": (
        "{type} takes {size} bytes: {used} of its fields and {padding} of padding.",
        "{type} 占 {size} 字节：字段 {used}，填充 {padding}。",
    ),
    "l.story.packed": (
        "{type} takes {n} bytes, none of them padding.",
        "{type} 占 {n} 字节，没有填充。",
    ),
    "l.story.packed.one": ("{type} takes 1 byte.", "{type} 占 1 字节。"),
    "l.story.inner": (
        "Another {n} bytes of padding lie inside its fields.",
        "其字段内部另有 {n} 字节填充。",
    ),
    "l.story.inner.one": ("Another byte of padding lies inside its fields.", "其字段内部另有 1 字节填充。"),
    "l.story.plain": ("{type} takes {n} bytes.", "{type} 占 {n} 字节。"),
    "l.story.plain.one": ("{type} takes 1 byte.", "{type} 占 1 字节。"),
    "l.story.nothing": ("{type} takes no memory.", "{type} 不占内存。"),
    "l.story.map": (
        "A variable of type {type} is one pointer; the map keeps its entries in units of eight slots:",
        "{type} 类型的变量只是一个指针；map 的条目存放在每组八个槽位的单元里：",
    ),
    "l.heap.label": ("on the heap", "在堆上"),
    "l.heap": (
        "{bytes} bytes each: the value {size}, {waste} unused in the size class",
        "每个 {bytes} 字节：值 {size}，大小类余量 {waste}",
    ),
    "l.heap.header": (
        "{bytes} bytes each: the value {size}, the malloc header {header}, {waste} unused in the size class",
        "每个 {bytes} 字节：值 {size}，malloc header {header}，大小类余量 {waste}",
    ),
    "l.heap.pages": (
        "{bytes} bytes each, in pages of its own: the value {size}, {waste} unused behind it",
        "每个 {bytes} 字节，独占整页：值 {size}，其后余量 {waste}",
    ),
    "l.heap.tiny": (
        "{bytes} bytes or less each: objects under 16 bytes without pointers share blocks of 16",
        "每个不超过 {bytes} 字节：不含指针且小于 16 字节的对象共用 16 字节的块",
    ),
    "l.heap.none": ("nothing: values without size take no memory", "不占内存：零大小的值不分配"),
    "l.scan.label": ("GC scans", "GC 扫描"),
    "l.scan": ("the first {pointer_bytes} bytes of each", "每个值的前 {pointer_bytes} 字节"),
    "l.scan.none": ("nothing: it holds no pointers", "不扫描：不含指针"),
    "l.better.label": ("better order", "更好的顺序"),
    "l.better": (
        "{size} bytes instead of {before}; on the heap {heap} instead of {heap_before}",
        "由 {before} 字节减为 {size}；在堆上由 {heap_before} 减为 {heap}",
    ),
    "l.better.scan": (
        "the collector scans {pointers} bytes instead of {pointers_before}",
        "GC 扫描由 {pointers_before} 字节减为 {pointers}",
    ),
    "l.better.million": (
        "a million of them on the heap take {saved} less, in a slice {slice} less",
        "一百万个对象在堆上省 {saved}，在切片中省 {slice}",
    ),
    "l.better.none": (
        "this one: no other is smaller or has fewer bytes to scan",
        "就是现在的顺序：没有更小的，也没有扫描更少的",
    ),
    "l.better.host": (
        "not looked for: structs.HostLayout asks for this order",
        "不做建议：structs.HostLayout 要求保持此顺序",
    ),
    "l.better.blank": (
        "{n} bytes are blank fields (_); where they keep cache lines apart, leave them where they are",
        "有 {n} 字节是空白字段（_）；若用于隔开缓存行，请勿移动",
    ),
    "l.picture.now": ("now", "现在"),
    "l.picture.better": ("better", "更好"),
    "l.picture.key": (
        "one line a word of 8 bytes, one letter a byte: {padding} padding, {pointer} a word that the collector follows",
        "每行一个 8 字节的字，每个字母一个字节：{padding} 为填充，{pointer} 标出 GC 会追踪的字",
    ),
    "l.picture.more": ("{n} more words", "另外 {n} 个字"),
    "l.code.label": ("in Go", "Go 代码"),
    "l.col.field": ("field", "字段"),
    "l.col.type": ("type", "类型"),
    "l.col.offset": ("offset", "偏移"),
    "l.col.size": ("size", "大小"),
    "l.col.align": ("align", "对齐"),
    "l.col.padding": ("padding", "填充"),
    "l.col.pointers": ("pointers", "指针"),
    "l.col.builds": ("Go", "Go"),
    "l.col.kind": ("unit", "单元"),
    "l.col.unit": ("bytes", "字节"),
    "l.col.slot": ("a slot", "每槽"),
    "l.col.key": ("key", "键"),
    "l.col.elem": ("elem", "值"),
    "l.col.scan": ("GC scans", "GC 扫描"),
    "l.col.heap": ("on the heap", "堆上"),
    "l.col.fast": ("functions", "函数"),
    "l.unit.classic": ("bucket", "桶"),
    "l.unit.swiss": ("group", "组"),
    "l.unit.at": ("{offset} + {stride}i", "{offset} + {stride}i"),
    "l.unit.indirect": ("{at} (pointer)", "{at}（指针）"),
    "l.unit.generic": ("generic", "通用"),
    "l.unit.key": (
        "key and elem: where slot i has them, in bytes from the unit's start; over 128 bytes by pointer",
        "键与值：第 i 个槽位在单元内的字节偏移；超过 128 字节的以指针存放",
    ),
}
"""Key to (English, Chinese), for :data:`goxray.render.words.CATALOGUE`."""
