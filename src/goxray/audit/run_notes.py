"""What a reader of the report should know of the run itself: what was left out, what could not be told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from goxray.audit.baseline import Baseline
from goxray.audit.gather import Gathered
from goxray.audit.judge import plain
from goxray.audit.walked import Tree
from goxray.core.audit_result import AuditFinding
from goxray.core.words import Words

_MOST = 20
"""Lines of one kind; what is more is counted."""

_LEFT_ONE = {
    "vendor": "{n} vendor directory (--vendor looks at it)",
    "testdata": "{n} testdata directory",
    "excluded": "{n} file or directory by --exclude or the policy",
    "ignored": "{n} Go file or module that the go command ignores",
    "linked": "{n} symbolic link to a directory",
    "data": "{n} JSON file too large to be configuration",
    "objects": "{n} object file",
    "archives": "{n} archive, which is not opened",
    "special": "{n} socket, pipe, device or link to nothing",
    "other": "{n} directory of version control or node_modules",
}
"""How one of a kind is said in English."""

_LEFT_OUT = {
    "vendor": Words("{n} vendor directories (--vendor looks at them)", "{n} 个 vendor 目录(--vendor 可纳入)"),
    "testdata": Words("{n} testdata directories", "{n} 个 testdata 目录"),
    "excluded": Words("{n} files and directories by --exclude or the policy", "按 --exclude 或策略排除的 {n} 项"),
    "ignored": Words("{n} Go files and modules that the go command ignores", "{n} 个 go 命令忽略的 Go 文件或模块"),
    "linked": Words("{n} symbolic links to directories", "{n} 个指向目录的符号链接"),
    "data": Words("{n} JSON files too large to be configuration", "{n} 个过大、不属于配置的 JSON 文件"),
    "objects": Words("{n} object files", "{n} 个目标文件"),
    "archives": Words("{n} archives, which are not opened", "{n} 个压缩包(不解包)"),
    "special": Words("{n} sockets, pipes, devices and links to nothing", "{n} 个套接字、管道、设备或失效链接"),
    "other": Words("{n} directories of version control and node_modules", "{n} 个版本控制或 node_modules 目录"),
}


def notes_on(
    tree: Tree,
    gathered: Gathered,
    baseline: Baseline | None,
    findings: Iterable[AuditFinding],
    *,
    compared: bool,
    exact: bool,
) -> Iterator[Words]:
    """Give the notes of a run: ``compared`` with a revision, ``exact`` types asked for."""
    counted = [_left_out(key, tree.left_out[key]) for key in _LEFT_OUT if tree.left_out[key]]
    if counted:
        yield Words(
            "Left out: " + "; ".join(words.en for words in counted) + ".",
            "未纳入:" + ";".join(words.zh for words in counted) + "。",
        )
    yield from _each(
        tree.loops,
        Words("{}: a symbolic link to a directory above it; not followed.", "{}:指向上级目录的符号链接,未跟随。"),
    )
    yield from _each(gathered.foreign, Words("{}: an executable, but no Go program.", "{}:可执行文件,但不是 Go 程序。"))
    yield from _of_modules(tree, gathered)
    if baseline is not None:
        gone = len(baseline.fingerprints - {each.fingerprint for each in findings})
        if gone:
            yield Words(
                f"{gone} {'finding' if gone == 1 else 'findings'} of the baseline cannot be found any more; "
                "--write-baseline writes one without.",
                f"基线中有 {gone} 项已不再出现;可用 --write-baseline 重新生成。",
            )
    if compared and exact:
        yield Words(
            "The revision was looked at without --types: what only exact types show counts as new in changed packages.",
            "对照版本未用 --types 分析:仅凭精确类型才能发现的问题,在有改动的包中视为新增。",
        )
    if compared and gathered.binaries:
        yield Words(
            "Findings in binaries that the revision does not hold count as new.",
            "该版本中不存在的二进制,其发现一律视为新增。",
        )


def _left_out(key: str, number: int) -> Words:
    many = _LEFT_OUT[key]
    english = _LEFT_ONE[key] if number == 1 else many.en
    return Words(english.format(n=number), many.zh.format(n=number))


def _of_modules(tree: Tree, gathered: Gathered) -> Iterator[Words]:
    without = [each.path for each in tree.packages if not each.import_path]
    if without:
        few = ", ".join(plain(each) for each in without[:3])
        more = f" and {len(without) - 3} more" if len(without) > 3 else ""
        yield Words(
            f"No go.mod for {few}{more}: rules about modules had nothing to look at there.",
            f"{few}{f' 等 {len(without)} 个目录' if more else ''}没有 go.mod:与模块有关的规则在该处无从检查。",
        )
    if gathered.incomplete:
        few = ", ".join(sorted(gathered.incomplete)[:3])
        yield Words(
            f"The go.mod files of {len(gathered.incomplete)} dependencies are not on this machine ({few} ...): the "
            "build list is what go.mod itself tells.",
            f"本机没有 {len(gathered.incomplete)} 个依赖的 go.mod({few} 等):构建列表仅依据 go.mod 本身。",
        )


def _each(names: list[str], words: Words) -> Iterator[Words]:
    for name in names[:_MOST]:
        yield Words(words.en.format(plain(name)), words.zh.format(plain(name)))
    if len(names) > _MOST:
        yield Words(f"And {len(names) - _MOST} more of the same.", f"另有 {len(names) - _MOST} 项同类情况。")
