"""What ``goxray vault`` says, in English and Chinese; part of the one catalogue."""

from __future__ import annotations

_Entry = tuple[str, str]  # English, Chinese

_STATES: dict[str, _Entry] = {
    "vault.state.kept": ("kept", "保存中"),
    "vault.state.due": ("due", "已到期"),
    "vault.state.held": ("held", "保全中"),
    "vault.state.begun": ("end begun", "销毁未完"),
    "vault.state.destroyed": ("destroyed", "已销毁"),
    "vault.state.missing": ("MISSING", "缺失"),
    "vault.state.stranger": ("stranger", "来历不明"),
    "vault.state.damaged": ("DAMAGED", "已损坏"),
    "vault.key.active": ("active", "使用中"),
    "vault.key.retired": ("retired {day}", "{day} 停用"),
    "vault.key.own": ("own", "自己的"),
    "vault.key.foreign": ("foreign", "他人的"),
}

_LABELS: dict[str, _Entry] = {
    "vault.col.bundle": ("bundle", "密封包"),
    "vault.col.state": ("state", "状态"),
    "vault.col.name": ("name", "名称"),
    "vault.col.kind": ("kind", "种类"),
    "vault.col.class": ("class", "类别"),
    "vault.col.sealed": ("sealed", "密封时间"),
    "vault.col.due": ("kept until", "保存至"),
    "vault.col.ended": ("destroyed", "销毁时间"),
    "vault.col.size": ("size", "大小"),
    "vault.col.for": ("for", "接收方"),
    "vault.col.holds": ("held for", "保全案件"),
    "vault.col.period": ("kept for", "保存期限"),
    "vault.col.key": ("key id", "密钥编号"),
    "vault.col.whose": ("whose", "归属"),
    "vault.col.created": ("since", "起始"),
    "vault.col.follows": ("follows", "接替"),
    "vault.col.number": ("#", "#"),
    "vault.col.at": ("time (UTC)", "时间（UTC）"),
    "vault.col.who": ("who", "谁"),
    "vault.col.what": ("what", "做了什么"),
    "vault.col.result": ("result", "结果"),
    "vault.col.object": ("object", "对象"),
    "vault.col.detail": ("detail", "详情"),
    "vault.label.vault": ("vault", "证据库"),
    "vault.label.id": ("id", "编号"),
    "vault.label.bundle": ("bundle", "密封包"),
    "vault.label.content": ("content", "内容"),
    "vault.label.for": ("for", "接收方"),
    "vault.label.signer": ("signed by", "签名者"),
    "vault.label.sealed": ("sealed", "密封时间"),
    "vault.label.kept": ("kept until", "保存至"),
    "vault.label.class": ("class", "类别"),
    "vault.label.masked": ("masked", "已脱敏"),
    "vault.label.rules": ("rules", "脱敏规则"),
    "vault.label.dropped": ("left out", "已略去"),
    "vault.label.log": ("log", "日志"),
    "vault.label.key": ("key", "密钥"),
    "vault.label.keeps": ("keeps", "保存期限"),
    "vault.label.heads": ("heads", "日志头"),
    "vault.label.trusted": ("trusted", "受信任"),
    "vault.label.anchors": ("anchors", "导出的日志头"),
    "vault.label.clock": ("clock", "时钟"),
    "vault.label.crash": ("crashes", "崩溃"),
    "vault.label.why": ("why", "理由"),
    "vault.label.next": ("next", "下一步"),
    "vault.label.held": ("held", "保全中"),
    "vault.label.do": ("do", "办法"),
    "vault.label.digest": ("digest", "摘要"),
    "vault.label.zone": ("days begin", "一天始于"),
}

_FIGURES: dict[str, _Entry] = {
    "vault.months": ("{n} months", "{n} 个月"),
    "vault.months.one": ("1 month", "1 个月"),
    "vault.days": ("{n} days", "{n} 天"),
    "vault.days.one": ("1 day", "1 天"),
    "vault.entries": ("{n} entries", "{n} 条"),
    "vault.entries.one": ("1 entry", "1 条"),
    "vault.bundles": ("{n} bundles", "{n} 个密封包"),
    "vault.bundles.one": ("1 bundle", "1 个密封包"),
    "vault.keys": ("{n} keys", "{n} 把密钥"),
    "vault.keys.one": ("1 key", "1 把密钥"),
    "vault.values": ("{kind} {n}", "{kind} {n} 处"),
    "vault.period": ("{name} {period}", "{name} {period}"),
    "vault.zone": ("at midnight of UTC{zone}", "UTC{zone} 的零点"),
    "vault.more": ("… and {n} more; --format json lists all", "……另有 {n} 项；--format json 列出全部"),
    "vault.none": ("none", "无"),
}

_DEEDS: dict[str, _Entry] = {
    "vault.made": (
        "A vault was made. Its first key is {name}; its passphrase is all that guards it, and nobody can give it back.",
        "证据库已建立。第一把密钥是 {name}；口令是它唯一的保护，丢了谁也找不回来。",
    ),
    "vault.made.seal": ("the first piece of evidence", "密封第一份证据"),
    "vault.made.export": (
        "so that others can seal for this key, and can check what it signed",
        "让别人能为这把密钥密封，并能核对它的签名",
    ),
    "vault.made.spare": (
        "a second key, its passphrase kept elsewhere: a lost one is lost",
        "第二把密钥，口令另处保管：丢失就是丢失",
    ),
    "vault.sealed": (
        "{name} is sealed as {id}: encrypted, signed, and entry {entry} of the log.",
        "{name} 已密封为 {id}：已加密、已签名，记为日志第 {entry} 条。",
    ),
    "vault.sealed.atleast": (
        "{due}, at least (class {name})",
        "至少到 {due}（类别 {name}）",
    ),
    "vault.sealed.nothing": (
        "no value was found to be masked: look at the rules if you expected some",
        "没有找到需要脱敏的值；如果本该有，请检查规则",
    ),
    "vault.sealed.unmasked": ("no: sealed as it was", "未脱敏：按原样密封"),
    "vault.sealed.dropped": (
        "{n} lines, because they could not be masked: {why}",
        "{n} 行，因为无法脱敏：{why}",
    ),
    "vault.sealed.dropped.one": (
        "1 line, because it could not be masked: {why}",
        "1 行，因为无法脱敏：{why}",
    ),
    "vault.sealed.repeated": (
        "{n} JSON objects held a key twice: their last values are kept",
        "{n} 个 JSON 对象含有重复的键：只保留最后一个值",
    ),
    "vault.sealed.repeated.one": (
        "1 JSON object held a key twice: its last value is kept",
        "1 个 JSON 对象含有重复的键：只保留最后一个值",
    ),
    "vault.sealed.tokens": (
        "De-identified, not anonymous: equal values have equal tokens, and who has the masking key can test a guess.",
        "这是去标识化，不是匿名化：相同的值得到相同的令牌，持有脱敏密钥的人可以验证猜测。",
    ),
    "vault.sealed.original": (
        "{file} stand where they were, in the clear. Remove them when you are sure that the bundles open.",
        "{file} 仍以明文留在原处。确认密封包能打开之后，请自行删除。",
    ),
    "vault.sealed.original.one": (
        "{file} stands where it was, in the clear. Remove it when you are sure that the bundle opens.",
        "{file} 仍以明文留在原处。确认密封包能打开之后，请自行删除。",
    ),
    "vault.opened": (
        "{name} was opened after all of it had verified: chunks, end and signature.",
        "{name} 已打开；此前所有分块、结尾与签名均已核对无误。",
    ),
    "vault.opened.file": ("file", "文件"),
    "vault.opened.clear": (
        "It stands there in the clear, for you alone (mode 0600). Remove it when you are done; the bundle stays.",
        "它现在以明文存放，只有您可读（权限 0600）。用完请删除；密封包仍在。",
    ),
    "vault.opened.masked": (
        "What was masked before sealing cannot be had back from it.",
        "密封前已脱敏的内容无法由此恢复。",
    ),
    "vault.hold.set": (
        "{case} holds {n} bundles: whatever is due, they are not destroyed until it is released.",
        "{case} 保全了 {n} 个密封包：无论是否到期，解除之前都不会销毁。",
    ),
    "vault.hold.set.one": (
        "{case} holds 1 bundle: whatever is due, it is not destroyed until it is released.",
        "{case} 保全了 1 个密封包：无论是否到期，解除之前都不会销毁。",
    ),
    "vault.hold.released": (
        "{case} holds {n} bundles no more. What is due and held by nothing else goes with the next expiry.",
        "{case} 对 {n} 个密封包的保全已解除。已到期且没有其他保全的，将在下一次到期销毁时销毁。",
    ),
    "vault.hold.released.one": (
        "{case} holds 1 bundle no more. If it is due and held by nothing else, it goes with the next expiry.",
        "{case} 对 1 个密封包的保全已解除。如已到期且没有其他保全，将在下一次到期销毁时销毁。",
    ),
    "vault.hold.entries": ("entries {entries} of the log", "日志第 {entries} 条"),
    "vault.hold.entries.one": ("entry {entries} of the log", "日志第 {entries} 条"),
    "vault.expired": (
        "{n} bundles were destroyed: their data keys are overwritten, and a signed tombstone in the log says so.",
        "已销毁 {n} 个密封包：数据密钥已覆盖，日志中有签名的墓碑记录。",
    ),
    "vault.expired.one": (
        "1 bundle was destroyed: its data key is overwritten, and a signed tombstone in the log says so.",
        "已销毁 1 个密封包：数据密钥已覆盖，日志中有签名的墓碑记录。",
    ),
    "vault.expired.none": ("Nothing was due, and nothing was destroyed.", "没有到期的密封包，什么都没有销毁。"),
    "vault.expired.would": (
        "{n} bundles are due and would be destroyed. Nothing was changed.",
        "{n} 个密封包已到期，将被销毁。目前什么都没有改动。",
    ),
    "vault.expired.would.one": (
        "1 bundle is due and would be destroyed. Nothing was changed.",
        "1 个密封包已到期，将被销毁。目前什么都没有改动。",
    ),
    "vault.expired.would.none": (
        "Nothing is due: nothing would be destroyed.",
        "没有到期的密封包，什么都不会销毁。",
    ),
    "vault.expired.held": (
        "due, and kept by a legal hold: {bundles}",
        "已到期，因依法保全而保留：{bundles}",
    ),
    "vault.expired.next": ("nothing else is due before {due}", "{due} 之前没有其他到期"),
    "vault.expired.nextnone": ("nothing else will be due: nothing is kept", "没有其他保存中的密封包"),
    "vault.expired.proof": (
        "What this proves: the keys were overwritten and synced, and who did it when. What nobody can prove: that an "
        "SSD, a snapshot, a backup or a copy holds no old block. Such a copy opens with a recipient's private key.",
        "能证明的：密钥已覆盖并同步到磁盘，由谁在何时完成。谁也无法证明的：SSD、快照、备份或副本中没有旧数据块；"
        "这样的副本仍可用接收方私钥打开。",
    ),
}

_LISTS: dict[str, _Entry] = {
    "vault.list.empty": ("Nothing was sealed here yet.", "这里还没有密封任何内容。"),
    "vault.list.good": ("Nothing needs to be done.", "没有需要处理的事项。"),
    "vault.list.bad.log": (
        "The log was changed: the states below rest on what remains of it.",
        "日志被改动过：以下状态只依据剩余部分。",
    ),
    "vault.list.state.damaged": ("{n} damaged: the front cannot be read", "{n} 个已损坏：包头无法读取"),
    "vault.list.state.missing": (
        "{n} missing: gone, and no tombstone says that it was destroyed",
        "{n} 个缺失：文件不在，也没有墓碑记录",
    ),
    "vault.list.state.stranger": (
        "{n} unknown to the log: put here by hand, or by a run that was killed",
        "{n} 个日志中没有记录：人工放入，或密封时进程被杀",
    ),
    "vault.list.state.begun": (
        "{n} half destroyed: an expiry was killed; the next one finishes it",
        "{n} 个销毁未完成：上次销毁中途被杀，下次会做完",
    ),
    "vault.list.state.due": ("{n} due: may be destroyed now", "{n} 个已到期：现在可以销毁"),
    "vault.list.left": ("{n} other bundles are not shown; --all shows them", "另有 {n} 个密封包未显示；--all 全部显示"),
    "vault.list.left.one": ("1 other bundle is not shown; --all shows it", "另有 1 个密封包未显示；--all 全部显示"),
    "vault.policy.set": (
        "Entry {entry} of the log sets these periods. Longer ones count for all that is kept, shorter ones only for "
        "what is sealed from now on.",
        "日志第 {entry} 条设定了以下期限。延长对仍保存的全部证据生效，缩短只对今后密封的生效。",
    ),
    "vault.policy.shown": (
        "How long evidence is kept, by class. No period may fall short of six calendar months.",
        "各类证据的保存期限。任何期限都不得短于六个日历月。",
    ),
    "vault.policy.default": ("default (every other class)", "default（其余所有类别）"),
    "vault.keys.new": ("A key was made.", "已生成新密钥。"),
    "vault.keys.added": (
        "A foreign key was added: signatures of it count here from now on. Compare its id with its owner by another "
        "way, such as the telephone, before you rely on it.",
        "已导入他人的密钥：从现在起这里承认它的签名。使用之前，请通过电话等另一种方式与其所有者核对编号。",
    ),
    "vault.keys.rotated": (
        "The key was followed by a new one. What was sealed for the old one still opens with it.",
        "密钥已由新密钥接替。为旧密钥密封的内容仍可用旧密钥打开。",
    ),
    "vault.keys.retired": (
        "The key is retired: it signs nothing new, opens what it opened, and what it signed still verifies.",
        "密钥已停用：不再签署新内容；仍能打开旧内容，旧签名仍然有效。",
    ),
    "vault.keys.passphrase": (
        "The key is under its new passphrase. Copies and backups of its file still open with the old one: rotate the "
        "key if that one became known.",
        "口令已更改。密钥文件的旧副本和备份仍可用旧口令打开：如果旧口令已泄露，请轮换密钥。",
    ),
    "vault.keys.noown": (
        "No active key of your own is here: nothing can be sealed. `goxray vault keys new NAME` makes one.",
        "没有使用中的自有密钥，无法密封。请用 `goxray vault keys new NAME` 生成。",
    ),
    "vault.log.empty": ("The log has no entries.", "日志中没有条目。"),
    "vault.log.before": ("{n} entries before these are not shown", "此前还有 {n} 条未显示"),
    "vault.log.before.one": ("1 entry before these is not shown", "此前还有 1 条未显示"),
    "vault.log.refused": (
        "{n} entries tell of deeds that were refused or failed",
        "其中 {n} 条记录的是被拒绝或失败的操作",
    ),
    "vault.log.refused.one": (
        "1 entry tells of a deed that was refused or failed",
        "其中 1 条记录的是被拒绝或失败的操作",
    ),
    "vault.log.fault": (
        "The log was changed; nothing behind that place is shown: {where}",
        "日志被改动过；其后的内容不再显示：{where}",
    ),
    "vault.log.unread": (
        "Shown as it stands, not verified: goxray vault log verify",
        "仅按原样显示，未经验证：goxray vault log verify",
    ),
    "vault.clock.accepted": (
        "Entry {entry} of the log: {who} vouches for the step of the clock. Expiry goes on.",
        "日志第 {entry} 条：{who} 为该时钟跳变担保。到期销毁可以继续。",
    ),
}

VAULT_WORDS: dict[str, _Entry] = {**_STATES, **_LABELS, **_FIGURES, **_DEEDS, **_LISTS}
