"""The pages on tables and queries: what the schema says, and SQL that a snapshot of a real program answers."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from goxray import api
from goxray.core.snapshot_schema import PUBLIC_TABLES
from tests.harness.programs import Build
from tests.harness.truth import TruthProgram
from tests.harness.variants import Variant
from tools.table_docs import DOCS, PAGES, page

SQL = re.compile(r"```sql\n(.*?)```", re.DOTALL)
SETS = ("shapes", "reach", "stacks")
VERSIONS = ("1.21.13", "1.27.3")


def queries(name: str) -> list[str]:
    return [match.strip() for match in SQL.findall((DOCS / name).read_text())]


@pytest.mark.parametrize("lang", PAGES)
def test_the_page_on_tables_is_what_the_schema_says(lang: str) -> None:
    """Where it is not: python -m tools.table_docs."""
    assert (DOCS / PAGES[lang]).read_text() == page(lang)  # type: ignore[index,arg-type]


def test_both_pages_on_queries_have_the_same_queries() -> None:
    assert queries("queries.md") == queries("queries.zh-CN.md")


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Snapshots of a program with many maps, one with classic and one with Swiss maps."""
    taken = []
    for version in VERSIONS:
        path = tmp_path_factory.mktemp("queries") / f"{version}.gox"
        with TruthProgram(Build(Variant(version)), sets=SETS) as program:
            command = [sys.executable, "-m", "goxray", "snapshot", str(program.pid), "-o", str(path)]
            subprocess.run(command, check=True, capture_output=True, timeout=120)
        taken.append(path)
    return taken


def test_every_query_of_the_page_is_answered_and_finds_something(snapshots: list[Path]) -> None:
    asked = queries("queries.md")
    assert len(asked) > 20
    silent = []
    for sql in asked:
        rows = 0
        for path in snapshots:
            with api.query(str(path), sql) as answer:
                rows += answer.table().num_rows
        if not rows:
            silent.append(sql)
    assert silent == []


def test_every_table_is_used_by_some_query() -> None:
    words = set(re.findall(r"\w+", " ".join(queries("queries.md"))))
    assert [name for name in PUBLIC_TABLES if name not in words] == []
