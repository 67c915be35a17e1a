"""CSV and TSV: the first row names the fields, and each value is masked as that field."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator
from typing import BinaryIO

from goxray.core.errors import UsageError
from goxray.vault.mask.cells import Cells
from goxray.vault.mask.masker import Masker
from goxray.vault.mask.rules import Rules
from goxray.vault.mask.sniff import broken, lines_of, text_of
from goxray.vault.mask.stats import Stats

_SIGNS = ",\t;|"
_NUMBER = re.compile(r"[+-]?[0-9.,:/ -]+")


def parts(file: BinaryIO, name: str, rules: Rules, key: bytes, stats: Stats) -> Iterator[bytes]:
    """Yield masked rows.

    Raises:
        UsageError: the first row holds no names of columns.
        GoxrayError: a row is no CSV, too long, or in another encoding.
    """
    masker = Masker(rules, key)
    masker.stats = stats
    with text_of(file, name, rules) as text:
        for row in _rows(text, name, Cells(masker)):
            yield row.encode("utf-8", "backslashreplace")


def _rows(text: io.TextIOWrapper, name: str, cells: Cells) -> Iterator[str]:
    first = next(lines_of(text, name), "")
    mark = "\ufeff" if first.startswith("\ufeff") else ""
    sign = max(_SIGNS, key=first.count)
    lines = itertools.chain((first[len(mark) :],), lines_of(text, name, 2))
    reader = csv.reader(lines, delimiter=sign, strict=True)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=sign, lineterminator="\r\n" if first.endswith("\r\n") else "\n")
    names: list[str] | None = None
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise broken(name, f"line {reader.line_num:,}", f"broken CSV ({error})") from error
        if row is None:
            return
        if names is None:
            names = _names(row, name, cells)
            done: list[str] | None = names
        else:
            done = cells.row(names, row) if row else row
        if done is not None:
            writer.writerow(done)
            yield mark + out.getvalue()
            mark = ""
            out.seek(0)
            out.truncate()


def _names(row: list[str], name: str, cells: Cells) -> list[str]:
    """Return the names of the columns; a first row that holds data is refused, for then nothing names the fields."""
    names = [cell.strip() for cell in row]
    for cell in names:
        if _NUMBER.fullmatch(cell) or cells.text(cell) != cell:
            raise UsageError(
                f"{name}: the first row of a CSV file must name its columns, and this one holds data",
                hint="put a row with names such as name,mobile,amount before it",
            )
    return names
