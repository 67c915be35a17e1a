"""What became of a file, in a reader's language: health is kept in English, and told in Chinese from here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goxray.render.words import Lang

_WHOLE: dict[str, str] = {
    r"no ordinary file|it is no ordinary file": "不是普通文件",
    r"Permission denied": "没有读取权限",
    r"No such file or directory": "文件不存在",
    r"Too many levels of symbolic links": "符号链接层数过多",
    r"Input/output error": "读写错误",
    r"a symbolic link to nothing": "指向不存在目标的符号链接",
    r"the directory cannot be read: Permission denied": "没有读取该目录的权限",
    r"it cannot be read: Permission denied": "没有读取权限",
    r"a socket, not a file": "是套接字，不是文件",
    r"a pipe, not a file": "是管道，不是文件",
    r"a device, not a file": "是设备，不是文件",
    r"something else, not a file": "不是普通文件",
    r"larger than ([\d,]+) bytes, the limit for a Go file: not looked at": "超过 Go 文件上限 {0} 字节，未检查",
    r"([\d,]+) bytes: larger than any configuration that is read": "{0} 字节，超过配置文件上限",
    r"larger than any advisory": "超过漏洞条目的大小上限",
    r"it has more than (\d+) MiB": "超过 {0} MiB",
    r"it holds zero bytes: no Go source": "含零字节，不是 Go 源代码",
    r"it holds zero bytes: no text": "含零字节，不是文本",
    r"it is not UTF-8": "不是 UTF-8 编码",
    r"nested more than ([\d,]+) levels deep(?:, as no people write: not looked at)?": "嵌套超过 {0} 层，未检查",
    r"more than ([\d,]+) nodes once aliases are followed": "展开别名后超过 {0} 个节点",
    r"nested too deep(?:, or an alias stands inside what it names)?": "嵌套过深",
    r"line (\d+): not understood": "第 {0} 行无法解析",
    r"line (\d+): no UTF-8": "第 {0} 行不是 UTF-8 编码",
    r"not understood": "无法解析",
    r"the process that looked at this directory died: out of memory, or killed": (
        "检查该目录的进程意外终止（内存不足或被杀死）"
    ),
    r"([A-Z]+\d+) failed here and found nothing: (.+)": "规则 {0} 在此处出错，未得出结果：{1}",
}
_ENDINGS = {
    "; the rest was looked at": "；其余部分已检查",
    "; it was looked at as plain text": "；已按纯文本检查",
}
_PATTERNS = [(re.compile(pattern, re.DOTALL), chinese) for pattern, chinese in _WHOLE.items()]


def health_detail(detail: str, lang: Lang) -> str:
    """Return what is said of a file. What a parser of another project or the machine says stays as it is."""
    if lang != "zh":
        return detail
    for ending, chinese in _ENDINGS.items():
        if detail.endswith(ending):
            return health_detail(detail.removesuffix(ending), lang) + chinese
    for pattern, chinese in _PATTERNS:
        found = pattern.fullmatch(detail)
        if found is not None:
            return chinese.format(*found.groups())
    return detail
