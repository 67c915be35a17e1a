"""goxray.toml is read whole, and one line says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from goxray.audit.policy import Acceptance, Allowed, Policy
from goxray.audit.policyfile import find_policy, read_policy
from goxray.core.errors import UsageError

WHOLE = """
profile = "mlps3"
disabled = ["NET004"]
endpoints = ["api.example.org"]
personal_names = ["khdh"]
linkage = "static"
platforms = ["kylin-v10"]
arches = ["arm64"]
clock_source = "ntp.example.org"
retention_days = 365
exclude = ["third_party/**"]
severities = { MOD006 = "medium" }

[[modules]]
path = "golang.org/x/..."
versions = ">=v0.20.0"
certificate = "C-7"

[[accept]]
rule = "NET001"
path = "cmd/probe/*.go"
symbol = "main"
reason = "runs once and is killed after a minute"
until = "2027-06-30"
"""


def policy(tmp_path: Path, text: str) -> Policy:
    path = tmp_path / "goxray.toml"
    path.write_text(text)
    return read_policy(path)


def test_every_key_is_read(tmp_path: Path) -> None:
    found = policy(tmp_path, WHOLE)
    assert found == Policy(
        profile="mlps3",
        path=str(tmp_path / "goxray.toml"),
        disabled=frozenset({"NET004"}),
        severities={"MOD006": "medium"},
        accepted=(
            Acceptance("NET001", "cmd/probe/*.go", "runs once and is killed after a minute", "2027-06-30", "main"),
        ),
        modules=(Allowed("golang.org/x/...", ">=v0.20.0", "C-7"),),
        endpoints=("api.example.org",),
        personal_names=("khdh",),
        linkage="static",
        platforms=("kylin-v10",),
        arches=("arm64",),
        clock_source="ntp.example.org",
        retention_days=365,
        exclude=("third_party/**",),
    )
    assert policy(tmp_path, "") == Policy(path=str(tmp_path / "goxray.toml"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("profle = 'gm'", "goxray.toml: unknown: profle"),
        ("profile = 'level3'", "goxray.toml: profile is one of default, gm, mlps3, strict"),
        ("profile = 3", "goxray.toml: profile must be a text"),
        ("severities = { NET001 = 'urgent' }", "goxray.toml: severities.NET001 is one of info"),
        ("linkage = 'both'", "goxray.toml: linkage is static or dynamic"),
        ("retention_days = 0.5", "goxray.toml: retention_days is a number of whole days"),
        ("[[accept]]\nrule = 'A'\nuntil = '2027-01-01'", "goxray.toml.accept[0]: reason is missing"),
        ("[[accept]]\nrule = 'A'\nreason = ' '\nuntil = '2027-01-01'", "goxray.toml.accept[0]: an acceptance needs"),
        ("[[accept]]\nrule = 'A'\nreason = 'r'\nuntil = 'soon'", "goxray.toml.accept[0]: until is a date"),
        ("[[accept]]\nrule = 'A'\nreason = 'r'", "goxray.toml.accept[0]: until is missing"),
        ("[[modules]]\npath = 'a'\nversions = 'newest'", "goxray.toml.modules[0]: 'newest' is no version range"),
        ("[[modules]]\npath = 'a'\nversion = 'v1'", "goxray.toml.modules[0]: unknown: version"),
        ("= 3", "is not TOML"),
    ],
)
def test_one_line_says_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        policy(tmp_path, text)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.hint


def test_the_nearest_policy_of_the_repository_counts(tmp_path: Path) -> None:
    inner = tmp_path / "repo" / "cmd" / "x"
    inner.mkdir(parents=True)
    (tmp_path / "goxray.toml").write_text("")
    assert find_policy(inner) == tmp_path / "goxray.toml"
    (tmp_path / "repo" / ".git").mkdir()
    assert find_policy(inner) is None
    (tmp_path / "repo" / "goxray.toml").write_text("")
    assert find_policy(inner) == tmp_path / "repo" / "goxray.toml"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_policy(tmp_path / "none.toml")
