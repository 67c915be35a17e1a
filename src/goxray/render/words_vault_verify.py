"""What ``goxray vault verify`` and ``log verify`` say, in English and Chinese; part of the one catalogue.

What is wrong stands in the results in English words of its own. In Chinese it is told by its kind (``WRONG_ZH``).
"""

from __future__ import annotations

_Entry = tuple[str, str]  # English, Chinese

_VERDICTS: dict[str, _Entry] = {
    "vault.verify.good": (
        "Nothing is wrong: {bundles}, the log whole, nothing destroyed early, nothing kept too long.",
        "没有发现问题：{bundles}，日志完整，没有提前销毁，也没有到期未销毁。",
    ),
    "vault.verify.good.files": (
        "Nothing is wrong with {bundles}: whole, and signed by a trusted key.",
        "{bundles}没有问题：内容完整，由受信任的密钥签名。",
    ),
    "vault.verify.good.log": (
        "Nothing is wrong with the log: {entries}, each in its place.",
        "日志没有问题：共 {entries}，次序完整。",
    ),
    "vault.verify.bad": ("{n} things are wrong.", "发现 {n} 个问题。"),
    "vault.verify.bad.one": ("1 thing is wrong.", "发现 1 个问题。"),
    "vault.verify.destroyed": (
        "{n} of them without data key, as it should be: nobody can open these, and they still verify",
        "其中 {n} 个已无数据密钥，符合规定：谁也无法打开，但仍可验证",
    ),
    "vault.verify.covered": (
        "{heads} signed heads; the last covers everything up to entry {covered} of {entries}",
        "{heads} 个带签名的日志头；最后一个覆盖到第 {covered} 条（共 {entries} 条）",
    ),
    "vault.verify.covered.none": (
        "no signed head of a trusted key: against who can write here, the log proves nothing by itself",
        "没有受信任密钥签名的日志头：对能写这个目录的人，日志本身什么都证明不了",
    ),
    "vault.verify.unknown": ("heads signed by keys that are not trusted: {keys}", "有不受信任的密钥签的日志头：{keys}"),
    "vault.verify.entries": ("{entries}, the last {at}", "{entries}，最后一条 {at}"),
    "vault.verify.anchors": (
        "{met} of {given} points kept elsewhere are in the log as they were then",
        "另处保存的 {given} 个点中，有 {met} 个与日志一致",
    ),
    "vault.verify.noanchor": (
        "none given: that an older copy was put back, or the end cut off at a head, can only be seen with heads kept "
        "elsewhere (goxray vault log export)",
        "未提供：日志是否被换回旧副本、或在日志头处截断，只有另处保存的日志头才能看出（goxray vault log export）",
    ),
    "vault.verify.torn": (
        "{n} lines torn by crashes; the entries behind them say so",
        "{n} 行因崩溃写断，后面的条目已说明",
    ),
    "vault.verify.torn.one": (
        "1 line torn by a crash; the entry behind it says so",
        "1 行因崩溃写断，后面的条目已说明",
    ),
    "vault.verify.marks": (
        "the mark beside the log was gone, as entries {entries} say",
        "日志旁的标记曾经丢失，见第 {entries} 条",
    ),
    "vault.verify.step": (
        "set {way} by {least}{seconds} s before entry {entry}; {accepted}",
        "第 {entry} 条之前{way}{least} {seconds} 秒；{accepted}",
    ),
    "vault.verify.step.back": ("back", "被拨慢"),
    "vault.verify.step.forward": ("forward", "被拨快"),
    "vault.verify.step.least": ("at least ", "至少"),
    "vault.verify.step.accepted": ("somebody vouched for it", "已有人担保"),
    "vault.verify.step.open": ("nobody vouched for it", "无人担保"),
}

_KINDS: dict[str, _Entry] = {
    "vault.wrong.bundle.changed": ("changed: not the bytes that were sealed", "被改动：不是当初密封的内容"),
    "vault.wrong.bundle.format": ("no sealed bundle, or damaged", "不是密封包，或已损坏"),
    "vault.wrong.bundle.untrusted": ("signed by a key that is not trusted", "签名密钥不受信任"),
    "vault.wrong.bundle.unreadable": ("cannot be read", "无法读取"),
    "vault.wrong.bundle.": ("does not verify", "验证不通过"),
    "vault.wrong.early": ("destroyed before it was due", "未到期就销毁"),
    "vault.wrong.held": ("destroyed under a legal hold", "保全期间被销毁"),
    "vault.wrong.overdue": ("due, and still there", "已到期，但尚未销毁"),
    "vault.wrong.unfinished": ("expiry began and did not end", "销毁开始而未完成"),
    "vault.wrong.missing": ("its data key is gone, without a tombstone", "数据密钥不见了，且没有墓碑记录"),
    "vault.wrong.there": ("has a tombstone, and its key is there", "有墓碑记录，但密钥仍在"),
    "vault.wrong.unsigned": ("its tombstone is not signed by a trusted key", "墓碑记录没有受信任密钥的签名"),
    "vault.wrong.clock": ("the clock was set, and nobody vouched for it", "时钟被调整，无人担保"),
    "vault.wrong.stranger": ("there, and never sealed by this log", "存在，但日志中没有密封记录"),
    "vault.wrong.log": ("entries of the log that make no sense", "日志中有不合情理的条目"),
    "vault.wrong.other": ("not as it should be", "不符合规定"),
    "vault.wrong.fault": ("the log is not as it was written", "日志不是当初写下的样子"),
}

_ADVICE: dict[str, _Entry] = {
    "vault.do.bundle.changed": (
        "keep the file as it is; look for a copy or backup that verifies; find out who could write here since",
        "保留原文件；查找能通过验证的副本或备份；查清此后谁能写这个目录",
    ),
    "vault.do.bundle.format": (
        "keep the file as it is; take it from a backup that verifies; check the disk",
        "保留原文件；从能通过验证的备份恢复；检查磁盘",
    ),
    "vault.do.bundle.untrusted": (
        "get the signer's key from its owner, compare its id, then: goxray vault keys add NAME FILE",
        "向签名者索取公钥并核对编号，然后执行 goxray vault keys add NAME FILE",
    ),
    "vault.do.bundle.unreadable": (
        "check that the file is there and that you may read it",
        "检查文件是否存在、您是否有权读取",
    ),
    "vault.do.bundle.": (
        "keep the file as it is, and look for a copy that verifies",
        "保留原文件，查找能通过验证的副本",
    ),
    "vault.do.early": (
        "the content is gone; the log names who did it: goxray vault log show",
        "内容已无法取回；日志记录了是谁所为：goxray vault log show",
    ),
    "vault.do.held": (
        "tell whoever ordered the hold; the log names who did it: goxray vault log show",
        "告知作出保全决定的一方；日志记录了是谁所为：goxray vault log show",
    ),
    "vault.do.overdue": (
        "goxray vault expire destroys them; hold what must stay: goxray vault hold",
        "用 goxray vault expire 销毁；必须保留的，先用 goxray vault hold 保全",
    ),
    "vault.do.unfinished": ("goxray vault expire finishes it", "再执行一次 goxray vault expire 即可完成"),
    "vault.do.missing": (
        "put the file back from a backup; if there is none, write down who could remove it",
        "从备份恢复文件；没有备份的，查清并记录谁有权删除",
    ),
    "vault.do.there": (
        "the file came back, from a backup perhaps: find out who put it there; it may have to go again",
        "文件又回来了，可能来自备份：查清是谁放回的，必要时重新销毁",
    ),
    "vault.do.unsigned": (
        "add the key that signed it if it is known to you; else treat the bundle as destroyed by somebody else",
        "如果认识签名密钥，请导入；否则应视为被他人销毁",
    ),
    "vault.do.clock": (
        "find out which time is right, then: goxray vault log accept-clock ENTRY --why WHY",
        "查明哪个时间正确，然后执行 goxray vault log accept-clock ENTRY --why WHY",
    ),
    "vault.do.stranger": (
        "if a seal was killed, the next seal takes it up; else find out who put it there",
        "如果是密封时进程被杀，下一次密封会补记；否则查清是谁放入的",
    ),
    "vault.do.log": (
        "somebody wrote entries past goxray: find out who holds the keys",
        "有人绕过 goxray 写入了条目：查清密钥在谁手里",
    ),
    "vault.do.other": ("look at the log: goxray vault log show", "查看日志：goxray vault log show"),
    "vault.do.fault": (
        "change nothing: the directory is evidence now. Copy it, and compare it with a backup and with exported heads",
        "什么都不要改：整个目录现在就是证据。先复制，再与备份和导出的日志头比对",
    ),
}

VAULT_VERIFY_WORDS: dict[str, _Entry] = {**_VERDICTS, **_KINDS, **_ADVICE}

WRONG_ZH: dict[str, str] = {
    "bundle.changed": "内容、次序、密钥槽或签名与密封时不符",
    "bundle.format": "不是密封包，或违反格式规定，或不完整",
    "bundle.untrusted": "签名者 {signer} 不受信任",
    "bundle.unreadable": "文件无法读取",
    "bundle.": "验证不通过",
    "early": "{at} 被销毁，而应保存至 {due}",
    "early.plain": "未到期就被销毁（日志第 {entry} 条）",
    "held": "在保全（{holds}）期间被销毁",
    "held.plain": "在保全期间被销毁（日志第 {entry} 条）",
    "overdue": "{due} 已到期，数据密钥仍在",
    "overdue.plain": "已到期，数据密钥仍在",
    "unfinished": "日志第 {entry} 条开始销毁，之后没有墓碑记录",
    "missing": "日志第 {entry} 条密封，现在数据密钥不在了，没有墓碑记录",
    "missing.plain": "日志第 {entry} 条开始销毁之前，数据密钥就已丢失，没有墓碑记录",
    "there": "日志第 {entry} 条是它的墓碑记录，而数据密钥仍在",
    "unsigned": "日志第 {entry} 条的墓碑记录没有受信任密钥的签名",
    "clock": "日志第 {entry} 条之前时钟被调整，无人担保：此后的时间不可信",
    "stranger": "文件存在，而日志中没有密封它的条目",
    "log": "日志第 {entry} 条不合情理",
    "other": "不符合规定（日志第 {entry} 条）",
    "fault.edited": "{entries}被改动，字节 {at} 至 {end}",
    "fault.foreign": "字节 {at} 至 {end} 不是条目，是后来塞入的",
    "fault.missing": "缺少{entries}，本应在字节 {at} 处",
    "fault.moved": "{entries}被移动，现在位于字节 {at}",
    "fault.repeated": "{entries}在字节 {at} 处重复出现",
    "fault.rewritten": "{entries}不是当初写下的：与前一条或与标记接不上，字节 {at}",
    "fault.truncated": "末尾被截去：{entries}不见了，从字节 {at} 起",
    "fault.replaced": "这是另一份日志的内容，或者标记、导出的日志头属于另一份日志",
    "fault.head": "{entries}中的日志头不成立，字节 {at}",
    "fault.mark": "日志旁的标记不见了或被换回旧的：末尾是否被截去无法判断",
    "fault.anchor": "{entries}与当时导出的日志头不符",
    "fault.": "字节 {at} 处与当初写下的不同",
}
"""Kind of what is wrong, to Chinese; ``.plain`` where times or holds are not known."""
