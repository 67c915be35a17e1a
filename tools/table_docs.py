"""Writes docs/tables.md and docs/tables.zh-CN.md from the schemas of the tables: ``python -m tools.table_docs``."""

from __future__ import annotations

from pathlib import Path

from goxray.core.snapshot_schema import PUBLIC_TABLES, AnyColumn
from goxray.render.words import Lang, say

DOCS = Path(__file__).parents[1] / "docs"
PAGES: dict[Lang, str] = {"en": "tables.md", "zh": "tables.zh-CN.md"}

_KINDS = {"dictionary": "string", "float64": "double", "bool": "boolean"}

_HEAD: dict[Lang, str] = {
    "en": """# Tables of a snapshot

`goxray snapshot PID -o FILE.gox` writes these tables; `goxray query FILE.gox "SELECT ..."` asks them. Names, types and
meanings of columns are stable. [queries.md](queries.md) has queries to start with.

The file is a zip of Parquet files and a `manifest.json` (schema `goxray.snapshot/1`), so any zip tool and any Parquet
reader opens it. The manifest tells what was looked at and when, the totals of the heap and of all maps, what could not
be read, and for each table its columns, its rows and the SHA-256 of its bytes. Tables whose names begin with `_` hold
the graph of objects for goxray's own commands; they are not described here and may change.

Addresses are those of the process; nothing in a snapshot is content of memory: no strings, no keys.

```console
$ goxray snapshot $(pidof sessions) -o monday.gox
$ goxray query monday.gox --tables
maps  9 rows  one row a map: what `goxray maps --group none` shows
  addr  address of the map's header
...
```
""",
    "zh": """# 快照中的表

`goxray snapshot PID -o FILE.gox` 写出这些表，`goxray query FILE.gox "SELECT ..."` 查询它们。
列的名称、类型和含义是稳定的。[queries.zh-CN.md](queries.zh-CN.md) 中有可以直接使用的查询。

文件是一个 zip，内含若干 Parquet 文件和一份 `manifest.json`（格式 `goxray.snapshot/1`），
任何 zip 工具和 Parquet 读取器都能打开。manifest 记录看的是什么、什么时候看的、堆与全部 map 的合计、哪些内容读不到，
以及每张表的列、行数和字节的 SHA-256。名称以 `_` 开头的表保存对象图，供 goxray 自己的命令使用，
这里不作说明，今后可能改变。

地址是进程中的地址；快照不含任何内存内容：没有字符串，也没有键。

```console
$ goxray snapshot $(pidof sessions) -o monday.gox
$ goxray query monday.gox --tables --lang zh
maps  9 行  每个 map 一行，与 goxray maps --group none 相同
  addr  map 头部的地址
...
```
""",
}
_COLUMNS: dict[Lang, str] = {"en": "| column | type | meaning |", "zh": "| 列 | 类型 | 含义 |"}


def page(lang: Lang) -> str:
    """Return the page in that language."""
    parts = [_HEAD[lang]]
    for name, columns in PUBLIC_TABLES.items():
        about = say(f"t.about.{name}", lang)
        first = about[0].upper() + about[1:]
        stop = "." if lang == "en" else "。"
        rows = "\n".join(_row(name, column, lang) for column in columns)
        parts.append(f"## {name}\n\n{first}{stop}\n\n{_COLUMNS[lang]}\n|---|---|---|\n{rows}\n")
    return "\n".join(parts)


def _row(table: str, column: AnyColumn, lang: Lang) -> str:
    meaning = say(f"t.meaning.{table}.{column.name}", lang).replace("|", "\\|")
    return f"| `{column.name}` | {_KINDS.get(column.kind, column.kind)} | {meaning} |"


def main() -> None:
    """Write both pages."""
    for lang, name in PAGES.items():
        (DOCS / name).write_text(page(lang), encoding="utf-8")


if __name__ == "__main__":
    main()
