"""``goxray lab list``, ``show``, ``report`` and ``new``: what they print and how they end."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result
from lab_samples import catalogue, lab_result, nothing

from goxray import api_lab
from goxray.core.lab_result import ToolchainInfo, ToolchainList
from goxray.lab.catalogue import SHIPPED
from goxray.lab.experiment import TOPICS
from goxray.lab.reading import read
from goxray.lab.template import write_template
from goxray.render import write
from goxray.render.options import RenderOptions
from goxray.ui.cli.lab import COMMANDS
from goxray.ui.cli.main import main
from tests.harness.goldens import GOLDEN, reviewed

SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"
GOLDENS: dict[str, tuple[str, tuple[str, ...], dict[str, str]]] = {
    "labcatalogue-list-80.txt": ("list", (), {"COLUMNS": "80"}),
    "labcatalogue-list-120-zh.txt": ("list", ("--lang", "zh"), {"COLUMNS": "120"}),
    "labcatalogue-show-80.txt": ("show", ("map-hint", "sync-map-reads"), {"COLUMNS": "80"}),
    "labcatalogue-show-100-zh.txt": ("show", ("C000-46", "--source", "--lang", "zh"), {"COLUMNS": "100"}),
    "labcatalogue-show.json": ("show", ("C000-46", "--format", "json"), {}),
}


def run(*words: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner(env={"COLUMNS": "100", "NO_COLOR": "1", **(env or {})}).invoke(main, ["lab", *words])


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Stand in for what is kept; return what was asked for."""
    asked: list[dict[str, Any]] = []

    def answer(result: Any) -> Any:
        def called(names: Any = (), **more: Any) -> Any:
            asked.append({"names": tuple(names), **more})
            return result

        return called

    files = {"claim.toml": 'id = "map-hint"\n', "main.go": "package main\n\tfunc main() {}\n"}
    monkeypatch.setattr(api_lab, "catalogue", answer(catalogue(sources=files)))
    monkeypatch.setattr(api_lab, "found", answer(lab_result(mode="kept")))
    return asked


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert "Example" in result.stdout and f"  goxray lab {name}" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 100


@pytest.mark.parametrize("name", GOLDENS)
def test_output_is_as_reviewed(name: str, known: list[dict[str, Any]]) -> None:
    command, words, env = GOLDENS[name]
    result = run(command, *words, env=env)
    assert result.exit_code == 0, result.output
    assert result.stdout == reviewed(name, result.stdout)


def test_every_golden_file_has_a_case() -> None:
    assert {path.name for path in GOLDEN.glob("labcatalogue*")} == set(GOLDENS)


def test_options_reach_the_api(known: list[dict[str, Any]]) -> None:
    assert run("list", "C003", "--topic", "sync", "--experiments", "a", "--results", "b").exit_code == 0
    assert run("show", "map-hint", "--experiments", "a").exit_code == 0
    assert run("report", "map-hint", "--topic", "sync", "--results", "b", "--format", "csv").exit_code == 0
    assert known == [
        {"names": ("C003",), "topic": "sync", "folders": ("a",), "results": "b"},
        {"names": ("map-hint",), "folders": ("a",), "results": None},
        {"names": ("map-hint",), "topic": "sync", "folders": (), "results": "b"},
    ]


def test_show_keeps_to_the_claim_that_is_named(known: list[dict[str, Any]]) -> None:
    told = json.loads(run("show", "C000-46", "--format", "json").stdout)
    assert [claim["id"] for claim in told["claims"]] == ["C000-46"]
    assert {row["claim"] for row in told["verdicts"]} == {"C000-46"} and told["sources"] == {}
    told = json.loads(run("show", "map-hint", "--source", "--format", "json").stdout)
    assert len(told["claims"]) == 5 and set(told["sources"]) == {"claim.toml", "main.go"}


@pytest.mark.parametrize(
    ("file", "begins"), [("r.html", "<!doctype html>"), ("r.md", "# "), ("r.json", "{"), ("r.csv", "claim,")]
)
def test_the_report_is_what_its_name_says(
    file: str, begins: str, known: list[dict[str, Any]], tmp_path: Path
) -> None:  # fmt: skip
    result = run("report", "-o", str(tmp_path / file), "--lang", "zh")
    assert result.exit_code == 0 and result.output == ""
    assert (tmp_path / file).read_text("utf-8").startswith(begins)


def test_a_report_of_nothing_says_what_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(api_lab, "found", lambda *_, **__: nothing())
    result = run("report", "C003", "--topic", "sync", "-o", str(tmp_path / "r.html"))
    assert result.exit_code == 3 and not (tmp_path / "r.html").exists()
    assert result.stderr.splitlines() == [
        "goxray: nothing is kept of C003 as it is now",
        "hint: run it first: goxray lab run C003 --topic sync --quick",
    ]


def test_the_real_catalogue_is_listed_without_results(tmp_path: Path) -> None:
    result = run("list", "--topic", "map-layout", "--results", str(tmp_path), "--format", "json")
    told = json.loads(result.stdout)
    assert told["schema"] == "goxray.lab-catalogue/1" and "map-hint" in {each["id"] for each in told["experiments"]}
    assert {each["topic"] for each in told["claims"]} == {"map-layout"} and told["verdicts"] == []


@pytest.mark.parametrize("words", [("show",), ("show", "no-such-thing"), ("list", "--topic", "cooking"), ("new",)])
def test_wrong_usage_is_one_line_and_two(words: tuple[str, ...]) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert result.stderr.startswith("goxray: ") and "Traceback" not in result.output


def test_ids_are_completed() -> None:
    env = {
        **os.environ,
        "_GOXRAY_COMPLETE": "bash_complete",
        "COMP_WORDS": "goxray lab show map-hin",
        "COMP_CWORD": "3",
    }
    done = subprocess.run([sys.executable, "-m", "goxray"], env=env, capture_output=True, text=True)
    assert "plain,map-hint" in done.stdout.splitlines()
    assert all((SHIPPED / line.removeprefix("plain,")).is_dir() for line in done.stdout.splitlines())


# --- lab new ----------------------------------------------------------------------------------------------------------


def test_new_writes_an_experiment_that_reads(tmp_path: Path) -> None:
    where = tmp_path / "mine"
    result = run("new", "slice-growth", "--in", str(where))
    assert result.exit_code == 0
    assert f"goxray lab run slice-growth --experiments {where} --quick" in result.stdout
    found = read(where / "slice-growth")
    assert found.id == "slice-growth" and found.topic in TOPICS
    assert {each.kind for claim in found.claims for each in (*claim.predicates, *claim.checks)} == {
        "ratio_at_least",
        "between",
    }


def test_new_experiments_have_claims_of_their_own(tmp_path: Path) -> None:
    ids = [read(write_template(name, tmp_path)).claims[0].id for name in ("one", "two", "three")]
    assert ids == ["X001-01", "X002-01", "X003-01"]


@pytest.mark.parametrize("name", ["Bad", "a_b", "../x", "-x", "a--b", ""])
def test_new_refuses_names_that_are_none(name: str, tmp_path: Path) -> None:
    result = run("new", "--in", str(tmp_path), "--", name)
    assert result.exit_code == 2 and "cannot be an experiment's name" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_new_never_touches_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "main.go").write_text("precious")
    result = run("new", "mine", "--in", str(tmp_path))
    assert result.exit_code == 2 and re.search(r"mine is there already$", result.stderr, re.MULTILINE)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["main.go"]
    assert (tmp_path / "mine" / "main.go").read_text() == "precious"


def test_new_says_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert run("new", "mine", "--in", str(tmp_path / "file")).exit_code == 2


def validate(text: str, schema: str) -> None:
    jsonschema.validate(json.loads(text), json.loads((SCHEMAS / f"{schema}.json").read_text("utf-8")))


def test_json_keeps_its_schemas(known: list[dict[str, Any]]) -> None:
    validate(run("list", "--format", "json").stdout, "goxray.lab-catalogue-1")
    validate(run("show", "map-hint", "--source", "--format", "json").stdout, "goxray.lab-catalogue-1")
    found = ToolchainList((ToolchainInfo("1.27.3", "cache", "/go", True),), "/cache")
    out = io.BytesIO()
    write(found, "json", out, RenderOptions(), "lab-toolchains")
    validate(out.getvalue().decode(), "goxray.lab-toolchains-1")
    with pytest.raises(jsonschema.ValidationError):
        validate(out.getvalue().decode(), "goxray.lab-catalogue-1")


def test_the_list_of_nothing_says_so() -> None:
    out = io.BytesIO()
    write(catalogue(experiments=(), claims=(), known=(), overall=()), "table", out, RenderOptions(), "lab-catalogue")
    assert "No experiment." in out.getvalue().decode()
