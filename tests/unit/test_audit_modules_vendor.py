"""vendor/modules.txt against go.mod, hashes of workspaces, replacements as rules judge them, the commit at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from goxray.audit.modules.advisories import Database
from goxray.audit.modules.cache import ModuleCache
from goxray.audit.modules.unit import Loader
from goxray.audit.modules.vcs import revision
from goxray.audit.policy import Allowed, Policy
from goxray.audit.rules import mod001, mod003, mod004
from goxray.core.audit_result import Module
from tests.harness.auditing_modules import HEAD, NO_POLICY, PSEUDO, binary, found, hits, sums, unit_of

ALLOWED = Policy(modules=(Allowed("x.org/a", ">=v1.2.0, <v2.0.0", "C-1"), Allowed("x.org/all/...")))


VENDORED: dict[str, tuple[str, str, list[tuple[str, str, str]]]] = {
    "as it should be": ("require x.org/a v1.0.0\n", "# x.org/a v1.0.0\n## explicit; go 1.20\nx.org/a\n", []),
    "without packages": ("require x.org/a v1.0.0\n", "# x.org/a v1.0.0\n## explicit\n", []),
    "another version": (
        "require x.org/a v1.1.0\n",
        "# x.org/a v1.0.0\n## explicit\nx.org/a\n",
        [("x.org/a", "", "v1.0.0"), ("x.org/a", "v1.1.0", "v1.0.0")],
    ),
    "missing": ("require x.org/a v1.0.0\n", "# x.org/b v1.0.0\nx.org/b\n", [("x.org/a", "v1.0.0", "")]),
    "not marked": ("require x.org/a v1.0.0\n", "# x.org/a v1.0.0\nx.org/a\n", [("x.org/a", "v1.0.0", "v1.0.0")]),
    "required no more": ("", "# x.org/a v1.0.0\n## explicit\nx.org/a\n", [("x.org/a", "", "v1.0.0")]),
    "brought along by another": ("", "# x.org/a v1.0.0\nx.org/a\n", []),
    "replaced": (
        "require x.org/a v1.0.0\nreplace x.org/a => ./a\n",
        "# x.org/a v1.0.0 => ./a\n## explicit\nx.org/a\n# x.org/a => ./a\n",
        [],
    ),
    "not replaced there": (
        "require x.org/a v1.0.0\nreplace x.org/a => ./a\n",
        "# x.org/a v1.0.0\n## explicit\nx.org/a\n",
        [("x.org/a", "=> ./a", "")],
    ),
    "replaced by another": (
        "require x.org/a v1.0.0\nreplace x.org/a v1.0.0 => y.org/a v1.2.0\n",
        "# x.org/a v1.0.0 => y.org/a v1.1.0\n## explicit\nx.org/a\n",
        [("x.org/a", "=> y.org/a v1.2.0", "=> y.org/a v1.1.0")],
    ),
    "replaced there alone": (
        "require x.org/a v1.0.0\n",
        "# x.org/a v1.0.0 => ./a\n## explicit\nx.org/a\n",
        [("x.org/a", "", "=> ./a")],
    ),
}


@pytest.mark.parametrize("name", VENDORED)
def test_a_vendor_directory_is_what_go_mod_asks_for(name: str, tmp_path: Path) -> None:
    """The cases of cmd/go's checkVendorConsistency."""
    text, vendored, expected = VENDORED[name]
    files = {"go.mod": HEAD + text, "vendor/modules.txt": vendored}
    unit = unit_of(tmp_path, files)
    assert [(each.module, each.gomod, each.vendor) for each in unit.vendor_differs] == expected
    told = hits(mod001.RULE, unit)
    assert [hit.severity for hit in told] == ["medium"] * len(expected)


def test_before_go_1_14_versions_alone_are_compared(tmp_path: Path) -> None:
    head = "module example.org/service\n\ngo 1.13\n\n"
    files = {"go.mod": head + "require x.org/a v1.0.0\n", "vendor/modules.txt": "# x.org/a v1.0.0\nx.org/a\n"}
    assert not unit_of(tmp_path, files).vendor_differs
    files["vendor/modules.txt"] = "# x.org/a v1.1.0\nx.org/a\n"
    (told,) = unit_of(tmp_path, files).vendor_differs
    assert (told.gomod, told.vendor) == ("v1.0.0", "v1.1.0")


def test_the_vendor_directory_of_a_workspace(tmp_path: Path) -> None:
    files = {
        "go.work": "go 1.22\nuse (\n./m\n./n\n)\n",
        "m/go.mod": "module x.org/m\ngo 1.22\nrequire x.org/a v1.0.0\nreplace x.org/a => ../fork\n",
        "n/go.mod": "module x.org/n\ngo 1.22\nrequire x.org/b v1.0.0\n",
        "vendor/modules.txt": "## workspace\n# x.org/a v1.0.0 => ./fork\n## explicit\nx.org/a\n"
        "# x.org/b v1.0.0\n## explicit\nx.org/b\n# x.org/a => ./fork\n",
    }
    assert unit_of(tmp_path, files).vendor_differs == ()
    files["vendor/modules.txt"] = files["vendor/modules.txt"].replace("b v1.0.0", "b v1.0.1")
    assert {each.module for each in unit_of(tmp_path, files).vendor_differs} == {"x.org/b"}


def test_a_workspace_has_the_hashes_of_its_modules(tmp_path: Path) -> None:
    files = {
        "go.work": "go 1.22\nuse (\n./m\n./n\n)\n",
        "m/go.mod": "module x.org/m\ngo 1.22\nrequire x.org/a v1.0.0\n",
        "m/go.sum": sums("x.org/a@v1.0.0"),
        "n/go.mod": "module x.org/n\ngo 1.22\nrequire (\n\tx.org/a v1.1.0\n\tx.org/b v1.0.0\n)\n",
        "n/go.sum": sums("x.org/b@v1.0.0"),
    }
    assert found(mod001.RULE, unit_of(tmp_path, files)) == [("x.org/a@v1.1.0", 0)]
    assert found(mod001.RULE, unit_of(tmp_path, {**files, "go.work.sum": sums("x.org/a@v1.1.0")})) == []


def test_modules_beside_it_in_a_workspace_are_no_dependencies(tmp_path: Path) -> None:
    """The go command takes them from the workspace: no hash, no version of them counts."""
    (tmp_path / "out" / "m").mkdir(parents=True)
    (tmp_path / "out" / "go.work").write_text("go 1.22\nuse (\n./m\n./n\n./gone\n)\n")
    text = HEAD + "require (\n\tx.org/n v1.0.0\n\tx.org/a v1.0.0\n)\nreplace x.org/n => ../n\n"
    (tmp_path / "out" / "m" / "go.mod").write_text(text)
    (tmp_path / "out" / "n").mkdir()
    (tmp_path / "out" / "n" / "go.mod").write_text("module x.org/n\n\ngo 1.22\n")
    loaded = Loader(tmp_path / "out", ModuleCache(None), Database()).module(tmp_path / "out" / "m")
    assert loaded.unit is not None
    assert [each.path for each in loaded.unit.selected] == ["x.org/a"] and loaded.unit.replaces == ()
    assert loaded.unit.workspace == ()
    alone = Loader(tmp_path / "out" / "m", ModuleCache(None), Database()).module(tmp_path / "out" / "m")
    assert alone.unit is not None and len(alone.unit.selected) == 2, "nothing above the audited root counts"
    (tmp_path / "out" / "go.work").write_text("go 1.22\nuse ./n\n// it does not use m\n")
    again = Loader(tmp_path / "out", ModuleCache(None), Database()).module(tmp_path / "out" / "m")
    assert again.unit is not None and len(again.unit.selected) == 2


def test_what_replaces_a_module_is_judged(tmp_path: Path) -> None:
    fork = "require x.org/a v1.2.0\nreplace x.org/a => {}\n"
    for text, wanted in (
        ("y.org/a v1.3.0", ["y.org/a@v1.3.0"]),
        ("x.org/all/a v1.0.0", []),
        ("x.org/a v1.1.0", ["x.org/a@v1.1.0"]),
        ("./a", []),
    ):
        unit = unit_of(tmp_path, {"go.mod": HEAD + fork.format(text)})
        assert [hit.text for hit in hits(mod003.RULE, unit, ALLOWED)] == wanted, text
    unit = unit_of(tmp_path, {"go.mod": HEAD + fork.format(f"y.org/a {PSEUDO}")})
    assert [hit.text for hit in hits(mod004.RULE, unit)] == [f"y.org/a@{PSEUDO}"]
    assert mod004.RULE.binary is not None and mod003.RULE.binary is not None
    linked = binary([Module("x.org/a", "v1.2.0", replaced_by="../a (devel)"), Module("x.org/b", "v1.0.0")])
    assert [hit.text for hit in mod004.RULE.binary(linked, NO_POLICY)] == ["replace x.org/a"]
    linked = binary([Module("x.org/a", "v1.2.0", replaced_by=f"y.org/a {PSEUDO}")])
    assert [hit.text for hit in mod004.RULE.binary(linked, NO_POLICY)] == [f"y.org/a@{PSEUDO}"]
    assert [hit.text for hit in mod003.RULE.binary(linked, ALLOWED)] == [f"y.org/a@{PSEUDO}"]


def test_the_commit_that_is_checked_out(tmp_path: Path) -> None:
    """Git's files as gitrepository-layout(5) has them: branches, packed refs, a detached head, a worktree."""
    git = tmp_path / ".git"
    (git / "refs" / "heads").mkdir(parents=True)
    (tmp_path / "below").mkdir()
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    assert revision(tmp_path / "below") == ""
    (git / "packed-refs").write_text(f"# pack-refs with: peeled\n{'1' * 40} refs/heads/main\n^{'9' * 40}\n")
    assert revision(tmp_path / "below") == "1" * 40
    (git / "refs" / "heads" / "main").write_text("2" * 40 + "\n")
    assert revision(tmp_path) == "2" * 40
    (git / "HEAD").write_text("3" * 64 + "\n")
    assert revision(tmp_path) == "3" * 64
    (git / "HEAD").write_text("ref: refs/../../etc/passwd\n")
    assert revision(tmp_path) == ""
    tree = git / "worktrees" / "w"
    tree.mkdir(parents=True)
    (tree / "HEAD").write_text("ref: refs/heads/main\n")
    (tree / "commondir").write_text("../..\n")
    other = tmp_path / "other"
    other.mkdir()
    (other / ".git").write_text(f"gitdir: {tree}\n")
    assert revision(other) == "2" * 40
    assert unit_of(other, {"go.mod": HEAD}).revision == "2" * 40
