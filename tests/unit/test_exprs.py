"""Owner expressions: each way has one, recursion folds, guesses stay guesses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from goxray.maps.exprs import Exprs


def test_a_path_is_spelled_as_go_spells_it() -> None:
    exprs = Exprs()
    at = exprs.root("main.users", "map[string]*main.user")
    for form, name in (("{p}[...]", "*main.user"), ("{p}.Tags", "map[string]int"), ("(<-{p})", "int")):
        at = exprs.child(at, form, name)
    assert exprs[at].text == "(<-main.users[...].Tags)"
    assert exprs[at].type_name == "int" and exprs[at].depth == 3


def test_the_same_way_is_the_same_expression() -> None:
    exprs = Exprs()
    root = exprs.root("main.x", "T")
    assert exprs.root("main.x", "T") == root
    assert exprs.child(root, "{p}.a", "A") == exprs.child(root, "{p}.a", "A")
    assert exprs.child(root, "{p}.a", "A") != exprs.child(root, "{p}.b", "A")
    assert exprs.child(root, "{p}", "B") == root
    assert len(exprs) == 3


def test_a_list_folds_at_the_second_node() -> None:
    exprs = Exprs()
    at = exprs.root("main.head", "*node")
    texts = []
    for _ in range(1000):
        at = exprs.child(at, "{p}.next", "node")
        texts.append(exprs[at].text)
    assert texts[:2] == ["main.head.next", "main.head.next…"]
    assert set(texts[1:]) == {"main.head.next…"}
    assert exprs[exprs.child(at, "{p}.tags", "map[string]int")].text == "main.head.next….tags"
    assert len(exprs) < 10


def test_types_that_lead_to_each_other_fold() -> None:
    exprs = Exprs()
    at = exprs.root("main.tree", "tree")
    for _ in range(500):
        at = exprs.child(at, "{p}.leaves[...]", "leaf")
        at = exprs.child(at, "{p}.up", "tree")
    assert exprs[at].text == "main.tree…" and len(exprs) < 10


def test_endless_types_fold_too() -> None:
    exprs = Exprs()
    at = exprs.root("main.x", "T")
    for number in range(1000):
        at = exprs.child(at, "{p}.f", f"T{number}")
    assert exprs[at].folded or exprs[at].depth <= 70
    assert len(exprs) < 100


def test_what_hangs_on_a_guess_is_guessed() -> None:
    exprs = Exprs()
    sure = exprs.root("main.x", "T")
    guessed = exprs.child(sure, "{p} (closure f)", "func f", guessed=True)
    assert exprs[guessed].guessed and not exprs[sure].guessed
    assert exprs[exprs.child(guessed, "{p}.m", "M")].guessed
    assert exprs[exprs.child(exprs.child(guessed, "{p}.n", "N"), "{p}.n", "N")].guessed
    assert not exprs[exprs.child(sure, "{p}.m", "M")].guessed
    again = exprs.guess(sure)
    assert exprs[again].guessed and exprs[again].text == "main.x" and exprs.guess(again) == again


steps = st.tuples(st.sampled_from(["{p}.a", "{p}.b", "{p}[...]", "(<-{p})", "{p}"]), st.sampled_from("ABCDE"))


@given(st.lists(st.tuples(st.integers(0, 30), steps), max_size=200))
def test_any_walk_ends_in_few_short_expressions(walk: list[tuple[int, tuple[str, str]]]) -> None:
    exprs = Exprs()
    reached = [exprs.root("main.x", "R")]
    for start, (form, name) in walk:
        at = exprs.child(reached[start % len(reached)], form, name)
        reached.append(at)
        assert exprs.child(reached[start % len(reached[:-1])], form, name) == at
    for ident in range(len(exprs)):
        expr = exprs[ident]
        assert expr.ident == ident and expr.depth <= 12 and expr.text.count("…") <= 6
        assert expr.parent == -1 or exprs[expr.parent].depth == expr.depth - 1
