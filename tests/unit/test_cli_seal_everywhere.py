"""``--seal VAULT`` on every command: what it would write comes into the vault whole, and nowhere else."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from seal_cases import CASES, FakeVault, files, leaves, stand_ins

from goxray.core.errors import PermissionRefused
from goxray.core.result import Fault
from goxray.ui.cli.main import main

OPTIONS = ("--seal", "--seal-for", "--seal-class", "--passphrase-file")
STATUS = {"lab run": 4, "audit": 4}
"""Of cases that do not end with 0: their prepared results are partial, and sealed all the same."""

_ID = "5" * 32


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeVault:
    for name in ("NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "GOXRAY_LANG", "GOXRAY_DEBUG", "GOXRAY_VAULT"):
        monkeypatch.delenv(name, raising=False)
    fake = FakeVault()
    stand_ins(monkeypatch)
    files(tmp_path)
    monkeypatch.setenv("GOXRAY_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    monkeypatch.setenv("GOXRAY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("goxray.api_vault.sealing", fake.sealing)
    monkeypatch.chdir(tmp_path)
    return fake


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments])


def with_options(name: str, *options: str) -> Result:
    """Run a case with options in front of its arguments: behind them a command of its own may stand."""
    return run(*name.split(), *options, *CASES[name])


def formats(name: str) -> list[str]:
    """Return the formats that a command offers; an empty one where it offers none."""
    choice = next((param.type for param in leaves()[name].params if param.name == "fmt"), None)
    return [str(each) for each in choice.choices] if isinstance(choice, click.Choice) else [""]


def has_output(name: str) -> bool:
    return any(param.name == "output" for param in leaves()[name].params)


# --- every command ----------------------------------------------------------------------------------------------------


def test_no_command_is_forgotten() -> None:
    assert {name for name in leaves() if name.split()[0] != "vault"} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_every_command_takes_the_options_and_says_so(name: str) -> None:
    taken = [option for param in leaves()[name].params for option in param.opts]
    assert all(taken.count(option) == 1 for option in OPTIONS)
    text = run(*name.split(), "--help").stdout
    rows = [line.split()[0] for line in text.splitlines() if line.startswith("  -")]
    at = rows.index("--seal")
    assert rows[at : at + 3] == list(OPTIONS[:3])
    assert max(map(len, text.splitlines())) <= 100


def test_the_vault_seals_by_itself() -> None:
    inside = {name: command for name, command in leaves().items() if name.split()[0] == "vault"}
    assert {"vault init", "vault seal", "vault keys list", "vault log show"} <= set(inside)
    for command in inside.values():
        assert not {"--seal", "--seal-for", "--seal-class"} & {each for param in command.params for each in param.opts}


@pytest.mark.parametrize("name", CASES)
def test_what_is_written_is_what_is_sealed(vault: FakeVault, tmp_path: Path, name: str) -> None:
    before = sorted(os.listdir(tmp_path))
    for fmt in formats(name):
        asked = ["--format", fmt] if fmt else []
        if has_output(name):
            plain = with_options(name, *asked, "-o", "plain.out")
            assert plain.exit_code == STATUS.get(name, 0), plain.output
            wanted = Path("plain.out").read_bytes()
            os.unlink("plain.out")
        else:
            plain = with_options(name, *asked)
            assert plain.exit_code == 0, plain.output
            wanted = plain.stdout_bytes
        _tidy(tmp_path)
        sealed = with_options(name, *asked, "--seal", "evidence")
        assert sealed.exit_code == plain.exit_code, sealed.output
        if name != "snapshot":  # which tells the file's size there
            told = [line for line in sealed.stderr.splitlines() if "in the clear" not in line]
            assert told[:-1] == plain.stderr.splitlines()
        assert sealed.stdout_bytes == b""
        kept = vault.kept.pop()
        assert len(kept.content) > 0 and parts(kept.content) == parts(wanted)
        assert (str(kept.place), kept.kind) == ("evidence", name.replace(" ", "-"))
        assert kept.name.startswith(f"{name.replace(' ', '-')}.")
        [line] = [line for line in sealed.stderr.splitlines() if line.startswith("goxray: sealed ")]
        assert line.startswith(f"goxray: sealed {_ID}: {kept.name}, ")
        assert ("in the clear" in sealed.stderr) == (name in ("audit", "lab run", "lab new"))
        assert vault.order == ["asked correct horse", "sealed"]
        vault.order.clear()
        _tidy(tmp_path)
        assert sorted(os.listdir(tmp_path)) == before


def parts(content: bytes) -> Any:
    """Return a zip file's members: one that is written as a stream tells their sizes behind them, not before."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def _tidy(place: Path) -> None:
    """Remove what two commands write beside their output: an experiment to start from, and a cache."""
    for name in ("experiments", "cache"):
        shutil.rmtree(place / name, ignore_errors=True)


@pytest.mark.parametrize(
    ("name", "asked", "called"),
    [
        ("maps", (), "maps.txt"),
        ("maps", ("-o", "-"), "maps.txt"),
        ("maps", ("--format", "parquet"), "maps.parquet"),
        ("heap", ("--format", "pprof"), "heap.pb.gz"),
        ("heap", ("-o", "reports/monday.html"), "monday.html"),
        ("gc read", ("--format", "perfetto"), "gc-read.trace.json"),
        ("audit", ("--format", "sarif"), "audit.sarif"),
        ("sbom", (), "sbom.cdx.json"),
        ("snapshot", (), "snapshot.gox"),
        ("snapshot", ("-o", "monday.gox"), "monday.gox"),
        ("doctor", ("--format", "json"), "doctor.json"),
        ("mask", (), "mask.jsonl"),
        ("model gc", ("--emit-go", "gen/main.go"), "main.go"),
    ],
)
def test_names_in_the_vault(vault: FakeVault, tmp_path: Path, name: str, asked: tuple[str, ...], called: str) -> None:
    before = sorted(os.listdir(tmp_path))
    result = with_options(name, *asked, "--seal", "evidence")
    assert result.exit_code == STATUS.get(name, 0), result.output
    assert [each.name for each in vault.kept] == [called]
    assert sorted(os.listdir(tmp_path)) == before


def test_the_name_decides_the_format_as_ever(vault: FakeVault) -> None:
    assert with_options("heap", "-o", "monday.html", "--seal", "evidence").exit_code == 0
    assert vault.kept[0].content.lstrip().lower().startswith(b"<!doctype html")
    assert with_options("model gc", "--emit-go", "main.go", "--seal", "evidence").exit_code == 0
    assert b"package main" in vault.kept[1].content


# --- for whom, how long, and when -------------------------------------------------------------------------------------


def test_recipients_and_class_reach_the_vault(vault: FakeVault) -> None:
    options = ("--seal", "v", "--seal-for", "audit", "--seal-for", "owner", "--seal-class", "incident")
    assert with_options("doctor", *options).exit_code == 0
    assert with_options("doctor", "--seal", "v").exit_code == 0
    assert [(each.recipients, each.retention) for each in vault.kept] == [
        (("audit", "owner"), "incident"),
        ((), "default"),
    ]


@pytest.mark.parametrize("option", OPTIONS[1:])
def test_an_option_that_means_nothing_alone_is_refused(vault: FakeVault, option: str) -> None:
    result = with_options("doctor", option, "passphrase")
    assert result.exit_code == 2 and option in result.stderr and result.stdout == ""
    assert vault.order == []


def test_the_passphrase_is_asked_for_before_the_look(vault: FakeVault, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[list[str]] = []
    real: Any = __import__("goxray.api").api.maps

    def look(*given: Any, **more: Any) -> Any:
        looked.append([*vault.order])
        return real(*given, **more)

    monkeypatch.setattr("goxray.api.maps", look)
    assert run("maps", "4242", "--seal", "v").exit_code == 0
    assert looked == [["asked correct horse"]]


def test_a_passphrase_that_is_not_there_costs_no_look(vault: FakeVault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goxray.api.maps", lambda *_, **__: pytest.fail("it looked"))
    result = run("maps", "4242", "--seal", "v", "--passphrase-file", "nowhere")
    assert result.exit_code == 2 and "nowhere" in result.stderr and vault.order == []


# --- how it ends ------------------------------------------------------------------------------------------------------


def test_a_run_that_fails_seals_nothing(vault: FakeVault, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: Any, **_more: Any) -> None:
        click.echo("half of it")
        raise PermissionRefused("not yours", hint="ask")

    monkeypatch.setattr("goxray.api.maps", refuse)
    result = run("maps", "4242", "--seal", "v")
    assert (result.exit_code, result.stdout, result.stderr) == (3, "", "goxray: not yours\nhint: ask\n")
    assert vault.order == ["asked correct horse", "failed PermissionRefused"] and vault.kept == []


def test_a_run_that_is_ended_seals_nothing(vault: FakeVault, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_given: Any, **_more: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("goxray.api.maps", stop)
    assert run("maps", "4242", "--seal", "v").exit_code == 130
    assert vault.order[-1] == "failed KeyboardInterrupt" and vault.kept == []


def test_partial_results_and_findings_are_sealed_and_keep_their_status(
    vault: FakeVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    from render_samples import grouped

    for fault, status in ((Fault(1, "torn"), 4), (Fault(1, "broken", violation=True), 1)):
        monkeypatch.setattr("goxray.api.maps", lambda *_, fault=fault, **__: grouped(faults=[fault]))
        result = run("maps", "4242", "--seal", "v")
        assert result.exit_code == status
        assert vault.order[-1] == "sealed"
        assert f"fault at 0x1: {fault.what}" in result.stderr, "whoever reads the vault later is told now as well"
    assert len(vault.kept) == 2


def test_the_status_of_a_command_that_is_run_is_kept(vault: FakeVault) -> None:
    result = run("gc", "run", "--seal", "v", "--", sys.executable, "-S", "-c", "raise SystemExit(3)")
    assert result.exit_code == 3 and vault.order[-1] == "sealed"
    result = run("gc", "run", "--seal", "v", "--", "./no-such-command")
    assert result.exit_code == 127 and vault.order[-1] == "failed CommandNotFound"


def test_masking_that_is_interrupted_seals_what_it_masked(vault: FakeVault, monkeypatch: pytest.MonkeyPatch) -> None:
    def some(_file: Any, sink: Any, **_more: Any) -> None:
        sink(b"one line\n")
        raise KeyboardInterrupt

    monkeypatch.setattr("goxray.api_mask.mask", some)
    assert with_options("mask", "--seal", "v").exit_code == 130
    assert vault.order[-1] == "sealed" and vault.kept[0].content == b"one line\n"


def test_colours_and_width_are_those_of_a_file(vault: FakeVault, monkeypatch: pytest.MonkeyPatch) -> None:
    with_options("maps", "-o", "plain.txt")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    assert with_options("maps", "--seal", "v").exit_code == 0
    assert vault.kept[0].content == Path("plain.txt").read_bytes()
    assert with_options("doctor", "--seal", "v").exit_code == 0
    assert b"\x1b" not in vault.kept[1].content


def test_chinese_is_spoken(vault: FakeVault) -> None:
    result = with_options("maps", "--lang", "zh", "--seal", "v")
    assert f"goxray: 已封存 {_ID}：maps.txt，" in result.stderr and "保留至 2027-05-22" in result.stderr
    assert "持有者" in vault.kept[0].content.decode()


# --- files beside the output ------------------------------------------------------------------------------------------


def test_a_baseline_stays_a_file_for_later_runs(vault: FakeVault) -> None:
    result = with_options("audit", "--format", "json", "--write-baseline", "old.json", "--seal", "v")
    assert result.exit_code == STATUS["audit"], result.output
    assert [each.name for each in vault.kept] == ["audit.json"]
    assert Path("old.json").stat().st_size > 0
    assert "old.json is a file in the clear" in result.stderr
    assert Path("old.json").read_bytes() not in vault.kept[0].content
    assert with_options("audit", "--baseline", "old.json", "--seal", "v").exit_code == STATUS["audit"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_kept_for_later_runs_is_told_of(vault: FakeVault, lang: str) -> None:
    cached = with_options("audit", "--lang", lang, "--seal", "v").stderr
    assert ("goxray's cache, in the clear" if lang == "en" else "明文存于 goxray 的缓存") in cached
    nothing = with_options("audit", "--lang", lang, "--no-cache", "--seal", "v").stderr
    assert ("in the clear" if lang == "en" else "明文") not in nothing


def test_a_snapshot_without_a_place_is_wrong_usage(vault: FakeVault) -> None:
    result = with_options("snapshot")
    assert result.exit_code == 2 and "-o FILE.gox" in result.stderr and "--seal" in result.stderr


def test_a_file_of_the_same_name_is_neither_touched_nor_told_of(vault: FakeVault) -> None:
    Path("monday.gox").write_bytes(b"the old one")
    result = with_options("snapshot", "-o", "monday.gox", "--seal", "v")
    assert result.exit_code == 0
    assert Path("monday.gox").read_bytes() == b"the old one" and "11 B" not in result.stderr
    assert len(vault.kept[0].content) > 1000


def test_output_comes_as_it_is_written_and_not_at_the_end(vault: FakeVault, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def stream(_result: Any, _fmt: str, out: Any, *_more: Any) -> None:
        for _ in range(4):
            out.write(bytes(1 << 20))
            seen.append(vault.written)

    monkeypatch.setattr("goxray.ui.cli.heap.write", stream)
    assert with_options("heap", "--seal", "v").exit_code == 0
    assert len(vault.kept[0].content) == 4 << 20
    assert seen == sorted(set(seen)), "each piece is on its way before the next is made"


def test_nothing_of_the_vault_is_loaded_without_the_option(tmp_path: Path) -> None:
    (tmp_path / "gc.log").write_text("gc 1 @0.004s 5%\n")
    program = (
        "import sys; from goxray.ui.cli.main import main\n"
        "try: main(['gc', 'read', 'gc.log'])\n"
        "finally: print([m for m in sys.modules if m.startswith(('goxray.vault', 'goxray.api_vault', 'cryptography'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr
