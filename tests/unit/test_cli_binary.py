"""``goxray binary``: what it prints, how it ends, and that its JSON is what the schema says."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from goxray import api_binary
from goxray.core.audit_result import BinaryFacts, Module, PlatformFit
from goxray.core.binary_result import BinaryAnswer, BinaryFailure, BinaryReport, SetText
from goxray.core.errors import NoSuchProcess
from goxray.core.words import Words
from goxray.render import write
from goxray.render.options import RenderOptions
from goxray.ui.cli.main import main
from tests.harness.programs import Build, build
from tests.harness.variants import SWISS

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schema/goxray.binary-1.json").read_text("utf-8"))
SECRET = "made-up-Secret-42"
PLAIN = Build(SWISS, ldflags=f"-X main.version=v1.2.3 -X 'main.apiKey={SECRET}'")
WINDOWS = Build(SWISS, goos="windows", goarch="amd64")

FACTS = BinaryFacts(
    path="bin/service",
    format="elf",
    arch="arm64",
    os="linux",
    go_version="go1.25.5",
    main_path="example.com/service",
    modules=(
        Module("example.com/service", "v1.4.0", main=True),
        Module("example.com/dep", "v1.2.3", "h1:abc=", replaced_by="example.com/fork v1.2.4"),
        Module("example.com/other", "v0.1.0", "h1:def="),
    ),
    settings={
        "-trimpath": "true",
        "-buildmode": "pie",
        "-ldflags": "-s -X main.apiKey=ma***",
        "CGO_ENABLED": "1",
        "vcs": "git",
        "vcs.revision": "0123456789abcdef0123456789abcdef01234567",
        "vcs.time": "2026-11-20T08:00:00Z",
        "vcs.modified": "true",
    },
    experiments=("greenteagc",),
    cgo=True,
    static=False,
    interpreter="/lib/ld-linux-aarch64.so.1",
    libraries=("libcrypto.so.3", "libc.so.6"),
    glibc="2.34",
    pie=True,
    relro="partial",
    nx=True,
    symtab=False,
    dwarf=False,
    build_id="a/b/c/d",
    functions=7129,
    crypto=("MD5", "OpenSSL (libcrypto.so.3)"),
    size=3 << 20,
    sha256="ab" * 32,
    platforms=(
        PlatformFit("kylin-v10-sp3", "arm64", False, Words("too old", "太旧"), Words("Kylin", "麒麟")),
        PlatformFit("openeuler-22.03", "arm64", True, Words("good enough", "满足"), Words("openEuler", "openEuler")),
    ),
    notes=("a note",),
    needs=("libc.so.6:GLIBC_2.34",),
    gnu_build_id="00ff",
)
ANSWER = BinaryAnswer(FACTS, ("main",), (SetText("main.apiKey", "ma***", secret=True), SetText("main.version", "1")))

ENGLISH = """\
goxray binary · bin/service · ELF · linux/arm64 · go1.25.5
example.com/service needs 2 shared libraries. It runs on 1 of the 2 platforms that are known here.

Go          go1.25.5 with greenteagc, -buildmode=pie, -trimpath
source      example.com/service v1.4.0, git 0123456789ab, 2026-11-20T08:00:00Z, modified tree
C code      called (cgo)
linking     libcrypto.so.3, libc.so.6 (at least GLIBC_2.34); loader /lib/ld-linux-aarch64.so.1
hardening   PIE yes  NX yes  RELRO partial
left in it  stripped, 7,129 functions by name
crypto      MD5, OpenSSL (libcrypto.so.3) (linked, which does not mean used)
build id    a/b/c/d
            GNU 00ff
file        3.00 MiB, sha256 abababababababababababababababababababababababababababababababab
note        a note

  PLATFORM   RUNS  WHY
  Kylin      no    too old
  openEuler  yes   good enough

  MODULE               VERSION  REPLACED BY
  example.com/service  v1.4.0
  example.com/dep      v1.2.3   example.com/fork v1.2.4
  … and 1 more module; --limit 0 shows all

  SET BY -X     TEXT
  main.apiKey   ma***  (secret, not shown)
  main.version  1

  BUILD SETTING  VALUE
  -ldflags       -s -X main.apiKey=ma***
  CGO_ENABLED    1
"""


def text(report: BinaryReport, options: RenderOptions, fmt: str = "table") -> str:
    out = io.BytesIO()
    write(report, fmt, out, options, "binary")
    return out.getvalue().decode()


def run(*arguments: str, **env: str) -> Result:
    return CliRunner(env={"COLUMNS": "100", "NO_COLOR": "1", **env}).invoke(main, ["binary", *arguments])


@pytest.fixture
def program(tmp_path: Path) -> str:
    """Give the program under a name that does not hold its flags."""
    link = tmp_path / "stamped"
    link.symlink_to(build("stamped", PLAIN))
    return str(link)


def test_the_report_in_english() -> None:
    assert text(BinaryReport((ANSWER,), limit=2), RenderOptions(width=100)) == ENGLISH


def test_the_report_in_chinese() -> None:
    told = text(BinaryReport((ANSWER,)), RenderOptions("zh", 100))
    for part in (
        "example.com/service 依赖 2 个共享库。在已知的 2 个平台中，可在 1 个上运行。",
        "代码树有未提交修改",
        "RELRO 部分",
        "已剥离、7,129 个函数名",
        "（已链接，不代表被使用）",
        "麒麟",
        "太旧",
        "秘密，不予显示",
        "被替换为",
    ):
        assert part in told
    assert "too old" not in told


@pytest.mark.parametrize("width", [40, 60, 80])
def test_no_line_is_wider_than_a_narrow_terminal(width: int) -> None:
    told = text(BinaryReport((ANSWER,)), RenderOptions(width=width))
    tables = [line for line in told.splitlines() if line.startswith("  ")]
    assert max(map(len, tables)) <= width
    assert ("…" in told) == (width == 40), "names lose their middle only where they must"


def test_a_terminal_without_unicode_gets_ascii() -> None:
    told = text(BinaryReport((ANSWER,), limit=1), RenderOptions(width=60, ascii_only=True))
    assert told.isascii() and "goxray binary - " in told


def test_colour_is_the_readers_choice() -> None:
    assert "\x1b[" not in text(BinaryReport((ANSWER,)), RenderOptions(width=100))
    coloured = text(BinaryReport((ANSWER,)), RenderOptions(width=100, color=True))
    assert "\x1b[" in coloured and "modified tree" in coloured


def test_names_from_the_file_cannot_drive_the_terminal() -> None:
    wild = "bad\x1b[31m\u202e\n"
    facts = replace(
        FACTS,
        path=wild,
        main_path=wild,
        modules=(Module(wild, wild, main=True),),
        libraries=(wild,),
        interpreter=wild,
        crypto=(wild,),
        build_id=wild,
        notes=(wild,),
        go_version=wild,
        experiments=(wild,),
        settings={"-ldflags": wild, "CGO_CFLAGS": wild, "vcs.revision": wild, "vcs.time": wild, "-buildmode": wild},
        platforms=(PlatformFit("p", "a", False, Words(wild, wild), Words(wild, wild)),),
    )
    answer = BinaryAnswer(facts, (wild,), (SetText(wild, wild),))
    report = BinaryReport((answer,), (BinaryFailure(wild, wild),))
    told = text(report, RenderOptions(width=100))
    assert "\x1b" not in told and "\u202e" not in told and "\\x1b[31m" in told
    assert json.loads(text(report, RenderOptions(), "json"))["binaries"][0]["path"] == wild


def test_json_is_what_the_schema_says() -> None:
    report = BinaryReport((ANSWER,), (BinaryFailure("a", "a is no Go program"),))
    document = json.loads(text(report, RenderOptions(), "json"))
    jsonschema.validate(document, SCHEMA)
    assert document["schema"] == "goxray.binary/1"
    (found,) = document["binaries"]
    assert found["modules"][1]["replaced_by"] == "example.com/fork v1.2.4"
    assert "replaced_by" not in found["modules"][0]
    assert found["strings"][0] == {"variable": "main.apiKey", "text": "ma***", "secret": True}
    assert found["platforms"][0]["why"] == {"en": "too old", "zh": "太旧"}
    assert document["failures"] == [{"path": "a", "error": "a is no Go program"}]


def test_the_schema_holds() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    document = json.loads(text(BinaryReport((ANSWER,)), RenderOptions(), "json"))
    for broken in ({"extra": 1}, {"relro": "half"}, {"sha256": "x"}, {"static": "yes"}, {"glibc": "new"}):
        wrong = {**document, "binaries": [{**document["binaries"][0], **broken}]}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, SCHEMA)
    for key in document["binaries"][0]:
        less = {name: value for name, value in document["binaries"][0].items() if name != key}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**document, "binaries": [less]}, SCHEMA)


# ---- real ones


def test_a_real_program(program: str, tmp_path: Path) -> None:
    result = run(program)
    assert (result.exit_code, result.stderr) == (0, "")
    wanted = ("example.com/stamped needs no shared library: it is static.", "go1.27.3", "MD5", "main.version  v1.2.3")
    for part in wanted:
        assert part in result.stdout
    assert SECRET not in result.stdout
    target = tmp_path / "report.json"
    assert run(program, "-o", str(target)).exit_code == 0
    document = json.loads(target.read_text("utf-8"))
    jsonschema.validate(document, SCHEMA)
    assert SECRET not in target.read_text("utf-8")
    assert target.stat().st_mode & 0o777 == 0o600
    assert {"main", "example.com/dep", "crypto/md5", "runtime"} <= set(document["binaries"][0]["packages"])


def test_several_files_of_which_one_is_none(program: str, tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("nothing to run\n" * 9)
    windows = str(build("stamped", WINDOWS))
    result = run(program, str(other), windows)
    assert result.exit_code == 4
    assert result.stdout.count("goxray binary · ") == 2
    assert f"cannot read  {other}"[:60] in result.stdout
    assert result.stderr == ""
    result = run(program, str(other), windows, "--format", "json")
    assert result.exit_code == 4
    assert "is not a Go program" in result.stderr and result.stderr.count("\n") == 1
    document = json.loads(result.stdout)
    jsonschema.validate(document, SCHEMA)
    assert [each["format"] for each in document["binaries"]] == ["elf", "pe"]


def test_one_file_that_is_none_ends_with_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "goxray", "binary", str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines()[0] == f"goxray: {tmp_path} is a directory"
    assert "Traceback" not in done.stderr


def test_no_target_is_wrong_usage() -> None:
    assert run().exit_code == 2


def test_the_program_of_a_process() -> None:
    found = api_binary.unit_of
    with pytest.raises(NoSuchProcess, match="there is no process 4194305"):
        found(4194305)
    with pytest.raises(Exception, match=r"python.* is not a Go program"):
        found(str(os.getpid()))


def test_digits_that_name_a_file_are_a_file(program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(str(os.getpid())).symlink_to(program)
    assert api_binary.binary(str(os.getpid())).facts.main_path == "example.com/stamped"
