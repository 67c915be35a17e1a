"""``goxray query``: answers, formats, errors in a line, and a query that sees nothing but the snapshot."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from pyarrow import parquet
from store_samples import MAPS, OWNERS, tables, write

from goxray.core.errors import BadQuery, BadSnapshot, NotInstalled
from goxray.core.snapshot_schema import PUBLIC_TABLES
from goxray.store.query import run_query, tables_named
from goxray.store.snapshot import open_snapshot
from goxray.ui.cli.main import main
from tests.harness import steady

Run = Callable[..., Result]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "a.gox")


@pytest.fixture
def run(file: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "GOXRAY_LANG"):
        monkeypatch.delenv(name, raising=False)

    def invoke(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(main, ["query", str(file), *arguments], input=stdin)

    return invoke


def answer(file: Path, sql: str) -> pa.Table:
    with open_snapshot(str(file)) as opened, run_query(opened, sql) as result:
        return result.table()


def test_sums_are_whole_numbers_and_names_are_strings(file: Path) -> None:
    table = answer(file, "SELECT kind, sum(bytes) AS bytes, count(*) AS n FROM owners GROUP BY kind ORDER BY kind")
    assert table.to_pylist() == [
        {"kind": "global", "bytes": 3500, "n": 2},
        {"kind": "goroutine", "bytes": 500, "n": 1},
    ]
    assert table.schema.types == [pa.string(), pa.int64(), pa.int64()]


def test_tables_join_by_address_and_keep_64_bits(file: Path) -> None:
    table = answer(file, "SELECT m.addr, o.bytes FROM maps m JOIN owners o USING (owner) ORDER BY ALL")
    assert table.to_pylist() == [{"addr": 0xC000010000, "bytes": 3000}, {"addr": 0xC000020000, "bytes": 500}]
    assert table.schema.field("addr").type == pa.uint64()


@pytest.mark.parametrize("name", PUBLIC_TABLES)
def test_every_column_can_be_asked_for_without_quotes(name: str, tmp_path: Path) -> None:
    made = {**dict(tables()), **{t: None for t in PUBLIC_TABLES}}
    from store_samples import public

    file = write(tmp_path / "all.gox", [(table, public(table)) for table in made])
    columns = [c.name for c in PUBLIC_TABLES[name]]
    assert answer(file, f"SELECT {', '.join(columns)} FROM {name}").column_names == columns
    assert answer(file, f"SELECT {', '.join(f'x.{c}' for c in columns)} FROM {name.upper()} x").num_rows == 0


def test_only_tables_that_are_named_are_looked_at(file: Path) -> None:
    raw = bytearray(file.read_bytes())
    with open_snapshot(str(file)) as opened:
        content = opened.buffer("owners").to_pybytes()
        assert tables_named(opened, "select * from MAPS m, lateral (select 1) where owner = 'x'") == ["maps"]
        assert tables_named(opened, "show tables") == list(opened.names)
    raw[bytes(raw).index(content) + 40] ^= 1
    file.write_bytes(raw)
    assert answer(file, "SELECT count(*) AS n FROM maps").to_pylist() == [{"n": 2}]
    with pytest.raises(BadSnapshot, match="owners is damaged"):
        answer(file, "SELECT * FROM owners")


@pytest.mark.parametrize(
    ("sql", "message", "hint"),
    [
        ("SELECT ownr FROM owners", 'column "ownr" not found in FROM clause (line 1, column 8)', "did you mean owner?"),
        ("SELECT *\nFROM owners\nWHERE byts > 1", '"byts" not found in FROM clause (line 3, column 7)', "mean bytes?"),
        ("SELECT '订单', ownr FROM owners", "(line 1, column 14)", "owner"),
        (f"SELECT {'1+' * 200}1, ownr FROM owners", f"(line 1, column {7 + 400 + 4})", "owner"),
        ("SELECT * FROM ownrs", "ownrs does not exist (line 1, column 15)", "did you mean owners?"),
        ("SELECT o.object FROM owners o", '"object" (line 1, column 8)', "did you mean objects?"),
        ("SELECT summ(bytes) FROM owners", "summ does not exist (line 1, column 8)", "did you mean sum?"),
        ("SELECT * FROM roots", "has no table roots", "--tables"),
        ("SELEC 1", 'syntax error at or near "SELEC" (line 1, column 1)', "--tables"),
        ("SELECT sum(bytes FROM owners", 'syntax error at or near "FROM" (line 1, column 18)', "--tables"),
        ("", "there is no query", "SELECT"),
        ("SELECT 1; SELECT 2", "there are 2 statements", "one SELECT"),
        ("SELECT 'x'::int", "Could not convert string 'x' to INT32 (line 1, column", "--tables"),
        ("SELECT sum(bytes)::hugeint << 80 AS big FROM owners", "big needs more than 64 bits", "double"),
    ],
)
def test_wrong_sql_is_one_line_with_the_place_and_a_hint(run: Run, sql: str, message: str, hint: str) -> None:
    result = run(sql)
    assert result.exit_code == 2 and result.stdout == ""
    first, second = result.stderr.splitlines()
    assert first.startswith("goxray: ") and message in first
    assert second.startswith("hint: ") and hint in second


def test_errors_while_rows_are_fetched_are_explained_too(file: Path) -> None:
    sql = "SELECT CASE WHEN x > 900000 THEN x::smallint ELSE 1 END FROM range(1000000) t(x)"
    with pytest.raises(BadQuery, match=r"900001 can't be cast.*\(line 1, column"):
        answer(file, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{secret}')",
        "SELECT * FROM '{secret}'",
        "SELECT * FROM read_text('{secret}')",
        "SELECT * FROM glob('{secret}')",
        "COPY owners TO '{made}'",
        "COPY (SELECT 1) TO '{made}'",
        "EXPORT DATABASE '{made}'",
        "ATTACH '{made}'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "PRAGMA memory_limit='100GB'",
        "CREATE TABLE x AS SELECT 1",
        "DROP TABLE owners",
        "SELECT * FROM 'https://example.com/x.csv'",
        "SELECT * FROM secret_table",
    ],
)
def test_a_query_sees_nothing_but_the_snapshot(file: Path, tmp_path: Path, sql: str) -> None:
    secret_table = pa.table({"secret": ["s3cret"]})  # DuckDB finds the variables of its caller unless it is told not to
    secret, made = tmp_path / "secret.csv", tmp_path / "made"
    secret.write_text("a,b\n1,2\n")
    with pytest.raises(BadQuery):
        answer(file, sql.format(secret=secret, made=made))
    assert not made.exists() and secret_table.num_rows == 1


def test_no_bound_but_the_memory_is_an_error_of_its_own(file: Path) -> None:
    program = """
import sys
from goxray.core.errors import GoxrayError
import goxray.store.query as q
from goxray.store.snapshot import open_snapshot
q._config_of = q._config
q._config = lambda: {**q._config_of(), "memory_limit": "64MiB"}
try:
    with open_snapshot(sys.argv[1]) as s, q.run_query(s, "SELECT array_agg(x) FROM range(100000000) t(x)") as r:
        r.table()
except GoxrayError as error:
    print(type(error).__name__, error.exit_code, error)
"""
    done = subprocess.run([sys.executable, "-c", program, str(file)], capture_output=True, text=True, timeout=100)
    assert done.stdout.startswith("GoxrayError 3 the query needs more memory"), done.stderr


def others_work(pid: int) -> bool:
    """Whether threads beside the first have worked for a while: a query runs then, and no longer what loads it."""
    used = 0
    for name in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/task/{name}/stat").read_text().rpartition(")")[2].split()
            used += (int(name) != pid) * (int(fields[11]) + int(fields[12]))
    return used > 20


def test_ctrl_c_ends_a_query_that_would_not(file: Path) -> None:
    sql = "SELECT sum(a.x + b.x) FROM range(100000000) a(x), range(100000) b(x)"
    command = [sys.executable, "-m", "goxray", "query", str(file), sql]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert steady.until(lambda: others_work(process.pid) or process.poll() is not None, 100)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130 and "goxray: interrupted" in told


def test_without_duckdb_one_line_says_how_to_get_it(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(NotInstalled, match="duckdb") as caught:
        answer(file, "SELECT 1")
    assert caught.value.hint == "pip install duckdb" and caught.value.exit_code == 3


def test_the_text_is_aligned_and_says_how_many_rows(run: Run) -> None:
    result = run("SELECT owner, bytes, retained_bytes / 3 AS third FROM owners ORDER BY bytes DESC, owner")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "OWNER                             BYTES    THIRD",
        "main.cache                        3,000  1166.67",
        "goroutine 18: main.serve (stack)    500  166.667",
        "main.orders                         500  166.667",
        "3 rows",
    ]
    result = run("SELECT addr, small FROM maps", "--limit", "1")
    assert result.stdout.splitlines() == [
        "        ADDR  SMALL",
        "0xc000010000      -",
        "… and 1 more row; --limit 0 shows all",
    ]
    assert run("SELECT owner FROM owners", "--lang", "zh").stdout.splitlines()[-1] == "3 行"


def test_no_column_is_left_out_on_a_narrow_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    header = run("SELECT * FROM maps").stdout.splitlines()[0].split()
    assert header == [c.name.upper() for c in PUBLIC_TABLES["maps"]]


def test_what_a_terminal_would_act_on_is_shown_as_text(tmp_path: Path) -> None:
    made = tables(owners=(("main.\x1b[2J", "global", 1, 1, 1),))
    file = write(tmp_path / "odd.gox", made)
    for form in ("table", "csv"):
        out = CliRunner().invoke(main, ["query", str(file), "SELECT owner FROM owners", "--format", form]).stdout
        assert "\x1b" not in out and "main.\\x1b[2J" in out


def test_formats_hold_the_same_rows(run: Run, tmp_path: Path) -> None:
    sql = "SELECT owner, bytes, fill.x, conservative FROM owners, (SELECT 0.5 AS x) fill, (SELECT true AS conservative)"
    rows = [(row[0], row[3], 0.5, True) for row in OWNERS]
    told = json.loads(run(sql, "--format", "json").stdout)
    assert [tuple(row.values()) for row in told] == rows
    lines = list(csv.reader(io.StringIO(run(sql, "--format", "csv").stdout)))
    assert lines == [["owner", "bytes", "x", "conservative"], *([r[0], str(r[1]), "0.5", "true"] for r in rows)]
    for form, read in (("parquet", parquet.read_table), ("arrow", lambda path: pa.ipc.open_file(path).read_all())):
        path = tmp_path / f"out.{form}"
        assert run(sql, "-o", str(path)).exit_code == 0
        assert [tuple(row.values()) for row in read(path).to_pylist()] == rows
        assert os.stat(path).st_mode & 0o777 == 0o600


def test_odd_answers_are_json_all_the_same(run: Run) -> None:
    sql = "SELECT [1, NULL] AS l, {'a': 1.5} AS s, 'x'::blob AS b, 'nan'::double AS n, 1 AS \"say \"\"hi\"\"\", 2 AS l"
    assert json.loads(run(sql, "--format", "json").stdout) == [
        {"l": [1, None], "s": {"a": 1.5}, "b": "78", "n": None, 'say "hi"': 1, "l_2": 2}
    ]
    assert run("SELECT owner FROM owners WHERE false", "--format", "json").stdout == "[]\n"
    assert run("SELECT owner FROM owners WHERE false", "--format", "csv").stdout == '"owner"\n'
    assert run("SELECT owner FROM owners WHERE false").stdout.splitlines() == ["OWNER", "0 rows"]


def test_the_query_may_come_from_standard_input(run: Run) -> None:
    assert run("-", stdin="SELECT count(*) AS n\nFROM maps").stdout.split() == ["N", str(len(MAPS)), "1", "row"]


def test_tables_are_listed_with_what_their_columns_mean(run: Run) -> None:
    out = run("--tables").stdout
    assert "owners  3 rows  reachable objects and their bytes by what holds them" in out
    assert "roots" not in [line.split()[0] for line in out.splitlines() if line and not line.startswith(" ")]
    for column in PUBLIC_TABLES["owners"]:
        assert f"  {column.name} " in out and column.meaning in out
    told = json.loads(run("--tables", "--format", "json").stdout)
    assert [(t["table"], t["rows"]) for t in told] == [
        ("maps", 2), ("tables_or_buckets", 0), ("objects_by_type", 2), ("owners", 3),
    ]  # fmt: skip
    assert "持有" in run("--tables", "--lang", "zh").stdout
    assert run("--tables", "--format", "csv").exit_code != 0
    assert run("--tables", "SELECT 1").exit_code != 0


def test_no_query_and_no_file(run: Run, tmp_path: Path) -> None:
    done = run()
    assert done.exit_code == 2 and "there is no query" in done.stderr
    done = CliRunner().invoke(main, ["query", str(tmp_path / "none.gox"), "SELECT 1"])
    assert done.exit_code == 3 and "No such file" in done.stderr
