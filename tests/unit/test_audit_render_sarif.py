"""The audit as SARIF: the standard's demands, what viewers need to show a finding, and the page of the report."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from audit_samples import SKIPS, TLS001, VULNERABLE, clean, hostile, many, service
from audit_sarif_schema import LOG, faults

from goxray.audit.registry import all_rules
from goxray.core.audit_result import AuditResult, FileCounts
from goxray.render import write
from goxray.render.options import RenderOptions
from goxray.render.sarif import uri
from goxray.render.words import LANGS, Lang


def log_of(result: AuditResult, lang: Lang = "en") -> Any:
    out = io.BytesIO()
    write(result, "sarif", out, RenderOptions(lang=lang), "audit")
    return json.loads(out.getvalue())


def results(result: AuditResult) -> dict[str, Any]:
    return {each["partialFingerprints"]["goxray/v1"]: each for each in log_of(result)["runs"][0]["results"]}


def whole_catalogue() -> AuditResult:
    """Every rule's own help."""
    infos = tuple(rule.info for rule in all_rules())
    return AuditResult((".",), "strict", infos, (SKIPS,), FileCounts(parsed=1))


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("make", [service, clean, hostile, whole_catalogue])
def test_the_standard_takes_it(make: Callable[[], AuditResult], lang: Lang) -> None:
    log = log_of(make(), lang)
    jsonschema.Draft202012Validator.check_schema(LOG)
    assert faults(log) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda log: log.update(version="2.0.0"),
        lambda log: log["runs"][0].pop("tool"),
        lambda log: log["runs"][0]["results"][0].update(level="critical"),
        lambda log: log["runs"][0]["results"][0].pop("message"),
        lambda log: log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"].update(startLine=0),
        lambda log: log["runs"][0]["results"][0].update(suppressions=[{"status": "accepted"}]),
        lambda log: log["runs"][0]["artifacts"][0]["location"].update(uri="a b"),
    ],
    ids=["version", "tool", "level", "message", "line", "suppression", "uri"],
)
def test_what_the_standard_refuses_is_refused(spoil: Callable[[Any], Any]) -> None:
    log = log_of(service())
    spoil(log)
    assert faults(log)


def test_every_result_has_what_viewers_need_to_show_it() -> None:
    """A rule by its index, a relative file, a line from 1, a level, a message, a fingerprint: binaries too."""
    run = log_of(service())["runs"][0]
    rules, artifacts = run["tool"]["driver"]["rules"], run["artifacts"]
    assert len(run["results"]) == 10
    for each in run["results"]:
        assert rules[each["ruleIndex"]]["id"] == each["ruleId"]
        place = each["locations"][0]["physicalLocation"]
        assert artifacts[place["artifactLocation"]["index"]]["location"] == place["artifactLocation"]
        assert place["artifactLocation"]["uriBaseId"] == "%SRCROOT%" and place["region"]["startLine"] >= 1
        assert each["level"] in {"error", "warning", "note"} and each["partialFingerprints"]["primaryLocationLineHash"]
        assert "\nfix: " in each["message"]["text"]


def test_a_binary_has_a_place_and_what_identifies_it() -> None:
    run = log_of(service())["runs"][0]
    place = results(service())[f"{20:016x}"]["locations"][0]
    assert place["physicalLocation"]["region"] == {"startLine": 1}
    assert place["logicalLocations"] == [{"fullyQualifiedName": "libc.so.6"}]
    artifact = run["artifacts"][place["physicalLocation"]["artifactLocation"]["index"]]
    assert artifact["location"]["uri"] == "bin/orders" and artifact["hashes"] == {"sha-256": "ab" * 32}
    assert artifact["length"] == 32_505_856 and artifact["roles"] == ["analysisTarget"]


def test_levels_and_scores() -> None:
    run = log_of(service())["runs"][0]
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert {name: rule["defaultConfiguration"]["level"] for name, rule in rules.items()} == {
        "BLD003": "warning",
        "MAP002": "note",
        "MOD005": "error",
        "NET002": "warning",
        "TLS001": "error",
    }
    scores = {name: rule["properties"].get("security-severity") for name, rule in rules.items()}
    # MOD005 is high by itself and critical in this run; maps that grow are no matter of security.
    assert scores == {"BLD003": "5.5", "MAP002": None, "MOD005": "9.5", "NET002": "5.5", "TLS001": "8.0"}
    assert rules["TLS001"]["properties"]["tags"] == ["security", "GB/T 22239-2019 8.1.2.2"]


@pytest.mark.parametrize(("lang", "told"), [("en", "certificate verification switched off"), ("zh", "关闭了证书校验")])
def test_help_is_in_the_readers_language_and_says_how_sure_the_clause_is(lang: Lang, told: str) -> None:
    run = log_of(service(), lang)["runs"][0]
    rule = next(each for each in run["tool"]["driver"]["rules"] if each["id"] == "TLS001")
    assert rule["shortDescription"]["text"] == told and TLS001.why.of(lang)[:10] in rule["help"]["markdown"]
    assert {"en": "were not checked against", "zh": "未与标准原文核对"}[lang] in rule["help"]["markdown"]
    assert "http.Get(url)" in rule["help"]["markdown"] and rule["properties"]["clauseChecked"] is False


def test_accepted_findings_say_by_whom_and_why() -> None:
    found = results(service())
    assert [found[f"{at:016x}"]["suppressions"][0]["kind"] for at in (30, 31, 32)] == ["inSource", *["external"] * 2]
    assert found[f"{31:016x}"]["suppressions"][0]["justification"] == "test rig, ticket OPS-12"
    assert found[f"{1:016x}"]["suppressions"] == []


def test_a_comparison_tells_new_from_old() -> None:
    found = results(service())
    assert found[f"{10:016x}"]["baselineState"] == "new" and found[f"{11:016x}"]["baselineState"] == "unchanged"
    assert not any("baselineState" in each for each in results(replace(service(), compared="")).values())


def test_evidence_is_a_flow_that_ends_at_the_finding() -> None:
    row = results(service())[f"{1:016x}"]
    flow = [step["location"] for step in row["codeFlows"][0]["threadFlows"][0]["locations"]]
    places = [
        (each["physicalLocation"]["artifactLocation"]["uri"], each["physicalLocation"]["region"]["startLine"])
        for each in flow
    ]
    assert places == [
        ("internal/client/options.go", 12),
        ("cmd/orders/main.go", 88),
        ("internal/client/http.go", 41),
    ]
    assert [each["id"] for each in row["relatedLocations"]] == [1, 2]
    assert "codeFlows" not in results(service())[f"{2:016x}"]


def test_files_that_were_not_parsed_whole_are_notified() -> None:
    invocation = log_of(service())["runs"][0]["invocations"][0]
    assert invocation["executionSuccessful"] is True
    told = [(each["level"], each["message"]["text"]) for each in invocation["toolExecutionNotifications"]]
    assert told == [
        ("warning", "in part: internal/gen/broken.go: syntax errors on lines 12-19"),
        ("error", "not read: assets/huge.go: larger than 16 MiB"),
    ]


@pytest.mark.parametrize(
    ("path", "encoded"),
    [
        ("a/b.go", "a/b.go"),
        ("./a b.go", "a%20b.go"),
        ("100%#?.go", "100%25%23%3F.go"),
        ("审计.go", "%E5%AE%A1%E8%AE%A1.go"),
        ("\udcff.go", "%FF.go"),
        ("a:b.go", "a%3Ab.go"),
        ("/opt/x", "file:///opt/x"),
        (".", "."),
    ],
)
def test_paths_are_uris(path: str, encoded: str) -> None:
    assert uri(path) == encoded


def test_what_others_wrote_is_no_link_and_no_placeholder() -> None:
    texts = [each["message"]["text"] for each in log_of(hostile())["runs"][0]["results"]]
    assert not re.search(r"(?<!\\)\[[^\[\]]*\]\(|\{\d+\}|[\x00-\x09\x0b-\x1f\u202e]", "".join(texts))


def test_a_finding_whose_rule_is_not_described_stands_without_an_index() -> None:
    row = log_of(replace(service(), rules=(TLS001,), findings=(VULNERABLE,)))["runs"][0]["results"][0]
    assert row["ruleId"] == "MOD005" and "ruleIndex" not in row


def test_many_findings_stay_many() -> None:
    assert len(log_of(many())["runs"][0]["results"]) == 3000


def test_columns_count_what_editors_count() -> None:
    """§3.14.17 knows UTF-16 code units and code points, and no bytes."""
    told = replace(service(), findings=(replace(SKIPS, place=replace(SKIPS.place, column=12, utf16=10)), SKIPS))
    run = log_of(told)["runs"][0]
    assert run["columnKind"] == "utf16CodeUnits"
    columns = [each["locations"][0]["physicalLocation"]["region"]["startColumn"] for each in run["results"]]
    assert columns == [10, SKIPS.place.column]
