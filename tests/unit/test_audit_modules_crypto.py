"""TLS003 and the module part of CRY005: GM TLS demanded and absent, tjfoc/gmsm in the build list."""

from __future__ import annotations

from pathlib import Path

import pytest

from goxray.audit.facts import ModuleUnit
from goxray.audit.modules.gomod import read_gomod
from goxray.audit.modules.selection import select
from goxray.audit.policy import Policy
from goxray.audit.policyfile import read_policy
from goxray.audit.rules import cry005, tls003
from tests.harness.auditing import Sample, counted, hits, lines, samples, wanted

GM = Policy(profile="gm")


def unit(requirements: str, *imports: str) -> ModuleUnit:
    gomod = read_gomod(f"module m\ngo 1.21\n{requirements}\n")
    selected = select([gomod]).modules
    at = {each.path: each.line for each in gomod.requirements}
    return ModuleUnit(
        "go.mod", "m", "1.21", "", selected, {}, (), (), (), None, None, (), at, imports_crypto=frozenset(imports)
    )


@pytest.mark.parametrize("sample", samples("TLS003"), ids=lambda sample: sample.name)
def test_servers_under_the_gm_profile(sample: Sample) -> None:
    found = hits(tls003.RULE, sample, GM)
    assert lines(found) == wanted(sample) and bool(found) == (sample.path.parent.name == "bad")
    assert lines(hits(tls003.RULE, sample, Policy(profile="mlps3", gm_tls=True))) == wanted(sample)
    for other in (Policy(), Policy(profile="mlps3"), Policy(profile="strict")):
        assert not hits(tls003.RULE, sample, other), "nobody asks for GM TLS"


def test_there_are_ten_of_each() -> None:
    bad, good = counted("TLS003")
    assert bad >= 10 and good >= 10


WITHOUT_GM_TLS = {
    "": ("crypto/tls",),
    "require github.com/emmansun/gmsm v0.30.0": ("crypto/tls", "github.com/emmansun/gmsm/sm4"),
    "require github.com/tjfoc/gmsm v1.4.1": ("crypto/tls", "github.com/tjfoc/gmsm/sm3"),
    "require golang.org/x/crypto v0.30.0": ("crypto/tls", "golang.org/x/crypto/ssh"),
    "require gitee.com/Trisia/gotlcpx v1.0.0": ("crypto/tls",),
}
WITH_GM_TLS = {
    "require gitee.com/Trisia/gotlcp v1.3.0": ("crypto/tls",),
    "require github.com/tjfoc/gmsm v1.4.1": ("crypto/tls", "github.com/tjfoc/gmsm/gmtls"),
    "require github.com/tjfoc/gmsm v1.4.0 // indirect": ("crypto/tls",),
    "require github.com/tongsuo-project/tongsuo-go-sdk v0.1.0": ("crypto/tls", "crypto/x509"),
    "": ("crypto/x509",),
}


def test_modules_under_the_gm_profile() -> None:
    assert tls003.RULE.module is not None
    for table, count in ((WITHOUT_GM_TLS, 1), (WITH_GM_TLS, 0)):
        for text, imports in table.items():
            found = list(tls003.RULE.module(unit(text, *imports), GM))
            assert len(found) == count, text
            assert not list(tls003.RULE.module(unit(text, *imports), Policy()))
    (told,) = tls003.RULE.module(unit("require github.com/emmansun/gmsm v0.30.0", "crypto/tls"), GM)
    assert "the algorithms, not the protocol" in told.message.en and "不含协议" in told.message.zh


def test_the_policy_can_ask_for_gm_tls(tmp_path: Path) -> None:
    (tmp_path / "goxray.toml").write_text('profile = "mlps3"\ngm_tls = true\n')
    assert read_policy(tmp_path / "goxray.toml").gm_tls
    assert not Policy().gm_tls


# Which releases and commits have the shared IV: the repository's history (SetIV came on 2021-06-09, v1.4.1 has it).
SHARED = [
    "require github.com/tjfoc/gmsm v1.4.1",
    "require github.com/tjfoc/gmsm v1.4.2-0.20220114090716-36b992c5540e",
    "require github.com/tjfoc/gmsm v1.4.1-0.20210702000000-abcdefabcdef",
    "require x.org/gm v1.0.0\nreplace x.org/gm => github.com/tjfoc/gmsm v1.4.1",
    "require github.com/tjfoc/gmsm v1.4.1 // indirect",
]
ZEROS = [
    "require github.com/tjfoc/gmsm v1.4.0",
    "require github.com/tjfoc/gmsm v1.3.2",
    "require github.com/tjfoc/gmsm v1.2.4 // indirect",
    "require github.com/tjfoc/gmsm v1.4.1-0.20210115000000-abcdefabcdef",
    "require github.com/tjfoc/gmsm v1.4.1\nreplace github.com/tjfoc/gmsm => github.com/tjfoc/gmsm v1.4.0",
]
OTHERS = [
    "",
    "require github.com/emmansun/gmsm v0.30.0",
    "require github.com/tjfoc/gmsm/v2 v2.0.0",
    "require github.com/tjfoc/gmtls v1.2.1",
    "require example.org/github.com/tjfoc/gmsm v1.4.1",
    "require github.com/tjfoc/gmsm v1.4.1\nreplace github.com/tjfoc/gmsm => github.com/fork/gmsm v1.5.0",
    "require github.com/tjfoc/gmsm v1.4.1\nreplace github.com/tjfoc/gmsm => ./gmsm",
    "require github.com/Tjfoc/gmsm v1.4.1",
    "require github.com/tjfoc/gmsmx v1.4.1",
    "require github.com/tjfoc/gmsm v1.4.1\nexclude github.com/tjfoc/gmsm v1.4.1",
]


@pytest.mark.parametrize("text", [*SHARED, *ZEROS, *OTHERS])
def test_tjfoc_gmsm_in_the_build_list(text: str) -> None:
    assert cry005.RULE.module is not None
    found = list(cry005.RULE.module(unit(text), Policy()))
    assert len(found) == (text not in OTHERS)
    for hit in found:
        assert ("share one IV" in hit.message.en) == (text in SHARED)
        assert ("IV of zeros" in hit.message.en) == (text in ZEROS)
        assert hit.severity == ("low" if "indirect" in text else "medium")
        assert hit.place.line == 3
