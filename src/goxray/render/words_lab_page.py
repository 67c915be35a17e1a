"""What the report of ``goxray lab report`` says beside the words of its tables, in English and Chinese."""

from __future__ import annotations

_Entry = tuple[str, str]  # English, Chinese

_TOPICS: dict[str, _Entry] = {
    "lab.topic.map-layout": ("Maps in memory", "map 的内存布局"),
    "lab.topic.map-growth": ("How maps grow", "map 的扩容"),
    "lab.topic.map-delete": ("Deleting from maps", "map 的删除"),
    "lab.topic.map-gc": ("Maps and the collector", "map 与 GC"),
    "lab.topic.gc-log": ("The collector's log", "GC 日志"),
    "lab.topic.hash-abi": ("Hashing and the ABI", "哈希与 ABI"),
    "lab.topic.heap-profile": ("Heap profiles", "堆 profile"),
    "lab.topic.sync": ("Shared maps and locks", "并发 map 与锁"),
    "lab.topic.goroutines": ("Goroutines and threads", "goroutine 与线程"),
    "lab.topic.network": ("Network and HTTP", "网络与 HTTP"),
    "lab.topic.queues": ("Queues", "队列"),
    "lab.topic.control": ("Load balancing and scaling", "负载均衡与伸缩"),
    "lab.topic.encoding": ("Encoding", "编码"),
    "lab.topic.builds": ("Builds", "构建"),
    "lab.topic.crypto": ("Cryptography", "密码算法"),
}

_PAGE: dict[str, _Entry] = {
    "lab.page.title": ("goxray lab: {names}", "goxray lab：{names}"),
    "lab.page.name": ("Published claims on Go, put to the test", "Go 技术文章的说法，逐条验证"),
    "lab.page.lead": (
        "Each claim was published in an article on Go. A small program measured what it speaks of with several real "
        "toolchains, and the verdict was computed from the figures below; none was written down.",
        "每条说法都出自公开发表的 Go 文章。小程序用多个真实的工具链测量它所说的内容，"
        "结论由下列数值计算得出，没有一条是预先写好的。",
    ),
    "lab.page.versions": ("Go {versions}", "Go {versions}"),
    "lab.page.started": ("measured {time}", "测量于 {time}"),
    "lab.page.by.article": ("By article", "按文章"),
    "lab.page.by.topic": ("By topic", "按主题"),
    "lab.page.article": ("article {article}", "文章 {article}"),
    "lab.page.bars": ("How many claims came to which verdict", "各种结论各有多少条"),
    "lab.page.read": ("How to read this", "阅读说明"),
    "lab.page.read.SUPPORTED": (
        "every figure that decides lies where the claim says, on every version",
        "在所有版本上，决定性数值都落在该说法所说的范围内",
    ),
    "lab.page.read.REFUTED": (
        "a figure that decides lies elsewhere, with its whole interval",
        "有决定性数值连同整个置信区间都落在所说的范围之外",
    ),
    "lab.page.read.CONDITIONAL": (
        "it holds on some versions or in some cases, which are named, and not in others",
        "只在部分版本或部分情形下成立，具体写明",
    ),
    "lab.page.read.INCONCLUSIVE": (
        "neither could be shown; the reason is given",
        "两者都无法证明，并说明原因",
    ),
    "lab.page.read.figure": (
        "Figures are medians over the trials. Those in brackets are the ends of the interval that holds the true value "
        "with great certainty; figures without brackets were the same in every trial.",
        "数值取各次试验的中位数；方括号内是置信区间的两端，真实值几乎必然落在其中；没有方括号的，每次试验都相同。",
    ),
    "lab.page.key.measured": ("measured", "测量值"),
    "lab.page.key.interval": ("its interval", "置信区间"),
    "lab.page.key.trial": ("single trials", "单次试验"),
    "lab.page.key.model": ("what goxray's model predicts", "goxray 模型的预测"),
    "lab.page.key.claimed": ("what the claim says", "该说法所说的范围"),
    "lab.page.aside": (
        "pale: the claim does not speak of that version",
        "淡色：该说法未涉及的版本",
    ),
    "lab.page.every": ("Every claim", "全部说法"),
    "lab.page.filter": ("Filter by words, claim or experiment", "按文字、编号或实验筛选"),
    "lab.page.pick.verdict": ("every verdict", "全部结论"),
    "lab.page.pick.topic": ("every topic", "全部主题"),
    "lab.page.pick.article": ("every article", "全部文章"),
    "lab.page.pick.verdict.label": ("Verdict", "结论"),
    "lab.page.pick.topic.label": ("Topic", "主题"),
    "lab.page.pick.article.label": ("Article", "文章"),
    "lab.page.shown": ("{shown} of {total} claims", "{total} 条中的 {shown} 条"),
    "lab.page.refuted_by": ("What would refute it: {said}", "什么结果会推翻它：{said}"),
    "lab.page.decides": ("What decides", "决定性数值"),
    "lab.page.says": ("It holds if: {said}", "成立的条件：{said}"),
    "lab.page.model": ("the model says {value}", "模型预测 {value}"),
    "lab.page.model.title": ("goxray's model beside the measurements", "goxray 的模型与测量值对照"),
    "lab.page.model.hint": (
        "Each dot is a figure: how far the prediction lies from the measured median. Dots at an end lie beyond it.",
        "每个点是一个数值，横坐标是预测与测得中位数的相对差；位于两端的点实际更远。",
    ),
    "lab.page.model.picture": (
        "Differences between prediction and measurement, a line a Go version",
        "预测与测量的相对差，每行一个 Go 版本",
    ),
    "lab.page.model.table": ("Every prediction; those that disagree come first", "全部预测，不相符的在前"),
    "lab.page.by": ("by {method}", "依据：{method}"),
    "lab.page.decided.run": ("decided by running programs", "靠运行程序判定"),
    "lab.page.decided.build": ("decided by building", "靠编译判定"),
    "lab.page.decided.source": ("decided by the toolchain's source", "靠工具链源码判定"),
    "lab.page.trials": ("{n} trials a version", "每版本 {n} 次试验"),
    "lab.page.trials.one": ("1 trial a version", "每版本 1 次试验"),
    "lab.page.plot": ("{name} by Go version", "{name}，按 Go 版本"),
    "lab.page.all": ("all versions", "全部版本"),
    "lab.page.parts": ("What was compared, version by version", "逐版本的判据与所见"),
    "lab.page.part": ("what the claim says", "该说法所说"),
    "lab.page.figures": ("All figures ({n})", "全部数值（{n} 项）"),
    "lab.page.figures.one": ("All figures (1)", "全部数值（1 项）"),
    "lab.page.figures.more": (
        "… and {n} more; --format json has all",
        "……另有 {n} 项；--format json 列出全部",
    ),
    "lab.page.measure": ("figure", "测量项"),
    "lab.page.redo": ("Run it again", "重现"),
    "lab.page.source": ("sources sha256 {sha}", "源文件 sha256 {sha}"),
    "lab.page.see": ("goxray lab show {id} --source", "goxray lab show {id} --source"),
    "lab.page.machine": ("Machine and toolchains", "机器与工具链"),
    "lab.page.goline": (
        "Go {version}, built with the line “go {line}” in go.mod",
        "Go {version}，go.mod 中为“go {line}”",
    ),
    "lab.page.goline.none": ("Go {version}", "Go {version}"),
    "lab.page.noise": (
        "A fixed loop's time spread by {noise} (interquartile range by median) while the experiments ran.",
        "实验期间，固定循环的耗时离散度为 {noise}（四分位距除以中位数）。",
    ),
    "lab.page.raw": ("Raw results, a value a trial, are in {place}.", "每次试验的原始结果保存在 {place}。"),
    "lab.page.top": ("to the list", "回到列表"),
}

LAB_PAGE_WORDS: dict[str, _Entry] = {**_TOPICS, **_PAGE}
"""Key to (English, Chinese)."""
