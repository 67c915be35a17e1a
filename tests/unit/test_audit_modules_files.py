"""go.mod, go.sum, go.work and vendor/modules.txt as they are read; versions as the go command orders them."""

from __future__ import annotations

import itertools
import json
from datetime import date
from pathlib import Path

import pytest

from goxray.audit.modules.advisories import Database, read_database, staleness
from goxray.audit.modules.cache import ModuleCache, escaped
from goxray.audit.modules.gomod import read_gomod
from goxray.audit.modules.replacing import Root
from goxray.audit.modules.selection import select, select_with
from goxray.audit.modules.sums import modules_of, read_gosum, read_vendor
from goxray.audit.modules.versions import go_order, lists_everything, newer, newest, pseudo, valid, within
from goxray.core.errors import BadModuleFile, UsageError

GOMOD = """\
// Deprecated: use example.org/new instead.
module "example.org/service" // the service

go 1.21

toolchain go1.24.3
godebug default=go1.21

require (
	golang.org/x/net v0.30.0
	github.com/Masterminds/semver v1.5.0 // indirect
	example.org/fork v0.0.0-20240131120000-abcdefabcdef // indirect; for a test
	gopkg.in/yaml.v2 v2.4.0+incompatible
)
require golang.org/x/sys v0.26.0//indirect

replace (
	example.org/fork => ../fork
	golang.org/x/net v0.30.0 => golang.org/x/net v0.31.0
)
exclude golang.org/x/sys v0.25.0
// It lost data.
retract [v1.0.0, v1.2.0]
retract v1.3.0 // published by mistake
tool golang.org/x/tools/cmd/stringer
"""


def test_a_go_mod_is_read_whole() -> None:
    found = read_gomod(GOMOD)
    assert (found.module, found.go, found.go_line, found.toolchain) == ("example.org/service", "1.21", 4, "go1.24.3")
    assert found.deprecated == "use example.org/new instead."
    told = [(each.path, each.version, each.indirect, each.line) for each in found.requirements]
    assert told == [
        ("golang.org/x/net", "v0.30.0", False, 10),
        ("github.com/Masterminds/semver", "v1.5.0", True, 11),
        ("example.org/fork", "v0.0.0-20240131120000-abcdefabcdef", True, 12),
        ("gopkg.in/yaml.v2", "v2.4.0+incompatible", False, 13),
        ("golang.org/x/sys", "v0.26.0", True, 15),
    ]
    local, other = found.replaces
    assert (local.local, local.version, local.new_path, local.line) == (True, "", "../fork", 18)
    assert (other.local, other.version, other.new_version) == (False, "v0.30.0", "v0.31.0")
    assert found.excludes == [("golang.org/x/sys", "v0.25.0")]
    assert [(each.low, each.high, each.why) for each in found.retracts] == [
        ("v1.0.0", "v1.2.0", "It lost data."),
        ("v1.3.0", "v1.3.0", "published by mistake"),
    ]
    assert (found.tools, found.godebug) == (["golang.org/x/tools/cmd/stringer"], {"default": "go1.21"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("module a\nrequire (\n\tb v1.0.0\n", "go.mod:2: the block 'require (' is not closed"),
        ('module "a\n', "go.mod:1: a quote is not closed"),
        ("frobnicate x\n", "go.mod:1: unknown directive: frobnicate"),
        ("require a 1.0.0\n", "go.mod:1: '1.0.0' is no module version"),
        ("require a\n", "go.mod:1: "),
        ("replace a => b\n", "go.mod:1: b needs a version, or ./ before a directory"),
        ("replace a b\n", "go.mod:1: "),
        ("module a b\n", "go.mod:1: "),
        (")\n", "go.mod:1: a parenthesis in the wrong place"),
        ("retract\n", "go.mod:1: "),
    ],
)
def test_what_is_not_understood_names_its_line(text: str, says: str) -> None:
    with pytest.raises(BadModuleFile) as caught:
        read_gomod(text)
    assert str(caught.value).startswith(says)


def test_a_workspace_is_read() -> None:
    found = read_gomod('go 1.22\nuse (\n\t./a\n\t"./b c"\n)\nuse ./d\nreplace x => ./x\n', "go.work")
    assert (found.go, found.uses, found.replaces[0].new_path) == ("1.22", ["./a", "./b c", "./d"], "./x")


def test_sums_and_vendor() -> None:
    sums = read_gosum("a v1.0.0 h1:x=\n\na v1.0.0/go.mod h1:y=\n")
    assert [(each.path, each.version, each.of_mod, each.line) for each in sums] == [
        ("a", "v1.0.0", False, 1),
        ("a", "v1.0.0", True, 3),
    ]
    with pytest.raises(BadModuleFile, match=r"go\.sum:2: 2 fields"):
        read_gosum("a v1.0.0 h1:x=\na v1.0.0\n")
    text = "# a v1.0.0\n## explicit; go 1.21\na/b\na/c\n# d v1.2.0 => ./d\nd\n# unused v1.0.0\n## workspace\n"
    vendored = read_vendor(text)
    assert [(each.path, each.version, each.explicit, each.packages) for each in vendored] == [
        ("a", "v1.0.0", True, ("a/b", "a/c")),
        ("d", "v1.2.0", False, ("d",)),
        ("unused", "v1.0.0", False, ()),
    ]
    assert [(each.path, each.replaced_by) for each in modules_of(vendored)] == [("a", ""), ("d", "./d")]


def test_versions_sort_as_semver_has_them() -> None:
    """The example of semver.org, clause 11, and pseudo-versions between their neighbours."""
    ordered = [
        "v0.0.0-20230101000000-aaaaaaaaaaaa",
        "v0.0.0-20240101000000-aaaaaaaaaaaa",
        "v1.0.0-alpha",
        "v1.0.0-alpha.1",
        "v1.0.0-alpha.beta",
        "v1.0.0-beta",
        "v1.0.0-beta.2",
        "v1.0.0-beta.11",
        "v1.0.0-rc.1",
        "v1.0.0",
        "v1.0.1-0.20240101000000-aaaaaaaaaaaa",
        "v1.0.1",
        "v1.2.0",
        "v1.10.0",
        "v2.0.0+incompatible",
    ]
    for lower, higher in itertools.combinations(ordered, 2):
        assert newer(higher, lower) and not newer(lower, higher), (lower, higher)
    assert newest(ordered[::-1]) == ordered[-1]
    assert not newer("v1.0.0+a", "v1.0.0") and not newer("v1.0.0", "v1.0.0+a")
    assert all(valid(each) for each in ordered) and not any(
        valid(each) for each in ("1.0.0", "v1.0", "v1.0.0.0", "v01.0.0", "")
    )
    told = pseudo("v1.0.1-0.20240101000000-abcdefabcdef")
    assert told is not None and (told.time, told.commit) == ("20240101000000", "abcdefabcdef")
    assert pseudo("v1.0.1-rc.1") is None and pseudo("v1.0.1") is None


def test_ranges_of_a_whitelist() -> None:
    assert within("v1.2.3", ">=v1.2.0, <v2.0.0") and not within("v2.0.0", ">=v1.2.0, <v2.0.0")
    assert within("v1.2.3", "v1") and within("v1.2.3", "v1.2") and not within("v1.3.0", "v1.2")
    assert within("v1.2.3", "v1.2.3") and not within("v1.2.4", "=v1.2.3") and within("v9.0.0", "")
    with pytest.raises(ValueError, match="no version range"):
        within("v1.0.0", "about 1")


def test_releases_of_go_sort() -> None:
    """The order of go/version's documentation: language, then candidates, then releases."""
    ordered = ["1.20rc1", "1.20", "1.20.3", "1.21", "1.21rc1", "1.21rc2", "1.21.0", "1.21.13", "1.22", "1.100.0"]
    keys = [go_order(each) for each in ordered]
    assert keys == sorted(keys) and len(set(keys)) == len(keys)
    assert [lists_everything(each) for each in ("1.17", "1.21.3", "1.16", "")] == [True, True, False, False]


def test_the_newest_requirement_is_selected() -> None:
    first = read_gomod("module a\ngo 1.21\nrequire (\n\tx v1.2.0\n\ty v1.0.0 // indirect\n)\nexclude z v1.0.0\n")
    second = read_gomod("module b\ngo 1.21\nrequire (\n\tx v1.10.0\n\ta v0.1.0\n\tz v1.0.0\n)\nreplace y => ../y\n")
    found = select([first, second])
    told = [(each.path, each.version, each.indirect, each.replaced_by, each.wanted_by) for each in found.modules]
    assert told == [("x", "v1.10.0", False, "", ("b",)), ("y", "v1.0.0", True, "../y", ("a",))]
    assert found.complete


def test_older_modules_need_their_dependencies_go_mods(tmp_path: Path) -> None:
    main = read_gomod("module a\ngo 1.16\nrequire Upper/x v1.0.0\n")
    assert not select([main]).complete
    folder = tmp_path / "cache" / "download" / "!upper" / "x" / "@v"
    folder.mkdir(parents=True)
    (folder / "v1.0.0.mod").write_text("module Upper/x\nrequire y v1.5.0\n")
    below = tmp_path / "cache" / "download" / "y" / "@v"
    below.mkdir(parents=True)
    (below / "v1.5.0.mod").write_text("module y\n")
    found = select_with([Root(main)], ModuleCache(tmp_path))
    assert found.complete
    assert [(each.path, each.version, each.wanted_by) for each in found.modules] == [
        ("Upper/x", "v1.0.0", ("a",)),
        ("y", "v1.5.0", ("Upper/x@v1.0.0",)),
    ]
    assert escaped("github.com/BurntSushi/toml") == "github.com/!burnt!sushi/toml"
    assert ModuleCache(tmp_path).gomod("../../etc", "v1.0.0") is None


def advisory(name: str, module: str, events: list[dict[str, str]], **more: object) -> dict[str, object]:
    package = {"name": module, "ecosystem": "Go"}
    imports = {"imports": [{"path": f"{module}/pkg", "symbols": ["Do", "T.Run"]}]}
    affected = {"package": package, "ranges": [{"type": "SEMVER", "events": events}], "ecosystem_specific": imports}
    return {"id": name, "aliases": ["CVE-1"], "summary": "s", "modified": "2026-02-01", "affected": [affected], **more}


def test_ranges_may_end_with_the_last_version_affected(tmp_path: Path) -> None:
    """OSV, "affected[].ranges[].events[]": last_affected is the last version that has the fault."""
    events = [{"introduced": "1.0.0"}, {"last_affected": "1.4.0"}]
    library = [{"introduced": "1.20.0-0"}, {"last_affected": "1.22.3"}]
    twice = ["CVE-9", "CVE-9"]
    (tmp_path / "a.json").write_text(json.dumps(advisory("GHSA-1", "x", events, aliases=twice, modified="0001-01-01")))
    (tmp_path / "b.json").write_text(json.dumps(advisory("GHSA-2", "stdlib", library, modified="0001-01-01")))
    known = read_database(tmp_path)
    hit = [each for each in ("v0.9.0", "v1.0.0", "v1.4.0", "v1.4.1") if list(known.concerning("x", each))]
    assert hit == ["v1.0.0", "v1.4.0"]
    hit = [each for each in ("1.19.13", "1.20.0", "1.22.3", "1.22.4") if list(known.concerning("stdlib", each))]
    assert hit == ["1.20.0", "1.22.3"]
    assert next(known.concerning("x", "v1.0.0")).aliases == ("CVE-9",)
    assert known.date == "", "the year 1 is no date"


def test_advisories_concern_the_versions_of_their_ranges(tmp_path: Path) -> None:
    events = [{"introduced": "0"}, {"fixed": "1.2.0"}, {"introduced": "1.5.0-rc.1"}, {"fixed": "1.5.3"}]
    open_end = [{"introduced": "2.0.0"}]
    library = [{"introduced": "0"}, {"fixed": "1.21.8"}, {"introduced": "1.22.0-rc.1"}, {"fixed": "1.22.1"}]
    (tmp_path / "ID").mkdir()
    files = {
        "ID/a.json": advisory("GO-1", "x", events),
        "ID/b.json": advisory("GO-2", "x", open_end, modified="2026-03-04"),
        "ID/c.json": advisory("GO-3", "stdlib", library),
        "ID/d.json": advisory("GO-4", "x", [{"introduced": "0"}], withdrawn="2025-01-01"),
        "ID/e.json": {"id": "PYSEC", "affected": [{"package": {"name": "x", "ecosystem": "PyPI"}}]},
    }
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content))
    (tmp_path / "broken.json").write_text("{")
    database = read_database(tmp_path)
    hits = {
        version: [(each.id, each.fixed) for each in database.concerning("x", version)]
        for version in ("v1.1.9", "v1.2.0", "v1.5.0", "v1.5.0-rc.1", "v1.5.0-beta", "v1.5.3", "v2.1.0")
    }
    assert hits == {
        "v1.1.9": [("GO-1", "1.2.0")],
        "v1.2.0": [],
        "v1.5.0": [("GO-1", "1.5.3")],
        "v1.5.0-rc.1": [("GO-1", "1.5.3")],
        "v1.5.0-beta": [],
        "v1.5.3": [],
        "v2.1.0": [("GO-2", "")],
    }
    versions = ("1.20.5", "1.21.7", "1.21.8", "1.21.13", "1.22rc1", "1.22.0", "1.22.1", "go1.21.0")
    told = {version: [each.id for each in database.concerning("stdlib", version)] for version in versions}
    assert [version for version, found in told.items() if found] == [
        "1.20.5",
        "1.21.7",
        "1.22rc1",
        "1.22.0",
        "go1.21.0",
    ]
    assert database.date == "2026-03-04"
    assert [each.path for each in database.unhealthy] == ["broken.json"]
    assert next(database.concerning("x", "v1.0.0")).symbols == ("x/pkg.Do", "x/pkg.T.Run")
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "db.json").write_text('{"modified": "2026-10-20T08:00:00Z"}')
    (tmp_path / "index" / "modules.json").write_text("[]")
    again = read_database(tmp_path)
    assert (again.date, again.entries) == ("2026-10-20T08:00:00Z", database.entries), "Go's own layout says its date"
    assert staleness(again, date(2026, 11, 19)) is None
    old = staleness(again, date(2026, 11, 20))
    assert old is not None and "31 days old (2026-10-20)" in old.en and "31 天" in old.zh
    undated = staleness(Database(), date(2026, 11, 20))
    assert undated is not None and "does not say" in undated.en
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no advisory"):
        read_database(tmp_path / "empty")
