"""``goxray heap`` and ``goxray why`` at the command line: what is asked for, where it goes, how the run ends."""

from __future__ import annotations

import csv
import gzip
import json
import os
import pty
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from heap_samples import heap, odd_heap, why

from goxray.core.errors import PermissionRefused
from goxray.core.result import Masked
from goxray.ui.cli.main import COMMANDS, main
from tests.harness.inspect import cpu_of_children

Run = Callable[..., Result]
MASKED = {"mask": ("all",), "mask_key": None}


class FakeApi:
    """Stands where a function of ``goxray.api`` stands: remembers the question and gives a prepared answer."""

    def __init__(self, answer: Any) -> None:
        self.asked: list[tuple[tuple[str, ...], dict[str, Any]]] = []
        self.answer = answer

    def __call__(self, *target: str, **options: Any) -> Any:
        options.pop("progress")("reading", 0.5)
        self.asked.append((target, options))
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "GOXRAY_LANG", "GOXRAY_DEBUG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def heap_api(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    fake = FakeApi(heap())
    monkeypatch.setattr("goxray.api.heap", fake, raising=False)
    return fake


@pytest.fixture
def why_api(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    fake = FakeApi(why())
    monkeypatch.setattr("goxray.api.why", fake, raising=False)
    return fake


@pytest.fixture
def run() -> Run:
    def invoke(*arguments: str, env: dict[str, str] | None = None) -> Result:
        return CliRunner(env=env).invoke(main, arguments)

    return invoke


def test_the_defaults(heap_api: FakeApi, why_api: FakeApi, run: Run) -> None:
    result = run("heap", "4242")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("goxray heap · /srv/shop/bin/sessions")
    assert heap_api.asked == [
        (
            ("4242",),
            {"exe": None, "limit": 10, "freeze": True, "duplicates": False, "allow_unverified": False, **MASKED},
        )
    ]
    result = run("why", "4242", "*main.Session")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("goxray why · /srv/shop/bin/sessions")
    assert why_api.asked == [
        (("4242", "*main.Session"), {"exe": None, "paths": 5, "freeze": True, "allow_unverified": False})
    ]


def test_every_option_reaches_the_look(heap_api: FakeApi, why_api: FakeApi, run: Run) -> None:
    common = ("--exe", "svc", "--no-freeze", "--allow-unverified", "--format", "json")
    heap_api.answer = odd_heap(faults=[])
    assert run("heap", "core.7", *common, "--top", "3", "--duplicates", "--table", "duplicates").exit_code == 0
    assert heap_api.asked[0] == (
        ("core.7",),
        {"exe": "svc", "limit": 3, "freeze": False, "duplicates": True, "allow_unverified": True, **MASKED},
    )
    assert run("why", "core.7", "0xc000123450", *common, "--paths", "2").exit_code == 0
    assert why_api.asked[0] == (
        ("core.7", "0xc000123450"),
        {"exe": "svc", "paths": 2, "freeze": False, "allow_unverified": True},
    )


@pytest.mark.parametrize(
    ("arguments", "limit"),
    [
        ((), 10),
        (("--table", "types"), 30),
        (("--limit", "0"), None),
        (("--format", "html"), 200),
        (("--format", "json"), 1000),
        (("--format", "csv"), None),
        (("--format", "csv", "--top", "7"), 7),
    ],
)
def test_people_get_few_rows_and_programs_many(
    heap_api: FakeApi, run: Run, arguments: tuple[str, ...], limit: int | None
) -> None:
    assert run("heap", "1", *arguments).exit_code == 0
    assert heap_api.asked[0][1]["limit"] == limit


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("heap",), "Missing argument 'TARGET'"),
        (("heap", "1", "--limit", "-1"), "--limit"),
        (("heap", "1", "--table", "colours"), "--table"),
        (("heap", "1", "--format", "sarif"), "--format"),
        (("why", "1"), "Missing argument 'ADDR|TYPE'"),
        (("why", "1", "main.T", "--paths", "0"), "--paths"),
        (("why", "1", "main.T", "--format", "csv"), "--format"),
    ],
)
def test_wrong_usage_is_one_line_and_a_hint(
    heap_api: FakeApi, why_api: FakeApi, run: Run, arguments: tuple[str, ...], words: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2 and result.stdout == ""
    assert heap_api.asked == why_api.asked == []
    lines = result.stderr.splitlines()
    assert lines[0].startswith("goxray: ") and words in lines[0]
    assert lines[1:] == [f"hint: see goxray {arguments[0]} --help"]


def test_contents_are_shown_only_on_request(heap_api: FakeApi, run: Run) -> None:
    result = run("heap", "1", "--table", "duplicates")
    assert result.exit_code == 2 and heap_api.asked == []
    assert result.stderr.splitlines()[1] == "hint: add --duplicates: they may be secrets"


def test_what_strings_are_masked_by_reaches_the_look(heap_api: FakeApi, run: Run, tmp_path: Path) -> None:
    key = tmp_path / "mask.key"
    key.write_text("ab" * 32)
    key.chmod(0o600)
    chosen = ("--mask", "phone,ip", "--mask", "ref=id", "--mask-key", str(key))
    assert run("heap", "1", "--duplicates", *chosen).exit_code == 0
    assert run("heap", "1", "--duplicates", "--unmasked").exit_code == 0
    asked = [options for _, options in heap_api.asked]
    assert [(each["mask"], each["mask_key"]) for each in asked] == [
        (("phone,ip", "ref=id"), bytearray(b"\xab" * 32)),
        (None, None),
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--unmasked",), "--unmasked is for strings that are shown"),
        (("--mask", "phone"), "--mask is for strings that are shown"),
        (("--mask-key", "k"), "--mask-key is for strings that are shown"),
        (("--duplicates", "--mask", "phone", "--unmasked"), "--mask and --unmasked contradict"),
        (("--duplicates", "--mask-key", "absent"), "the key file absent cannot be read"),
    ],
)
def test_masking_that_makes_no_sense_is_refused(
    heap_api: FakeApi, run: Run, options: tuple[str, ...], said: str
) -> None:
    done = run("heap", "1", *options)
    assert done.exit_code == 2 and said in done.stderr and heap_api.asked == []


def test_a_table_without_a_place_for_it_says_on_stderr_how_it_is_masked(heap_api: FakeApi, run: Run) -> None:
    heap_api.answer = odd_heap(faults=[], unverified=False, duplicates_masked=Masked(("all",), "abcdefgh", False))
    done = run("heap", "1", "--duplicates", "--table", "duplicates", "--format", "csv")
    assert done.exit_code == 0 and "masked by rules all, under a random key" in done.stderr
    assert "masked" not in run("heap", "1", "--duplicates", "--table", "owners", "--format", "csv").stderr


@pytest.mark.parametrize("suffix", ["json", "csv", "parquet", "arrow", "html", "pb.gz", "pprof", "txt"])
def test_a_file_is_written_whole_private_and_by_its_name(
    heap_api: FakeApi, run: Run, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"heap.{suffix}"
    path.write_text("before")
    result = run("heap", "1", "-o", str(path))
    assert result.exit_code == 0, result.stderr
    assert result.stdout == "" and list(tmp_path.iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    starts = {"json": b'{\n  "schema"', "csv": b'"owner"', "parquet": b"PAR1", "arrow": b"ARROW1"}
    starts |= {"html": b"<!doctype html>", "pb.gz": b"\x1f\x8b", "pprof": b"\x1f\x8b", "txt": b"goxray heap"}
    assert path.read_bytes().startswith(starts[suffix]) or suffix == "csv"
    if suffix == "csv":
        assert next(csv.reader(path.open()))[0] == "owner"
    if suffix == "pb.gz":
        assert b"main.store" in gzip.decompress(path.read_bytes())


def test_a_name_of_no_format_is_text(why_api: FakeApi, run: Run, tmp_path: Path) -> None:
    for name in ("why.parquet", "why", "why.txt"):
        assert run("why", "1", "main.T", "-o", str(tmp_path / name)).exit_code == 0
        assert (tmp_path / name).read_text().startswith("goxray why")
    assert run("why", "1", "main.T", "-o", str(tmp_path / "why.json")).exit_code == 0
    assert json.loads((tmp_path / "why.json").read_text())["schema"] == "goxray.why/1"


def test_faults_make_the_result_partial(heap_api: FakeApi, why_api: FakeApi, run: Run) -> None:
    heap_api.answer = odd_heap()
    assert run("heap", "core.1").exit_code == 4
    assert run("heap", "core.1").stderr == ""
    result = run("heap", "core.1", "--format", "csv")
    assert result.exit_code == 4
    assert "UNVERIFIED" in result.stderr and "the span's elemsize is 0 and 1 more" in result.stderr
    why_api.answer = why(faults=odd_heap().faults[:1])
    assert run("why", "core.1", "main.T").exit_code == 4


@pytest.mark.parametrize("command", [("heap", "1"), ("why", "1", "main.T")])
def test_a_failed_look_leaves_the_old_file(
    heap_api: FakeApi, why_api: FakeApi, run: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    path = tmp_path / "kept.json"
    path.write_text("before")
    heap_api.answer = why_api.answer = PermissionRefused("no permission to read process 1", hint="sudo goxray")
    result = run(*command, "-o", str(path))
    assert result.exit_code == 3
    assert result.stderr == "goxray: no permission to read process 1\nhint: sudo goxray\n"
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]
    assert run(*command, "-o", str(tmp_path)).exit_code == 2


def test_language_and_colour_follow_options_and_environment(heap_api: FakeApi, why_api: FakeApi, run: Run) -> None:
    for command in (("heap", "1"), ("why", "1", "main.T")):
        assert "暂停" in run(*command, "--lang", "zh").stdout
        assert "暂停" in run(*command, env={"GOXRAY_LANG": "zh"}).stdout
        assert "\x1b[" in run(*command, env={"FORCE_COLOR": "1"}).stdout
        assert "\x1b[" not in run(*command, env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).stdout
        assert max(len(line) for line in run(*command, env={"COLUMNS": "80"}).stdout.splitlines()) <= 80


@pytest.mark.parametrize(("fmt", "name"), [("pprof", "heap.pb.gz"), ("html", "heap.html")])
def test_terminals_get_no_files(fmt: str, name: str) -> None:
    leader, follower = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "goxray", "heap", "1", "--format", fmt],
            stdout=follower,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    finally:
        os.close(leader)
        os.close(follower)
    assert done.returncode == 2
    assert done.stderr == f"goxray: {fmt} is not for terminals\nhint: write it to a file: -o {name}\n"


@pytest.mark.parametrize("command", ["heap", "why"])
def test_the_command_s_line_says_what_it_does(run: Run, command: str) -> None:
    listed = run("--help").stdout
    assert COMMANDS[command][1].split(",")[0] in " ".join(listed.split())
    assert "Exit status: 0 all was read" in run(command, "--help").stdout


def test_commands_stand_in_the_order_in_which_they_are_needed() -> None:
    looks = ["maps", "heap", "why", "snapshot", "diff", "query"]
    timeline = ["gc", "trace", "profile", "timeline"]
    models = ["advise", "predict", "layout", "model"]
    production = ["audit", "sbom", "binary", "vault", "mask"]
    assert list(COMMANDS) == [*looks, *models, *timeline, "lab", *production, "doctor", "completion"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("goxray h", "heap"),
        ("goxray heap 1 --ta", "--table"),
        ("goxray heap 1 --table dom", "dominators"),
        ("goxray w", "why"),
    ],
)
def test_shells_complete_it(words: str, expected: str) -> None:
    environment = {**os.environ, "_GOXRAY_COMPLETE": "bash_complete", "COMP_WORDS": words}
    environment["COMP_CWORD"] = str(len(words.split()) - 1)
    done = subprocess.run([sys.executable, "-m", "goxray"], env=environment, capture_output=True, text=True, timeout=60)
    assert expected in [line.partition(",")[2] for line in done.stdout.splitlines()]


HEAVY = ("numba", "llvmlite", "duckdb", "pyarrow", "drgn", "numpy", "elftools", "google.protobuf")


@pytest.mark.parametrize("arguments", [["heap", "--help"], ["why", "--help"], ["--help"]])
def test_help_answers_at_once_and_loads_nothing_heavy(arguments: list[str]) -> None:
    program = (
        f"import atexit, sys\natexit.register(lambda: print('loaded', [m for m in {HEAVY!r} if m in sys.modules]))\n"
        f"from goxray.ui.cli.main import main\nmain({arguments!r})"
    )
    took = []
    for _ in range(3):
        began = cpu_of_children()
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
        took.append(cpu_of_children() - began)
        assert done.returncode == 0 and done.stdout.splitlines()[-1] == "loaded []", done.stdout
    assert min(took) < 1.0
