"""What facts cost, in operations: one walk a file, nothing followed unasked; and what that may not lose."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from goxray.audit import registry, scan_package
from goxray.audit.policy import Policy
from goxray.audit.rule import Rule
from goxray.audit.scanned import PackageFiles
from goxray.audit.source import grammar, index
from goxray.audit.source.files import parsed
from goxray.audit.source.package import Package
from goxray.audit.source.unit import Unit
from goxray.audit.source.values import Followed, Follower
from tests.harness.auditing import samples

_STRICT = Policy(profile="gm")


def _unit(*texts: str) -> Unit:
    return Unit(Package("p", [parsed(text.encode(), f"f{number}.go") for number, text in enumerate(texts)]))


_CLIENTS = """package p

import "net/http"

var list = []http.Client{{Timeout: 1}, {}, http.Client{Timeout: 3}}
var pointers = []*http.Client{{Timeout: 4}}
var named = map[string]http.Client{"a": {Timeout: 5}}
var nested = [][]http.Client{{{Timeout: 6}}}
var held = struct{ c []http.Client }{c: []http.Client{{Timeout: 7}}}
var others = []http.Server{{ReadTimeout: 8}}
var keys = map[http.Client]int{{Timeout: 9}: 1}
"""


def test_inner_literals_are_of_the_type_that_the_outer_one_says() -> None:
    found = [each.field("Timeout") for each in _unit(_CLIENTS).literals("net/http.Client")]
    assert sorted(str(each.constant) for each in found if each is not None) == ["1", "3", "4", "5", "6", "7"]
    assert found.count(None) == 1


def test_values_that_leave_their_type_out_have_it() -> None:
    (made,) = _unit("package p\n\ntype T struct{ X int }\n\nvar a = []T{{X: 1}}\n").literals("[].T")
    (inner,) = made.elements
    assert (inner.type, inner.kind) == (".T", "literal")
    assert inner.literal is not None and inner.literal.fields["X"].constant == 1


_DOTTED = 'package p\n\nimport . "crypto/tls"\n\nvar c = Config{MinVersion: VersionTLS10}\n'


def test_what_a_dot_import_takes_in_is_a_reference() -> None:
    seen = _unit(
        _DOTTED
        + "\nfunc f() { Dial(); use(VersionTLS11, x.VersionTLS10) }\n\nfunc g(VersionTLS10 int) { use(VersionTLS10) }\n"
    )
    wanted = ("crypto/tls.VersionTLS10", "crypto/tls.VersionTLS11", "crypto/tls.Dial", "crypto/tls.MinVersion")
    found = [(each.text, each.place.line) for each in seen.references(*wanted)]
    assert found == [("VersionTLS10", 5), ("VersionTLS11", 7)]


def test_a_file_is_walked_once_however_many_rules_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    walks: Counter[tuple[str, ...]] = Counter()

    def counting(node: Any, wanted: tuple[str, ...], **more: Any) -> Any:
        walks[wanted] += 1
        return grammar.kinds(node, wanted, **more)

    monkeypatch.setattr(index, "kinds", counting)
    (tmp_path / "a.go").write_text(_CLIENTS)
    rules = scan_package.source_rules(Policy())
    found = scan_package.scan_package(PackageFiles("p", tmp_path, ("a.go",)), Policy(), rules)
    assert "NET002" in [rule for rule, _ in found.hits]
    assert len(rules) > 20
    assert walks[index._KINDS] == 1
    assert max(walks.values()) == 1


def test_a_package_without_triggers_is_parsed_and_not_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_walk(*_: object, **__: object) -> None:
        raise AssertionError("walked")

    monkeypatch.setattr(index, "kinds", no_walk)
    (tmp_path / "a.go").write_text("package a\n\nfunc one() int { return two() + 1 }\n")
    (tmp_path / "b_test.go").write_text(_CLIENTS)
    given = PackageFiles("p", tmp_path, ("a.go", "b_test.go"))
    found = scan_package.scan_package(given, Policy(), scan_package.source_rules(Policy()))
    assert (found.hits, [each.status for each in found.health]) == ((), ["parsed", "parsed"])


_RULES = [rule for rule in registry.all_rules() if rule.source is not None and rule.info.id != "RT001"]
"""RT001 by itself would tell a test's linkname too."""


@pytest.mark.parametrize("rule", _RULES, ids=[rule.info.id for rule in _RULES])
def test_no_rule_reports_tests_so_that_they_may_be_left_out(rule: Rule) -> None:
    """The scan gives rules no tests: what a rule finds in its bad samples it does not find where they are tests."""
    assert rule.source is not None and rule.triggers
    for sample in samples(rule.info.id, ["bad"]):
        texts = [path.read_bytes() for path in sample.files if path.suffix == ".go"]
        tests = Unit(Package("p", [parsed(text, f"f{number}_test.go") for number, text in enumerate(texts)]))
        assert [hit.place for hit in rule.source(tests, _STRICT)] == []


def test_values_are_followed_when_asked_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    followed: list[str] = []
    origin = Follower.origin

    def counting(self: Follower, value: Followed) -> Any:
        followed.append(value.text)
        return origin(self, value)

    monkeypatch.setattr(Follower, "origin", counting)
    seen = _unit('package p\n\nfunc f() {\n\ta := g("one")\n\tb, c := 2, 3\n\tm[b] = a\n}\n')
    assert [each.target for each in seen.assignments()] == ["a", "b", "c", "m[b]"]
    assert [each.callee for each in seen.calls("*")] == []
    assert [each.place.line for each in seen.assignments(indexed=True)] == [6]
    assert followed == []
    (first,) = seen.assignments(names=frozenset({"b"}))
    assert (first.value.constant, first.value.kind, first.value.constant) == (2, "constant", 2)
    assert followed == ["2"]


def test_texts_that_may_hold_a_part_are_given_with_their_joins() -> None:
    seen = _unit('package p\n\nvar a, b, c = "x://1", "x:" + "//2", "\\x78://3"\nvar d, e = "none", `x://4`\n')
    assert [each.constant for each in seen.strings("://")] == ["x://1", "x://2", "x://3", "x://4"]
    assert [each.constant for each in seen.strings()] == ["x://1", "x://2", "x://3", "none", "x://4"]


def test_trees_go_when_a_package_is_done(tmp_path: Path) -> None:
    (tmp_path / "a.go").write_text(_CLIENTS)
    scan_package.scan_package(PackageFiles("p", tmp_path, ("a.go",)), Policy(), scan_package.source_rules(Policy()))
    assert not grammar._PARENTS


def test_parents_are_those_of_the_parser_whatever_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grammar, "_MOST_PARENTS", 3)
    root = grammar.parse(_CLIENTS.encode()).root_node
    nodes = grammar.every(root, "identifier")
    assert len(nodes) > 5
    for node in nodes * 2:
        around = list(grammar.ancestors(node))
        assert around[0] == node.parent
        assert around[-1] == root
        assert len(grammar._PARENTS) <= 3
    assert grammar.parent_of(root) is None
    assert root.id not in grammar._PARENTS
    grammar.forget_parents()
