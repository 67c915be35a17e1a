"""The debt figures: ages, branches of real cover profiles, drift between manifests, density, and their trend."""

from __future__ import annotations

import json
import re
import stat
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from goxray.audit.facts import Advisory
from goxray.audit.health.ages import Releases, ages, libyears
from goxray.audit.health.branches import branches_of
from goxray.audit.health.coverage import read_profile
from goxray.audit.health.drift import compare, names_of, read_environment
from goxray.audit.health.figures import HealthInputs, measure
from goxray.audit.health.trend import file_of
from goxray.core.audit_result import Debt, Module
from goxray.core.errors import UsageError
from goxray.core.words import Words

COVER = Path(__file__).parents[1] / "corpus" / "health" / "cover"
PROFILES = ("go1.21-set.out", "go1.27-count.out")
ROOTS = (("example.com/cov", COVER),)
TODAY = date(2026, 6, 30)
COMMIT = "abcdefabcdef"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def debt(inputs: HealthInputs, name: str) -> Debt:
    return next(each for each in measure(inputs) if each.name == name)


# Ages ---------------------------------------------------------------------------------------------------------------


def proxy(root: Path, module: str, *versions: tuple[str, str], listed: str = "") -> None:
    for version, time in versions:
        write(root / module / "@v" / f"{version}.info", json.dumps({"Version": version, "Time": time}))
    if listed:
        write(root / module / "@v" / "list", listed)


def test_the_median_age_is_that_of_the_versions_that_are_built(tmp_path: Path) -> None:
    proxy(tmp_path, "example.com/a", ("v1.0.0", "2026-06-20T00:00:00Z"), ("v1.2.0", "2026-06-29T23:59:59.123456789Z"))
    proxy(tmp_path, "github.com/!big/b", ("v2.0.0", "2026-05-31T20:00:00-08:00"), listed="v2.0.0\nv2.1.0-rc.1\n")
    proxy(tmp_path, "example.com/fork", ("v0.9.0", "2024-06-30T00:00:00Z"))
    modules = (
        Module("example.com/main", "", main=True),
        Module("example.com/a", "v1.0.0"),  # 10 days
        Module("github.com/Big/b", "v2.0.0"),  # the first of June in UTC: 29 days
        Module("example.com/c", f"v0.0.0-20260101000000-{COMMIT}"),  # its own time says it: 180 days
        Module("example.com/d", "v1.0.0", replaced_by="example.com/fork v0.9.0"),  # 730 days
        Module("example.com/e", "v1.0.0", replaced_by="../e"),  # a directory has no date
        Module("example.com/f", "v1.0.0"),  # nothing is known of it
    )
    found = ages(modules, Releases((tmp_path,)))
    days = {each.path: (TODAY - each.published).days for each in found if each.published is not None}
    assert days == {"example.com/a": 10, "github.com/Big/b": 29, "example.com/c": 180, "example.com/fork": 730}
    inputs = HealthInputs(tmp_path, TODAY, modules=modules, releases=(tmp_path,))
    made = debt(inputs, "dependency_age")
    assert (made.value, made.unit) == ((29 + 180) / 2, "days")
    assert "4 of 5 dependencies" in made.detail.en and "example.com/fork v0.9.0" in made.detail.en


def test_libyears_go_to_the_newest_release_whose_date_is_known(tmp_path: Path) -> None:
    proxy(
        tmp_path,
        "example.com/a",
        ("v1.0.0", "2020-01-01T00:00:00Z"),
        ("v1.10.0", "2022-01-01T00:00:00Z"),
        ("v1.9.0", "2021-01-01T00:00:00Z"),
        ("v1.11.0-rc.1", "2025-01-01T00:00:00Z"),
        ("v2.0.0+incompatible", "2025-01-01T00:00:00Z"),
    )
    proxy(tmp_path, "example.com/new", ("v1.0.0", "2020-01-01T00:00:00Z"))
    proxy(tmp_path, "example.com/listed", ("v1.0.0", "2020-01-01T00:00:00Z"), listed="v1.0.0\nv1.1.0\n")
    modules = [Module(f"example.com/{name}", "v1.0.0") for name in ("a", "new", "listed")]
    found = ages(modules, Releases((tmp_path,)))
    assert [each.latest for each in found] == ["v1.10.0", "v1.0.0", "v1.1.0"]
    years, compared = libyears(found)
    assert years == pytest.approx(731 / 365.25) and compared == 2  # 2020 was a leap year; the listed one has no date


def test_what_is_no_module_path_is_not_looked_for(tmp_path: Path) -> None:
    write(tmp_path / "outside" / "@v" / "v1.0.0.info", json.dumps({"Time": "2020-01-01T00:00:00Z"}))
    releases = Releases((tmp_path / "inside",))
    (tmp_path / "inside").mkdir()
    assert releases.published("../outside", "v1.0.0") is None
    assert releases.published("example.com/a", "../../../outside/@v/v1.0.0") is None


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{", '{"Time": 3}', '{"Time": "yesterday"}', "[" * 100_000],
    ids=["empty", "list", "open", "number", "no time", "deep"],
)
def test_a_broken_info_file_gives_no_date(tmp_path: Path, content: str) -> None:
    write(tmp_path / "example.com" / "a" / "@v" / "v1.0.0.info", content)
    assert Releases((tmp_path,)).published("example.com/a", "v1.0.0") is None


def test_ages_need_dates_and_no_dependency_is_no_age(tmp_path: Path) -> None:
    unknown = HealthInputs(tmp_path, TODAY, modules=(Module("example.com/a", "v1.0.0"),))
    assert debt(unknown, "dependency_age").value is None
    assert ".info" in debt(unknown, "dependency_age").detail.en
    assert debt(replace(unknown, modules=()), "dependency_age").value == 0.0


# Branches -----------------------------------------------------------------------------------------------------------


def branch_comments() -> tuple[int, int]:
    """Return how many branches the source says are taken and are not: each has a comment behind its beginning."""
    said = re.findall(r"(?://|/\*) (not )?taken", (COVER / "cov.go").read_text())
    return said.count(""), said.count("not ")


@pytest.mark.parametrize("name", PROFILES)
def test_branches_of_a_real_profile_are_those_that_the_source_says(name: str) -> None:
    profile = read_profile((COVER / name).read_text(), name)
    found = branches_of(profile, ROOTS)
    assert (found.taken, found.missed) == branch_comments() and found.missed == 10
    assert (found.unmatched, found.absent) == (0, [])


@pytest.mark.parametrize("name", PROFILES)
def test_statements_are_those_of_go_tool_cover(name: str) -> None:
    ran, every = read_profile((COVER / name).read_text(), name).statements
    assert f"{100 * ran / every:.1f}" == "71.9"  # go tool cover -func of both says: total: (statements) 71.9%


def test_the_figure_is_the_share_of_missed_branches() -> None:
    made = debt(HealthInputs(COVER, TODAY, module_roots=ROOTS, cover=COVER / PROFILES[0]), "uncovered_branches")
    taken, missed = branch_comments()
    assert made.value == pytest.approx(100 * missed / (taken + missed)) and made.unit == "%"
    assert "28.1% of 32 statements" in made.detail.en


def test_blocks_that_stand_twice_are_merged() -> None:
    lines = "a/f.go:1.2,3.4 2 1\na/f.go:1.2,3.4 2 {count}\na/f.go:5.1,6.1 1 0\n"
    counted = read_profile("mode: count\n" + lines.format(count=4), "p").blocks["a/f.go"]
    assert [each.count for each in counted] == [5, 0]
    either = read_profile("mode: set\n" + lines.format(count=0) + "mode: set\n" + lines.format(count=1), "p")
    assert [each.count for each in either.blocks["a/f.go"]] == [1, 0] and either.statements == (2, 3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty"),
        ("a/f.go:1.2,3.4 2 1\n", "p:1: no cover profile: no 'mode:' line"),
        ("mode: some\n", "p:1: no cover profile: unknown mode"),
        ("mode: set\nmode: count\n", "p:2: no cover profile: mode 'count' after 'set'"),
        ("mode: set\na/f.go:1.2,3.4 2\n", "p:2: no cover profile: this line is not understood"),
        ("mode: set\nf.go:1.2,3.4 2 1\nf.go:1.2,3.4 3 1\n", "p:3: no cover profile: the same block has 2 statements"),
    ],
    ids=["empty", "no mode", "unknown mode", "two modes", "short line", "contradiction"],
)
def test_what_is_no_profile_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        read_profile(text, "p")


def test_source_that_changed_since_is_told_apart_from_source_that_is_not_covered(tmp_path: Path) -> None:
    source = (COVER / "cov.go").read_text()
    write(tmp_path / "cov.go", source.replace("\tif n > 0 {", "\tif false {\n\t}\n\tif n > 0 {"))
    profile = read_profile((COVER / PROFILES[0]).read_text(), "p")
    found = branches_of(profile, (("example.com/cov", tmp_path),))
    assert found.unmatched > 0 and found.taken + found.missed < sum(branch_comments())
    assert branches_of(profile, (("example.com/other", tmp_path),)).absent == ["example.com/cov/cov.go"]
    (tmp_path / "cov.go").unlink()
    assert branches_of(profile, (("example.com/cov", tmp_path),)).share is None


def test_a_profile_reads_nothing_outside_its_module(tmp_path: Path) -> None:
    write(tmp_path / "secret.go", "package p\n\nfunc f() {\n\tif true {\n\t}\n}\n")
    (tmp_path / "in").mkdir()
    for name in ("m/../secret.go", "./../secret.go", str(tmp_path / "secret.go")):
        profile = read_profile(f"mode: set\n{name}:4.10,5.3 0 1\n", "p")
        assert branches_of(profile, (("m", tmp_path / "in"),)).absent == [name]


# Drift --------------------------------------------------------------------------------------------------------------

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  namespace: {space}
  resourceVersion: "{number}"
spec:
  replicas: {replicas}
  paused: {paused}
  template:
    spec:
      containers:
{containers}
---
apiVersion: v1
kind: Secret
metadata: {{name: keys, namespace: {space}}}
stringData: {{password: {secret}}}
"""
WEB = "        - {name: web, image: 'web:1', ports: [80]}\n"
SIDE = "        - {name: side, image: 'side:1'}\n"


def environment(folder: Path, **parts: str) -> Path:
    given = {"space": "x", "number": "1", "replicas": "1", "paused": "no", "containers": WEB + SIDE, "secret": "hush"}
    write(folder / "all.yaml", DEPLOYMENT.format(**{**given, **parts}))
    return folder


def drift_of(*folders: Path) -> list[str]:
    return compare([read_environment(path, path.name) for path in folders]).differing


def test_environments_that_mean_the_same_do_not_drift(tmp_path: Path) -> None:
    one = environment(tmp_path / "one")
    two = environment(tmp_path / "two", space="y", number="77", paused="false", containers=SIDE + WEB)
    assert drift_of(one, two) == []


@pytest.mark.parametrize(
    ("parts", "differing"),
    [
        ({"replicas": "3"}, ["Deployment/api: spec.replicas"]),
        ({"replicas": '"1"'}, ["Deployment/api: spec.replicas"]),
        ({"secret": "other"}, ["Secret/keys: stringData.password"]),
        (
            {"containers": WEB.replace("web:1", "web:2") + SIDE},
            ["Deployment/api: spec.template.spec.containers[web].image"],
        ),
        (
            {"containers": WEB},
            [f"Deployment/api: spec.template.spec.containers[side].{key}" for key in ("image", "name")],
        ),
        (
            {"containers": WEB.replace("[80]", "[]") + SIDE},
            [f"Deployment/api: spec.template.spec.containers[web].ports{at}" for at in ("", "[0]")],
        ),
    ],
    ids=["value", "kind of value", "secret", "inside a list", "item missing", "empty list"],
)
def test_a_setting_that_differs_is_named(tmp_path: Path, parts: dict[str, str], differing: list[str]) -> None:
    one, two = environment(tmp_path / "one"), environment(tmp_path / "two", **parts)
    assert drift_of(one, two) == drift_of(two, one) == differing


def test_objects_of_some_environments_and_plain_files_are_compared_too(tmp_path: Path) -> None:
    for name, level in (("dev", "debug"), ("test", "info"), ("prod", "info")):
        write(tmp_path / name / "app" / "values.yaml", f"log: {{level: {level}}}\n")
    write(tmp_path / "prod" / "extra.json", '{"kind": "ConfigMap", "metadata": {"name": "extra"}, "data": {"a": "b"}}')
    found = compare([read_environment(tmp_path / name, name) for name in ("dev", "test", "prod")])
    assert found.differing == ["app/values.yaml: log.level"] and found.lonely == ["ConfigMap/extra"]
    single = [write(tmp_path / f"values-{name}.yaml", f"replicas: {name}\n") for name in ("1", "2")]
    assert drift_of(*single) == ["values: replicas"]


def test_the_figure_names_keys_and_never_values(tmp_path: Path) -> None:
    one, two = environment(tmp_path / "one"), environment(tmp_path / "two", secret="s3cr3t", replicas="2")
    write(two / "template.yaml", "{{ if .Values.x }}\na: [\n")
    made = debt(HealthInputs(tmp_path, TODAY, manifests=(one, two)), "config_drift")
    assert made.value == 2 and made.unit == "settings"
    assert "Secret/keys: stringData.password" in made.detail.en
    assert "hush" not in str(made) and "s3cr3t" not in str(made)
    assert "1 files were not understood: template.yaml: line" in made.detail.en


def test_manifests_without_end_are_refused_in_a_line(tmp_path: Path) -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    write(tmp_path / "bomb" / "bomb.yaml", "a0: &a0 [x]\n" + levels)
    write(tmp_path / "loop" / "loop.yaml", "a: &a [*a]\n")
    for name in ("bomb", "loop"):
        with pytest.raises(UsageError, match="more than 200,000 nodes, or 200 levels, once aliases"):
            read_environment(tmp_path / name, name)
    with pytest.raises(UsageError, match="no such file or directory"):
        read_environment(tmp_path / "none", "none")


def test_names_of_environments_are_as_long_as_they_must_be(tmp_path: Path) -> None:
    assert names_of([Path("/a/dev"), Path("/a/prod")]) == ["dev", "prod"]
    assert names_of([Path("/a/dev/k8s"), Path("/a/prod/k8s")]) == ["dev/k8s", "prod/k8s"]


# Density ------------------------------------------------------------------------------------------------------------


def advisory(name: str, *aliases: str, module: str = "example.com/a") -> Advisory:
    return Advisory(name, aliases, "", module, "v1.0.0", "v1.0.1", (), "")


def test_an_advisory_counts_once_whatever_its_names(tmp_path: Path) -> None:
    found = (
        advisory("GO-2024-0001", "CVE-2024-1", "GHSA-1"),
        advisory("GO-2024-0001", "CVE-2024-1", "GHSA-1", module="example.com/b"),
        advisory("GHSA-2", "CVE-2024-2"),
        advisory("GO-2024-0002", "CVE-2024-2"),
        advisory("GO-2024-0003"),
    )
    inputs = HealthInputs(tmp_path, TODAY, advisories=found, lines=6000, database_date="2026-01-02T03:04:05Z")
    made = debt(inputs, "vulnerable_density")
    assert made.value == 3 / 6 and "2026-01-02" in made.detail.en
    assert debt(replace(inputs, advisories=()), "vulnerable_density").value == 0.0
    assert debt(replace(inputs, lines=0), "vulnerable_density").value is None


# All of them, and their trend ---------------------------------------------------------------------------------------


def test_a_figure_without_its_input_says_which_one_is_missing(tmp_path: Path) -> None:
    found = measure(HealthInputs(tmp_path, TODAY))
    assert [each.name for each in found] == [
        "dependency_age",
        "uncovered_branches",
        "config_drift",
        "vulnerable_density",
        "api_drift",
    ]
    for each, word in zip(found, ("go.mod", "cover profile", "manifests", "database", "OpenAPI"), strict=True):
        assert each.value is None and word in each.detail.en and each.detail.zh.startswith("未测量")


def density(root: Path, day: int, lines: int, said: list[Words] | None = None) -> Debt:
    inputs = HealthInputs(
        root,
        date(2026, 6, day),
        module_roots=(("example.com/app", root),),
        advisories=(advisory("GO-1"),),
        lines=lines,
        store=root / "store",
    )
    found = measure(inputs, said.append if said is not None else None)
    return next(each for each in found if each.name == "vulnerable_density")


def test_the_trend_is_that_of_the_days_before_and_the_last_run_of_a_day_counts(tmp_path: Path) -> None:
    assert density(tmp_path, 1, 1000).trend == ()
    assert density(tmp_path, 1, 500).trend == ()
    assert density(tmp_path, 3, 250).trend == (("2026-06-01", 2.0),)
    assert density(tmp_path, 4, 250).trend == (("2026-06-01", 2.0), ("2026-06-03", 4.0))
    assert density(tmp_path, 2, 250).trend == (("2026-06-01", 2.0),)
    (kept,) = (tmp_path / "store").iterdir()
    assert kept == file_of(tmp_path / "store", "example.com/app")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert json.loads(kept.read_text())["module"] == "example.com/app"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "\xff",
        '{"format": "goxray.health/1", "module": "example.com/other", "figures": {}}',
        '{"format": "goxray.health/1", "module": "example.com/app", "figures": {"a": {"2026-06-01": "1"}}}',
        '{"format": "goxray.health/1", "module": "example.com/app", "figures": {"a": {"soon": 1}}}',
        '{"format": "goxray.health/1", "module": "example.com/app", "figures": {"a": {"2026-06-01": NaN}}}',
    ],
    ids=["empty", "list", "bytes", "another module", "text", "no date", "not a number"],
)
def test_a_broken_store_is_passed_over_with_a_line(tmp_path: Path, content: str) -> None:
    kept = file_of(tmp_path / "store", "example.com/app")
    kept.parent.mkdir()
    kept.write_bytes(content.encode("latin-1"))
    said: list[Words] = []
    assert density(tmp_path, 1, 1000, said).trend == ()
    assert len(said) == 1 and "the trend starts anew" in said[0].en and str(kept) in said[0].en
    assert density(tmp_path, 2, 1000, said).trend == (("2026-06-01", 1.0),) and len(said) == 1


def test_a_store_that_cannot_be_written_costs_no_figure(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file in the way")
    said: list[Words] = []
    assert density(tmp_path, 1, 1000, said).value == 1.0
    assert any("the trend is not kept" in each.en for each in said)
