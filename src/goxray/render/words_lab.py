"""What the reports of ``goxray lab`` say, in English and Chinese; part of the one catalogue."""

from __future__ import annotations

from goxray.render.words_lab_page import LAB_PAGE_WORDS

_Entry = tuple[str, str]  # English, Chinese

_VERDICTS: dict[str, _Entry] = {
    "lab.verdict.SUPPORTED": ("SUPPORTED", "成立"),
    "lab.verdict.REFUTED": ("REFUTED", "不成立"),
    "lab.verdict.CONDITIONAL": ("CONDITIONAL", "有条件成立"),
    "lab.verdict.INCONCLUSIVE": ("INCONCLUSIVE", "未能判定"),
    "lab.verdict.none": ("not run yet", "尚未运行"),
    "lab.count.SUPPORTED": ("{n} supported", "{n} 条成立"),
    "lab.count.REFUTED": ("{n} refuted", "{n} 条不成立"),
    "lab.count.CONDITIONAL": ("{n} conditional", "{n} 条有条件成立"),
    "lab.count.INCONCLUSIVE": ("{n} inconclusive", "{n} 条未能判定"),
    "lab.count.none": ("{n} not run yet", "{n} 条尚未运行"),
    "lab.method.run": ("running programs", "运行程序"),
    "lab.method.build": ("building", "编译"),
    "lab.method.source": ("the toolchain's source", "工具链源码"),
    "lab.method.none": ("nothing: not tested", "未作测试"),
    "lab.count.run": ("{n} by running programs", "{n} 条靠运行程序"),
    "lab.count.build": ("{n} by building", "{n} 条靠编译"),
    "lab.count.source": ("{n} by the toolchain's source", "{n} 条靠工具链源码"),
    "lab.mode.quick": ("quick run", "快速模式"),
    "lab.mode.normal": ("normal run", "普通模式"),
    "lab.mode.thorough": ("thorough run", "彻底模式"),
    "lab.mode.kept": ("from kept results", "取自已保存的结果"),
}

_REASONS: dict[str, _Entry] = {
    "lab.reason.noise": (
        "The measurements scatter too much: the interval holds both what the claim says and what it does not.",
        "测量值过于分散：置信区间内既有符合该说法的值，也有不符合的值。",
    ),
    "lab.reason.few-trials": (
        "Too few trials for a figure that is not the same in every run.",
        "该数值每次运行都会变，而试验次数太少。",
    ),
    "lab.reason.not-measured": (
        "The program did not print the figure that decides.",
        "程序没有输出用于判定的数值。",
    ),
    "lab.reason.build-failed": ("The program does not build with this toolchain.", "程序用该工具链编译不通过。"),
    "lab.reason.crashed": ("The program crashed.", "程序崩溃。"),
    "lab.reason.timed-out": ("The program did not end in time and was stopped.", "程序超时未结束，已被终止。"),
    "lab.reason.no-tool": (
        "This machine lacks something that the experiment needs.",
        "这台机器缺少实验所需的工具或功能。",
    ),
    "lab.reason.no-source": (
        "The toolchain's source has no such file.",
        "该工具链的源码里没有这个文件。",
    ),
    "lab.reason.check-failed": (
        "The experiment's check on itself failed, so its figures prove nothing.",
        "实验的自检未通过，测得的数值不能作数。",
    ),
    "lab.reason.cannot": ("Cannot be tested on one machine.", "无法在一台机器上验证。"),
    "lab.reason.other-versions": (
        "The claim speaks of none of the versions that ran.",
        "该说法所指的版本都不在本次运行之列。",
    ),
    "lab.reason.not-run": (
        "Not run yet: the run ended before its first trial.",
        "尚未运行：在首次试验之前就已结束。",
    ),
}

_STORY: dict[str, _Entry] = {
    "lab.join": ("; ", "；"),
    "lab.list": (", ", "、"),
    "lab.comma": (", ", "，"),
    "lab.experiments": ("{n} experiments", "{n} 个实验"),
    "lab.experiments.one": ("1 experiment", "1 个实验"),
    "lab.claims": ("{n} claims", "{n} 条说法"),
    "lab.claims.one": ("1 claim", "1 条说法"),
    "lab.nothing": ("Nothing was judged.", "没有任何判定结果。"),
    "lab.story": ("Of {n} claims: {counts}.", "{n} 条说法中：{counts}。"),
    "lab.story.one": ("Of 1 claim: {counts}.", "1 条说法：{counts}。"),
    "lab.interrupted": (
        "Interrupted: what is missing below was not run. The same command goes on where it stopped.",
        "已中断：下面缺少的部分没有运行。再次执行同一命令即可接着运行。",
    ),
    "lab.if.versions": ("Holds on {holds}, not on {fails}.", "在 {holds} 上成立，在 {fails} 上不成立。"),
    "lab.if.holds": ("Holds on {holds}.", "在 {holds} 上成立。"),
    "lab.if.fails": ("Does not hold on {fails}.", "在 {fails} 上不成立。"),
    "lab.if.cases": ("Holds for {cases}; not for {others}.", "对 {cases} 成立；对 {others} 不成立。"),
    "lab.if.cases.only": ("Holds for {cases} only.", "只对 {cases} 成立。"),
    "lab.if.cases.not": ("Does not hold for {others}.", "对 {others} 不成立。"),
    "lab.on.cases": (
        "On {versions} it holds for {cases}; not for {others}.",
        "在 {versions} 上，对 {cases} 成立；对 {others} 不成立。",
    ),
    "lab.on.cases.only": ("On {versions} it holds for {cases} only.", "在 {versions} 上，只对 {cases} 成立。"),
    "lab.on.cases.not": ("On {versions} it does not hold for {others}.", "在 {versions} 上，对 {others} 不成立。"),
    "lab.unsure": ("No verdict on {versions}: {said}", "在 {versions} 上未能判定：{said}"),
    "lab.fails": ("What fails: {what} ({evidence}).", "不符的判据：{what}（{evidence}）。"),
    "lab.fails.on": (
        "What fails on {versions}: {what} ({evidence}).",
        "在 {versions} 上不符的判据：{what}（{evidence}）。",
    ),
    "lab.quoted": ('"{case}"', "“{case}”"),
    "lab.more.cases": ("{n} more", "另外 {n} 项"),
    "lab.part": (
        "The verdict is on the part of the claim that one machine can test.",
        "判定只针对这条说法中能在一台机器上验证的部分。",
    ),
    "lab.cannot": ("Cannot be tested on one machine: {why}", "无法在一台机器上验证：{why}"),
    "lab.cannot.part": ("The part that one machine cannot test: {why}", "一台机器无法验证的部分：{why}"),
    "lab.needs": ("It would need: {needs}", "所需条件：{needs}"),
    "lab.speaks": (
        "The claim speaks of {of} only; what holds on {versions} does not count.",
        "该说法只针对 {of}，{versions} 上的结果不计入结论。",
    ),
    "lab.speaks.other": (
        "The claim speaks of {of} only, and none of those ran.",
        "该说法只针对 {of}，这些版本都没有运行。",
    ),
    "lab.found": ("found", "找到"),
    "lab.found.not": ("not found", "未找到"),
    "lab.compiles": ("compiles", "编译通过"),
    "lab.compiles.not": ("refused", "编译被拒"),
    "lab.aside": ("({mark}) a version that the claim does not speak of", "({mark}) 该说法未涉及的版本"),
    "lab.figures": ("{name}: {figures}", "{name}：{figures}"),
    "lab.figure.on": ("{figure} on {versions}", "{versions} 上为 {figure}"),
}

_TABLE: dict[str, _Entry] = {
    "lab.col.claim": ("claim", "编号"),
    "lab.col.verdict": ("verdict", "结论"),
    "lab.col.figure": ("deciding figure", "决定性数值"),
    "lab.col.measure": ("of", "测量项"),
    "lab.col.text": ("what is claimed", "说法"),
    "lab.col.experiment": ("experiment", "实验"),
    "lab.col.title": ("what it measures", "测量内容"),
    "lab.col.claims": ("claims", "说法"),
    "lab.col.found": ("last verdicts", "上次结论"),
    "lab.col.go": ("Go", "Go"),
    "lab.col.model": ("model", "模型"),
    "lab.col.trials": ("trials", "试验"),
    "lab.col.by": ("by", "依据"),
    "lab.legend": (
        "{SUPPORTED} supported   {REFUTED} refuted   {CONDITIONAL} conditional   {INCONCLUSIVE} inconclusive   "
        "{none} not run",
        "{SUPPORTED} 成立   {REFUTED} 不成立   {CONDITIONAL} 有条件成立   {INCONCLUSIVE} 未能判定   {none} 未运行",
    ),
    "lab.label.decided": ("decided", "判定依据"),
    "lab.label.machine": ("machine", "机器"),
    "lab.label.model": ("model", "模型"),
    "lab.label.results": ("results", "结果"),
    "lab.label.report": ("report", "报告"),
    "lab.label.claim": ("claim", "说法"),
    "lab.label.refuted_by": ("refuted by", "推翻条件"),
    "lab.label.how": ("how", "测法"),
    "lab.label.says": ("it says", "判据"),
    "lab.label.checks": ("self-check", "自检"),
    "lab.label.why": ("because", "理由"),
    "lab.label.section": ("article", "出处"),
    "lab.label.run": ("run it", "重现"),
    "lab.label.files": ("files", "文件"),
    "lab.section": ("article {article}, section {section}", "文章 {article}，第 {section} 节"),
    "lab.noise": ("noise {noise}", "噪声 {noise}"),
    "lab.noise.unknown": ("noise not measured", "未测噪声"),
    "lab.cores": ("{n} cores", "{n} 核"),
    "lab.cores.one": ("1 core", "1 核"),
    "lab.model": (
        "Of {n} figures that goxray's model predicts, {near} lie in the measured interval or within {share} of the "
        "median.",
        "goxray 的模型预测了 {n} 个数值，其中 {near} 个落在测得的区间内，或与中位数相差不到 {share}。",
    ),
    "lab.results": ("raw results are in {place}", "原始结果保存在 {place}"),
    "lab.report": ("goxray lab report -o lab.html", "goxray lab report -o lab.html"),
    "lab.fault": ("{experiment} on Go {version}: {said}", "{experiment}，Go {version}：{said}"),
    "lab.list.hint": (
        "goxray lab show ID tells more of one; goxray lab run ID puts it to the test.",
        "goxray lab show ID 查看详情；goxray lab run ID 运行验证。",
    ),
    "lab.list.none": ("No experiment.", "没有实验。"),
    "lab.source.hint": ("--source shows the program", "加 --source 显示程序源码"),
}

_SAYINGS: dict[str, _Entry] = {
    "lab.says.equals": ("{figure} is {value}", "{figure} 等于 {value}"),
    "lab.says.about": ("{figure} is {value} within {share}", "{figure} 等于 {value}，误差不超过 {share}"),
    "lab.says.same": ("{figure} equals {over}", "{figure} 等于 {over}"),
    "lab.says.same.about": ("{figure} equals {over} within {share}", "{figure} 等于 {over}，误差不超过 {share}"),
    "lab.says.between": ("{figure} is {low} to {high}", "{figure} 在 {low} 至 {high} 之间"),
    "lab.says.least": ("{figure} is {low} or more", "{figure} 不小于 {low}"),
    "lab.says.most": ("{figure} is {high} or less", "{figure} 不大于 {high}"),
    "lab.says.ratio": ("{figure} is at least {value} times {over}", "{figure} 至少是 {over} 的 {value} 倍"),
    "lab.says.rising": ("{figure} rises along {along}", "{figure} 沿 {along} 递增"),
    "lab.says.falling": ("{figure} falls along {along}", "{figure} 沿 {along} 递减"),
    "lab.says.not-falling": ("{figure} never falls along {along}", "{figure} 沿 {along} 从不下降"),
    "lab.says.not-rising": ("{figure} never rises along {along}", "{figure} 沿 {along} 从不上升"),
    "lab.says.present": ("{place} has {pattern}", "{place}中有 {pattern}"),
    "lab.says.absent": ("{place} does not have {pattern}", "{place}中没有 {pattern}"),
    "lab.says.compiles": ("build {build} compiles", "构建 {build} 能通过编译"),
    "lab.says.refused": ("build {build} is refused by the compiler", "构建 {build} 被编译器拒绝"),
    "lab.place.stdout": ("the output of arm {name}", "对照组 {name} 的标准输出"),
    "lab.place.stderr": ("the error output of arm {name}", "对照组 {name} 的标准错误"),
    "lab.place.build": ("what the go command wrote for build {name}", "构建 {name} 时 go 命令的输出"),
    "lab.place.symbols": ("the symbols of build {name}", "构建 {name} 的符号"),
    "lab.place.source": ("the source ({name})", "源码（{name}）"),
}

_SAID: dict[str, _Entry] = {
    "lab.said.few": ("{n} trials of at least {least}", "只有 {n} 次试验，至少需 {least} 次"),
    "lab.said.differs": (
        "{n} trials of at least {least} (it is declared exact and differs between trials)",
        "只有 {n} 次试验，至少需 {least} 次（声明为每次相同，实际各次不同）",
    ),
    "lab.said.unprinted": ("the program printed no {name}", "程序没有输出 {name}"),
    "lab.said.unrun": ("no trial was run", "一次试验也没有运行"),
    "lab.said.unfound.files": ("not found in {n} files of {version}", "在 {version} 的 {n} 个文件中未找到"),
    "lab.said.unfound": ("not found in {where}", "在 {where} 中未找到"),
    "lab.said.nofile": ("no such file in {where}: {files}", "{where} 中没有这些文件：{files}"),
    "lab.said.unmeasured": ("{name} was not measured", "没有测得 {name}"),
    "lab.said.unbuilt": ("{name} was not built", "{name} 没有编译"),
    "lab.said.unended": ("it did not end within {time}", "{time} 内没有结束"),
    "lab.said.memory": ("ended above {size} of memory", "内存超过 {size}，被终止"),
    "lab.said.compiles": ("it compiles", "编译通过"),
    "lab.said.refused": (" is refused by the compiler", " 被编译器拒绝"),
    "lab.said.passes": (" compiles", " 能通过编译"),
    "lab.said.rises": (" rises along ", " 递增，沿 "),
    "lab.said.falls": (" falls along ", " 递减，沿 "),
    "lab.said.never.falls": (" never falls along ", " 从不下降，沿 "),
    "lab.said.never.rises": (" never rises along ", " 从不上升，沿 "),
    "lab.said.has.no": (" has no ", " 中没有 "),
    "lab.said.has": (" has ", " 中有 "),
    "lab.said.within": (" within {share}", "，误差 {share} 以内"),
    "lab.said.speaks.buckets": ("bucket maps (up to Go {version})", "桶式 map（Go {version} 及更早版本）"),
    "lab.said.speaks.sync": (
        "sync.Map of two plain maps (up to Go {version})",
        "由两个普通 map 组成的 sync.Map（Go {version} 及更早版本）",
    ),
    "lab.said.speaks.up": ("up to Go {version}", "Go {version} 及更早版本"),
    "lab.said.no.cc": ("no C compiler works here", "这里没有可用的 C 编译器"),
    "lab.said.no.race": ("the race detector does not work here", "这里无法使用竞态检测器"),
    "lab.said.no.command": ("there is no {name} here", "这里没有 {name}"),
}

LAB_WORDS: dict[str, _Entry] = {
    **_VERDICTS, **_REASONS, **_STORY, **_TABLE, **_SAYINGS, **_SAID, **LAB_PAGE_WORDS,
}  # fmt: skip
"""Key to (English, Chinese)."""
