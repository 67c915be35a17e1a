"""``goxray advise`` at the command line and its reports: options, formats, exit codes, JSON by its schema."""

from __future__ import annotations

import json
import re
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from goxray.core.advise_result import AdviseResult, Finding, Forecast, Wording
from goxray.render import FORMATS_OF
from goxray.ui.cli.main import main

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schema/goxray.advise-1.json").read_text(encoding="utf-8"))


def result(**changes: Any) -> AdviseResult:
    finding = Finding(
        "rebuild-after-delete", "main.users", 0xC000, 3 << 20, 2 << 20, 4 << 20, "main.users is 2% full", "why <b>",
        "for k, v := range users {\n\tfresh[k] = v\n}", "some time", "it fills up again", 1, "heap",
        Wording("main.users 只用了 2%", "原因", "users = nil // 清空", "代价", "何时不对"),
    )  # fmt: skip
    small = replace(
        finding, rule="right-hint", gain_bytes=5000, gain_low=5000, gain_high=5000, gain_of="allocated", addr=0
    )
    rows = [
        Forecast("go1.26.6", "map[int]int", "main.users", 1, 9, 4096, 2048, 2048, 2048),
        Forecast("go1.27.3", "map[int]int", "main.users", 1, 9, 4096, 8192, 4096, 9000),
    ]
    whole = AdviseResult("/srv/bin/shop", "process", "go1.25.5", "amd64", [finding, small], rows, ["a note"],
                         findings_total=2)  # fmt: skip
    return replace(whole, **changes)


class FakeApi:
    def __init__(self) -> None:
        self.answer = result()
        self.asked: list[tuple[tuple[str, ...], dict[str, Any]]] = []

    def __call__(self, *target: str, **options: Any) -> AdviseResult:
        options.pop("progress")("reading", 0.5)
        self.asked.append((target, options))
        return self.answer


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "GOXRAY_LANG", "GOXRAY_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    fake = FakeApi()
    monkeypatch.setattr("goxray.api.advise", fake, raising=False)
    return fake


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["advise", *arguments])


def test_what_is_asked_for(api: FakeApi) -> None:
    assert run("4242").exit_code == 0
    done = run("core.7", "--exe", "shop", "--go", "1.26, 1.27:mapsplitgroup", "--min-gain", "1MiB", "--no-freeze",
               "--allow-unverified", "--format", "json")  # fmt: skip
    assert done.exit_code == 0
    plain = {"exe": None, "go": (), "min_gain": 4096, "freeze": True, "allow_unverified": False}
    asked = {"exe": "shop", "go": ("1.26", "1.27:mapsplitgroup"), "min_gain": 1 << 20, "freeze": False,
             "allow_unverified": True}  # fmt: skip
    assert api.asked == [(("4242",), plain), (("core.7",), asked)]


def test_the_exit_status_tells_a_threshold_from_a_fault(api: FakeApi) -> None:
    assert run("4242", "--fail-on", "3MiB").exit_code == 1
    assert run("4242", "--fail-on", "4MiB").exit_code == 0
    assert run("4242", "--fail-on", "4KiB", "--top", "1").exit_code == 1
    api.answer = result(faults=["0xc000: cannot be read"])
    assert run("4242").exit_code == 4
    assert run("4242", "--fail-on", "1MiB").exit_code == 1
    done = run("4242", "--format", "json")
    assert (done.exit_code, done.stderr) == (4, "goxray: fault: 0xc000: cannot be read\n")
    assert run("4242", "--fail-on", "many").exit_code == 2


def test_the_limit_says_what_it_hides(api: FakeApi) -> None:
    text = run("4242", "--top", "1").stdout
    assert "right-hint" not in text and "1 more finding" in text
    assert "right-hint" in run("4242", "--top", "0").stdout


def test_the_table_in_both_languages(api: FakeApi) -> None:
    text = run("4242").stdout
    assert text.startswith("goxray advise · /srv/bin/shop · running process · go1.25.5 amd64\n2 things to change")
    for part in ("main.users is 2% full", "2.00 MiB to 4.00 MiB", "fresh[k] = v", "it fills up again", "a note",
                 "4.88 KiB allocated in all", "go1.27.3", "+4.00 KiB", "-2.00 KiB"):  # fmt: skip
        assert part in text, part
    chinese = run("4242", "--lang", "zh").stdout
    assert "main.users 只用了 2%" in chinese and "何时不适用" in chinese and "wrong when" not in chinese


def test_the_stamp_of_unverified_figures(api: FakeApi) -> None:
    api.answer = result(unverified=True)
    assert run("4242").stdout.startswith("UNVERIFIED: nobody has checked the layout of go1.25.5")
    done = run("4242", "--format", "md")
    assert "UNVERIFIED" in done.stdout and "UNVERIFIED" in done.stderr


@pytest.mark.parametrize("changes", [{}, {"unverified": True}, {"findings": [], "forecast": [], "notes": []},
                                     {"faults": ["f"], "source": "profile", "go_version": ""}])  # fmt: skip
def test_json_keeps_its_schema(api: FakeApi, changes: dict[str, Any]) -> None:
    api.answer = result(**changes)
    for lang in ("en", "zh"):
        said = json.loads(run("4242", "--format", "json", "--lang", lang).stdout)
        jsonschema.validate(said, SCHEMA)
        wanted = [
            "rule",
            "owner",
            "addr",
            "gain_bytes",
            "gain_low",
            "gain_high",
            "title",
            "why",
            "change",
            "when_wrong",
        ]
        assert all(set(wanted) <= set(finding) for finding in said["findings"])
    if not changes:
        assert said["findings"][0]["title"] == "main.users 只用了 2%"


def test_files_by_their_names(api: FakeApi, tmp_path: Path) -> None:
    for name, start in (("a.html", b"<!doctype html>"), ("a.md", b"# goxray advise: shop"), ("a.json", b"{")):
        assert run("4242", "-o", str(tmp_path / name)).exit_code == 0
        assert (tmp_path / name).read_bytes().startswith(start)
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert set(FORMATS_OF["advise"]) == {"table", "json", "html", "md"}


def test_foreign_names_are_harmless(api: FakeApi, tmp_path: Path) -> None:
    """Names come from a process that may want to harm: no markup, no terminal sequences, in any format."""
    first = result().findings[0]
    bad = replace(first, owner="x\x1b[2J<script>`|", title="\x1b]0;<script>alert(1)</script>", change="```\n\x1bc")
    api.answer = result(findings=[bad], target="/bin/<img src=x>\x1b[1m")
    for fmt in ("table", "md", "json", "html"):
        out = tmp_path / fmt
        run("4242", "--format", fmt, "-o", str(out))
        text = out.read_text(encoding="utf-8")
        assert "\x1b" not in text, fmt
        if fmt == "html":
            assert "<script>alert" not in text and "<img" not in text
        if fmt == "md":
            # In a code span and behind a backslash markup is text; a fence within the code must not close it.
            bare = re.sub(r"`[^`\n]+`|\\[<>]", "", text)
            assert "<" not in bare and ">" not in bare and text.count("```") == 2
